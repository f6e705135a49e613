"""Which texts mean about the same as others: the examples of a task that come nearest to its input."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TypeVar

import numpy as np

from rag.embedders.long_texts import embed_question
from rag.ports import Embedder, Vectors
from rag.process.messages import RankTexts, Reading, TextsRanked

LISTS = 8
"""Lists of texts that are kept: a run has one of its examples, and several may be under way."""
VECTORS = 40_000
"""Vectors of single texts that are kept (60 MB): a list with one more example is then there at once."""
ASKED = 64
"""Vectors of texts that were compared last: a row of a table is compared once for each of its columns."""
PROGRESS_EVERY = 16
LEAST_LENGTH = 1e-4
"""Of what is left of a unit vector: shorter, it is rounding, as when all texts of a list are the same."""

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class _Known:
    """A list of texts: `vectors` as they are, and `centred` with their mean taken off, unit rows again."""

    def __init__(self, vectors: Vectors) -> None:
        self.vectors = vectors
        self._mean = vectors.mean(axis=0)
        self._centred = self._off(vectors)

    def cosines(self, vector: Vectors, *, centred: bool) -> Vectors:
        cosines: Vectors = self._centred @ self._off(vector) if centred else self.vectors @ vector
        return cosines

    def _off(self, vectors: Vectors) -> Vectors:
        left = vectors - self._mean
        lengths = np.linalg.norm(left, axis=-1, keepdims=True)
        unit: Vectors = left / np.maximum(lengths, LEAST_LENGTH)
        return unit


class TextRanking:
    """Answers `RankTexts`. One thread at a time.

    Both sides are embedded as questions: so the embedder was trained to compare texts of one kind, and a
    text is nearest to itself. On 800 texts of banking77's training part, 5 others of each of its 77 labels
    as examples, the nearest example had the right label for .66, and for .61 with both as passages.

    Centred they compare better where all texts are of one kind, and all cosines high. By the votes of ten
    examples of each label .97 of 500 texts of sms_spam's training part were right instead of .90 (mean of
    ten draws), on banking77 .73 instead of .72.
    """

    def __init__(self, embedder: Callable[[], Embedder]) -> None:
        self._embedder = embedder
        self._lists: OrderedDict[str, _Known] = OrderedDict()
        self._vectors: OrderedDict[bytes, Vectors] = OrderedDict()
        self._asked: OrderedDict[bytes, Vectors] = OrderedDict()

    def rank(self, request: RankTexts, cancelled: Callable[[], bool]) -> Iterator[Reading | TextsRanked]:
        """Progress over `among` where it is new, then the ranking; ends early, without it, when cancelled.

        Raises:
            EmbedderMissing
        """
        if request.among is not None and request.key not in self._lists:
            vectors = yield from self._embed(request.among, cancelled)
            if vectors is None:
                return
            _put(self._lists, request.key, _Known(vectors), LISTS)
        yield self._ranked(request)

    def _ranked(self, request: RankTexts) -> TextsRanked:
        among = self._lists.get(request.key)
        if among is None:
            return TextsRanked(None)
        self._lists.move_to_end(request.key)
        embedder = self._embedder()
        vectors = (_vector(self._asked, ASKED, embedder, text) for text in request.texts)
        ranked = tuple(_best(among.cosines(vector, centred=request.centred), request.k) for vector in vectors)
        return TextsRanked(ranked, embedder.identity)

    def _embed(
        self, texts: Sequence[str], cancelled: Callable[[], bool]
    ) -> Generator[Reading, None, Vectors | None]:
        """`(len(texts), dimensions)`, in order; None when cancelled (what was done is kept)."""
        embedder = self._embedder()
        vectors = np.empty((len(texts), embedder.dimensions), np.float32)
        for row, text in enumerate(texts):
            if cancelled():
                return None
            if row % PROGRESS_EVERY == 0:
                yield Reading("embedding", row, len(texts))
            vectors[row] = _vector(self._vectors, VECTORS, embedder, text)
        return vectors


def _vector(kept: OrderedDict[bytes, Vectors], most: int, embedder: Embedder, text: str) -> Vectors:
    """The vector of a text, out of those that are kept or made now."""
    key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    vector = kept.get(key)
    if vector is None:
        vector = embed_question(embedder, text)
    _put(kept, key, vector, most)
    return vector


def _put(kept: OrderedDict[_Key, _Value], key: _Key, value: _Value, most: int) -> None:
    """Keep it as the last one used, and forget the one that was not used for longest."""
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > most:
        kept.popitem(last=False)


def _best(cosines: Vectors, k: int) -> tuple[tuple[int, float], ...]:
    order = np.argsort(-cosines, kind="stable")[:k]
    return tuple((int(index), float(cosines[index])) for index in order)
