"""desktop/tasks/following.py: watched folders are looked at when they are due; what comes of it is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.tasks.following import LATER, Following
from desktop.tasks.watched_rows import WatchedLine
from desktop.window.window import Window
from engine.errors import ExportFailed
from engine.tasks.values import Gathering, RowsStored, RunCounts, RunEnded, RunSource, RunStarted, WatchedTask
from tests.fakes.application import FakeApplication
from tests.fakes.scripted_tasks import INVOICES, TRIAGE, Added, FakeTasks
from tests.fakes.scripts import Gate

Open = Callable[[FakeApplication], Window]
FULL = "/x/invoices.csv could not be written: The disk is full."


@pytest.fixture
def tasks(application: FakeApplication) -> FakeTasks:
    tasks = application.tasks
    tasks.add_recipe(INVOICES)
    tasks.add_recipe(TRIAGE)
    tasks.watched[1] = WatchedTask(1, 1, "Invoices", "/x/Invoices", "/x/invoices.csv", True, 4)
    return tasks


@pytest.fixture
def window(tasks: FakeTasks, application: FakeApplication, open_window: Open) -> Window:
    window = open_window(application)
    window.show_place("tasks")
    window.begin()
    return window


@pytest.fixture
def following(window: Window) -> Following:
    return window.tasks.desk.following


def worked(tasks: FakeTasks) -> int:
    return sum(name == "work_watched" for name, _ in tasks.calls)


def over(qtbot: QtBot, following: Following) -> None:
    qtbot.waitUntil(lambda: not following._at_work)


def names(window: Window) -> list[str]:
    return [underway.name for underway in window.tasks.desk.running.all]


def runs(window: Window) -> list[str]:
    return [row._state.whole for row in window.tasks.page.overview._run_list.rows]


def line(window: Window) -> WatchedLine:
    QApplication.processEvents()
    return window.tasks.page.overview._watched.rows[0]


def run_of(count: int, run_id: int = 1) -> list[object]:
    return [Gathering(0), RunStarted(0, count), RunEnded(run_id, "done", RunCounts(count, count))]


# --- when ------------------------------------------------------------------------------------------------


def test_folders_are_followed_until_the_window_closes(tasks: FakeTasks, window: Window) -> None:
    (follow,) = tasks.follows
    assert not follow.closed
    window._close_now()
    assert follow.closed


def test_a_folder_that_is_due_is_worked_on_whatever_thread_says_so(
    qtbot: QtBot, tasks: FakeTasks, window: Window
) -> None:
    thread = threading.Thread(target=tasks.follows[0].due, args=(1,))
    thread.start()
    thread.join()
    assert worked(tasks) == 0
    qtbot.waitUntil(lambda: worked(tasks) == 1)


def test_nothing_is_looked_at_after_the_window_was_closed(tasks: FakeTasks, window: Window) -> None:
    tasks.follows[0].due(1)
    window._close_now()
    QApplication.processEvents()
    assert worked(tasks) == 0


def test_what_is_due_again_while_it_is_at_work_is_looked_at_once_more(
    qtbot: QtBot, tasks: FakeTasks, window: Window, following: Following
) -> None:
    gate = Gate()
    tasks.workings = [[gate]]
    following.look(1)
    qtbot.waitUntil(gate.reached.is_set)
    for _ in range(3):
        following.look(1)
    gate.open()
    over(qtbot, following)
    assert worked(tasks) == 2


# --- what is shown ---------------------------------------------------------------------------------------


def test_nothing_is_shown_while_there_is_nothing_new(
    qtbot: QtBot, tasks: FakeTasks, window: Window, following: Following
) -> None:
    gate = Gate()
    tasks.workings = [[gate]]
    with qtbot.assertNotEmitted(window.tasks.desk.running.listed):
        following.look(1)
        qtbot.waitUntil(gate.reached.is_set)
        assert names(window) == []
        assert window._at_work() == ""
        gate.open()
        over(qtbot, following)
    assert not window.toast.isVisible()


def test_new_files_are_a_run_under_way_and_told_of_once_they_are_in_the_file(
    qtbot: QtBot, tasks: FakeTasks, window: Window, following: Following
) -> None:
    first, second = Gate(), Gate()
    half = RunCounts(3, 1, 0, 1)
    started = [RunStarted(0, 3), RowsStored(1, (0,), half, 30.0, None), first]
    ended = RunEnded(1, "done", RunCounts(3, 3))
    tasks.workings = [[Gathering(0), *started, ended, second, Added(3)]]
    following.look(1)
    qtbot.waitUntil(lambda: runs(window) == ["Running  ·  1 of 3 rows  ·  30 a minute"])
    assert window.sidebar._counts["tasks"].text() == "1"
    first.open()
    qtbot.waitUntil(lambda: runs(window)[0].startswith("Done"))
    assert not window.toast.isVisible(), "its lines are not in the file yet"
    second.open()
    qtbot.waitUntil(window.toast.isVisible)
    assert window.toast.words == "3 new files: Invoices → invoices.csv"
    assert line(window)._state.whole == "7 files done"
    qtbot.waitUntil(lambda: not window.tasks.page._redraw.isActive())  # what moved is drawn anew, later
    assert runs(window)[0].startswith("Done")
    window.toast._button.click()
    assert window.tasks.page.shown_run == 1


def test_several_runs_of_one_look_are_told_of_together(
    qtbot: QtBot, tasks: FakeTasks, window: Window, following: Following
) -> None:
    tasks.workings = [[*run_of(40), Added(1), *run_of(2, 2), Added(2)]]
    following.look(1)
    qtbot.waitUntil(window.toast.isVisible)
    assert window.toast.words == "3 new files: Invoices → invoices.csv"
    assert [run.counts.total for run in tasks.runs()] == [2, 40]
    assert names(window) == []


def test_it_waits_for_the_run_that_works(
    qtbot: QtBot, tasks: FakeTasks, window: Window, following: Following
) -> None:
    first, second = Gate(), Gate()
    tasks.runnings = [[RunStarted(0, 3), first]]
    tasks.workings = [[RunStarted(0, 2), second]]
    window.tasks.desk.running.start(2, "Support triage", RunSource(("/x/a.csv",)))
    following.look(1)
    qtbot.waitUntil(first.reached.is_set)
    assert worked(tasks) == 0 and names(window) == ["Support triage"]
    first.open()
    qtbot.waitUntil(lambda: names(window) == ["Invoices"])
    second.open()


def test_a_run_that_was_started_after_it_waits(
    qtbot: QtBot, tasks: FakeTasks, window: Window, following: Following
) -> None:
    looking, working = Gate(), Gate()
    tasks.workings = [[looking, RunStarted(0, 2), working]]
    following.look(1)
    running = window.tasks.desk.running
    running.start(2, "Support triage", RunSource(("/x/a.csv",)))
    assert not running.all[0].is_waiting, "it may be its turn at once"
    looking.open()
    qtbot.waitUntil(lambda: names(window) == ["Invoices", "Support triage"])
    assert [each.is_waiting for each in running.all] == [False, True]
    working.open()
    qtbot.waitUntil(lambda: names(window) == [])


# --- pausing ---------------------------------------------------------------------------------------------


def test_one_that_was_paused_rests_until_it_is_resumed(
    qtbot: QtBot, tasks: FakeTasks, window: Window, following: Following
) -> None:
    gate = Gate()
    tasks.workings = [[RunStarted(0, 5), gate]]
    following.look(1)
    qtbot.waitUntil(gate.reached.is_set)
    QApplication.processEvents()
    window.tasks.page.overview._run_list.rows[0]._pause.click()
    over(qtbot, following)
    assert line(window)._state.whole == "Paused  ·  4 files done"
    assert tasks.run(1).state == "paused"
    following.look(1)
    assert worked(tasks) == 1
    line(window)._resume.click()
    qtbot.waitUntil(lambda: worked(tasks) == 2)
    over(qtbot, following)
    assert line(window)._state.whole == "4 files done"


def test_resuming_its_run_resumes_it_so_that_the_lines_come_into_the_file(
    qtbot: QtBot, tasks: FakeTasks, window: Window, following: Following
) -> None:
    gate = Gate()
    tasks.workings = [[RunStarted(0, 5), gate], [Added(5)]]
    following.look(1)
    qtbot.waitUntil(gate.reached.is_set)
    QApplication.processEvents()
    window.tasks.desk.running.pause_run(1)
    over(qtbot, following)
    tasks.runnings = [[RunEnded(1, "done", RunCounts(5, 5))]]
    window.tasks.desk.resume(1)
    qtbot.waitUntil(lambda: tasks.watched[1].done == 9)
    qtbot.waitUntil(lambda: window.toast.words == "5 new files: Invoices → invoices.csv")


def test_closing_pauses_it_and_says_that_it_goes_on_by_itself(
    qtbot: QtBot, tasks: FakeTasks, window: Window, following: Following
) -> None:
    gate = Gate()
    tasks.workings = [[Gathering(0), RunStarted(0, 5), RowsStored(1, (0,), RunCounts(5, 2), 1.0, None), gate]]
    following.look(1)
    qtbot.waitUntil(gate.reached.is_set)
    QApplication.processEvents()
    said = "“Invoices” is still running: 2 of 5. What is done is kept, and it goes on next time."
    assert window._at_work() == said
    window._close_now()
    assert window.lanes.close()
    assert tasks.run(1).state == "paused"


def test_closing_while_it_still_reads_its_files_asks_nothing(
    qtbot: QtBot, tasks: FakeTasks, window: Window, following: Following
) -> None:
    gate = Gate()
    tasks.workings = [[Gathering(1, 5), gate]]
    following.look(1)
    qtbot.waitUntil(lambda: names(window) == ["Invoices"])
    assert window._at_work() == ""


# --- what is in the way ----------------------------------------------------------------------------------


def test_a_failure_is_told_once_and_stands_at_its_row(
    qtbot: QtBot, tasks: FakeTasks, window: Window, following: Following
) -> None:
    refused = ExportFailed("/x/invoices.csv", "The disk is full.")
    tasks.workings = [[Added(0, FULL), refused], [Added(0, FULL), refused], [Added(2)]]
    following.look(1)
    qtbot.waitUntil(window.toast.isVisible)
    assert window.toast.words == "Invoices: invoices.csv could not be written: The disk is full."
    assert not window.sheet.isVisible()
    shown = line(window)
    assert shown._state.whole == "4 files done  ·  invoices.csv could not be written: The disk is full."
    assert shown._state.property("tone") == "warning"
    window.toast._button.click()
    assert window.sheet.isVisible(), "the details"
    window.sheet.close_sheet()
    following.look(1)
    over(qtbot, following)
    assert not window.toast.isVisible()
    following.look(1)
    qtbot.waitUntil(window.toast.isVisible)
    assert line(window)._state.whole == "6 files done"
    assert line(window)._state.property("tone") == "muted"


def test_what_nobody_expected_is_told_without_covering_the_window(
    qtbot: QtBot, tasks: FakeTasks, window: Window, following: Following
) -> None:
    tasks.workings = [[RuntimeError("boom")]]
    following.look(1)
    qtbot.waitUntil(window.toast.isVisible)
    assert window.toast.words == f"Invoices: {LATER}"
    window.toast._button.click()
    assert window.sheet.isVisible()


# --- stop watching ---------------------------------------------------------------------------------------


def test_watching_that_was_stopped_can_be_brought_back(
    qtbot: QtBot, tasks: FakeTasks, window: Window, following: Following
) -> None:
    window.tasks.page.refresh()
    line(window).menu().actions()[-1].trigger()
    QApplication.processEvents()
    assert tasks.watched_tasks() == []
    assert not window.tasks.page.overview._watched_section.isVisible()
    assert window.toast.words == "Invoices is not watched any more"
    window.toast._button.click()
    assert line(window)._state.whole == "4 files done"
    qtbot.waitUntil(lambda: worked(tasks) == 1)


def test_stopping_pauses_what_works_and_bringing_it_back_goes_on(
    qtbot: QtBot, tasks: FakeTasks, window: Window, following: Following
) -> None:
    gate = Gate()
    tasks.workings = [[RunStarted(0, 5), gate]]
    following.look(1)
    qtbot.waitUntil(gate.reached.is_set)
    QApplication.processEvents()
    following.unwatch(tasks.watched[1])
    window.toast._button.click()  # before it has ended
    qtbot.waitUntil(lambda: worked(tasks) == 2)
    over(qtbot, following)
    assert tasks.run(1).state == "paused"
    assert not following.is_paused(1)


# --- the rows --------------------------------------------------------------------------------------------


def test_watched_folders_stand_between_runs_and_recipes_only_when_there_are_any(
    tasks: FakeTasks, window: Window
) -> None:
    overview = window.tasks.page.overview
    assert overview._watched_section.isVisible()
    shown = line(window)
    said = (shown._name.whole, shown._way.whole, shown._state.whole)
    assert said == ("Invoices", "Invoices → invoices.csv", "4 files done")
    assert shown.accessibleName() == "Watched folder Invoices, Invoices → invoices.csv"
    tops = [each.y() for each in (overview._watched_section, overview._recipes_section)]
    assert tops == sorted(tops)
    tasks.watched.clear()
    window.tasks.page.refresh()
    assert not overview._watched_section.isVisible()


def test_one_that_nothing_has_come_into_says_so(tasks: FakeTasks, window: Window) -> None:
    tasks.watched[1] = replace(tasks.watched[1], done=0)
    window.tasks.page.refresh()
    assert line(window)._state.whole == "Waits for new files"


def test_the_folder_of_the_results_is_opened(
    monkeypatch: pytest.MonkeyPatch, tasks: FakeTasks, window: Window
) -> None:
    opened: list[str] = []

    def show(path: str) -> bool:
        opened.append(path)
        return len(opened) == 1

    monkeypatch.setattr("desktop.tasks.page.show_in_folder", show)
    for _ in range(2):
        line(window).menu().actions()[0].trigger()
    assert opened == ["/x/invoices.csv"] * 2
    assert window.toast.words == "The folder of the results cannot be opened."


def test_names_from_elsewhere_stand_on_one_line(tasks: FakeTasks, window: Window) -> None:
    wild = "<img src='file:///etc/passwd'>\u202e\n" + "W" * 300
    tasks.watched[1] = WatchedTask(1, 1, wild, f"/x/{wild}", f"/x/{wild}.csv", True, 1, wild)
    window.tasks.page.refresh()
    shown = line(window)
    for said in (shown._name, shown._way, shown._state):
        assert "\n" not in said.text() and "\u202e" not in said.text()
    assert shown.width() <= window.tasks.page.width()
