"""desktop/tasks/setup/watching.py: a folder whose new files are wanted, too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from desktop.tasks.setup.page import RunSetup
from desktop.tasks.setup.watching import watchable
from desktop.window.window import Window
from engine.errors import ExportFailed, NoInputs
from engine.tasks.values import Item, Preview, RunCounts, RunSource, WatchedTask
from tests.fakes.application import FakeApplication, collection
from tests.fakes.scripted_tasks import TRIAGE, Added
from tests.fakes.scripts import Gate

Open = Callable[[FakeApplication], Window]
FILES = Preview(214, first=(Item("a", "a.pdf", path="/x/a.pdf"),))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "Legal"
    folder.mkdir()
    return folder


@pytest.fixture
def window(application: FakeApplication, open_window: Open, folder: Path) -> Window:
    application.library = [collection("Contracts", 3)]
    application.tasks.add_recipe(TRIAGE)
    application.tasks.previews[(str(folder),)] = FILES
    made = open_window(application)
    made.show_place("tasks")
    made.tasks.page.set_up(1)
    return made


@pytest.fixture
def setup(window: Window) -> RunSetup:
    return window.tasks.page.setup


def looked_at(qtbot: QtBot, setup: RunSetup, *paths: Path) -> None:
    setup.choose_paths(paths)
    qtbot.waitUntil(lambda: setup._preview is not None)


def calls(application: FakeApplication, wanted: str) -> list[object]:
    return [given for name, given in application.tasks.calls if name == wanted]


def test_only_one_folder_can_be_watched(
    qtbot: QtBot, application: FakeApplication, setup: RunSetup, folder: Path
) -> None:
    (folder / "a.pdf").touch()
    other = folder.parent / "Other"
    other.mkdir()
    looked_at(qtbot, setup, folder)
    assert setup._watch.isVisible() and not setup._watch.is_on
    for chosen in ((folder, other), (folder / "a.pdf",)):
        looked_at(qtbot, setup, *chosen)
        assert not setup._watch.isVisible()
    setup.choose_collection("Contracts")
    qtbot.waitUntil(lambda: setup._preview is not None)
    assert not setup._watch.isVisible()


def test_without_it_a_folder_is_a_plain_run(
    qtbot: QtBot, application: FakeApplication, setup: RunSetup, folder: Path
) -> None:
    gate = Gate()
    application.tasks.runnings = [[gate]]
    looked_at(qtbot, setup, folder)
    assert setup._start.text() == "Start"
    setup._start.click()
    qtbot.waitUntil(gate.reached.is_set)
    assert calls(application, "run_recipe") == [(1, RunSource((str(folder),)))]
    assert calls(application, "watch_task") == []
    gate.open()


@pytest.mark.parametrize(("choice", "existing"), [("all", True), ("new", False)])
def test_started_watching_is_shown_and_works_at_once(
    qtbot: QtBot,
    application: FakeApplication,
    window: Window,
    folder: Path,
    choice: str,
    existing: bool,
) -> None:
    setup = window.tasks.page.setup
    looked_at(qtbot, setup, folder)
    setup._watch._switch.click()
    assert setup._start.text() == "Start watching"
    assert not setup._many.isVisible()
    words = [words for _, words in setup._watch._which.choices]
    assert words == ["all that are there, and new ones", "only new ones"]
    setup._watch._which.pick(choice)
    application.tasks.workings = [[Added(2)]]
    setup._start.click()
    qtbot.waitUntil(lambda: bool(calls(application, "work_watched")))
    output = folder.parent / "Support triage.csv"
    assert calls(application, "watch_task") == [(1, folder, output, existing)]
    assert window.tasks.page._stack.currentWidget() is window.tasks.page.overview
    qtbot.waitUntil(lambda: window.toast.words == "2 new files: Legal → Support triage.csv")


def test_a_refusal_stands_where_the_file_is_chosen_and_another_can_be_tried(
    qtbot: QtBot, application: FakeApplication, setup: RunSetup, folder: Path
) -> None:
    reason = "It lies in the folder that is watched; choose another place."
    application.tasks.refusal = ExportFailed("/x", reason)
    looked_at(qtbot, setup, folder)
    setup._watch._switch.click()
    setup._start.click()
    qtbot.waitUntil(lambda: setup._watch._refusal.isVisible())
    assert setup._watch._refusal.text().replace("\u200b", "") == reason
    assert setup._start.isEnabled()
    assert not setup.window().sheet.isVisible()  # type: ignore[attr-defined]
    setup._watch.choose_output(folder.parent / "elsewhere.csv")
    assert not setup._watch._refusal.isVisible()


def test_an_empty_folder_can_be_watched_but_not_run(
    qtbot: QtBot, application: FakeApplication, setup: RunSetup, folder: Path
) -> None:
    application.tasks.previews[(str(folder),)] = NoInputs("There are no files in it.")
    looked_at(qtbot, setup, folder)
    assert setup.card.words == "There are no files in it yet."
    assert not setup._start.isEnabled()
    setup._watch._switch.click()
    assert setup._start.isEnabled()
    assert setup._watch._which.choices == [("new", "only new ones")]
    assert not setup._watch.existing


def test_the_time_is_only_that_of_the_files_that_are_there(
    qtbot: QtBot, application: FakeApplication, setup: RunSetup, folder: Path
) -> None:
    application.tasks.add_run(1, "old.csv", RunCounts(100, 100), seconds=200.0)
    looked_at(qtbot, setup, folder)
    setup._limit.pick("20")
    setup._watch._switch.click()
    assert setup._time.text() == "It will take about 7 minutes, going by an earlier run."
    setup._watch._which.pick("new")
    assert not setup._time.isVisible()


def test_of_a_folder_of_tables_every_column_is_read(
    qtbot: QtBot, application: FakeApplication, setup: RunSetup, folder: Path
) -> None:
    rows = (Item("0", "a.csv, row 1", {"id": "1", "message": "Dead."}),)
    application.tasks.previews[(str(folder),)] = Preview(3, ("id", "message"), rows)
    looked_at(qtbot, setup, folder)
    assert setup._mapping.isVisible()
    setup._watch._switch.click()
    assert not setup._mapping.isVisible()
    assert setup._watch._columns.isVisible()


# --- the file --------------------------------------------------------------------------------------------


def test_the_file_that_is_proposed_lies_beside_the_folder_and_is_nobody_elses(folder: Path) -> None:
    source, beside = RunSource((str(folder),)), folder.parent
    found = watchable(source, "Support: triage?", ())
    assert found is not None and found.suggested == beside / "Support triage.csv"
    (beside / "Support triage.csv").touch()
    found = watchable(source, "Support: triage?", {str(beside / "Support triage 2.csv")})
    assert found is not None and found.suggested == beside / "Support triage 3.csv"


@pytest.mark.parametrize(
    ("typed", "kind", "expected"),
    [
        ("mine", "Excel workbook (*.xlsx)", "mine.xlsx"),
        ("mine.JSONL", "Excel workbook (*.xlsx)", "mine.JSONL"),
        ("mine.2026", "", "mine.2026.csv"),
        ("", "", "Support triage.csv"),
    ],
)
def test_a_chosen_file_has_an_ending_that_can_be_written(
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    setup: RunSetup,
    folder: Path,
    typed: str,
    kind: str,
    expected: str,
) -> None:
    looked_at(qtbot, setup, folder)
    setup._watch._switch.click()
    chosen = str(folder.parent / typed) if typed else ""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (chosen, kind))
    setup._watch._choose()
    assert setup._watch.output == folder.parent / expected
    assert setup._watch._file.whole == str(folder.parent / expected)


def test_a_watched_file_of_another_recipe_is_not_proposed_again(
    qtbot: QtBot, application: FakeApplication, setup: RunSetup, folder: Path
) -> None:
    taken = str(folder.parent / "Support triage.csv")
    application.tasks.watched[1] = WatchedTask(1, 1, "Other", "/x", taken, True)
    looked_at(qtbot, setup, folder)
    assert setup._watch.output.name == "Support triage 2.csv"
