"""The library: collections, documents, pages and passages in library.db.

Identity of a row:
- a collection is its name;
- a document is (collection, path), the path absolute as the person gave it. The same file in two
  collections is two documents; a file that moved is a new one. Its id lasts as long as it is listed,
  whatever becomes of its content;
- a page is (document, ordinal), a passage is (document, ordinal) of the document's present content. When
  the content changes, its passages get new ids: an id never means two texts.

`size_bytes`, `mtime_ns` and `content_hash` of a document describe the content its passages were made of,
not what lies on the disk now; `content_hash` is empty until it has been read once.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from rag.database import Database
from rag.errors import CollectionUnknown
from rag.migrations import MIGRATIONS, Migration
from rag.process.messages import FileRead
from rag.values import (
    Block,
    CollectionId,
    CollectionStatus,
    DocumentId,
    DocumentRow,
    FileState,
    Page,
    PassageId,
    Problem,
    StoredPassage,
)
from rag.words import bigrams

# Weights of text, heading, title, bigrams in BM25: what a passage says counts more than what stands above it.
COLUMN_WEIGHTS = (1.0, 0.5, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """A document as the indexing job needs it: what it was made of, and its state."""

    id: DocumentId
    file: FileState
    state: str
    passages: int


class Store:
    """Reads and writes library.db; every method is one transaction. Usable from any thread."""

    def __init__(self, path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> None:
        """Raises: LibraryTooNew, LibraryDamaged, LibraryFull, LibraryUnavailable (so may every method)."""
        self._database = Database(path, migrations)

    @property
    def path(self) -> Path:
        return self._database.path

    def close(self) -> None:
        self._database.close()

    # Collections

    def make_collection(self, name: str, folders: Iterable[str] = ()) -> CollectionId:
        """The id of the collection of this name, made where there is none; `folders` are added to it."""
        with self._database.write() as connection:
            connection.execute(
                "INSERT INTO collections (name, added) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (name, time.time()),
            )
            collection_id = _collection_id(connection, name)
            connection.executemany(
                "INSERT INTO folders (collection_id, path) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [(collection_id, folder) for folder in folders],
            )
        return collection_id

    def collection_id(self, name: str) -> CollectionId:
        """Raises: CollectionUnknown."""
        with self._database.read() as connection:
            return _collection_id(connection, name)

    def remove_collection(self, name: str) -> list[DocumentId]:
        """Forget a collection and all in it; the ids of its documents."""
        with self._database.write() as connection:
            collection_id = _collection_id(connection, name)
            rows = connection.execute("SELECT id FROM documents WHERE collection_id = ?", (collection_id,))
            removed = [row[0] for row in rows]
            connection.execute("DELETE FROM collections WHERE id = ?", (collection_id,))
        return removed

    def status(self) -> list[CollectionStatus]:
        """Every collection in numbers, by name."""
        with self._database.read() as connection:
            problems = _grouped(
                connection.execute(
                    "SELECT collection_id, path, reason FROM documents WHERE state = 'failed' ORDER BY path"
                )
            )
            folders = _grouped(connection.execute("SELECT collection_id, path FROM folders ORDER BY path"))
            rows = connection.execute(
                """
                SELECT collections.id, collections.name, count(documents.id),
                    coalesce(sum(documents.passages), 0), coalesce(sum(state = 'ready'), 0),
                    coalesce(sum(state = 'waiting'), 0), coalesce(sum(state = 'failed'), 0)
                FROM collections LEFT JOIN documents ON documents.collection_id = collections.id
                GROUP BY collections.id ORDER BY collections.name
                """
            ).fetchall()
        return [_status(row, folders.get(row[0], ()), problems.get(row[0], ())) for row in rows]

    # Documents

    def known(self, collection_id: CollectionId) -> dict[str, KnownDocument]:
        """The documents of a collection by path."""
        with self._database.read() as connection:
            rows = connection.execute(
                """
                SELECT id, path, size_bytes, mtime_ns, content_hash, state, passages
                FROM documents WHERE collection_id = ?
                """,
                (collection_id,),
            ).fetchall()
        return {row[1]: _known(row) for row in rows}

    def waiting(self, collection_id: CollectionId | None = None) -> list[KnownDocument]:
        """Documents that wait to be read, in the order in which they were registered."""
        with self._database.read() as connection:
            rows = connection.execute(
                """
                SELECT id, path, size_bytes, mtime_ns, content_hash, state, passages FROM documents
                WHERE state = 'waiting' AND (?1 IS NULL OR collection_id = ?1) ORDER BY id
                """,
                (collection_id,),
            ).fetchall()
        return [_known(row) for row in rows]

    def register(self, collection_id: CollectionId, files: Iterable[FileState]) -> None:
        """List files as waiting, new ones and known ones; passages of known ones stay until replaced."""
        now = time.time()
        with self._database.write() as connection:
            connection.executemany(
                """
                INSERT INTO documents (collection_id, path, name, size_bytes, mtime_ns, state, added)
                VALUES (?, ?, ?, ?, ?, 'waiting', ?)
                ON CONFLICT (collection_id, path) DO UPDATE SET state = 'waiting', reason = ''
                """,
                [
                    (collection_id, file.path, PurePath(file.path).name, file.size_bytes, file.mtime_ns, now)
                    for file in files
                ],
            )

    def register_problem(self, collection_id: CollectionId, problem: Problem) -> None:
        """List a file that is known to be unreadable without having been tried."""
        with self._database.write() as connection:
            connection.execute(
                """
                INSERT INTO documents
                    (collection_id, path, name, size_bytes, mtime_ns, state, reason, added)
                VALUES (?, ?, ?, 0, 0, 'failed', ?, ?)
                ON CONFLICT (collection_id, path) DO UPDATE SET state = 'failed', reason = excluded.reason
                """,
                (collection_id, problem.path, PurePath(problem.path).name, problem.reason, time.time()),
            )

    def wait_again(self, document_ids: Iterable[DocumentId]) -> None:
        """Put failed documents back in the queue."""
        with self._database.write() as connection:
            connection.execute(
                """
                UPDATE documents SET state = 'waiting', reason = ''
                WHERE state = 'failed' AND id IN (SELECT value FROM json_each(?))
                """,
                (_json(document_ids),),
            )

    def keep(self, document_id: DocumentId, file: FileState, read: FileRead) -> bool:
        """Replace all that a document holds by what was read; false where it was removed meanwhile."""
        with self._database.write() as connection:
            if not _exists(connection, document_id):
                return False
            _empty(connection, document_id)
            _insert_pages(connection, document_id, read)
            _insert_passages(connection, document_id, read)
            connection.execute(
                """
                UPDATE documents SET state = 'ready', reason = '', title = ?, warnings = ?, size_bytes = ?,
                    mtime_ns = ?, content_hash = ?, indexed = ?, pages = ?, passages = ? WHERE id = ?
                """,
                (
                    read.title,
                    json.dumps(read.warnings, ensure_ascii=False),
                    file.size_bytes,
                    file.mtime_ns,
                    read.content_hash,
                    time.time(),
                    len(read.pages),
                    len(read.passages),
                    document_id,
                ),
            )
        return True

    def confirm(self, document_id: DocumentId, file: FileState) -> None:
        """The file was touched, but holds what it held: its passages stand."""
        with self._database.write() as connection:
            connection.execute(
                """
                UPDATE documents SET state = 'ready', reason = '', size_bytes = ?, mtime_ns = ? WHERE id = ?
                """,
                (file.size_bytes, file.mtime_ns, document_id),
            )

    def fail(self, document_id: DocumentId, reason: str) -> None:
        """Mark a document as failed. What it held before goes: the file does not say it any more."""
        with self._database.write() as connection:
            _empty(connection, document_id)
            connection.execute(
                """
                UPDATE documents SET state = 'failed', reason = ?, content_hash = '', pages = 0, passages = 0
                WHERE id = ?
                """,
                (reason, document_id),
            )

    def remove(self, document_ids: Iterable[DocumentId]) -> None:
        with self._database.write() as connection:
            connection.execute(
                "DELETE FROM documents WHERE id IN (SELECT value FROM json_each(?))", (_json(document_ids),)
            )

    def documents(self, collection_id: CollectionId | None = None) -> list[DocumentRow]:
        """Documents by collection and path."""
        with self._database.read() as connection:
            rows = connection.execute(
                """
                SELECT documents.id, collections.name, documents.name, path, state, reason, passages, pages,
                    size_bytes
                FROM documents JOIN collections ON collections.id = collection_id
                WHERE ?1 IS NULL OR collection_id = ?1 ORDER BY collections.name, path
                """,
                (collection_id,),
            ).fetchall()
        return [DocumentRow(*row) for row in rows]

    def paths(self, collection_id: CollectionId | None = None) -> dict[DocumentId, str]:
        """The paths of the documents of a collection, or of all."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT id, path FROM documents WHERE ?1 IS NULL OR collection_id = ?1", (collection_id,)
            )
            return dict(rows.fetchall())

    # Pages and passages

    def page(self, path: str, number: int | None) -> Page | None:
        """A page as it was read; None where there is none. `number` None means the first page."""
        return self._page("path = :document", path, number)

    def page_of(self, document_id: DocumentId, number: int | None) -> Page | None:
        """As `page`, for one document, whatever its path."""
        return self._page("documents.id = :document", document_id, number)

    def _page(self, which: str, document: str | DocumentId, number: int | None) -> Page | None:
        with self._database.read() as connection:
            row = connection.execute(
                f"""
                SELECT number, text, blocks FROM pages JOIN documents ON documents.id = document_id
                WHERE {which} AND (:number IS NULL OR number = :number) ORDER BY document_id, ordinal LIMIT 1
                """,
                {"document": document, "number": number},
            ).fetchone()
        return None if row is None else Page(row[0], row[1], _blocks(row[2]))

    def passages(self, ids: Iterable[PassageId]) -> dict[PassageId, StoredPassage]:
        """Passages by id; ids that are no longer there are left out."""
        with self._database.read() as connection:
            rows = connection.execute(
                """
                SELECT passages.id, document_id, documents.name, path, page, start, end, text, heading
                FROM passages JOIN documents ON documents.id = document_id
                WHERE passages.id IN (SELECT value FROM json_each(?))
                """,
                (_json(ids),),
            ).fetchall()
        return {row[0]: StoredPassage(*row) for row in rows}

    def vectors(self, ids: Iterable[PassageId], embedder: str) -> dict[PassageId, bytes]:
        """Vectors of passages, little-endian float32; only those that this embedder made."""
        with self._database.read() as connection:
            rows = connection.execute(
                """
                SELECT id, vector FROM passages
                WHERE embedder = ? AND id IN (SELECT value FROM json_each(?))
                """,
                (embedder, _json(ids)),
            )
            return dict(rows.fetchall())

    def search_words(
        self, expression: str, k: int, documents: Iterable[DocumentId] | None = None
    ) -> list[tuple[PassageId, float]]:
        """Up to `k` (passage, BM25 score), best first; `expression` comes from `words.match_expression`."""
        # "+" keeps SQLite from looking up every passage of the scope in FTS5, one by one: with 20,000 of
        # them that took 2,700 ms, and 27 this way.
        scope = (
            "AND +rowid IN (SELECT id FROM passages WHERE document_id IN (SELECT value FROM json_each(:ids)))"
        )
        ids = None if documents is None else _json(documents)
        return self._ranked(expression, "" if documents is None else scope, {"k": k, "ids": ids})

    def word_scores(self, expression: str, ids: Iterable[PassageId]) -> dict[PassageId, float]:
        """BM25 scores of these passages; those that hold no word of the expression are left out."""
        scope = "AND rowid IN (SELECT value FROM json_each(:ids))"
        return dict(self._ranked(expression, scope, {"k": -1, "ids": _json(ids)}))

    def _ranked(
        self, expression: str, scope: str, parameters: dict[str, Any]
    ) -> list[tuple[PassageId, float]]:
        if not expression:
            return []
        weights = ", ".join(str(weight) for weight in COLUMN_WEIGHTS)
        with self._database.read() as connection:
            rows = connection.execute(
                f"""
                SELECT rowid, -bm25(words, {weights}) AS score FROM words
                WHERE words MATCH :expression {scope} ORDER BY score DESC, rowid LIMIT :k
                """,
                {"expression": expression, **parameters},
            )
            return [(row[0], row[1]) for row in rows]


def _collection_id(connection: sqlite3.Connection, name: str) -> CollectionId:
    row = connection.execute("SELECT id FROM collections WHERE name = ?", (name,)).fetchone()
    if row is None:
        raise CollectionUnknown(name)
    found: CollectionId = row[0]
    return found


def _exists(connection: sqlite3.Connection, document_id: DocumentId) -> bool:
    return connection.execute("SELECT 1 FROM documents WHERE id = ?", (document_id,)).fetchone() is not None


def _empty(connection: sqlite3.Connection, document_id: DocumentId) -> None:
    connection.execute("DELETE FROM pages WHERE document_id = ?", (document_id,))
    connection.execute("DELETE FROM passages WHERE document_id = ?", (document_id,))


def _insert_pages(connection: sqlite3.Connection, document_id: DocumentId, read: FileRead) -> None:
    connection.executemany(
        "INSERT INTO pages (document_id, ordinal, number, text, blocks) VALUES (?, ?, ?, ?, ?)",
        [
            (document_id, ordinal, page.number, page.text, _blocks_json(page.blocks))
            for ordinal, page in enumerate(read.pages)
        ],
    )


def _insert_passages(connection: sqlite3.Connection, document_id: DocumentId, read: FileRead) -> None:
    connection.executemany(
        """
        INSERT INTO passages
            (document_id, ordinal, page, start, end, text, heading, title, bigrams, vector, embedder)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
            (
                document_id,
                passage.ordinal,
                passage.page,
                passage.start,
                passage.end,
                passage.text,
                passage.heading,
                read.title,
                bigrams(f"{passage.text} {passage.heading} {read.title}"),
                embedded.vector,
                read.embedder,
            )
            for embedded in read.passages
            for passage in (embedded.passage,)
        ],
    )


def _status(
    row: tuple[Any, ...], folders: Iterable[tuple[str]], problems: Iterable[tuple[str, str]]
) -> CollectionStatus:
    collection_id, name, documents, passages, ready, waiting, failed = row
    return CollectionStatus(
        id=collection_id,
        name=name,
        documents=documents,
        passages=passages,
        ready=ready,
        waiting=waiting,
        failed=failed,
        problems=tuple(Problem(path, reason) for path, reason in problems),
        folders=tuple(path for (path,) in folders),
    )


def _known(row: tuple[Any, ...]) -> KnownDocument:
    document_id, path, size_bytes, mtime_ns, content_hash, state, passages = row
    return KnownDocument(document_id, FileState(path, size_bytes, mtime_ns, content_hash), state, passages)


def _grouped(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[Any]]:
    """Rows without their first column, by their first column."""
    groups: dict[int, list[Any]] = {}
    for key, *rest in rows:
        groups.setdefault(key, []).append(tuple(rest))
    return groups


def _blocks_json(blocks: Iterable[Block]) -> str:
    return json.dumps([[block.kind, block.start, block.end, block.level] for block in blocks])


def _blocks(text: str) -> tuple[Block, ...]:
    return tuple(Block(*row) for row in json.loads(text))


def _json(ids: Iterable[int]) -> str:
    """Many ids as one bound parameter, for json_each: a list of any length is one statement."""
    return json.dumps(sorted(ids))
