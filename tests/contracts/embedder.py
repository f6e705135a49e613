"""What every `rag.ports.Embedder` does. A subclass gives the fixture `embedder`."""

from __future__ import annotations

import numpy as np
import pytest

from rag.ports import Embedder

SPECIAL_TOKENS = 2
TEXTS = ["The rent is due.", "Der Mietzins ist fällig.", "", "租金到期。", "rent " * 20, "a\nb\tc"]


class EmbedderContract:
    def test_rows_are_unit_float32_of_its_dimensions(self, embedder: Embedder) -> None:
        vectors = embedder.embed(TEXTS)
        assert vectors.shape == (len(TEXTS), embedder.dimensions)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)

    def test_rows_come_in_the_order_of_the_texts(self, embedder: Embedder) -> None:
        together, turned = embedder.embed(TEXTS), embedder.embed(TEXTS[::-1])
        np.testing.assert_allclose(together, turned[::-1], atol=1e-3)

    def test_no_texts_give_no_rows(self, embedder: Embedder) -> None:
        assert embedder.embed([]).shape == (0, embedder.dimensions)

    def test_its_identity_has_words(self, embedder: Embedder) -> None:
        assert embedder.identity.strip()

    def test_an_empty_text_has_no_tokens(self, embedder: Embedder) -> None:
        assert embedder.count_tokens("") == 0
        assert embedder.count_tokens("rent") > 0

    def test_a_text_may_fill_the_window_but_not_exceed_it(self, embedder: Embedder) -> None:
        room = (embedder.window_tokens - SPECIAL_TOKENS) // embedder.count_tokens("rent")
        embedder.embed(["rent " * room])
        with pytest.raises(ValueError, match="window"):
            embedder.embed(["short", "rent " * (room + 1)])

    def test_common_words_bring_texts_nearer(self, embedder: Embedder) -> None:
        rent, same, other = embedder.embed(["the rent is due", "the rent is late", "cats purr"])
        assert rent @ same > rent @ other
