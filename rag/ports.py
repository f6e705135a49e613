"""What rag asks of its surroundings, and the seams where its parts may be swapped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from rag.values import DocumentId, PassageId

Vectors = NDArray[np.float32]


class Worker(Protocol):
    """A process that answers typed requests with a stream of typed replies.

    Called from any thread of the app process; the iterator ends with the last reply. Raises the
    service's own expected errors, or the host's error when the process died or hung.
    """

    def call(
        self,
        request: Any,
        *,
        timeout_s: float | None = None,
        cancelled: Callable[[], bool] = ...,
    ) -> Iterator[Any]: ...


class Embedder(Protocol):
    """Turns text into unit vectors. Runs in the reader process; one thread at a time.

    `count_tokens` alone may be called by any thread. Every implementation passes
    `tests/contracts/embedder.py`.
    """

    @property
    def identity(self) -> str:
        """Names the exact weights and pooling; vectors of different identities are never compared."""
        ...

    @property
    def dimensions(self) -> int: ...

    @property
    def window_tokens(self) -> int:
        """Tokens it reads of one text, special tokens included; a longer one is refused."""
        ...

    def count_tokens(self, text: str) -> int:
        """Tokens of `text` without special tokens."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """`(len(texts), dimensions)` float32, unit rows, in order: of passages. Never truncates silently."""
        ...

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """As `embed`, of what is searched with: many models were trained to tell the two apart."""
        ...


@runtime_checkable
class ReadsTokens(Protocol):
    """An embedder that gives the vectors of single tokens as well. Runs where that does."""

    def token_vectors(self, text: str) -> tuple[list[tuple[int, int]], Vectors]:
        """For each token the characters it is of, in order, and its vector: `(tokens, dimensions)`.

        Raises:
            EmbedderUnusable: it cannot.
        """
        ...


class VectorIndex(Protocol):
    """Nearest passages by cosine. Runs in the reader process, under one lock.

    Implementations: `rag/vectors/exact.py`, `rag/vectors/chroma.py`, and `rag/vectors/resilient.py`, which
    joins the two and needs no lock; all pass `tests/contracts/vector_index.py`.
    """

    def add(self, ids: Sequence[PassageId], documents: Sequence[DocumentId], vectors: Vectors) -> None:
        """Add or replace; `vectors` is `(len(ids), dimensions)` float32 with unit rows."""
        ...

    def remove_documents(self, documents: Sequence[DocumentId]) -> None: ...

    def search(
        self, vector: Vectors, k: int, documents: frozenset[DocumentId] | None = None
    ) -> list[tuple[PassageId, float]]:
        """Up to `k` (passage, cosine), best first, only from `documents` where given.

        Raises:
            VectorIndexBroken: it cannot be trusted any more.
        """
        ...

    def count(self) -> int: ...
