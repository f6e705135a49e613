from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from rag.errors import LibraryDamaged
from rag.vectors import source
from rag.vectors.source import LibraryVectors
from tests.contracts.vector_index import DIMENSIONS, axes
from tests.rag.vectors.library import EMBEDDER, FilledLibrary


@pytest.fixture
def vectors(library: FilledLibrary) -> LibraryVectors:
    return LibraryVectors(library.path, EMBEDDER, DIMENSIONS)


def test_all_passages_come_with_their_documents_and_vectors(
    library: FilledLibrary, vectors: LibraryVectors
) -> None:
    first, second = library.put("a", axes(2)), library.put("b", axes(1))
    (batch,) = vectors.all()
    assert batch.documents == [first, first, second]
    np.testing.assert_array_equal(batch.vectors, np.vstack([axes(2), axes(1)]))


def test_only_the_documents_asked_for_come(library: FilledLibrary, vectors: LibraryVectors) -> None:
    library.put("a", axes(2))
    second = library.put("b", axes(1))
    (batch,) = vectors.of([second])
    assert batch.documents == [second]


def test_many_passages_come_in_batches(
    library: FilledLibrary, vectors: LibraryVectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "BATCH", 3)
    library.put("a", np.repeat(axes(1), 7, axis=0))
    assert [len(batch.ids) for batch in vectors.all()] == [3, 3, 1]


def test_vectors_of_another_embedder_are_left_out(library: FilledLibrary, vectors: LibraryVectors) -> None:
    library.put("a", axes(2), embedder="other")
    mine = library.put("b", axes(1))
    (batch,) = vectors.all()
    assert batch.documents == [mine]


def test_vectors_of_another_length_are_left_out(library: FilledLibrary, vectors: LibraryVectors) -> None:
    library.put("a", np.ones((2, DIMENSIONS + 1), np.float32))
    assert list(vectors.all()) == []


def test_a_library_that_does_not_exist_holds_nothing_and_is_not_made(tmp_path: Path) -> None:
    absent = tmp_path / "library.db"
    assert list(LibraryVectors(absent, EMBEDDER, DIMENSIONS).all()) == []
    assert not absent.exists()


def test_a_library_without_tables_holds_nothing(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "library.db").close()
    (tmp_path / "library.db").touch()
    assert list(LibraryVectors(tmp_path / "library.db", EMBEDDER, DIMENSIONS).all()) == []


def test_a_damaged_library_is_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / "library.db").write_bytes(b"not a database" * 100)
    with pytest.raises(LibraryDamaged):
        list(LibraryVectors(tmp_path / "library.db", EMBEDDER, DIMENSIONS).all())


def test_a_path_with_odd_characters_is_opened(tmp_path: Path) -> None:
    folder = tmp_path / "50% of #1? ö"
    folder.mkdir()
    library = FilledLibrary(folder / "library.db")
    library.put("a", axes(1))
    assert len(list(LibraryVectors(library.path, EMBEDDER, DIMENSIONS).all())) == 1
    library.close()
