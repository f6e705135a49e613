from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from rag.embedders import open_embedder
from rag.embedders.sentence_transformer import SentenceTransformerEmbedder
from rag.errors import EmbedderMissing, EmbedderUnusable


def test_an_empty_folder_holds_no_embedder(tmp_path: Path) -> None:
    with pytest.raises(EmbedderMissing):
        open_embedder(tmp_path)


def test_without_the_extra_it_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.json").write_text("{}", "utf-8")
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(EmbedderUnusable, match="not installed"):
        open_embedder(tmp_path)


@pytest.mark.model
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of torch and transformers, at import
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_folder_is_opened_with_sentence_transformers(folder: Path) -> None:
    pytest.importorskip("sentence_transformers")
    embedder = open_embedder(folder, threads=1)
    assert isinstance(embedder, SentenceTransformerEmbedder)
    vectors = embedder.embed(["The rent is due.", ""])
    assert vectors.dtype == np.float32
    assert vectors.shape == (2, embedder.dimensions)
    assert embedder.embed([]).shape == (0, embedder.dimensions)
    with pytest.raises(ValueError, match="window"):
        embedder.embed(["rent " * 255])
