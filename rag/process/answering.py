"""Which embedder answers: the present one, or a former one until every passage has a new vector."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rag.embedders.turns import TakingTurns
from rag.errors import EmbedderMissing, VectorIndexBroken
from rag.ports import Embedder
from rag.settings import ReaderSettings
from rag.vectors.resilient import ResilientIndex
from rag.vectors.source import LibraryVectors, vectors_of_each

UNFINISHED = "The passages are being embedded anew; until that is done, only words are compared."

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pair:
    """An embedder and the vectors that it made. They are no use without each other."""

    embedder: Embedder
    index: ResilientIndex


class Answering:
    """The pair that answers, opened when it is first needed. Usable from any thread."""

    def __init__(
        self,
        settings: ReaderSettings,
        present: Callable[[], Embedder],
        open_former: Callable[[Path], Embedder],
    ) -> None:
        self._settings = settings
        self._present = present
        self._open_former = open_former
        self._lock = threading.Lock()
        self._pair: Pair | None = None
        self._finished = False

    def get(self) -> Pair:
        """Raises: EmbedderMissing, LibraryDamaged, LibraryUnavailable."""
        with self._lock:
            if self._pair is None:
                self._pair = self._choose()
            return self._pair

    @property
    def finished(self) -> bool:
        """Whether every passage has a vector by the embedder that answers; without, words decide alone."""
        return self._finished

    def require(self) -> Pair:
        """The pair, where its vectors are all there. Raises as `get`, and VectorIndexBroken."""
        pair = self.get()
        if not self._finished:
            raise VectorIndexBroken(UNFINISHED)
        return pair

    def reconsider(self) -> Pair:
        """As `get`, after library.db has changed: the present embedder answers as soon as it can."""
        pair = self.get()
        present = self._present()
        if pair.embedder.identity == present.identity and self._finished:
            return pair
        with self._lock:
            if vectors_of_each(self._settings.library_path).lacking(present.identity):
                return pair
            pair.index.close()
            self._pair = pair = self._opened(present)
            self._finished = True
        return pair

    def close(self) -> None:
        if self._pair is not None:
            self._pair.index.close()

    def _choose(self) -> Pair:
        present = self._present()
        held = vectors_of_each(self._settings.library_path)
        self._finished = not held.lacking(present.identity)
        if not self._finished:
            for path in self._settings.former_embedders:
                former = self._former(path)
                if former is not None and held.lacking(former.identity) < held.lacking(present.identity):
                    self._finished = True  # what was added since is found by its words
                    return self._opened(former)
        return self._opened(present)

    def _former(self, path: Path) -> Embedder | None:
        try:
            return TakingTurns(self._open_former(path))
        except EmbedderMissing as error:
            log.warning("its vectors cannot be used any more: %s", error)
            return None

    def _opened(self, embedder: Embedder) -> Pair:
        settings = self._settings
        source = LibraryVectors(settings.library_path, embedder.identity, embedder.dimensions)
        index = ResilientIndex(
            source,
            settings.vectors_path,
            embedder.identity,
            embedder.dimensions,
            use_chroma=settings.use_chroma,
        )
        return Pair(embedder, index)
