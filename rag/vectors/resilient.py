"""The vector index that answers, whatever becomes of Chroma.

Every change goes into the exact index at once; a Chroma copy follows in the background. A search goes to
Chroma only while the copy is in step and idle. All others, and those within some documents (where an
approximate index would have to be asked for more and more until enough of its answers fit), are answered
by the exact index.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.ports import Vectors
from rag.values import DocumentId, PassageId
from rag.vectors.chroma_copy import ChromaCopy
from rag.vectors.shared import SharedIndex
from rag.vectors.source import LibraryVectors


@dataclass(frozen=True, slots=True)
class IndexState:
    """What answers an unrestricted search now: “chroma”, or “exact” and why."""

    index: str
    vectors: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Nearest:
    """The answer to a search, and what gave it: “chroma” or “exact”."""

    passages: list[tuple[PassageId, float]]
    index: str


class ResilientIndex:
    """Implements `rag.ports.VectorIndex`. Usable from any thread; no search fails or waits for Chroma."""

    def __init__(
        self, source: LibraryVectors, folder: Path, embedder: str, dimensions: int, *, use_chroma: bool = True
    ) -> None:
        """Reads all vectors from `source` and starts the copy's thread; `folder` is the copy's alone.

        Raises:
            LibraryDamaged, LibraryUnavailable
        """
        self._source = source
        self._exact = SharedIndex(dimensions)
        self._exact.load(source.all())
        self._copy = ChromaCopy(self._exact, folder, embedder, dimensions) if use_chroma else None

    def add(self, ids: Sequence[PassageId], documents: Sequence[DocumentId], vectors: Vectors) -> None:
        self._exact.add(ids, documents, vectors)

    def remove_documents(self, documents: Collection[DocumentId]) -> None:
        self._exact.exchange(documents, ())

    def search(
        self, vector: Vectors, k: int, documents: frozenset[DocumentId] | None = None
    ) -> list[tuple[PassageId, float]]:
        return self.nearest(vector, k, documents).passages

    def nearest(self, vector: Vectors, k: int, documents: frozenset[DocumentId] | None = None) -> Nearest:
        """As `search`, with the name of the index that answered."""
        if self._copy is not None and documents is None:
            found = self._copy.search(vector, k)
            if found is not None:
                return Nearest(found, "chroma")
        return Nearest(self._exact.search(vector, k, documents), "exact")

    def count(self) -> int:
        return self._exact.count()

    def follow(self, added: Collection[DocumentId], removed: Collection[DocumentId]) -> None:
        """Take over what the library now holds for `added`, and drop what it held for both.

        Raises:
            LibraryDamaged, LibraryUnavailable
        """
        self._exact.exchange({*added, *removed}, self._source.of(added) if added else ())

    def rebuild(self) -> None:
        """Read all from the library again; the Chroma copy is made anew. Raises as `follow`."""
        self._exact.load(self._source.all())
        if self._copy is not None:
            self._copy.start_anew()

    def state(self) -> IndexState:
        if self._copy is None:
            return IndexState("exact", self.count(), "Chroma is switched off.")
        return IndexState("chroma" if self._copy.in_step else "exact", self.count(), self._copy.detail)

    def wait_for_chroma(self, timeout_s: float) -> bool:
        """Block until the copy is in step or given up; whether it is in step."""
        return self._copy is not None and self._copy.wait_until_settled(timeout_s)

    def close(self) -> None:
        if self._copy is not None:
            self._copy.close()
