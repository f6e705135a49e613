from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ModelDamaged, ModelMissing, ModelUnsupported
from engine.process.embedding import TEXTS_PER_DECODE, Embedder
from rag.embedders.export import export
from rag.embedders.gguf import GgufEmbedder
from tests.conftest import SMALL_MODEL

TEXTS = [
    "Hello world",
    "The notice period is three months to the end of a quarter.",
    "What happens if the tenant does not pay? See https://example.org/a?b=c or write to a@b.org.",
    "UPPER, lower and don't",
    "",
    "The harbour office opens at seven and closes when the last ferry has left. " * 10,
]
FOREIGN = [
    "한국어 텍스트와 공지 기간",
    "हिन्दी में नमस्ते",
    "Straße, Größe, naïve",
    "通知期限为三个月。",
    "[SEP] [CLS]",
]

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def path(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("embedder") / "embedder.gguf"
    export(weights / "all-minilm-l6-v2", target)
    return target


@pytest.fixture(scope="module")
def embedder(path: Path) -> Iterator[Embedder]:
    opened = Embedder(str(path), threads=1)
    yield opened
    opened.close()


def test_vectors_are_those_of_the_library_s_embedder(embedder: Embedder, path: Path) -> None:
    theirs = GgufEmbedder(path, threads=1)
    try:
        expected = theirs.embed(TEXTS + FOREIGN)
    finally:
        theirs.close()
    vectors = embedder.embed(TEXTS + FOREIGN)
    assert vectors.shape == (len(TEXTS + FOREIGN), 384)
    assert vectors.dtype == np.float32
    assert (vectors * expected).sum(axis=1).min() > 0.999


def test_rows_are_of_unit_length_and_in_order_whatever_stands_beside_them(embedder: Embedder) -> None:
    many = [f"{'word ' * (number * 7 % 50)}{number}" for number in range(2 * TEXTS_PER_DECODE + 3)]
    vectors = embedder.embed(many)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    alone = np.concatenate([embedder.embed([text]) for text in many])
    assert (vectors * alone).sum(axis=1).min() > 0.9999


def test_the_end_of_a_long_text_counts(embedder: Embedder) -> None:
    ferry, tenant = "The ferry leaves the harbour. ", "The tenant pays the rent. "
    window = embedder.window_tokens
    mixed, first, last = embedder.embed([ferry * window + tenant * window, ferry * window, tenant * window])
    halves = first + last
    assert mixed @ halves / np.linalg.norm(halves) > 0.99
    assert abs(mixed @ first - mixed @ last) < 0.1


def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, 384)


def test_a_lone_surrogate_is_no_error(embedder: Embedder) -> None:
    assert np.allclose(embedder.embed(["file \udc80 name"]), embedder.embed(["file ? name"]), atol=1e-5)


def test_a_model_that_writes_is_no_embedder(weights: Path) -> None:
    with pytest.raises(ModelUnsupported, match="no vectors of whole texts"):
        Embedder(str(weights / SMALL_MODEL))


def test_what_is_missing_or_damaged_is_said_before_llama_cpp_sees_it(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing):
        Embedder(str(tmp_path / "none.gguf"))
    (tmp_path / "damaged.gguf").write_bytes(b"GGUF\x03\x00\x00\x00")
    with pytest.raises(ModelDamaged):
        Embedder(str(tmp_path / "damaged.gguf"))


def test_it_can_be_closed_twice(path: Path) -> None:
    opened = Embedder(str(path), threads=1)
    opened.close()
    opened.close()
