from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest

from rag import watching
from rag.library import Library
from rag.watching import Watch

SOON_S = 10.0


class Heard:
    """Remembers which collections were due."""

    def __init__(self) -> None:
        self._names: SimpleQueue[str] = SimpleQueue()

    def __call__(self, name: str) -> None:
        self._names.put(name)

    def next(self) -> str:
        return self._names.get(timeout=SOON_S)

    def nothing(self, for_s: float) -> bool:
        try:
            self._names.get(timeout=for_s)
        except Empty:
            return True
        return False


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "watched" / "sub").mkdir(parents=True)
    return tmp_path / "watched"


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "TICK_MS", 50)
    monkeypatch.setattr(watching, "QUIET_MS", 50)
    monkeypatch.setattr(watching, "FOLDERS_EVERY_S", 0.1)
    monkeypatch.setattr(watching, "TELL_EVERY_S", 0.05)


@pytest.fixture
def watch(folder: Path, heard: Heard) -> Iterator[Watch]:
    with closing(Watch(lambda: {"Contracts": (str(folder),)}, heard)) as watch:
        assert heard.next() == "Contracts", "everything is due at the start"
        yield watch


@pytest.mark.usefixtures("watch")
def test_new_changed_and_deleted_files_make_their_collection_due(folder: Path, heard: Heard) -> None:
    path = folder / "sub" / "lease.txt"
    for change in (lambda: path.write_text("one"), lambda: path.write_text("two"), path.unlink):
        change()
        assert heard.next() == "Contracts"


@pytest.mark.usefixtures("watch")
def test_files_in_folders_made_and_renamed_meanwhile_are_noticed(folder: Path, heard: Heard) -> None:
    (folder / "new").mkdir()
    heard.next()
    (folder / "new" / "a.txt").write_text("text")
    heard.next()
    (folder / "new").rename(folder / "renamed")
    heard.next()
    while not heard.nothing(0.5):
        pass
    (folder / "renamed" / "b.txt").write_text("text")
    heard.next()


@pytest.mark.usefixtures("watch")
def test_temporary_hidden_and_unreadable_kinds_are_not_worth_a_look(folder: Path, heard: Heard) -> None:
    for name in ("~$lease.docx", "lease.txt.tmp", ".hidden.txt", "film.xyz", "notes.txt~"):
        (folder / name).write_text("text")
    assert heard.nothing(0.7)
    (folder / "lease.txt").write_text("text")
    assert heard.next() == "Contracts"


def test_many_changes_are_told_at_most_once_in_a_while(
    folder: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "TELL_EVERY_S", 60.0)
    with closing(Watch(lambda: {"Contracts": (str(folder),)}, heard)):
        heard.next()
        for number in range(20):
            (folder / f"{number}.txt").write_text("text")
        assert heard.nothing(0.7)


def test_only_the_collection_of_the_folder_is_due(folder: Path, heard: Heard, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    folders = {"Contracts": (str(folder),), "Others": (str(tmp_path / "other"),)}
    with closing(Watch(lambda: folders, heard)):
        assert {heard.next(), heard.next()} == {"Contracts", "Others"}
        (tmp_path / "other" / "a.txt").write_text("text")
        assert heard.next() == "Others"
        assert heard.nothing(0.3)


def test_drive_that_goes_and_comes_back_is_followed_again(
    folder: Path, heard: Heard, watch: Watch, tmp_path: Path
) -> None:
    folder.rename(tmp_path / "unplugged")
    assert heard.next() == "Contracts"
    while not heard.nothing(0.5):
        pass
    (tmp_path / "unplugged").rename(folder)
    assert heard.next() == "Contracts"
    while not heard.nothing(0.5):
        pass
    (folder / "a.txt").write_text("text")
    assert heard.next() == "Contracts"


def test_what_is_watched_may_change(folder: Path, heard: Heard) -> None:
    folders: dict[str, tuple[str, ...]] = {}
    with closing(Watch(lambda: folders, heard)):
        assert heard.nothing(0.3)
        folders["Contracts"] = (str(folder),)
        assert heard.next() == "Contracts"
        del folders["Contracts"]
        while not heard.nothing(0.5):
            pass
        (folder / "a.txt").write_text("text")
        assert heard.nothing(0.5)


def test_folders_are_looked_at_now_and_then_where_they_cannot_be_followed(
    folder: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_paths: str, **_options: object) -> None:
        raise OSError(28, "OS file watch limit reached.")

    monkeypatch.setattr("watchfiles.watch", refuse)
    monkeypatch.setattr(watching, "LOOK_WITHOUT_WATCHER_S", 0.2)
    with closing(Watch(lambda: {"Contracts": (str(folder),)}, heard)):
        assert [heard.next() for _ in range(3)] == ["Contracts"] * 3
    assert "watch limit reached" in caplog.text


def test_a_look_every_while_is_the_net(folder: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LOOK_EVERY_S", 0.2)
    with closing(Watch(lambda: {"Contracts": (str(folder),)}, heard)):
        assert [heard.next() for _ in range(3)] == ["Contracts"] * 3


def test_library_says_which_of_its_watched_collections_to_refresh(
    library: Library, folder: Path, heard: Heard
) -> None:
    (folder / "lease.txt").write_text("The rent is due.")
    list(library.index([folder], "Contracts"))
    library.set_watched("Contracts", True)
    assert [status.watched for status in library.status()] == [True]
    with closing(library.watch(heard)):
        heard.next()
        shutil.copy(folder / "lease.txt", folder / "nda.txt")
        *_, done = library.refresh(heard.next())
    assert done.ready == 1
    library.set_watched("Contracts", False)
    assert library.watched() == {}
