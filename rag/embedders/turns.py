"""One embedder for several threads: they take turns, in the order in which they came."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from types import TracebackType

from rag.errors import EmbedderUnusable
from rag.ports import Embedder, ReadsTokens, Vectors


class TakingTurns:
    """Implements `rag.ports.Embedder` and `ReadsTokens`, usable from any thread.

    A question thus waits for one batch of a file that is being read, and not, as with an ordinary lock,
    until the reading thread happens to be slow in taking the lock again.
    """

    def __init__(self, embedder: Embedder) -> None:
        """`embedder.count_tokens` must be usable by any thread at any time."""
        self._embedder = embedder
        self._turns = _Turns()

    @property
    def identity(self) -> str:
        return self._embedder.identity

    @property
    def dimensions(self) -> int:
        return self._embedder.dimensions

    @property
    def window_tokens(self) -> int:
        return self._embedder.window_tokens

    def count_tokens(self, text: str) -> int:
        return self._embedder.count_tokens(text)

    def embed(self, texts: Sequence[str]) -> Vectors:
        with self._turns:
            return self._embedder.embed(texts)

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        with self._turns:
            return self._embedder.embed_questions(texts)

    def token_vectors(self, text: str) -> tuple[list[tuple[int, int]], Vectors]:
        """Raises EmbedderUnusable: this one does not tell tokens apart."""
        if not isinstance(self._embedder, ReadsTokens):
            raise EmbedderUnusable(self.identity, "It gives no vectors of single words.")
        with self._turns:
            return self._embedder.token_vectors(text)


class _Turns:
    """A lock that is had in the order in which it was asked for."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._next_ticket = 0
        self._now_serving = 0

    def __enter__(self) -> None:
        with self._changed:
            ticket, self._next_ticket = self._next_ticket, self._next_ticket + 1
            self._changed.wait_for(lambda: self._now_serving == ticket)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._changed:
            self._now_serving += 1
            self._changed.notify_all()
