"""Which embedder is loaded beside the model: none until the first texts come, then the one last asked for."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from engine.errors import ModelMissing
from engine.process.current import Identity, identify
from engine.process.embedding import Embedder, Vectors


class CurrentEmbedder:
    """At most one; for any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # all below; an embedder is for one thread at a time
        self._embedder: Embedder | None = None
        self._identity: Identity | None = None

    def embed(self, path: str, texts: Sequence[str]) -> Vectors:
        """See `Embedder.embed`; loads the embedder first when it is not this one.

        Raises:
            ModelMissing, ModelDamaged, ModelUnsupported: it cannot be loaded, or is no embedder.
        """
        identity = identify(path, 0)
        if identity is None:
            raise ModelMissing(path)
        with self._lock:
            if identity != self._identity:
                self._drop()
                self._embedder, self._identity = Embedder(path), identity
            assert self._embedder is not None
            return self._embedder.embed(texts)

    def close(self) -> None:
        """Give its memory back, once it is done with what it is embedding."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        embedder, self._embedder, self._identity = self._embedder, None, None
        if embedder is not None:
            embedder.close()
