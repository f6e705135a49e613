"""Where the vectors come from: library.db, read-only. The indexes are copies of what stands there."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.database import BUSY_TIMEOUT_S, expected_errors
from rag.ports import Vectors
from rag.values import DocumentId, PassageId

BATCH = 4096

# Vectors of another embedder cannot be compared with these, so they are left out, as is a row of the wrong
# length. A document that waits to be read again still stands for what it held.
_SELECT = """
    SELECT passage_id, document_id, vector FROM vectors JOIN passages ON passages.id = passage_id
    WHERE embedder_id = (SELECT id FROM embedders WHERE identity = :embedder) AND length(vector) = :bytes
"""
_OF_DOCUMENTS = " AND document_id IN (SELECT value FROM json_each(:documents))"


@dataclass(frozen=True, slots=True, eq=False)
class StoredVectors:
    """Some passages with their documents and vectors, `(len(ids), dimensions)` float32 with unit rows."""

    ids: list[PassageId]
    documents: list[DocumentId]
    vectors: Vectors


class LibraryVectors:
    """Reads the vectors of one embedder; each call sees the last commit. Usable from any thread."""

    def __init__(self, library: Path, embedder: str, dimensions: int) -> None:
        self._library = library
        self._embedder = embedder
        self._dimensions = dimensions

    def all(self) -> Iterator[StoredVectors]:
        """Every passage, in batches; none where the library does not exist yet.

        Raises:
            LibraryDamaged, LibraryUnavailable
        """
        return self._read(_SELECT, None)

    def of(self, documents: Collection[DocumentId]) -> Iterator[StoredVectors]:
        """The passages of these documents, in batches. Raises as `all`."""
        return self._read(_SELECT + _OF_DOCUMENTS, documents)

    def _read(self, query: str, documents: Collection[DocumentId] | None) -> Iterator[StoredVectors]:
        if not self._library.exists():
            return
        parameters = {
            "embedder": self._embedder,
            "bytes": self._dimensions * np.dtype("<f4").itemsize,
            "documents": json.dumps(sorted(documents or ())),
        }
        with expected_errors(self._library), closing(open_read_only(self._library)) as connection:
            if not _has_vectors(connection):
                return
            rows = connection.execute(query, parameters)
            while batch := rows.fetchmany(BATCH):
                yield self._stored(batch)

    def _stored(self, rows: list[tuple[PassageId, DocumentId, bytes]]) -> StoredVectors:
        ids, documents, blobs = zip(*rows, strict=True)
        vectors = np.frombuffer(b"".join(blobs), "<f4").reshape(len(ids), self._dimensions)
        return StoredVectors(list(ids), list(documents), vectors)


@dataclass(frozen=True, slots=True)
class VectorsHeld:
    """How many passages a library has, and of how many of them each embedder made a vector."""

    passages: int
    by_embedder: dict[str, int]

    def lacking(self, embedder: str) -> int:
        return self.passages - self.by_embedder.get(embedder, 0)


def vectors_of_each(library: Path) -> VectorsHeld:
    """Raises: LibraryDamaged, LibraryUnavailable."""
    if not library.exists():
        return VectorsHeld(0, {})
    with expected_errors(library), closing(open_read_only(library)) as connection:
        if not _has_vectors(connection):
            return VectorsHeld(0, {})
        (passages,) = connection.execute("SELECT count(*) FROM passages").fetchone()
        counts = connection.execute(
            """
            SELECT identity, count(*) FROM vectors JOIN embedders ON embedders.id = embedder_id
            GROUP BY embedder_id
            """
        )
        return VectorsHeld(passages, dict(counts.fetchall()))


def open_read_only(library: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{library.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S)


def _has_vectors(connection: sqlite3.Connection) -> bool:
    """False in a library whose schema is only being made, or upgraded."""
    query = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'vectors'"
    return bool(connection.execute(query).fetchone()[0])
