"""Vectors, each with the identity of its embedder; those of two embedders may stand side by side."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from rag.process.messages import TitledPassage
from rag.stores.rows import Stored, as_json
from rag.values import DocumentId, Passage, PassageId


class Embeddings(Stored):
    def vectors(self, ids: Iterable[PassageId], embedder: str) -> dict[PassageId, bytes]:
        """Vectors of passages, little-endian float32; only those that this embedder made."""
        with self._database.read() as connection:
            rows = connection.execute(
                """
                SELECT passage_id, vector FROM vectors JOIN embedders ON embedders.id = embedder_id
                WHERE identity = ? AND passage_id IN (SELECT value FROM json_each(?))
                """,
                (embedder, as_json(ids)),
            )
            return dict(rows.fetchall())

    def documents_without(self, embedder: str) -> dict[DocumentId, str]:
        """Documents that hold passages without a vector by this embedder: their paths, in order of id."""
        with self._database.read() as connection:
            rows = connection.execute(
                """
                SELECT id, path FROM documents WHERE id IN (
                    SELECT document_id FROM passages WHERE NOT EXISTS (
                        SELECT 1 FROM vectors JOIN embedders ON embedders.id = embedder_id
                        WHERE passage_id = passages.id AND identity = ?
                    )
                ) ORDER BY id
                """,
                (embedder,),
            )
            return dict(rows.fetchall())

    def passages_without(self, embedder: str) -> int:
        """How many passages lack a vector by this embedder."""
        with self._database.read() as connection:
            count: int = connection.execute(
                """
                SELECT count(*) FROM passages WHERE NOT EXISTS (
                    SELECT 1 FROM vectors JOIN embedders ON embedders.id = embedder_id
                    WHERE passage_id = passages.id AND identity = ?
                )
                """,
                (embedder,),
            ).fetchone()[0]
        return count

    def titled(self, document_id: DocumentId) -> dict[PassageId, TitledPassage]:
        """What is embedded of a document's passages, in their order."""
        with self._database.read() as connection:
            rows = connection.execute(
                """
                SELECT id, title, ordinal, page, start, end, text, heading FROM passages
                WHERE document_id = ? ORDER BY ordinal
                """,
                (document_id,),
            )
            return {row[0]: TitledPassage(row[1], Passage(*row[2:])) for row in rows}

    def add_vectors(self, embedder: str, vectors: Mapping[PassageId, bytes]) -> None:
        """Set vectors beside those of other embedders; for passages replaced meanwhile nothing is kept."""
        with self._database.write() as connection:
            embedder_id = embedder_id_of(connection, embedder)
            connection.executemany(
                """
                INSERT INTO vectors (passage_id, embedder_id, vector)
                SELECT id, ?, ? FROM passages WHERE id = ? ON CONFLICT DO UPDATE SET vector = excluded.vector
                """,
                [(embedder_id, vector, passage_id) for passage_id, vector in vectors.items()],
            )

    def embedders(self) -> dict[str, int]:
        """How many vectors each embedder made, the most first."""
        with self._database.read() as connection:
            rows = connection.execute(
                """
                SELECT identity, count(*) AS many FROM vectors JOIN embedders ON embedders.id = embedder_id
                GROUP BY embedder_id ORDER BY many DESC, identity
                """
            )
            return dict(rows.fetchall())

    def drop_vectors(self, embedders: Sequence[str]) -> None:
        """Forget what these embedders made."""
        with self._database.write() as connection:
            for embedder in embedders:
                connection.execute(
                    "DELETE FROM vectors WHERE embedder_id = (SELECT id FROM embedders WHERE identity = ?)",
                    (embedder,),
                )
                connection.execute("DELETE FROM embedders WHERE identity = ?", (embedder,))


def embedder_id_of(connection: sqlite3.Connection, identity: str) -> int:
    """The id of an embedder; it gets one where it has none."""
    connection.execute("INSERT INTO embedders (identity) VALUES (?) ON CONFLICT DO NOTHING", (identity,))
    found: int = connection.execute("SELECT id FROM embedders WHERE identity = ?", (identity,)).fetchone()[0]
    return found
