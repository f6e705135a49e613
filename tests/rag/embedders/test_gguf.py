from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rag.embedders import open_embedder
from rag.embedders.gguf import TEXTS_PER_DECODE, GgufEmbedder
from rag.errors import EmbedderMissing, EmbedderUnusable
from tests.contracts.embedder import EmbedderContract
from tests.rag.embedders.texts import LONG, SHORT

pytestmark = pytest.mark.model


class TestGgufEmbedder(EmbedderContract):
    """With the fixture `embedder` of conftest.py."""


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch and transformers, at import
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_vectors_equal_those_of_sentence_transformers(embedder: GgufEmbedder, folder: Path) -> None:
    pytest.importorskip("sentence_transformers")
    from rag.embedders.sentence_transformer import SentenceTransformerEmbedder

    reference = SentenceTransformerEmbedder(folder)
    texts = SHORT + LONG
    ours, theirs = embedder.embed(texts), reference.embed(texts)
    assert np.abs(ours - theirs).max() < 1e-3
    assert (ours * theirs).sum(axis=1).min() > 0.99999
    assert embedder.window_tokens == reference.window_tokens
    assert embedder.dimensions == reference.dimensions
    assert [embedder.count_tokens(text) for text in texts] == [reference.count_tokens(text) for text in texts]


def test_company_in_a_decode_changes_no_vector(embedder: GgufEmbedder) -> None:
    alone = np.vstack([embedder.embed([text]) for text in SHORT])
    np.testing.assert_allclose(embedder.embed(SHORT), alone, atol=1e-3)


def test_more_texts_than_fit_one_decode_are_all_embedded(embedder: GgufEmbedder) -> None:
    vectors = embedder.embed(["rent"] * (TEXTS_PER_DECODE + 1))
    assert len(vectors) == TEXTS_PER_DECODE + 1
    np.testing.assert_allclose(vectors[0], vectors[-1], atol=1e-3)


def test_a_text_that_fills_the_window_is_read_to_its_end(embedder: GgufEmbedder) -> None:
    full = "rent " * (embedder.window_tokens - 3)
    ends = embedder.embed([full + "paid", full + "cat"])
    assert embedder.count_tokens(full + "paid") == embedder.window_tokens - 2
    assert not np.allclose(ends[0], ends[1], atol=1e-4)


def test_a_text_beyond_the_window_is_refused_not_cut(embedder: GgufEmbedder) -> None:
    with pytest.raises(ValueError, match="257 tokens for a window of 256"):
        embedder.embed(["short", "rent " * 255])


def test_meaning_is_nearer_than_words(embedder: GgufEmbedder) -> None:
    question, near, far = embedder.embed(
        [
            "How long do I have to warn my landlord before I leave?",
            "The notice period is three months.",
            "The Norse raided the coast.",
        ]
    )
    assert question @ near > question @ far + 0.2


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(EmbedderMissing) as caught:
        open_embedder(tmp_path / "absent.gguf")
    assert type(caught.value) is EmbedderMissing


def test_a_cut_file_is_refused(exported: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(exported.read_bytes()[: exported.stat().st_size // 2])
    with pytest.raises(EmbedderUnusable):
        GgufEmbedder(cut)


def test_a_model_that_is_no_embedder_is_refused(weights: Path) -> None:
    with pytest.raises(EmbedderUnusable, match="words"):
        GgufEmbedder(weights / "smollm2-135m-instruct-q4_1.gguf")
