from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.errors import VectorIndexBroken
from rag.ports import VectorIndex
from rag.vectors.chroma import MARKER, WRITE_BATCH, ChromaIndex, size_limit
from tests.contracts.vector_index import DIMENSIONS, VectorIndexContract, axes, rows, unit

Open = Callable[..., ChromaIndex]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "chroma-1"


@pytest.fixture
def open_chroma(folder: Path) -> Iterator[Open]:
    """Opens the folder; what is open at the end of the test is closed."""
    opened: list[ChromaIndex] = []

    def open_(embedder: str = "fake:1", limit_bytes: int = 1 << 30) -> ChromaIndex:
        opened.append(ChromaIndex(folder, embedder, DIMENSIONS, limit_bytes=limit_bytes))
        return opened[-1]

    yield open_
    for index in opened:
        index.close()


class TestChromaIndex(VectorIndexContract):
    @pytest.fixture
    def index(self, open_chroma: Open) -> VectorIndex:
        return open_chroma()


def test_what_was_added_is_there_after_a_restart(open_chroma: Open) -> None:
    index = open_chroma()
    index.add([3, 1, 2], [1, 1, 2], axes(3))
    index.close()
    again = open_chroma()
    assert again.ids().tolist() == [1, 2, 3]
    assert again.search(unit(1), 1)[0][0] == 3
    assert again.search(unit(1), 3, frozenset({2}))[0][0] == 2


def test_more_than_one_batch_is_written_and_removed(open_chroma: Open) -> None:
    index = open_chroma()
    ids = list(range(WRITE_BATCH + 20))
    random = np.random.default_rng(1)
    index.add(ids, ids, random.normal(size=(len(ids), DIMENSIONS)).astype(np.float32))
    assert index.count() == len(ids)
    index.remove(ids[5:])
    assert index.ids().tolist() == ids[:5]


def test_the_marker_lies_there_while_chroma_works_and_no_longer(
    open_chroma: Open, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = open_chroma()
    seen: list[bool] = []
    upsert = index._collection.upsert

    def watched(**arguments: Any) -> None:
        seen.append((folder / MARKER).exists())
        upsert(**arguments)

    monkeypatch.setattr(index._collection, "upsert", watched)
    index.add([1], [1], axes(1))
    assert seen == [True]
    assert not (folder / MARKER).exists()


def test_a_marker_left_behind_keeps_chroma_from_opening(
    open_chroma: Open, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_chroma().close()
    (folder / MARKER).touch()
    monkeypatch.setattr("rag.vectors.chroma._client", lambda _folder: pytest.fail("Chroma was opened"))
    with pytest.raises(VectorIndexBroken, match="at work"):
        open_chroma()


def test_a_giant_sparse_file_keeps_chroma_from_opening(
    open_chroma: Open, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_chroma().close()
    segment = folder / "segment"
    segment.mkdir()
    with (segment / "link_lists.bin").open("wb") as file:
        os.truncate(file.fileno(), 727 << 30)
    monkeypatch.setattr("rag.vectors.chroma._client", lambda _folder: pytest.fail("Chroma was opened"))
    with pytest.raises(VectorIndexBroken, match=r"link_lists\.bin"):
        open_chroma(limit_bytes=size_limit(1000, DIMENSIONS))


def test_vectors_of_another_embedder_are_refused(open_chroma: Open) -> None:
    open_chroma("one").close()
    with pytest.raises(VectorIndexBroken, match="“one”, not “two”"):
        open_chroma("two")


def test_garbage_in_place_of_its_database_is_a_broken_index(open_chroma: Open, folder: Path) -> None:
    folder.mkdir()
    (folder / "chroma.sqlite3").write_bytes(b"garbage" * 5000)
    with pytest.raises(VectorIndexBroken):
        open_chroma()


def test_a_failing_call_is_a_broken_index_and_leaves_the_marker(
    open_chroma: Open, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Panic(BaseException):
        """As pyo3's PanicException: no Exception."""

    def panic(**_arguments: Any) -> None:
        raise Panic("index out of bounds")

    index = open_chroma()
    monkeypatch.setattr(index._collection, "query", panic)
    with pytest.raises(VectorIndexBroken, match="index out of bounds"):
        index.search(unit(1), 1)
    assert (folder / MARKER).exists()


def test_the_probe_notices_vectors_that_are_not_found(open_chroma: Open) -> None:
    index = open_chroma()
    index.add([1, 2], [1, 1], axes(2))
    index.probe(axes(2))
    index.probe(axes(0))
    with pytest.raises(VectorIndexBroken, match="0 of 2"):
        index.probe(rows(unit(0, 0, 1), unit(0, 0, 0, 1)))


def test_it_makes_no_connection(open_chroma: Open, outside_connections: list[str]) -> None:
    index = open_chroma()
    index.add([1], [1], axes(1))
    index.search(unit(1), 1)
    assert outside_connections == []
