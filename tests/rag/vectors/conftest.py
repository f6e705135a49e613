from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rag.vectors.library import FilledLibrary


@pytest.fixture
def library(tmp_path: Path) -> Iterator[FilledLibrary]:
    filled = FilledLibrary(tmp_path / "library.db")
    yield filled
    filled.close()
