from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.process.service import ReaderService
from rag.settings import PassageSettings, ReaderSettings, ReadLimits
from tests.fakes.embedder import FakeEmbedder


@pytest.fixture
def settings(tmp_path: Path) -> ReaderSettings:
    return ReaderSettings(
        embedder_path=tmp_path / "absent.gguf",
        library_path=tmp_path / "library.db",
        vectors_path=tmp_path / "vectors",
        limits=ReadLimits(seconds=60),
        passages=PassageSettings(target_tokens=20),
        use_chroma=False,
    )


@pytest.fixture
def embedder() -> FakeEmbedder:
    return FakeEmbedder()


@pytest.fixture
def service(settings: ReaderSettings, embedder: FakeEmbedder) -> Iterator[ReaderService]:
    made = ReaderService(settings, lambda: embedder)
    yield made
    made.close()
