"""desktop/tasks/setup: what a run works on, which columns, how many, how long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot

from desktop.tasks.setup.first_rows import shown_columns
from desktop.tasks.setup.mapping import longest_column
from desktop.tasks.setup.page import RunSetup
from desktop.window.window import Window
from engine.errors import NoInputs
from engine.tasks.recipe import Rule
from engine.tasks.values import Item, Preview, RunCounts, RunSource, RunStarted
from tests.fakes.application import FakeApplication, collection
from tests.fakes.scripted_tasks import TRIAGE
from tests.fakes.scripts import Gate

Open = Callable[[FakeApplication], Window]
SHEET = Path("/x/tickets.xlsx")
ROWS = (
    Item(
        "0", "T-1", {"id": "T-1", "message": "The line has been dead since this morning.", "subject": "Dead"}
    ),
    Item("1", "T-2", {"id": "T-2", "message": "You charged my card twice.", "subject": "Invoice"}),
)
TABLE = Preview(1_204, ("id", "message", "subject"), ROWS, ("October", "September"))


@pytest.fixture
def window(application: FakeApplication, open_window: Open) -> Window:
    application.library = [collection("Contracts", 3)]
    application.tasks.add_recipe(TRIAGE)
    application.tasks.previews[(str(SHEET),)] = TABLE
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


def test_nothing_can_start_before_there_is_something_to_work_on(setup: RunSetup) -> None:
    assert not setup._start.isEnabled()
    setup.start()
    assert setup._desk.running.all == []


def test_table_is_shown_with_its_longest_column_chosen(qtbot: QtBot, setup: RunSetup) -> None:
    looked_at(qtbot, setup, SHEET)
    assert setup.card.words == "1,204 rows in 3 columns"
    assert setup.source == RunSource((str(SHEET),), columns={"message": "message"})
    assert setup._start.isEnabled()


def test_all_columns_are_read_where_all_are_chosen_and_none_starts_nothing(
    qtbot: QtBot, setup: RunSetup
) -> None:
    looked_at(qtbot, setup, SHEET)
    for chip in setup._mapping._chips.values():
        chip.setChecked(True)
    assert setup.source.columns == {}
    for chip in setup._mapping._chips.values():
        chip.setChecked(False)
    assert not setup._start.isEnabled()


def test_column_that_a_rule_looks_into_is_found_or_asked_for(
    qtbot: QtBot, application: FakeApplication, window: Window
) -> None:
    rules = (Rule({"category": "billing"}, ("invoice",), column="Subject"), Rule({}, ("x",), column="sender"))
    application.tasks.saved[1] = [replace(TRIAGE, kind="route", rules=rules)]
    window.tasks.page.set_up(1)
    setup = window.tasks.page.setup
    looked_at(qtbot, setup, SHEET)
    assert setup.source.columns == {"message": "message", "subject": "Subject"}
    setup._mapping._named["sender"].pick("id")
    assert setup.source.columns == {"id": "sender", "message": "message", "subject": "Subject"}


def test_another_sheet_is_looked_at_anew(qtbot: QtBot, application: FakeApplication, setup: RunSetup) -> None:
    looked_at(qtbot, setup, SHEET)
    setup._sheets.pick("September")
    qtbot.waitUntil(lambda: setup._preview is not None)
    assert application.tasks.calls[-1] == ("preview", RunSource((str(SHEET),), sheet="September"))
    assert setup._sheets.value == "September"


def test_only_the_first_rows_can_be_run(qtbot: QtBot, application: FakeApplication, setup: RunSetup) -> None:
    looked_at(qtbot, setup, SHEET)
    assert [words for _, words in setup._limit.choices][:2] == ["all 1,204 rows", "only the first 20"]
    setup._limit.pick("20")
    gate = Gate()
    application.tasks.runnings = [[gate]]
    setup._start.click()
    qtbot.waitUntil(gate.reached.is_set)
    name, (recipe_id, source) = application.tasks.calls[-1]
    assert (name, recipe_id, source.limit) == ("run_recipe", 1, 20)
    gate.open()


def test_time_is_said_where_an_earlier_run_tells_it(
    qtbot: QtBot, application: FakeApplication, setup: RunSetup
) -> None:
    application.tasks.add_run(1, "old.csv", RunCounts(100, 100), seconds=50.0)
    looked_at(qtbot, setup, SHEET)
    assert setup._time.text() == "It will take about 10 minutes, going by an earlier run."
    setup._limit.pick("20")
    assert setup._time.text() == "It will take less than a minute, going by an earlier run."


def test_a_run_that_has_to_wait_is_told_so(
    qtbot: QtBot, application: FakeApplication, setup: RunSetup
) -> None:
    gate = Gate()
    application.tasks.runnings = [[gate]]
    looked_at(qtbot, setup, SHEET)
    setup._desk.running.start(1, "Invoices", RunSource())
    assert setup._time.text() == "“Invoices” is running; this one starts when it is done."
    gate.open()
    qtbot.waitUntil(lambda: setup._time.text() == "")


def test_files_that_cannot_be_read_are_named(
    qtbot: QtBot, application: FakeApplication, setup: RunSetup
) -> None:
    folder = Path("/x/Legal")
    titles = (Item("a", "a.pdf", path="/x/Legal/a.pdf"),)
    unread = (("/x/Legal/b.pdf", "It is protected by a password."),)
    application.tasks.previews[(str(folder),)] = Preview(1, first=titles, unreadable=unread)
    looked_at(qtbot, setup, folder)
    assert setup.card.words == "1 document"
    assert setup._unreadable.isVisible()
    assert setup._unreadable._title.text() == "1 file cannot be read and will be left out."
    assert setup.source == RunSource((str(folder),))


def test_a_source_that_cannot_be_looked_at_says_why(
    qtbot: QtBot, application: FakeApplication, setup: RunSetup
) -> None:
    application.tasks.previews[("/x/broken.csv",)] = NoInputs("the table is empty.")
    setup.choose_paths([Path("/x/broken.csv")])
    qtbot.waitUntil(lambda: "empty" in setup.card.words)
    assert not setup._start.isEnabled()


def test_what_is_chosen_last_is_what_is_shown(
    qtbot: QtBot, application: FakeApplication, setup: RunSetup
) -> None:
    application.tasks.previews[("/x/other.csv",)] = Preview(7, ("text",), ())
    setup.choose_paths([SHEET])
    setup.choose_paths([Path("/x/other.csv")])
    qtbot.waitUntil(lambda: setup._preview is not None)
    assert setup.card.words == "7 rows in 1 column"


def test_collection_can_be_chosen(qtbot: QtBot, application: FakeApplication, setup: RunSetup) -> None:
    application.tasks.previews[("Contracts",)] = Preview(214)
    setup.card.collections_menu().actions()[0].trigger()
    qtbot.waitUntil(lambda: setup._preview is not None)
    assert setup.source == RunSource(collection="Contracts")


def test_dropped_file_is_what_the_run_works_on_and_is_not_added_to_the_library(
    qtbot: QtBot, application: FakeApplication, window: Window
) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(SHEET))])
    buttons, modifiers = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, buttons, modifiers))
    qtbot.waitUntil(lambda: window.tasks.page.setup._preview is not None)
    assert not any(name == "index" for name, _ in application.calls)


def test_started_run_opens_by_itself_once_its_inputs_are_read(
    qtbot: QtBot, application: FakeApplication, window: Window
) -> None:
    first, second = Gate(), Gate()
    application.tasks.runnings = [[first, RunStarted(0, 1_204), second]]
    looked_at(qtbot, window.tasks.page.setup, SHEET)
    window.tasks.page.setup._start.click()
    assert window.tasks.page.run_place._words.text() == "Reading what it works on…"
    first.open()
    qtbot.waitUntil(lambda: window.tasks.page.shown_run == 1)
    second.open()


def test_nothing_opens_by_itself_once_the_person_has_left(
    qtbot: QtBot, application: FakeApplication, window: Window
) -> None:
    first, second = Gate(), Gate()
    application.tasks.runnings = [[first, RunStarted(0, 1_204), second]]
    looked_at(qtbot, window.tasks.page.setup, SHEET)
    window.tasks.page.setup._start.click()
    assert window.tasks.page.escape()
    first.open()
    qtbot.waitUntil(second.reached.is_set)
    assert window.tasks.page.shown_run is None
    second.open()


def test_longest_column_is_the_one_with_the_most_text() -> None:
    assert longest_column(TABLE) == "message"
    assert longest_column(Preview(0)) == ""


def test_chosen_columns_stay_where_not_all_have_room() -> None:
    names = tuple("abcdefgh")
    assert shown_columns(names, {"g"}) == ["a", "b", "c", "d", "g"]
    assert shown_columns(names[:3], set()) == ["a", "b", "c"]
