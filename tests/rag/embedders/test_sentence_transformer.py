from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.embedders import open_embedder
from rag.embedders.sentence_transformer import SentenceTransformerEmbedder
from rag.errors import EmbedderMissing, EmbedderUnusable
from rag.ports import Embedder
from tests.contracts.embedder import EmbedderContract


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
class TestSentenceTransformerEmbedder(EmbedderContract):
    @pytest.fixture(scope="class")
    def embedder(self, folder: Path) -> Iterator[Embedder]:
        pytest.importorskip("sentence_transformers")
        opened = open_embedder(folder, threads=1)
        assert isinstance(opened, SentenceTransformerEmbedder)
        yield opened
        opened.close()
