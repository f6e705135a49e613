from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any

import pytest

from desktop import watched_tasks
from desktop.watched_tasks import WatchedTasks
from engine.chats.store import ChatStore
from engine.errors import ExportFailed, InputUnreadable, RunUnknown
from engine.tasks.values import (
    Item,
    LineId,
    RunCounts,
    RunEnded,
    RunEvent,
    RunRow,
    RunSource,
    RunStarted,
    StoredLine,
)
from rag import watching
from rag.errors import EmbedderMissing
from rag.formats import TABLES
from tests.fakes.run_lines import line, run_row


class Killed(BaseException):
    """The app dies here."""


class FakeRuns:
    """Each file is an input with one line. `bad` files are refused; `dies` says where it is killed."""

    def __init__(self) -> None:
        self.made: dict[int, RunRow] = {}
        self.given: dict[int, list[StoredLine]] = {}
        self.bad: set[str] = set()
        self.paused = False
        self.dies = ""

    def run_recipe(
        self, recipe_id: int, source: RunSource, *, cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[RunEvent]:
        names = [Path(path).name for path in source.paths]
        if self.bad & set(names):
            raise InputUnreadable(names[0], "It is protected by a password.")
        run_id = len(self.made) + 1
        columns = ("id",) if Path(names[0]).suffix in TABLES else ()
        self.made[run_id] = run_row(id=run_id, source=source, state="paused", input_columns=columns)
        self.given[run_id] = [
            line(row, item=Item(path, Path(path).name, {} if not columns else {"id": path}, path=path))
            for row, path in enumerate(source.paths)
        ]
        yield RunStarted(run_id, len(names))
        if self.dies == "started":
            raise Killed
        yield from self.resume_run(run_id, cancelled=cancelled)

    def resume_run(self, run_id: int, *, cancelled: Callable[[], bool] = lambda: False) -> Iterator[RunEvent]:
        state = "paused" if self.paused or cancelled() else "done"
        reason = "The model is missing." if self.paused else ""
        self.made[run_id] = replace(self.made[run_id], state=state, reason=reason)  # type: ignore[arg-type]
        yield RunEnded(run_id, state, RunCounts())  # type: ignore[arg-type]

    def run(self, run_id: int) -> RunRow:
        if run_id not in self.made:
            raise RunUnknown(run_id)
        return self.made[run_id]

    def line_ids(self, run_id: int) -> list[LineId]:
        return [each.id for each in self.given[run_id]]

    def lines(self, run_id: int, ids: Sequence[LineId]) -> list[StoredLine]:
        if self.dies == "lines":
            raise Killed
        return [each for each in self.given[run_id] if each.id in ids]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_tasks, "SETTLED_S", 0.0)
    monkeypatch.setattr(watched_tasks, "_LOOK_S", 0.01)
    monkeypatch.setattr(watching, "TICK_MS", 50)
    monkeypatch.setattr(watching, "QUIET_MS", 50)
    monkeypatch.setattr(watching, "FOLDERS_EVERY_S", 0.1)
    monkeypatch.setattr(watching, "TELL_EVERY_S", 0.05)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[ChatStore]:
    store = ChatStore(tmp_path / "carrel.db")
    yield store
    store.close()


@pytest.fixture
def runs() -> FakeRuns:
    return FakeRuns()


@pytest.fixture
def watched(kept: ChatStore, runs: FakeRuns) -> WatchedTasks:
    return WatchedTasks(kept, runs)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    return folder


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "out.csv"


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text(f"the words of {name}")


def work(watched: WatchedTasks, task_id: int = 1) -> list[RunEvent]:
    return list(watched.work(task_id, cancelled=lambda: False))


def documents(output: Path) -> list[str]:
    if not output.exists():
        return []
    with output.open(encoding="utf-8-sig", newline="") as file:
        return [row[0] for row in list(csv.reader(file))[1:]]


def test_new_files_are_done_and_their_lines_added(watched: WatchedTasks, folder: Path, output: Path) -> None:
    put(folder, "before.txt")
    task = watched.add(1, "Invoices", folder, output)
    assert work(watched) == []
    put(folder, "b.txt", "a.pdf")
    work(watched)
    assert documents(output) == ["a.pdf", "b.txt"]
    put(folder, "c.txt")
    work(watched)
    work(watched)
    assert documents(output) == ["a.pdf", "b.txt", "c.txt"]
    assert watched.tasks() == [replace(task, done=3)]


def test_files_that_are_there_are_done_where_the_person_says_so(
    watched: WatchedTasks, folder: Path, output: Path
) -> None:
    put(folder, "before.txt")
    watched.add(1, "Invoices", folder, output, existing=True)
    work(watched)
    assert documents(output) == ["before.txt"]


def test_a_file_that_changed_is_done_again(watched: WatchedTasks, folder: Path, output: Path) -> None:
    watched.add(1, "Invoices", folder, output)
    put(folder, "a.txt")
    work(watched)
    (folder / "a.txt").write_text("something else, and longer")
    work(watched)
    assert documents(output) == ["a.txt", "a.txt"]


def test_hidden_and_temporary_files_are_left_out(watched: WatchedTasks, folder: Path, output: Path) -> None:
    watched.add(1, "Invoices", folder, output)
    put(folder, ".a.txt", "b.txt.part", "~$c.docx", "d.tmp")
    assert work(watched) == []


def test_a_file_that_is_being_written_is_waited_for(
    watched: WatchedTasks, folder: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.add(1, "Invoices", folder, output)
    sizes: list[int] = []
    begun = watched._runs.run_recipe

    def noting(recipe_id: int, source: RunSource, **others: Any) -> Iterator[RunEvent]:
        sizes.append(Path(source.paths[0]).stat().st_size)
        return begun(recipe_id, source, **others)

    monkeypatch.setattr(watched._runs, "run_recipe", noting)

    now = 0.0

    def pause(seconds: float) -> None:
        nonlocal now
        now += seconds
        if now < 20:
            with (folder / "slow.txt").open("a") as file:
                file.write("x")

    (folder / "slow.txt").touch()
    monkeypatch.setattr(watched_tasks, "SETTLED_S", 1.0)
    monkeypatch.setattr(watched_tasks, "_LOOK_S", 0.25)
    monkeypatch.setattr(watched_tasks, "time", SimpleNamespace(sleep=pause))
    monkeypatch.setattr(watched, "_clock", lambda: now)
    work(watched)
    assert sizes == [79]  # written to at every look, until the last before 20 s
    assert now == 20.75
    assert documents(output) == ["slow.txt"]


def test_a_table_is_a_run_of_its_own(
    watched: WatchedTasks, runs: FakeRuns, folder: Path, tmp_path: Path
) -> None:
    watched.add(1, "Triage", folder, tmp_path / "out.jsonl")
    put(folder, "a.csv", "b.txt", "c.xlsx", "d.txt")
    work(watched)
    names = [[Path(path).name for path in run.source.paths] for run in runs.made.values()]
    assert names == [["a.csv"], ["c.xlsx"], ["b.txt", "d.txt"]]


def test_one_bad_file_does_not_keep_the_others(
    watched: WatchedTasks, runs: FakeRuns, folder: Path, output: Path
) -> None:
    runs.bad = {"bad.csv"}
    watched.add(1, "Invoices", folder, output)
    put(folder, "bad.csv", "good.txt")
    work(watched)
    assert documents(output) == ["good.txt"]
    (task,) = watched.tasks()
    assert task.reason == "bad.csv could not be read: It is protected by a password."
    assert work(watched) == []


@pytest.mark.parametrize("place", ["started", "lines"])
def test_a_kill_loses_no_file_and_doubles_no_line(
    kept: ChatStore, runs: FakeRuns, folder: Path, output: Path, place: str
) -> None:
    WatchedTasks(kept, runs).add(1, "Invoices", folder, output)
    put(folder, "a.txt", "b.txt")
    runs.dies = place
    with pytest.raises(Killed):
        work(WatchedTasks(kept, runs))
    runs.dies = ""
    put(folder, "c.txt")
    work(WatchedTasks(kept, runs))
    assert documents(output) == ["a.txt", "b.txt", "c.txt"]
    assert len(runs.made) == 2


def test_a_kill_after_the_lines_were_added_doubles_none(
    kept: ChatStore, runs: FakeRuns, folder: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    adding = watched_tasks.append

    def killed(*arguments: Any) -> None:
        adding(*arguments)
        raise Killed

    WatchedTasks(kept, runs).add(1, "Invoices", folder, output)
    put(folder, "a.txt", "b.txt")
    monkeypatch.setattr(watched_tasks, "append", killed)
    with pytest.raises(Killed):
        work(WatchedTasks(kept, runs))
    monkeypatch.setattr(watched_tasks, "append", adding)
    work(WatchedTasks(kept, runs))
    assert documents(output) == ["a.txt", "b.txt"]


def test_a_paused_run_is_gone_on_with_the_next_time(
    watched: WatchedTasks, runs: FakeRuns, folder: Path, output: Path
) -> None:
    runs.paused = True
    watched.add(1, "Invoices", folder, output)
    put(folder, "a.txt")
    work(watched)
    assert documents(output) == []
    runs.paused = False
    work(watched)
    assert documents(output) == ["a.txt"] and len(runs.made) == 1


def test_a_run_that_was_deleted_meanwhile_is_made_anew(
    watched: WatchedTasks, runs: FakeRuns, folder: Path, output: Path
) -> None:
    runs.paused = True
    watched.add(1, "Invoices", folder, output)
    put(folder, "a.txt")
    work(watched)
    runs.made.clear()
    runs.paused = False
    work(watched)
    assert documents(output) == ["a.txt"]


def test_an_output_that_cannot_be_written_waits_and_says_why(
    watched: WatchedTasks, folder: Path, tmp_path: Path
) -> None:
    output = tmp_path / "away" / "out.csv"
    watched.add(1, "Invoices", folder, output)
    put(folder, "a.txt")
    with pytest.raises(ExportFailed):
        work(watched)
    assert "There is no such folder" in watched.tasks()[0].reason
    output.parent.mkdir()
    work(watched)
    assert documents(output) == ["a.txt"]
    assert watched.tasks()[0].reason == ""


def test_excel_is_written_anew_with_all_lines(watched: WatchedTasks, folder: Path, tmp_path: Path) -> None:
    from rag.process.messages import TableRows
    from rag.settings import ReadLimits
    from rag.tables import read_table

    output = tmp_path / "out.xlsx"
    watched.add(1, "Invoices", folder, output)
    for name in ("a.txt", "b.txt"):
        put(folder, name)
        work(watched)
    events = read_table(output, "", ReadLimits(), lambda: False)
    found = [row[0] for event in events if isinstance(event, TableRows) for row in event.rows]
    assert found == ["a.txt", "b.txt"]


def test_an_output_in_the_watched_folder_is_refused(watched: WatchedTasks, folder: Path) -> None:
    with pytest.raises(ExportFailed, match="It lies in the folder that is watched"):
        watched.add(1, "Invoices", folder, folder / "out.csv")
    with pytest.raises(ExportFailed, match="must end in"):
        watched.add(1, "Invoices", folder, folder.parent / "a.pdf")


def test_a_workbook_of_somebody_else_is_not_written_over(
    watched: WatchedTasks, folder: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.xlsx"
    mine.write_bytes(b"my own work")
    with pytest.raises(ExportFailed, match="It is there already"):
        watched.add(1, "Invoices", folder, mine)


def test_why_a_run_is_paused_is_told(
    watched: WatchedTasks, runs: FakeRuns, folder: Path, output: Path
) -> None:
    runs.paused = True
    watched.add(1, "Invoices", folder, output)
    put(folder, "a.txt")
    work(watched)
    assert watched.tasks()[0].reason == "The model is missing."


def test_a_task_that_is_removed_while_it_works_ends(
    watched: WatchedTasks, folder: Path, output: Path
) -> None:
    watched.add(1, "Invoices", folder, output)
    put(folder, "a.txt")
    for _ in watched.work(1, cancelled=lambda: False):
        watched.remove(1)
    assert not output.exists()


def test_a_folder_that_is_away_forgets_nothing(watched: WatchedTasks, folder: Path, output: Path) -> None:
    watched.add(1, "Invoices", folder, output)
    put(folder, "a.txt")
    work(watched)
    away = folder.rename(folder.parent / "away")
    assert work(watched) == []
    away.rename(folder)
    put(folder, "b.txt")
    work(watched)
    assert documents(output) == ["a.txt", "b.txt"]


def test_tasks_are_told_apart_and_can_be_removed(watched: WatchedTasks, folder: Path, output: Path) -> None:
    watched.add(1, "One", folder, output)
    other = watched.add(2, "Two", folder, output.with_suffix(".jsonl"))
    watched.remove(1)
    assert watched.tasks() == [other]
    assert work(watched, 1) == []
    put(folder, "a.txt")
    work(watched, 2)
    assert not output.exists() and output.with_suffix(".jsonl").exists()


def test_a_table_that_could_not_be_read_is_named_until_it_can_or_is_gone(
    watched: WatchedTasks, runs: FakeRuns, folder: Path, output: Path
) -> None:
    watched.add(1, "Tickets", folder, output)
    runs.bad = {"one.csv", "two.csv"}
    put(folder, "one.csv", "two.csv", "good.csv")
    work(watched)
    assert "two.csv" in watched.tasks()[0].reason
    (folder / "two.csv").unlink()
    work(watched)
    assert "one.csv" in watched.tasks()[0].reason
    runs.bad = set()
    (folder / "one.csv").write_text("the words of one.csv, which can be read now")
    work(watched)
    assert watched.tasks()[0].reason == ""
    assert watched.tasks()[0].done == 2


def test_one_that_was_removed_can_be_brought_back_as_it_was(
    watched: WatchedTasks, folder: Path, output: Path
) -> None:
    watched.add(1, "Invoices", folder, output)
    put(folder, "a.txt")
    work(watched)
    before = watched.tasks()
    watched.remove(1)
    other = watched.add(1, "Other", folder, output.with_suffix(".jsonl"))
    assert other.id == 2, "the number stays with the one that was removed"
    put(folder, "b.txt")
    watched.restore(1)
    watched.restore(1)
    assert watched.tasks() == [other, *before]
    work(watched)
    assert documents(output) == ["a.txt", "b.txt"]


def test_what_is_wrong_with_the_library_is_the_reason(
    watched: WatchedTasks, runs: FakeRuns, folder: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_recipe(*_: object, **__: object) -> Iterator[RunEvent]:
        raise EmbedderMissing("There is no embedder.")
        yield

    watched.add(1, "Invoices", folder, output)
    put(folder, "a.txt")
    monkeypatch.setattr(runs, "run_recipe", run_recipe)
    with pytest.raises(EmbedderMissing):
        work(watched)
    assert "There is no embedder." in watched.tasks()[0].reason


def test_the_folder_is_followed(watched: WatchedTasks, folder: Path, output: Path) -> None:
    watched.add(1, "Invoices", folder, output)
    due: SimpleQueue[int] = SimpleQueue()
    with closing(watched.watch(due.put)):
        assert due.get(timeout=10) == 1
        work(watched)
        put(folder, "a.txt")
        deadline = time.monotonic() + 10
        while not documents(output) and time.monotonic() < deadline:
            with suppress(Exception):
                work(watched, due.get(timeout=1))
    assert documents(output) == ["a.txt"]


def test_a_table_among_documents_keeps_no_later_file_waiting(
    watched: WatchedTasks, folder: Path, output: Path
) -> None:
    """Its lines have other columns: they stand in their run, and the reason beside the watched folder."""
    watched.add(1, "Invoices", folder, output)
    put(folder, "a.txt")
    work(watched)
    put(folder, "rows.csv")
    work(watched)
    (task,) = watched.tasks()
    assert "other columns" in task.reason
    assert "run 2" in task.reason
    put(folder, "b.txt")
    work(watched)
    assert documents(output) == ["a.txt", "b.txt"]
