from __future__ import annotations

import numpy as np
import pytest

from rag.embedders.long_texts import embed_question, split_to_fit
from tests.fakes.embedder import SPECIAL_TOKENS, FakeEmbedder


@pytest.fixture
def embedder() -> FakeEmbedder:
    return FakeEmbedder(window_tokens=6)


def test_a_text_that_fits_is_embedded_as_it_is(embedder: FakeEmbedder) -> None:
    np.testing.assert_allclose(
        embed_question(embedder, "the rent is due"), embedder.embed(["the rent is due"])[0], atol=1e-6
    )


def test_a_longer_text_is_split_without_losing_a_character(embedder: FakeEmbedder) -> None:
    text = "one two three four five six seven eight nine ten eleven"
    parts = list(split_to_fit(embedder, text))
    assert "".join(parts) == text
    assert all(embedder.count_tokens(part) + SPECIAL_TOKENS <= 6 for part in parts)
    assert all(part.endswith(" ") for part in parts[:-1]), "a word was cut"


def test_every_part_of_a_long_question_counts(embedder: FakeEmbedder) -> None:
    vector = embed_question(embedder, "rent rent rent rent due due due due late late late late")
    assert np.linalg.norm(vector) == pytest.approx(1)
    for word in ("rent", "due", "late"):
        assert vector @ embedder.embed([word])[0] > 0.5


def test_a_text_without_spaces_is_split_too() -> None:
    class Characters(FakeEmbedder):
        def count_tokens(self, text: str) -> int:
            return len(text)

    parts = list(split_to_fit(Characters(window_tokens=6), "租金到期日是每月第三个工作日"))
    assert "".join(parts) == "租金到期日是每月第三个工作日"
    assert max(map(len, parts)) <= 4


def test_an_empty_text_has_a_vector(embedder: FakeEmbedder) -> None:
    assert np.linalg.norm(embed_question(embedder, "")) == pytest.approx(1)
