"""What the stores share: the database they write to, and rows as values."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from rag.database import Database
from rag.errors import CollectionUnknown
from rag.values import CollectionId, DocumentId, FileState


class Stored:
    """A part of the store. Every method is one transaction, and may raise LibraryError."""

    _database: Database


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """A document as the indexing job needs it: what it was made of, and its state."""

    id: DocumentId
    file: FileState
    state: str
    passages: int


def collection_id_of(connection: sqlite3.Connection, name: str) -> CollectionId:
    """Raises: CollectionUnknown."""
    row = connection.execute("SELECT id FROM collections WHERE name = ?", (name,)).fetchone()
    if row is None:
        raise CollectionUnknown(name)
    found: CollectionId = row[0]
    return found


def as_json(ids: Iterable[int]) -> str:
    """Many ids as one bound parameter, for json_each: a list of any length is one statement."""
    return json.dumps(sorted(ids))
