from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.library import Library
from rag.settings import RetrievalSettings
from rag.store import Store
from tests.fakes.reader import FakeReader, ReaderLostError


@pytest.fixture
def reader(tmp_path: Path) -> FakeReader:
    return FakeReader(tmp_path / "library.db")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "library.db")
    yield store
    store.close()


@pytest.fixture
def library(tmp_path: Path, reader: FakeReader) -> Iterator[Library]:
    library = Library(tmp_path / "library.db", reader, RetrievalSettings(), lost=(ReaderLostError,))
    yield library
    library.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of three documents."""
    folder = tmp_path / "Contracts"
    folder.mkdir()
    (folder / "lease.txt").write_text(
        "# Term\n\nThe lease runs from 1 July 2024 to 30 June 2027.\n\n"
        "Either party may terminate upon ninety days written notice.\fThe monthly rent is EUR 1,200."
    )
    (folder / "nda.txt").write_text("Confidential information must not be disclosed to third parties.")
    (folder / "recipe.txt").write_text("Peel the apples and bake the cake for forty minutes.")
    return folder
