"""What documents hold: pages, passages and vectors, put in their place in one transaction."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from rag.process.messages import FileRead
from rag.stores.embeddings import embedder_id_of
from rag.stores.rows import Stored
from rag.values import Block, DocumentId, FileState, Page, ReadDocument
from rag.words import index_terms


class Contents(Stored):
    def keep(
        self,
        document_id: DocumentId,
        file: FileState,
        read: FileRead,
        vectors: Sequence[bytes],
        embedder: str,
    ) -> bool:
        """Replace all that a document holds by what was read; false where it was removed meanwhile.

        `vectors` are those of `read.passages`, little-endian float32, made by `embedder`.
        """
        with self._database.write() as connection:
            if not _exists(connection, document_id):
                return False
            empty(connection, document_id)
            _insert_pages(connection, document_id, read)
            if read.passages:
                _insert_passages(connection, document_id, read, vectors, embedder_id_of(connection, embedder))
            _describe(
                connection, document_id, file, read.content_hash, read.title, _warnings_json(read.warnings)
            )
        return True

    def size_is_known(self, file: FileState) -> bool:
        """Whether a document of this kind and size has been read: then it may hold the same."""
        with self._database.read() as connection:
            row = connection.execute(
                """
                SELECT 1 FROM documents WHERE size_bytes = ? AND kind = ? AND state = 'ready'
                    AND content_hash != '' LIMIT 1
                """,
                (file.size_bytes, file.kind),
            ).fetchone()
        return row is not None

    def share(self, document_id: DocumentId, file: FileState, *, anew: bool = False) -> int | None:
        """Copy what another document of the same content and kind holds; how many passages that are.

        None where there is none, or the document was removed meanwhile. `anew`: only from its own
        collection, where all are being read anew.
        """
        with self._database.write() as connection:
            source = connection.execute(
                """
                SELECT source.id, source.path, source.title, source.warnings
                FROM documents AS source JOIN documents AS mine ON mine.id = :mine
                WHERE source.content_hash = :hash AND source.kind = :kind AND source.state = 'ready'
                    AND source.id != mine.id AND (NOT :anew OR source.collection_id = mine.collection_id)
                ORDER BY source.id LIMIT 1
                """,
                {"mine": document_id, "hash": file.content_hash, "kind": file.kind, "anew": anew},
            ).fetchone()
            if source is None:
                return None
            source_id, path, title, warnings = source
            empty(connection, document_id)
            _copy(connection, source_id, document_id)
            _describe(connection, document_id, file, file.content_hash, title, warnings)
            retitle(connection, document_id, PurePath(path).stem, PurePath(file.path).stem)
            count: int = connection.execute(
                "SELECT passages FROM documents WHERE id = ?", (document_id,)
            ).fetchone()[0]
        return count

    def page(self, path: str, number: int | None) -> Page | None:
        """A page as it was read; None where there is none. `number` None means the first page."""
        return self._page("path = :document", path, number)

    def page_of(self, document_id: DocumentId, number: int | None) -> Page | None:
        """As `page`, for one document, whatever its path."""
        return self._page("documents.id = :document", document_id, number)

    def content_of(self, file: FileState) -> ReadDocument | None:
        """What was read of a file that lies there as it did then (size and time are its); None otherwise."""
        with self._database.read() as connection:
            found = connection.execute(
                """
                SELECT id, title, warnings FROM documents
                WHERE path = ? AND size_bytes = ? AND mtime_ns = ? AND state = 'ready' ORDER BY id LIMIT 1
                """,
                (file.path, file.size_bytes, file.mtime_ns),
            ).fetchone()
            if found is None:
                return None
            id_, title, warnings = found
            rows = connection.execute(
                "SELECT number, text, blocks, boxes FROM pages WHERE document_id = ? ORDER BY ordinal", (id_,)
            ).fetchall()
        pages = tuple(Page(number, text, _blocks(blocks), boxes) for number, text, blocks, boxes in rows)
        return ReadDocument(title, pages, tuple(json.loads(warnings)))

    def _page(self, which: str, document: str | DocumentId, number: int | None) -> Page | None:
        with self._database.read() as connection:
            row = connection.execute(
                f"""
                SELECT number, text, blocks, boxes FROM pages JOIN documents ON documents.id = document_id
                WHERE {which} AND (:number IS NULL OR number = :number) ORDER BY document_id, ordinal LIMIT 1
                """,
                {"document": document, "number": number},
            ).fetchone()
        return None if row is None else Page(row[0], row[1], _blocks(row[2]), row[3])


def empty(connection: sqlite3.Connection, document_id: DocumentId) -> None:
    """Take out all that a document holds."""
    connection.execute("DELETE FROM pages WHERE document_id = ?", (document_id,))
    connection.execute("DELETE FROM passages WHERE document_id = ?", (document_id,))


def retitle(connection: sqlite3.Connection, document_id: DocumentId, old: str, new: str) -> None:
    """Where the title was only the file's name, let it be the present one, for the words that are searched.

    Its vectors keep what they say of the old name: only embedding anew could change that.
    """
    changed = connection.execute(
        "UPDATE documents SET title = ? WHERE id = ? AND title = ? AND title != ?",
        (new, document_id, old, new),
    ).rowcount
    if changed:
        rows = connection.execute(
            "SELECT id, text, heading FROM passages WHERE document_id = ?", (document_id,)
        ).fetchall()
        connection.executemany(
            "UPDATE passages SET title = ?, bigrams = ? WHERE id = ?",
            [(new, index_terms(f"{text} {heading} {new}"), id_) for id_, text, heading in rows],
        )


def _exists(connection: sqlite3.Connection, document_id: DocumentId) -> bool:
    return connection.execute("SELECT 1 FROM documents WHERE id = ?", (document_id,)).fetchone() is not None


def _describe(
    connection: sqlite3.Connection,
    document_id: DocumentId,
    file: FileState,
    content_hash: str,
    title: str,
    warnings: str,
) -> None:
    """Say of a document what it now holds."""
    connection.execute(
        """
        UPDATE documents SET state = 'ready', reason = '', title = ?, warnings = ?, size_bytes = ?,
            mtime_ns = ?, content_hash = ?, indexed = ?,
            pages = (SELECT count(*) FROM pages WHERE document_id = documents.id),
            passages = (SELECT count(*) FROM passages WHERE document_id = documents.id)
        WHERE id = ?
        """,
        (title, warnings, file.size_bytes, file.mtime_ns, content_hash, time.time(), document_id),
    )


def _insert_pages(connection: sqlite3.Connection, document_id: DocumentId, read: FileRead) -> None:
    connection.executemany(
        "INSERT INTO pages (document_id, ordinal, number, text, blocks, boxes) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (document_id, ordinal, page.number, page.text, _blocks_json(page.blocks), page.boxes)
            for ordinal, page in enumerate(read.pages)
        ],
    )


def _insert_passages(
    connection: sqlite3.Connection,
    document_id: DocumentId,
    read: FileRead,
    vectors: Sequence[bytes],
    embedder_id: int,
) -> None:
    for passage, vector in zip(read.passages, vectors, strict=True):
        inserted = connection.execute(
            """
            INSERT INTO passages (document_id, ordinal, page, start, end, text, heading, title, bigrams)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            (
                document_id,
                passage.ordinal,
                passage.page,
                passage.start,
                passage.end,
                passage.text,
                passage.heading,
                read.title,
                index_terms(f"{passage.text} {passage.heading} {read.title}"),
            ),
        )
        connection.execute(
            "INSERT INTO vectors (passage_id, embedder_id, vector) VALUES (?, ?, ?)",
            (inserted.lastrowid, embedder_id, vector),
        )


def _copy(connection: sqlite3.Connection, source_id: DocumentId, document_id: DocumentId) -> None:
    ids = {"source": source_id, "mine": document_id}
    connection.execute(
        """
        INSERT INTO pages (document_id, ordinal, number, text, blocks, boxes)
        SELECT :mine, ordinal, number, text, blocks, boxes FROM pages WHERE document_id = :source
        """,
        ids,
    )
    connection.execute(
        """
        INSERT INTO passages (document_id, ordinal, page, start, end, text, heading, title, bigrams)
        SELECT :mine, ordinal, page, start, end, text, heading, title, bigrams FROM passages
        WHERE document_id = :source ORDER BY ordinal
        """,
        ids,
    )
    connection.execute(
        """
        INSERT INTO vectors (passage_id, embedder_id, vector)
        SELECT mine.id, embedder_id, vector FROM passages AS mine
        JOIN passages AS source ON source.document_id = :source AND source.ordinal = mine.ordinal
        JOIN vectors ON vectors.passage_id = source.id
        WHERE mine.document_id = :mine ORDER BY mine.ordinal
        """,
        ids,
    )


def _blocks_json(blocks: Iterable[Block]) -> str:
    return json.dumps([[block.kind, block.start, block.end, block.level] for block in blocks])


def _blocks(text: str) -> tuple[Block, ...]:
    return tuple(Block(*row) for row in json.loads(text))


def _warnings_json(warnings: Sequence[str]) -> str:
    return json.dumps(warnings, ensure_ascii=False)
