from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.errors import LibraryDamaged, VectorIndexBroken
from rag.ports import VectorIndex
from rag.vectors import chroma, chroma_copy
from rag.vectors.chroma import MARKER, ChromaIndex
from rag.vectors.resilient import ResilientIndex
from rag.vectors.source import LibraryVectors
from tests.contracts.vector_index import DIMENSIONS, VectorIndexContract, axes, unit
from tests.rag.vectors.library import EMBEDDER, FilledLibrary

PATIENCE_S = 60.0
ROOT = Path(__file__).parents[3]
KILLED = Path(__file__).with_name("killed_while_writing.py")

Open = Callable[..., ResilientIndex]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "vectors"


@pytest.fixture
def open_index(library: FilledLibrary, folder: Path) -> Iterator[Open]:
    """Opens the index on the library; all are closed at the end of the test."""
    opened: list[ResilientIndex] = []

    def open_(embedder: str = EMBEDDER, *, use_chroma: bool = True) -> ResilientIndex:
        source = LibraryVectors(library.path, embedder, DIMENSIONS)
        opened.append(ResilientIndex(source, folder, embedder, DIMENSIONS, use_chroma=use_chroma))
        return opened[-1]

    yield open_
    for index in opened:
        index.close()


def run_once(open_index: Open) -> None:
    """As an earlier run that filled the Chroma copy and ended well."""
    index = open_index()
    assert index.wait_for_chroma(PATIENCE_S)
    index.close()


class TestResilientIndex(VectorIndexContract):
    @pytest.fixture
    def index(self, open_index: Open) -> VectorIndex:
        return open_index()

    def settle(self, index: VectorIndex) -> None:
        assert isinstance(index, ResilientIndex)
        assert index.wait_for_chroma(PATIENCE_S), index.state()


class TestResilientIndexWithoutChroma(VectorIndexContract):
    @pytest.fixture
    def index(self, open_index: Open) -> VectorIndex:
        return open_index(use_chroma=False)


def test_what_the_library_holds_is_found_at_once_and_by_chroma_later(
    library: FilledLibrary, open_index: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.put("a", axes(4))
    held = threading.Event()
    monkeypatch.setattr(chroma_copy, "import_chroma", held.wait)
    index = open_index()
    before = index.nearest(unit(0, 1), 1)
    assert before.index == index.state().index == "exact"
    held.set()
    assert index.wait_for_chroma(PATIENCE_S)
    after = index.nearest(unit(0, 1), 1)
    assert after.index == index.state().index == "chroma"
    assert [passage for passage, _ in after.passages] == [passage for passage, _ in before.passages]
    assert index.state().detail == ""


def test_a_search_within_documents_is_exact(library: FilledLibrary, open_index: Open) -> None:
    document = library.put("a", axes(2))
    index = open_index()
    assert index.wait_for_chroma(PATIENCE_S)
    assert index.nearest(unit(1), 1, frozenset({document})).index == "exact"


def test_changes_of_the_library_are_found_at_once(library: FilledLibrary, open_index: Open) -> None:
    old, gone = library.put("a", axes(1)), library.put("b", axes(2))
    index = open_index()
    assert index.wait_for_chroma(PATIENCE_S)
    changed = library.put("a", np.array([unit(0, 0, 1), unit(0, 0, 0, 1)]))
    assert changed == old
    library.remove(gone)
    new = library.put("c", np.array([unit(0, 0, 0, 0, 1)]))
    index.follow([changed, new], [gone, changed])
    assert index.count() == 3
    assert index.search(unit(0, 0, 0, 0, 1), 1)[0][1] == pytest.approx(1)
    assert index.search(unit(1), 1)[0][1] == pytest.approx(0)
    assert index.wait_for_chroma(PATIENCE_S)
    found = index.nearest(unit(0, 0, 1), 9)
    assert found.index == "chroma"
    assert len(found.passages) == 3


def test_a_copy_that_is_right_is_not_made_again(
    library: FilledLibrary, open_index: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.put("a", axes(4))
    run_once(open_index)
    monkeypatch.setattr(ChromaIndex, "add", lambda *_: pytest.fail("vectors were written again"))
    assert open_index().wait_for_chroma(PATIENCE_S)


def test_what_changed_while_it_was_closed_is_made_good(
    library: FilledLibrary, open_index: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many passages as before, but others: the count alone would say that all is well."""
    kept = library.put("a", axes(1))
    library.put("b", np.array([unit(0, 1)]))
    run_once(open_index)
    library.put("b", np.array([unit(0, 0, 1)]))
    added: list[int] = []
    add = ChromaIndex.add

    def watched(self: ChromaIndex, ids: Any, documents: Any, vectors: Any) -> None:
        added.extend(documents)
        add(self, ids, documents, vectors)

    monkeypatch.setattr(ChromaIndex, "add", watched)
    index = open_index()
    assert index.wait_for_chroma(PATIENCE_S)
    assert len(added) == 1
    assert kept not in added
    assert index.nearest(unit(0, 0, 1), 1).passages[0][1] == pytest.approx(1)
    assert index.nearest(unit(0, 1), 1).passages[0][1] == pytest.approx(0)


def garbage_everywhere(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            path.write_bytes(os.urandom(path.stat().st_size))


def cut_database(folder: Path) -> None:
    (database,) = folder.rglob("chroma.sqlite3")
    os.truncate(database, database.stat().st_size // 2)


def empty_database(folder: Path) -> None:
    (database,) = folder.rglob("chroma.sqlite3")
    os.truncate(database, 0)


def marker_left_behind(folder: Path) -> None:
    (copy,) = folder.iterdir()
    (copy / MARKER).touch()


def giant_sparse_file(folder: Path) -> None:
    (copy,) = folder.iterdir()
    (copy / "segment").mkdir()
    with (copy / "segment" / "link_lists.bin").open("wb") as file:
        os.truncate(file.fileno(), 727 << 30)


def segments_missing(folder: Path) -> None:
    (copy,) = folder.iterdir()
    for path in copy.iterdir():
        if path.is_dir():
            shutil.rmtree(path)


def file_in_its_place(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "chroma-1").write_text("not a folder", "utf-8")


DAMAGES = [
    garbage_everywhere,
    cut_database,
    empty_database,
    marker_left_behind,
    giant_sparse_file,
    segments_missing,
    file_in_its_place,
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_copy_is_made_anew_while_the_exact_index_answers(
    damage: Callable[[Path], None], library: FilledLibrary, folder: Path, open_index: Open
) -> None:
    random = np.random.default_rng(5)
    vectors = random.normal(size=(1200, DIMENSIONS)).astype(np.float32)  # enough for files of its own
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    library.put("a", vectors)
    run_once(open_index)
    damage(folder)
    index = open_index()
    expected = index.nearest(vectors[7], 1)
    assert expected.passages[0][1] == pytest.approx(1)
    assert index.wait_for_chroma(PATIENCE_S), index.state()
    found = index.nearest(vectors[7], 1)
    assert found.index == "chroma"
    assert found.passages[0][0] == expected.passages[0][0]
    sizes = [path.stat().st_size for path in folder.rglob("*")]
    assert max(sizes) < 1 << 30, "the damaged files are still there"


def test_vectors_of_another_embedder_are_made_anew(library: FilledLibrary, open_index: Open) -> None:
    library.put("a", axes(2))
    run_once(open_index)
    library.put("a", axes(3), embedder="other")
    index = open_index("other")
    assert index.wait_for_chroma(PATIENCE_S)
    assert index.nearest(unit(1), 9).index == "chroma"
    assert len(index.nearest(unit(1), 9).passages) == 3


def test_a_copy_that_breaks_during_a_search_is_made_anew(
    library: FilledLibrary, open_index: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.put("a", axes(2))
    index = open_index()
    assert index.wait_for_chroma(PATIENCE_S)
    with monkeypatch.context() as patch:
        patch.setattr(ChromaIndex, "search", _breaks)
        found = index.nearest(unit(1), 1)
    assert (found.index, found.passages[0][1]) == ("exact", pytest.approx(1))
    assert index.wait_for_chroma(PATIENCE_S)
    assert index.nearest(unit(1), 1).index == "chroma"


def _breaks(*_arguments: Any) -> Any:
    raise VectorIndexBroken("it broke")


def test_what_breaks_again_and_again_is_given_up_and_can_be_asked_for(
    library: FilledLibrary, open_index: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.put("a", axes(2))
    attempts: list[Path] = []

    def refuses(folder: Path) -> Any:
        attempts.append(folder)
        raise RuntimeError("no room on the disk")

    with monkeypatch.context() as patch:
        patch.setattr(chroma, "_client", refuses)
        index = open_index()
        assert not index.wait_for_chroma(PATIENCE_S)
        assert len(attempts) == chroma_copy.ATTEMPTS
    assert index.nearest(unit(1), 1).passages[0][1] == pytest.approx(1)
    assert "no room on the disk" in index.state().detail
    index.rebuild()
    assert index.wait_for_chroma(PATIENCE_S)


def test_without_the_library_chroma_the_exact_index_answers(
    library: FilledLibrary, open_index: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise ImportError("No module named 'chromadb'")

    library.put("a", axes(2))
    monkeypatch.setattr(chroma_copy, "import_chroma", missing)
    index = open_index()
    assert not index.wait_for_chroma(PATIENCE_S)
    assert "chromadb" in index.state().detail
    assert index.search(unit(1), 1)[0][1] == pytest.approx(1)


def test_a_search_does_not_wait_for_a_write(
    library: FilledLibrary, open_index: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.put("a", axes(2))
    index = open_index()
    assert index.wait_for_chroma(PATIENCE_S)
    writing, go_on = threading.Event(), threading.Event()
    add = ChromaIndex.add

    def slow(self: ChromaIndex, *arguments: Any) -> None:
        writing.set()
        assert go_on.wait(PATIENCE_S)
        add(self, *arguments)

    monkeypatch.setattr(ChromaIndex, "add", slow)
    index.follow([library.put("b", np.array([unit(0, 0, 1)]))], [])
    assert writing.wait(PATIENCE_S)
    found = index.nearest(unit(0, 0, 1), 1)
    go_on.set()
    assert found.index == "exact"
    assert found.passages[0][1] == pytest.approx(1)


def test_a_rebuild_reads_the_library_again(library: FilledLibrary, open_index: Open) -> None:
    library.put("a", axes(2))
    index = open_index()
    assert index.wait_for_chroma(PATIENCE_S)
    library.put("b", axes(3))
    assert index.count() == 2
    index.rebuild()
    assert index.count() == 5
    assert index.wait_for_chroma(PATIENCE_S)
    assert len(index.nearest(unit(1), 9).passages) == 5


def test_a_close_in_the_middle_leaves_no_marker_and_the_next_start_goes_on(
    library: FilledLibrary, folder: Path, open_index: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(2)
    library.put("a", random.normal(size=(1600, DIMENSIONS)).astype(np.float32))
    written = threading.Event()
    add = ChromaIndex.add

    def watched(self: ChromaIndex, *arguments: Any) -> None:
        add(self, *arguments)
        written.set()

    monkeypatch.setattr(ChromaIndex, "add", watched)
    index = open_index()
    assert written.wait(PATIENCE_S)
    index.close()
    assert not list(folder.rglob(MARKER))
    again = open_index()
    assert again.wait_for_chroma(PATIENCE_S)
    assert again.nearest(random.normal(size=DIMENSIONS).astype(np.float32), 5).index == "chroma"


def test_chroma_that_takes_the_process_down_every_time_is_left_alone_for_a_day(
    library: FilledLibrary, folder: Path, open_index: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that died leaves the marker; here each run leaves it without dying."""
    library.put("a", axes(2))
    run_once(open_index)
    with monkeypatch.context() as patch:
        patch.setattr(chroma, "_client", lambda _: pytest.fail("Chroma was opened once too often"))
        for _ in range(chroma_copy.DEATHS):
            copy = folder / f"chroma-{chroma_copy._last_number(folder)}"
            copy.mkdir(parents=True, exist_ok=True)
            (copy / MARKER).touch()
            patch.setattr(chroma_copy, "ATTEMPTS", 1)  # the next attempt takes the process down
            index = open_index()
            assert not index.wait_for_chroma(PATIENCE_S)
            index.close()
        patch.setattr(chroma_copy, "ATTEMPTS", 3)
        index = open_index()
        assert not index.wait_for_chroma(PATIENCE_S)
        assert "took the reader down" in index.state().detail
        assert index.search(unit(1), 1)[0][1] == pytest.approx(1)
        index.close()
    yesterday = time.time() - chroma_copy.DEATHS_COUNT_S - 60
    os.utime(folder / "deaths", (yesterday, yesterday))
    assert open_index().wait_for_chroma(PATIENCE_S)
    assert not (folder / "deaths").exists()


def test_chroma_that_was_left_alone_can_be_asked_for(
    library: FilledLibrary, folder: Path, open_index: Open
) -> None:
    library.put("a", axes(2))
    folder.mkdir()
    (folder / "deaths").write_text(str(chroma_copy.DEATHS), "utf-8")
    index = open_index()
    assert not index.wait_for_chroma(PATIENCE_S)
    index.rebuild()
    assert index.wait_for_chroma(PATIENCE_S)


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot kill itself in this way there")
def test_a_process_killed_while_it_writes_is_made_good_by_the_next(
    library: FilledLibrary, folder: Path, open_index: Open
) -> None:
    random = np.random.default_rng(4)
    vectors = random.normal(size=(2500, DIMENSIONS)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    library.put("a", vectors)
    arguments = [str(library.path), str(folder), EMBEDDER, str(DIMENSIONS)]
    killed = subprocess.run([sys.executable, str(KILLED), *arguments], cwd=ROOT, timeout=PATIENCE_S)
    assert killed.returncode == -signal.SIGKILL
    assert list(folder.rglob(MARKER))
    index = open_index()
    assert index.wait_for_chroma(PATIENCE_S), index.state()
    assert index.nearest(vectors[2400], 1).passages[0][1] == pytest.approx(1)
    assert index.nearest(vectors[2400], 1).index == "chroma"


def test_a_damaged_library_is_said_to_be_damaged(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "damaged.db").write_bytes(b"garbage" * 1000)
    with pytest.raises(LibraryDamaged):
        ResilientIndex(
            LibraryVectors(tmp_path / "damaged.db", EMBEDDER, DIMENSIONS), folder, EMBEDDER, DIMENSIONS
        )
