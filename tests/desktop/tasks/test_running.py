"""desktop/tasks/running.py and desk.py: one run at a time, paused, resumed, told of, asked about."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.window.window import Window
from engine.errors import NoInputs
from engine.tasks.values import Gathering, RowsStored, RunCounts, RunEnded, RunSource, RunStarted
from tests.fakes.application import FakeApplication
from tests.fakes.scripted_tasks import INVOICES, TRIAGE
from tests.fakes.scripts import Gate

Open = Callable[[FakeApplication], Window]
SOURCE = RunSource(("/x/tickets.csv",))


def begun(application: FakeApplication, open_window: Open) -> tuple[Window, int]:
    made = application.tasks.add_recipe(TRIAGE)
    application.tasks.add_recipe(INVOICES)
    window = open_window(application)
    window.show_place("tasks")
    return window, made


def state_of(window: Window, row: int = 0) -> str:
    return window.tasks.page.overview._run_list.rows[row]._state.whole


def test_run_is_shown_from_reading_its_inputs_to_its_end(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    first, second, third = Gate(), Gate(), Gate()
    half, full = RunCounts(10, 5, 0, 5, 2), RunCounts(10, 10, 0, 10, 2)
    application.tasks.runnings = [
        [
            Gathering(4, 10), first, RunStarted(0, 10), RowsStored(1, (0,), half, 620.0, 120.0), second,
            RunEnded(1, "done", full), third,
        ]
    ]  # fmt: skip
    window, made = begun(application, open_window)
    window.tasks.desk.running.start(made, "Support triage", SOURCE)
    qtbot.waitUntil(lambda: state_of(window) == "Reading what it works on  ·  4 of 10")
    assert window.sidebar._counts["tasks"].text() == "1"
    first.open()
    words = "Running  ·  5 of 10 rows  ·  about 2 min left  ·  620 a minute"
    qtbot.waitUntil(lambda: state_of(window) == words)
    assert window.tasks.page.overview._run_list.rows[0]._review.text == "2 need review"
    second.open()
    qtbot.waitUntil(window.toast.isVisible)
    assert window.toast.words == "Support triage is done. 2 need review."
    third.open()
    qtbot.waitUntil(lambda: state_of(window).startswith("Done  ·  10 rows"))
    assert window.sidebar._counts["tasks"].text() == ""
    window.toast._button.click()
    assert window.tasks.page.shown_run == 1


def test_second_run_waits_for_its_turn(qtbot: QtBot, application: FakeApplication, open_window: Open) -> None:
    first, second = Gate(), Gate()
    application.tasks.runnings = [[RunStarted(0, 3), first], [RunStarted(0, 4), second]]
    window, made = begun(application, open_window)
    running = window.tasks.desk.running
    running.start(made, "Support triage", SOURCE)
    running.start(2, "Invoices", SOURCE)
    qtbot.waitUntil(first.reached.is_set)
    assert not second.reached.is_set()
    qtbot.waitUntil(lambda: state_of(window) == "Waits for its turn")
    first.open()
    qtbot.waitUntil(second.reached.is_set)
    qtbot.waitUntil(lambda: [each.is_waiting for each in running.all] == [False])
    second.open()


def test_paused_run_keeps_what_is_done_and_goes_on(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    counts, gate = RunCounts(10, 4), Gate()
    application.tasks.runnings = [
        [RunStarted(0, 10), RowsStored(1, (3,), counts, 60.0, None), gate],
        [RunEnded(1, "done", RunCounts(10, 10))],
    ]
    window, made = begun(application, open_window)
    underway = window.tasks.desk.running.start(made, "Support triage", SOURCE)
    qtbot.waitUntil(gate.reached.is_set)
    QApplication.processEvents()
    window.tasks.page.overview.run_paused.emit(underway.key)
    qtbot.waitUntil(lambda: state_of(window) == "Paused  ·  4 of 10 rows")
    window.tasks.page.overview._run_list.rows[0]._resume.click()
    qtbot.waitUntil(lambda: ("resume_run", 1) in application.tasks.calls)
    qtbot.waitUntil(lambda: state_of(window).startswith("Done"))


def test_run_that_is_under_way_is_not_resumed_twice(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    gate = Gate()
    application.tasks.runnings = [[gate]]
    window, made = begun(application, open_window)
    run = application.tasks.add_run(made, "a.csv", RunCounts(3, 1), "paused")
    window.tasks.desk.resume(run)
    window.tasks.desk.resume(run)
    assert len(window.tasks.desk.running.all) == 1
    gate.open()


def test_run_that_cannot_begin_says_why_and_leaves_nothing(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    application.tasks.runnings = [[NoInputs("the folder is empty.")]]
    window, made = begun(application, open_window)
    underway = window.tasks.desk.running.start(made, "Support triage", SOURCE)
    window.tasks.page._started(underway)
    qtbot.waitUntil(window.sheet.isVisible)
    assert window.tasks.desk.running.all == []
    assert window.tasks.page._stack.currentWidget() is window.tasks.page.overview


def test_run_that_paused_by_itself_says_why(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    end = RunEnded(1, "paused", RunCounts(10, 4), "The disk is full.")
    application.tasks.runnings = [[RunStarted(0, 10), end]]
    window, made = begun(application, open_window)
    window.show_place("chat")
    window.tasks.desk.running.start(made, "Support triage", SOURCE)
    qtbot.waitUntil(window.toast.isVisible)
    assert window.toast.words == "Support triage has paused. The disk is full."
    window.toast._button.click()
    assert window.place == "tasks"
    assert window.tasks.page.shown_run == 1


def test_deleting_a_run_that_works_stops_it_first(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    gate = Gate()
    application.tasks.runnings = [[RunStarted(0, 10), gate]]
    window, made = begun(application, open_window)
    window.tasks.desk.running.start(made, "Support triage", SOURCE)
    qtbot.waitUntil(gate.reached.is_set)
    QApplication.processEvents()
    window.tasks.desk.delete_run(application.tasks.run(1))
    qtbot.waitUntil(lambda: not window.tasks.desk.running.all)
    assert application.tasks.run(1).state == "paused"
    assert application.tasks.runs() == []


def test_closing_during_a_run_asks_and_then_pauses_it(
    qtbot: QtBot, application: FakeApplication, open_window: Open
) -> None:
    gate = Gate()
    application.tasks.runnings = [
        [RunStarted(0, 10), RowsStored(1, (3,), RunCounts(10, 4), 60.0, None), gate]
    ]
    window, made = begun(application, open_window)
    window.tasks.desk.running.start(made, "Support triage", SOURCE)
    qtbot.waitUntil(gate.reached.is_set)
    QApplication.processEvents()
    assert not window.close()
    assert window.sheet.title == "Close Carrel now?"
    said = "“Support triage” is still running: 4 of 10. What is done is kept, and Resume goes on from there."
    assert window._at_work() == said
    window.sheet.close_sheet()
    window._close_now()
    assert window.lanes.close()
    assert application.tasks.run(1).state == "paused"
