from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from rag.passages import embedding_text
from rag.process.embedding import PASSAGES_PER_BATCH, embed_passages
from rag.process.messages import PassagesEmbedded, Reading, TitledPassage
from rag.values import Passage
from tests.fakes.embedder import FakeEmbedder


def never() -> bool:
    return False


def titled(text: str, heading: str = "", title: str = "Lease") -> TitledPassage:
    return TitledPassage(title, Passage(0, None, 0, len(text), text, heading))


def many(count: int) -> list[TitledPassage]:
    return [titled(f"topic{number} " * (1 + number * 7 % 11)) for number in range(count)]


def embed(
    embedder: FakeEmbedder, passages: list[TitledPassage], cancelled: Callable[[], bool] = never
) -> list[Reading | PassagesEmbedded]:
    return list(embed_passages(embedder, passages, cancelled))


def test_each_passage_gets_the_vector_of_its_text_with_title_and_heading(embedder: FakeEmbedder) -> None:
    passages = [titled("The rent is due.", "Rent"), *many(9)]
    *_, answer = embed(embedder, passages)
    assert isinstance(answer, PassagesEmbedded)
    assert answer.embedder == embedder.identity
    for given, vector in zip(passages, answer.vectors, strict=True):
        expected = embedder.embed([embedding_text(given.title, given.passage)])[0]
        np.testing.assert_allclose(np.frombuffer(vector, "<f4"), expected, atol=1e-6)


def test_texts_of_one_length_go_together_in_small_batches(embedder: FakeEmbedder) -> None:
    embed(embedder, many(20))
    lengths = [embedder.count_tokens(text) for batch in embedder.batches for text in batch]
    assert lengths == sorted(lengths, reverse=True) and len(set(lengths)) > 1
    assert max(map(len, embedder.batches)) == PASSAGES_PER_BATCH


def test_progress_counts_passages(embedder: FakeEmbedder) -> None:
    *progress, _ = embed(embedder, many(20))
    assert progress == [Reading("embedding", done, 20) for done in (0, 8, 16, 20)]


def test_cancelled_between_two_batches_it_ends_without_vectors(embedder: FakeEmbedder) -> None:
    replies = embed(embedder, many(20), lambda: len(embedder.batches) >= 2)
    assert not any(isinstance(reply, PassagesEmbedded) for reply in replies)
    assert len(embedder.batches) == 2


def test_headings_too_long_for_the_window_are_left_out_of_the_vector(embedder: FakeEmbedder) -> None:
    embed(embedder, [titled("The rent is due.", "very " * embedder.window_tokens)])
    assert embedder.batches == [["The rent is due."]]


def test_a_passage_cut_for_a_wider_window_is_not_cut_off(embedder: FakeEmbedder) -> None:
    text = " ".join(f"topic{number}" for number in range(embedder.window_tokens * 2))
    *_, answer = embed(embedder, [titled("short"), titled(text), titled("also short")])
    assert isinstance(answer, PassagesEmbedded)
    vector = np.frombuffer(answer.vectors[1], "<f4")
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    for part in ("topic0", f"topic{embedder.window_tokens * 2 - 1}"):
        assert vector @ embedder.embed([part])[0] > 0.05, part


@pytest.fixture
def embedder() -> FakeEmbedder:
    return FakeEmbedder()
