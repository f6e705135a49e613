"""From a file that comes into a watched folder to its line in another, by the window and the real workbench.

Only the model and the reader are scripted.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop import watched_tasks
from desktop.window.window import Window
from desktop.workbench import Workbench
from rag import watching
from tests.fakes.application import FakeApplication
from tests.fakes.scripted_tasks import TRIAGE
from tests.fakes.tasks import ScriptedTaskModel
from tests.fakes.workbench import workbench_in

Open = Callable[[FakeApplication], Window]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_tasks, "SETTLED_S", 0.0)
    monkeypatch.setattr(watched_tasks, "_LOOK_S", 0.01)
    monkeypatch.setattr(watching, "TICK_MS", 50)
    monkeypatch.setattr(watching, "QUIET_MS", 50)
    monkeypatch.setattr(watching, "FOLDERS_EVERY_S", 0.1)
    monkeypatch.setattr(watching, "TELL_EVERY_S", 0.05)


@pytest.fixture
def workbench(tmp_path: Path) -> Iterator[Workbench]:
    with workbench_in(tmp_path, ScriptedTaskModel(weights=lambda messages, labels: labels[0])) as made:
        yield made


def documents(output: Path) -> list[str]:
    if not output.exists():
        return []
    with output.open(encoding="utf-8-sig", newline="") as file:
        return [row[0] for row in list(csv.reader(file))[1:]]


def test_new_files_of_a_folder_come_into_the_file_by_themselves(
    qtbot: QtBot, application: FakeApplication, workbench: Workbench, open_window: Open, tmp_path: Path
) -> None:
    folder = tmp_path / "Tickets"
    folder.mkdir()
    (folder / "first.txt").write_text("The line has been dead since this morning.")
    recipe = workbench.save_recipe(TRIAGE)
    application.tasks = workbench  # type: ignore[assignment]
    window = open_window(application)
    window.show_place("tasks")
    window.begin()

    window.tasks.page.set_up(recipe.id)
    setup = window.tasks.page.setup
    setup.choose_paths([folder])
    qtbot.waitUntil(lambda: setup._preview is not None)
    setup._watch._switch.click()
    output = setup._watch.output
    assert output == tmp_path / "Support triage.csv"
    setup._start.click()
    qtbot.waitUntil(lambda: documents(output) == ["first.txt"])
    qtbot.waitUntil(lambda: window.toast.words == "1 new file: Tickets → Support triage.csv")

    (folder / "second.txt").write_text("You charged my card twice.")
    qtbot.waitUntil(lambda: documents(output) == ["first.txt", "second.txt"])
    overview = window.tasks.page.overview
    qtbot.waitUntil(lambda: overview._watched.rows[0]._state.whole == "2 files done")
    assert [run.state for run in workbench.runs()] == ["done", "done"]
    qtbot.waitUntil(lambda: not window.tasks.desk.running.all)


def test_what_came_while_carrel_was_closed_is_done_at_the_start(
    qtbot: QtBot, application: FakeApplication, workbench: Workbench, open_window: Open, tmp_path: Path
) -> None:
    folder, output = tmp_path / "Tickets", tmp_path / "tickets.csv"
    folder.mkdir()
    recipe = workbench.save_recipe(TRIAGE)
    workbench.watch_task(recipe.id, folder, output)
    (folder / "first.txt").write_text("The line has been dead since this morning.")
    application.tasks = workbench  # type: ignore[assignment]
    window = open_window(application)
    window.begin()
    qtbot.waitUntil(lambda: documents(output) == ["first.txt"])
    qtbot.waitUntil(lambda: not window.tasks.desk.running.all)
    qtbot.waitUntil(lambda: window.toast.words == "1 new file: Tickets → tickets.csv")
