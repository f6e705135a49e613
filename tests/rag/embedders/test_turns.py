from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from rag.embedders.turns import TakingTurns
from rag.ports import Embedder, Vectors
from tests.contracts.embedder import EmbedderContract
from tests.fakes.embedder import FakeEmbedder

PATIENCE_S = 30.0


class TestFakeEmbedder(EmbedderContract):
    @pytest.fixture
    def embedder(self) -> Embedder:
        return FakeEmbedder()


class TestTakingTurns(EmbedderContract):
    @pytest.fixture
    def embedder(self) -> Embedder:
        return TakingTurns(FakeEmbedder())


class Watched(FakeEmbedder):
    """Lets the first batch wait until it is told to go on, and notices company."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.inside = self.most_inside = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        self.begun.set()
        assert self.go_on.wait(PATIENCE_S)
        vectors = super().embed(texts)
        self.inside -= 1
        return vectors


def test_a_question_waits_for_one_batch_and_not_for_the_file() -> None:
    watched = Watched()
    embedder = TakingTurns(watched)

    def read_file() -> None:
        for passage in range(50):
            embedder.embed([f"passage {passage}"])

    reading = threading.Thread(target=read_file)
    asking = threading.Thread(target=embedder.embed, args=(["question"],))
    reading.start()
    assert watched.begun.wait(PATIENCE_S)
    asking.start()
    while embedder._turns._next_ticket < 2:  # until the question stands in the queue
        asking.join(0.001)
    watched.go_on.set()
    asking.join(PATIENCE_S)
    reading.join(PATIENCE_S)
    assert watched.batches[1] == ["question"]
    assert len(watched.batches) == 51
    assert watched.most_inside == 1


def test_a_failure_passes_the_turn_on() -> None:
    embedder = TakingTurns(FakeEmbedder(window_tokens=4))
    with pytest.raises(ValueError, match="window"):
        embedder.embed(["far too long for this window"])
    assert len(embedder.embed(["short"])) == 1
