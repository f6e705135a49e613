"""desktop/tasks/table_model.py and column_widths.py"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from desktop.tasks.column_widths import Wanted, shared
from desktop.tasks.table_model import GROUPS, KEPT, PAGE, LinesModel
from engine.tasks.values import Cell, Item, LineId, StoredCell, StoredLine
from tests.desktop.tasks.opened import COLUMNS, failing, tickets, triage
from tests.fakes.task_runs import FakeRuns, ticket


class CountingRuns(FakeRuns):
    """Remembers how many lines were fetched at each call."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[int] = []

    def lines(self, run_id: int, ids: Any) -> list[StoredLine]:
        self.fetched.append(len(ids))
        return super().lines(run_id, ids)


@pytest.fixture
def runs() -> CountingRuns:
    return CountingRuns()


def model_of(runs: FakeRuns, run: int) -> LinesModel:
    model = LinesModel(runs)  # type: ignore[arg-type]
    model.show_run(runs.run(run), runs.line_ids(run))
    return model


def roles(model: LinesModel, number: int, role: Qt.ItemDataRole) -> list[Any]:
    return [model.index(number, column).data(role) for column in range(model.columnCount())]


def test_inputs_stand_left_of_outputs_then_how_sure_and_by_whom(qtbot: QtBot, runs: CountingRuns) -> None:
    model = model_of(runs, triage(runs))
    titles = [model.headerData(n, Qt.Orientation.Horizontal) for n in range(model.columnCount())]
    assert titles == ["id", "message", "category", "urgency", "confidence", "by"]
    assert roles(model, 2, Qt.ItemDataRole.DisplayRole) == [
        "T-1044", "Wi-Fi is fine but the bill says 2 GB over the limit?", "billing", "normal", "0.58",
        "Local model",
    ]  # fmt: skip


def test_documents_have_one_input_column(qtbot: QtBot, runs: CountingRuns) -> None:
    line = StoredLine(LineId(0), Item("/a/b.pdf", "b.pdf", path="/a/b.pdf"), "waiting")
    model = model_of(runs, triage(runs, [line], input_columns=()))
    assert model.headerData(0, Qt.Orientation.Horizontal) == "document"
    assert model.index(0, 0).data() == "b.pdf"


def test_a_line_about_all_inputs_is_named_once(qtbot: QtBot, runs: CountingRuns) -> None:
    together = StoredLine(LineId(-1), Item("", "All inputs"), "done", cells=ticket(0).cells)
    run = triage(runs, [together, *tickets(2)])
    model = model_of(runs, run)
    assert roles(model, 0, Qt.ItemDataRole.DisplayRole)[:3] == ["All inputs", "", "network"]
    assert model.number_of(LineId(-1)) == 0
    assert model.ids[0] == LineId(-1)


def test_only_what_is_looked_at_is_fetched(qtbot: QtBot, runs: CountingRuns) -> None:
    model = model_of(runs, triage(runs, tickets(10 * PAGE)))
    assert runs.fetched == []
    model.index(3, 0).data()
    model.index(PAGE - 1, 1).data()
    assert runs.fetched == [PAGE]
    model.index(5 * PAGE, 0).data()
    assert runs.fetched == [PAGE, PAGE]


def test_memory_holds_no_more_lines_than_it_may(qtbot: QtBot, runs: CountingRuns) -> None:
    model = model_of(runs, triage(runs, tickets(KEPT + 3 * PAGE)))
    for number in range(0, KEPT + 3 * PAGE, PAGE):
        model.line(number)
    assert len(model._lines) == KEPT
    assert model.line(0) is not None


def test_rows_that_are_stored_are_fetched_anew_and_nothing_is_reset(qtbot: QtBot, runs: CountingRuns) -> None:
    run = triage(runs, [ticket(n, "waiting") for n in range(20)])
    model = model_of(runs, run)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert model.index(4, 2).data() == ""
    runs.put_line(run, ticket(4))
    changed: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda top, bottom, _: changed.append((top.row(), bottom.row())))
    model.modelReset.connect(lambda: pytest.fail("it was reset"))
    model.forget([4, 5])
    assert model.index(4, 2).data() == "network"
    assert changed == [(4, 5)]


def test_new_lines_come_in_between(qtbot: QtBot, runs: CountingRuns) -> None:
    run = triage(runs)
    model = model_of(runs, run)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    inserted: list[tuple[int, int]] = []
    model.rowsInserted.connect(lambda _, first, last: inserted.append((first, last)))
    for line in (LineId(2, 1), LineId(2, 2), LineId(5, 1)):
        runs.put_line(run, replace(ticket(line.row), id=line))
    model.merge(runs.line_ids(run))
    assert inserted == [(3, 4), (8, 8)]
    assert model.ids == runs.line_ids(run)


def test_lines_that_are_gone_leave_unless_the_person_looks_at_them(qtbot: QtBot, runs: CountingRuns) -> None:
    run = triage(runs)
    model = model_of(runs, run)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    left = [line for line in runs.line_ids(run) if line.row not in (0, 3, 4)]
    model.merge(left, keep=True)
    assert len(model.ids) == 9
    model.merge(left)
    assert [line.row for line in model.ids] == [1, 2, 5, 6, 7, 8]


def test_very_many_new_lines_are_shown_at_once(qtbot: QtBot, runs: CountingRuns) -> None:
    run = triage(runs, tickets(4 * GROUPS))
    every = runs.line_ids(run)
    model = model_of(runs, run)
    model.show_ids(every[::2])
    model.merge(every)
    assert model.ids == every


def test_a_line_is_found_by_its_id(qtbot: QtBot, runs: CountingRuns) -> None:
    run = triage(runs)
    model = model_of(runs, run)
    model.show_ids([LineId(-1), LineId(2), LineId(2, 1), LineId(7)])
    assert [model.number_of(line) for line in (LineId(-1), LineId(2, 1), LineId(7), LineId(3))] == [
        0, 2, 3, None,
    ]  # fmt: skip


def test_a_line_that_is_gone_meanwhile_is_empty(qtbot: QtBot, runs: CountingRuns) -> None:
    run = triage(runs)
    model = model_of(runs, run)
    model.show_ids([LineId(400)])
    assert model.line(0) is None
    assert model.index(0, 0).data() is None
    assert model.line(-1) is None


def test_who_hears_the_table_hears_column_value_and_doubt(qtbot: QtBot, runs: CountingRuns) -> None:
    waiting, failed = ticket(9, "waiting"), failing(10)
    model = model_of(runs, triage(runs, [*tickets(), waiting, failed]))
    spoken = Qt.ItemDataRole.AccessibleTextRole
    assert roles(model, 2, spoken)[2:4] == [
        "category: billing, needs review: Less sure than the recipe asks for (0.58)",
        "urgency: normal",
    ]
    assert roles(model, 9, spoken)[2] == "category: waiting"
    assert roles(model, 10, spoken)[2] == "category: failed, The model gave no answer."


def test_a_corrected_cell_says_what_was_there(qtbot: QtBot, runs: CountingRuns) -> None:
    run = triage(runs)
    runs.correct(run, LineId(2), "category", "support")
    model = model_of(runs, run)
    assert "You set this. It was “billing”." in roles(model, 2, Qt.ItemDataRole.ToolTipRole)[2]
    assert roles(model, 2, Qt.ItemDataRole.AccessibleTextRole)[2] == "category: support, corrected"


def test_foreign_text_is_never_markup(qtbot: QtBot, runs: CountingRuns) -> None:
    hostile = "<img src='file:///etc/passwd'>"
    line = replace(ticket(0), item=Item("0", hostile, {"id": hostile, "message": hostile}))
    cells = {"category": StoredCell(Cell("category", "x"), True, hostile)}
    model = model_of(runs, triage(runs, [replace(line, cells=cells)]))
    tips = roles(model, 0, Qt.ItemDataRole.ToolTipRole)
    assert all("<img" not in tip for tip in tips if tip)
    assert "&lt;img" in tips[2]


def test_a_model_without_a_run_is_empty(qtbot: QtBot, runs: CountingRuns) -> None:
    model = LinesModel(runs)  # type: ignore[arg-type]
    assert (model.rowCount(), model.columnCount()) == (0, 0)
    assert model.rowCount(QModelIndex()) == 0
    assert COLUMNS


# --- widths ------------------------------------------------------------------------------------------------


def test_free_room_goes_to_the_widest_input() -> None:
    wanted = [Wanted(0, 80, 72, True), Wanted(1, 300, 150, True), Wanted(2, 100, 80, False)]
    assert shared(wanted, 1_000) == {0: 80, 1: 820, 2: 100}


def test_inputs_give_way_before_values_do() -> None:
    wanted = [Wanted(0, 80, 80, True), Wanted(1, 300, 150, True), Wanted(2, 100, 80, False)]
    assert shared(wanted, 400) == {0: 80, 1: 220, 2: 100}
    assert shared(wanted, 320) == {0: 80, 1: 150, 2: 90}


def test_a_table_is_wider_than_its_room_rather_than_cut_off() -> None:
    wanted = [Wanted(0, 80, 80, True), Wanted(1, 300, 150, True), Wanted(2, 100, 80, False)]
    assert shared(wanted, 100) == {0: 80, 1: 150, 2: 80}
