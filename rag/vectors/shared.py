"""The exact index between threads: answers, takes changes, and says what a copy of it lacks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.ports import Vectors
from rag.values import DocumentId, PassageId
from rag.vectors.exact import ExactIndex
from rag.vectors.source import StoredVectors


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """What a copy must do to hold what the index held at `version`; `ids` is all that it then holds."""

    version: int
    ids: NDArray[np.int64]
    missing: NDArray[np.int64]
    surplus: NDArray[np.int64]


class SharedIndex:
    """An exact index with a version that every change raises. Usable from any thread."""

    def __init__(self, dimensions: int) -> None:
        self._dimensions = dimensions
        self._index = ExactIndex(dimensions)
        self._changed = threading.Condition()
        self._version = 0
        self._replaced: set[PassageId] = set()

    @property
    def version(self) -> int:
        return self._version

    def load(self, batches: Iterable[StoredVectors]) -> None:
        """Hold these vectors and no others."""
        index = ExactIndex(self._dimensions)
        for batch in batches:
            index.add(batch.ids, batch.documents, batch.vectors)
        with self._changed:
            self._index = index
            self._raise_version()

    def add(self, ids: Sequence[PassageId], documents: Sequence[DocumentId], vectors: Vectors) -> None:
        with self._changed:
            self._index.add(ids, documents, vectors)
            self._replaced.update(ids)  # a copy may hold them with other vectors
            self._raise_version()

    def exchange(self, documents: Collection[DocumentId], batches: Iterable[StoredVectors]) -> None:
        """In place of what these documents held, hold `batches`; no search sees them half done."""
        read = list(batches)
        with self._changed:
            self._index.remove_documents(documents)
            for batch in read:
                self._index.add(batch.ids, batch.documents, batch.vectors)
            self._raise_version()

    def search(
        self, vector: Vectors, k: int, documents: frozenset[DocumentId] | None
    ) -> list[tuple[PassageId, float]]:
        with self._changed:
            return self._index.search(vector, k, documents)

    def count(self) -> int:
        with self._changed:
            return self._index.count()

    def take(self, ids: NDArray[np.int64]) -> StoredVectors:
        """Those of `ids` that are still here."""
        with self._changed:
            return StoredVectors(*self._index.take(ids))

    def difference(self, held: NDArray[np.int64]) -> Difference:
        """What a copy that holds the passages `held` lacks. Replaced ones are named to the first who asks."""
        with self._changed:
            ids = self._index.ids()
            replaced = np.array(sorted(self._replaced), np.int64)
            self._replaced.clear()
            version = self._version
        missing = np.union1d(np.setdiff1d(ids, held), np.intersect1d(replaced, ids))
        return Difference(version, ids, missing, np.setdiff1d(held, ids))

    def wait_until(self, true: Callable[[], bool], timeout_s: float | None = None) -> bool:
        """Block until `true()`; it is looked at after every change and every `wake`."""
        with self._changed:
            return self._changed.wait_for(true, timeout_s)

    def wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _raise_version(self) -> None:
        self._version += 1
        self._changed.notify_all()
