"""Finding passages: by words (BM25 in library.db) and by meaning (vectors in the reader), fused."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from operator import mul
from typing import TYPE_CHECKING

from rag.errors import RagError
from rag.process.messages import SearchVectors, VectorsFound
from rag.ranking import closeness, fuse, sentence_shares
from rag.settings import RetrievalSettings
from rag.store import Store
from rag.values import DocumentId, FoundPassage, PassageId, StoredPassage
from rag.words import match_expression

if TYPE_CHECKING:  # rag.ports brings numpy, which the app process does without
    from rag.ports import Worker

Scores = dict[PassageId, float]

# Loading the embedder may come first; after that a search takes milliseconds.
SEARCH_TIMEOUT_S = 30.0
# A pasted page is no question: the embedder would read about this much of it anyway.
MAX_EMBEDDED_CHARACTERS = 1000


class Retrieval:
    """Answers searches. Usable from any thread of the app process."""

    def __init__(
        self, store: Store, reader: Worker, settings: RetrievalSettings, lost: tuple[type[Exception], ...]
    ) -> None:
        """`lost` are the host's errors for a reader that died or hung."""
        self._store = store
        self._reader = reader
        self._settings = settings
        self._unavailable: tuple[type[Exception], ...] = (RagError, *lost)

    def find(
        self, query: str, *, documents: frozenset[DocumentId] | None = None, k: int = 10
    ) -> list[FoundPassage]:
        """Up to `k` passages, best first, from `documents` only where given; ties in order of id.

        Where the reader cannot answer, words alone decide and each passage says `words_only`.
        """
        if not query.strip() or documents == frozenset():
            return []
        expression = match_expression(query)
        wanted = max(k, self._settings.candidates)
        with ThreadPoolExecutor(1, "vectors") as meanwhile:  # the reader works while SQLite does
            asked = meanwhile.submit(self._search_vectors, query, wanted, documents)
            words = dict(self._store.search_words(expression, wanted, documents))
            vectors = asked.result()
        if vectors is None:
            return self._by_words(words, k)
        similarities = dict(zip(vectors.ids, vectors.similarities, strict=True))
        passages = self._store.passages({*words, *similarities})  # the vector index may lag behind
        self._complete(expression, words, similarities, vectors, passages)
        close = {id_: closeness(cosine, vectors.embedder) for id_, cosine in similarities.items()}
        shares = sentence_shares(query, {id_: passages[id_].text for id_ in close})
        scores = fuse(words, close, shares, self._settings.weights)
        found = [
            FoundPassage(passages[id_], score, close[id_], words.get(id_, 0.0))
            for id_, score in scores.items()
        ]
        return _best(found, k)

    def _search_vectors(
        self, query: str, k: int, documents: frozenset[DocumentId] | None
    ) -> VectorsFound | None:
        scope = None if documents is None else tuple(sorted(documents))
        request = SearchVectors(query[:MAX_EMBEDDED_CHARACTERS], k, scope)
        try:
            *_, found = self._reader.call(request, timeout_s=SEARCH_TIMEOUT_S)
        except self._unavailable:
            return None
        assert isinstance(found, VectorsFound)
        return found

    def _by_words(self, words: Scores, k: int) -> list[FoundPassage]:
        passages = self._store.passages(words)
        found = [
            FoundPassage(passages[id_], score, 0.0, score, words_only=True)
            for id_, score in words.items()
            if id_ in passages
        ]
        return _best(found, k)

    def _complete(
        self,
        expression: str,
        words: Scores,
        similarities: Scores,
        vectors: VectorsFound,
        passages: Mapping[PassageId, StoredPassage],
    ) -> None:
        """Give both lists the same passages, each with its exact score.

        A passage that one list cut off is not worthless there. Measured on squad_dev: recall@1 .843 with
        exact scores, .805 with the other list's minimum in their place.
        """
        words.update(self._store.word_scores(expression, similarities.keys() - words.keys()))
        stored = self._store.vectors(words.keys() - similarities.keys(), vectors.embedder)
        least = min(similarities.values(), default=0.0)
        for id_ in passages.keys() - similarities.keys():
            # Without a vector by the same embedder there is nothing to compare.
            exact = id_ in stored and bool(vectors.vector)
            similarities[id_] = _cosine(vectors.vector, stored[id_]) if exact else least
        for id_ in similarities.keys() - passages.keys():
            del similarities[id_]


def _cosine(one: bytes, other: bytes) -> float:
    """Of two unit vectors in little-endian float32, as every platform that Carrel runs on stores them."""
    cosine: float = sum(map(mul, array("f", one), array("f", other)))
    return cosine


def _best(found: list[FoundPassage], k: int) -> list[FoundPassage]:
    return sorted(found, key=lambda item: (-item.score, item.passage.id))[:k]
