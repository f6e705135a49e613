"""A context without a model: it checks what it is given, and what follows a token is its number plus one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.process.context import Item, Outcome

VOCABULARY = 64


class FakeContext:
    """Keeps the tokens of each sequence and counts cells as llama.cpp does: a shared one is there once."""

    def __init__(self, *, cells: int = 256, chunk_tokens: int = 16, sequences: int = 8) -> None:
        self.cells = cells
        self.chunk_tokens = chunk_tokens
        self.sequences = sequences
        self.outputs = 8
        self.forgets_ends = True
        self.threads = 0
        self.batches: list[list[Item]] = []
        self.held: dict[int, list[int]] = {number: [] for number in range(sequences)}
        self._cells: dict[int, list[object]] = {number: [] for number in range(sequences)}
        self.gate: threading.Semaphore | None = None
        """When set, each batch waits for it, or until it is told to stop."""

    def set_threads(self, threads: int) -> None:
        self.threads = threads

    @property
    def used(self) -> int:
        return len({id(cell) for cells in self._cells.values() for cell in cells})

    @property
    def evaluated(self) -> int:
        return sum(len(batch) for batch in self.batches)

    def decode(self, items: Sequence[Item], stop: Callable[[], bool]) -> Outcome:
        assert 0 < len(items) <= self.chunk_tokens
        assert sum(item.wanted for item in items) <= self.outputs
        if self.used + len(items) > self.cells:
            return "full"
        while self.gate and not self.gate.acquire(timeout=0.002):
            if stop():
                return "stopped"
        for item in items:
            cell = object()
            for sequence in item.sequences:
                assert item.position == len(self.held[sequence]), "a gap, or a token twice"
                self.held[sequence].append(item.token)
                self._cells[sequence].append(cell)
        self.batches.append(list(items))
        return "done"

    def logits(self, index: int) -> NDArray[np.float32]:
        item = self.batches[-1][index]
        assert item.wanted
        logits = np.zeros(VOCABULARY, np.float32)
        logits[(item.token + 1) % VOCABULARY] = 5.0
        return logits

    def copy(self, source: int, target: int, length: int) -> None:
        assert not self.held[target] and length <= len(self.held[source])
        self.held[target] = self.held[source][:length]
        self._cells[target] = self._cells[source][:length]

    def keep(self, sequence: int, length: int) -> int:
        if not self.forgets_ends and 0 < length < len(self.held[sequence]):
            length = 0
        del self.held[sequence][length:]
        del self._cells[sequence][length:]
        return length

    def close(self) -> None:
        pass
