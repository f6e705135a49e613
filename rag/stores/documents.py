"""Documents: what is listed, what each was made of, and what has become of it."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable
from pathlib import PurePath
from typing import Any

from rag.stores.contents import empty, retitle
from rag.stores.rows import KnownDocument, Stored, as_json
from rag.values import CollectionId, DocumentId, DocumentRow, FileState, Problem

_KNOWN = "SELECT id, path, size_bytes, mtime_ns, content_hash, state, passages FROM documents"


class Documents(Stored):
    def known(self, collection_id: CollectionId) -> dict[str, KnownDocument]:
        """The documents of a collection by path."""
        with self._database.read() as connection:
            rows = connection.execute(f"{_KNOWN} WHERE collection_id = ?", (collection_id,)).fetchall()
        return {row[1]: _known(row) for row in rows}

    def waiting(self, collection_id: CollectionId | None = None) -> list[KnownDocument]:
        """Documents that wait to be read, in the order in which they were registered."""
        with self._database.read() as connection:
            rows = connection.execute(
                f"{_KNOWN} WHERE state = 'waiting' AND (?1 IS NULL OR collection_id = ?1) ORDER BY id",
                (collection_id,),
            ).fetchall()
        return [_known(row) for row in rows]

    def register(self, collection_id: CollectionId, files: Iterable[FileState]) -> None:
        """List files as waiting, new ones and known ones; passages of known ones stay until replaced."""
        now = time.time()
        with self._database.write() as connection:
            connection.executemany(
                """
                INSERT INTO documents (collection_id, path, name, kind, size_bytes, mtime_ns, state, added)
                VALUES (?, ?, ?, ?, ?, ?, 'waiting', ?)
                ON CONFLICT (collection_id, path) DO UPDATE SET state = 'waiting', reason = ''
                """,
                [
                    (
                        collection_id,
                        file.path,
                        _name(file.path),
                        file.kind,
                        file.size_bytes,
                        file.mtime_ns,
                        now,
                    )
                    for file in files
                ],
            )

    def register_problem(self, collection_id: CollectionId, problem: Problem) -> None:
        """List a file that is known to be unreadable without having been tried."""
        kind = FileState(problem.path, 0, 0).kind
        with self._database.write() as connection:
            connection.execute(
                """
                INSERT INTO documents
                    (collection_id, path, name, kind, size_bytes, mtime_ns, state, reason, added)
                VALUES (?, ?, ?, ?, 0, 0, 'failed', ?, ?)
                ON CONFLICT (collection_id, path) DO UPDATE SET state = 'failed', reason = excluded.reason
                """,
                (collection_id, problem.path, _name(problem.path), kind, problem.reason, time.time()),
            )

    def wait_again(self, document_ids: Iterable[DocumentId]) -> None:
        """Put failed documents back in the queue."""
        with self._database.write() as connection:
            connection.execute(
                """
                UPDATE documents SET state = 'waiting', reason = ''
                WHERE state = 'failed' AND id IN (SELECT value FROM json_each(?))
                """,
                (as_json(document_ids),),
            )

    def wait_anew(self, collection_id: CollectionId) -> None:
        """Put every document of a collection in the queue, to be read whatever its file holds.

        Without a hash no file is taken for unchanged, in this run or the one that resumes it.
        """
        with self._database.write() as connection:
            connection.execute(
                """
                UPDATE documents SET state = 'waiting', reason = '', content_hash = ''
                WHERE collection_id = ?
                """,
                (collection_id,),
            )

    def confirm(self, document_id: DocumentId, file: FileState) -> None:
        """The file was touched, but holds what it held: its passages stand."""
        with self._database.write() as connection:
            connection.execute(
                """
                UPDATE documents SET state = 'ready', reason = '', size_bytes = ?, mtime_ns = ? WHERE id = ?
                """,
                (file.size_bytes, file.mtime_ns, document_id),
            )

    def move(self, document_id: DocumentId, file: FileState) -> None:
        """The file lies somewhere else now, or has another name: all that was read of it stands.

        Where its new place is listed already, that document is forgotten: nothing was read there yet.
        """
        with self._database.write() as connection:
            collection_id, path = connection.execute(
                "SELECT collection_id, path FROM documents WHERE id = ?", (document_id,)
            ).fetchone()
            connection.execute(
                "DELETE FROM documents WHERE collection_id = ? AND path = ? AND id != ?",
                (collection_id, file.path, document_id),
            )
            connection.execute(
                """
                UPDATE documents SET state = 'ready', reason = '', path = ?, name = ?, size_bytes = ?,
                    mtime_ns = ? WHERE id = ?
                """,
                (file.path, _name(file.path), file.size_bytes, file.mtime_ns, document_id),
            )
            retitle(connection, document_id, PurePath(path).stem, PurePath(file.path).stem)

    def fail(self, document_id: DocumentId, reason: str, file: FileState | None = None) -> None:
        """Mark a document as failed. What it held before goes: the file does not say it any more.

        `file` is what was tried: as long as that lies there, there is no use in trying again unasked.
        """
        size_bytes, mtime_ns = (None, None) if file is None else (file.size_bytes, file.mtime_ns)
        with self._database.write() as connection:
            empty(connection, document_id)
            connection.execute(
                """
                UPDATE documents SET state = 'failed', reason = ?, warnings = '[]', content_hash = '',
                    pages = 0, passages = 0, size_bytes = coalesce(?, size_bytes),
                    mtime_ns = coalesce(?, mtime_ns)
                WHERE id = ?
                """,
                (reason, size_bytes, mtime_ns, document_id),
            )

    def remove(self, document_ids: Iterable[DocumentId]) -> None:
        with self._database.write() as connection:
            connection.execute(
                "DELETE FROM documents WHERE id IN (SELECT value FROM json_each(?))", (as_json(document_ids),)
            )

    def documents(self, collection_id: CollectionId | None = None) -> list[DocumentRow]:
        """Documents by collection and path."""
        with self._database.read() as connection:
            rows = connection.execute(
                """
                SELECT documents.id, collections.name, documents.name, path, state, reason, passages, pages,
                    size_bytes, warnings
                FROM documents JOIN collections ON collections.id = collection_id
                WHERE ?1 IS NULL OR collection_id = ?1 ORDER BY collections.name, path
                """,
                (collection_id,),
            ).fetchall()
        return [_document(row) for row in rows]

    def paths(
        self,
        collection_id: CollectionId | None = None,
        *,
        kinds: Collection[str] | None = None,
        modified_from_ns: int | None = None,
        modified_before_ns: int | None = None,
    ) -> dict[DocumentId, str]:
        """The paths of documents: of a collection, of `kinds` (“pdf”), of files changed in a span of time."""
        with self._database.read() as connection:
            rows = connection.execute(
                """
                SELECT id, path FROM documents
                WHERE (:collection IS NULL OR collection_id = :collection)
                    AND (:kinds IS NULL OR kind IN (SELECT value FROM json_each(:kinds)))
                    AND (:from IS NULL OR mtime_ns >= :from) AND (:before IS NULL OR mtime_ns < :before)
                """,
                {
                    "collection": collection_id,
                    "kinds": None if kinds is None else json.dumps(sorted(kinds)),
                    "from": modified_from_ns,
                    "before": modified_before_ns,
                },
            )
            return dict(rows.fetchall())

    def passages_per_byte(self) -> dict[str, float]:
        """What the files read so far gave, by their kind; says how much work others of it will be."""
        with self._database.read() as connection:
            rows = connection.execute(
                """
                SELECT kind, sum(passages) * 1.0 / sum(size_bytes) FROM documents
                WHERE state = 'ready' GROUP BY kind HAVING sum(size_bytes) > 0
                """
            )
            return dict(rows.fetchall())


def _name(path: str) -> str:
    return PurePath(path).name


def _document(row: tuple[Any, ...]) -> DocumentRow:
    id_, collection, name, path, state, reason, passages, pages, size_bytes, warnings = row
    said = tuple(json.loads(warnings))
    return DocumentRow(id_, collection, name, path, state, reason, passages, pages, size_bytes, said)


def _known(row: tuple[Any, ...]) -> KnownDocument:
    document_id, path, size_bytes, mtime_ns, content_hash, state, passages = row
    return KnownDocument(document_id, FileState(path, size_bytes, mtime_ns, content_hash), state, passages)
