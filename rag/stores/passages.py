"""Passages as they are found and shown, and the index of their words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rag.stores.rows import Stored, as_json
from rag.values import DocumentId, PassageId, StoredPassage

# Weights of text, heading, title, bigrams in BM25: what a passage says counts more than what stands above it.
COLUMN_WEIGHTS = (1.0, 0.5, 0.5, 1.0)


class Passages(Stored):
    def passages(self, ids: Iterable[PassageId]) -> dict[PassageId, StoredPassage]:
        """Passages by id; ids that are no longer there are left out."""
        with self._database.read() as connection:
            rows = connection.execute(
                """
                SELECT passages.id, document_id, documents.name, path, page, start, end, text, heading
                FROM passages JOIN documents ON documents.id = document_id
                WHERE passages.id IN (SELECT value FROM json_each(?))
                """,
                (as_json(ids),),
            ).fetchall()
        return {row[0]: StoredPassage(*row) for row in rows}

    def search_words(
        self, expression: str, k: int, documents: Iterable[DocumentId] | None = None
    ) -> list[tuple[PassageId, float]]:
        """Up to `k` (passage, BM25 score), best first; `expression` comes from `words.match_expression`."""
        # "+" keeps SQLite from looking up every passage of the scope in FTS5, one by one: with 20,000 of
        # them that took 2,700 ms, and 27 this way.
        scope = (
            "AND +rowid IN (SELECT id FROM passages WHERE document_id IN (SELECT value FROM json_each(:ids)))"
        )
        ids = None if documents is None else as_json(documents)
        return self._ranked(expression, "" if documents is None else scope, {"k": k, "ids": ids})

    def word_scores(self, expression: str, ids: Iterable[PassageId]) -> dict[PassageId, float]:
        """BM25 scores of these passages; those that hold no word of the expression are left out."""
        # "+" as above: 50 of 20,000 took 13 ms looked up one by one, and 1.4 this way.
        scope = "AND +rowid IN (SELECT value FROM json_each(:ids))"
        return dict(self._ranked(expression, scope, {"k": -1, "ids": as_json(ids)}))

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
