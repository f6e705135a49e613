"""The bundled embedder as it runs, exported once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.embedders.export import export
from rag.embedders.gguf import GgufEmbedder


@pytest.fixture(scope="session")
def folder(weights: Path) -> Path:
    return weights / "all-minilm-l6-v2"


@pytest.fixture(scope="session")
def exported(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("embedder") / "embedder.gguf"
    export(folder, target)
    return target


@pytest.fixture(scope="session")
def embedder(exported: Path) -> Iterator[GgufEmbedder]:
    opened = GgufEmbedder(exported, threads=1)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def _no_progress_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """tqdm, which sentence-transformers uses, would leave a thread behind even for a hidden bar."""
    std = pytest.importorskip("tqdm.std")
    monkeypatch.setattr(std.tqdm, "monitor_interval", 0)
