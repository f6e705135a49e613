"""desktop/tasks/table_paint.py: what colour says, seen as pixels."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from desktop.tasks.run_view import RunView
from desktop.tasks.table_paint import tabular
from desktop.theme.theme import Theme
from engine.tasks.values import Column, LineId
from tests.desktop.tasks.opened import at, failing, press, tickets, triage
from tests.fakes.task_runs import CATEGORY, FakeRuns, ticket

OpenRun = Callable[..., RunView]


def colours(view: RunView, number: int, column: int) -> set[str]:
    """Every colour in a cell of the table."""
    QApplication.processEvents()
    picture = view.table.viewport().grab().toImage()
    place = view.table.visualRect(view.table.lines.index(number, column)).intersected(picture.rect())
    return {
        picture.pixelColor(x, y).name()
        for x in range(place.left(), place.right())
        for y in range(place.top(), place.bottom())
    }


def token(colour: str) -> str:
    return QColor(colour).name()


@pytest.fixture
def view(runs: FakeRuns, open_run: OpenRun) -> RunView:
    lines = [*tickets(9), ticket(9, "waiting"), failing(10)]
    opened = open_run(triage(runs, lines))
    opened.resize(1_024, 900)
    return opened


def test_what_is_in_doubt_is_amber_and_what_is_not_is_green(view: RunView, theme: Theme) -> None:
    palette = theme.palette
    assert token(palette.warning_soft) in colours(view, 5, 2)
    assert token(palette.accent_soft) in colours(view, 4, 2)
    assert token(palette.warning_soft) not in colours(view, 4, 2)


def test_amber_goes_when_the_person_has_accepted_or_corrected(view: RunView, theme: Theme) -> None:
    amber = token(theme.palette.warning_soft)
    press(view, Qt.Key.Key_Return)
    assert at(view)[0] == 5
    assert amber not in colours(view, 2, 2)
    press(view, "1")
    view.table.go_to(LineId(0))
    assert amber not in colours(view, 5, 2)


def test_the_row_at_hand_is_lit_from_end_to_end(view: RunView, theme: Theme) -> None:
    lit = token(theme.palette.accent_soft)
    view.table.go_to(LineId(4), "urgency")
    for column in range(6):
        assert lit in colours(view, 4, column)
    assert lit not in colours(view, 3, 1)


def test_a_failed_line_says_so_in_red_over_all_its_outputs(view: RunView, theme: Theme) -> None:
    danger = token(theme.palette.danger)
    assert danger in colours(view, 10, 2)
    assert danger in colours(view, 10, 3)
    assert danger not in colours(view, 10, 1)
    assert danger not in colours(view, 9, 2)


def test_a_doubt_is_seen_in_the_narrowest_column(view: RunView, theme: Theme) -> None:
    view.table.horizontalHeader().resizeSection(2, 48)
    assert token(theme.palette.warning_soft) in colours(view, 5, 2)


def test_the_cell_at_hand_has_a_ring_while_the_table_has_the_keyboard(view: RunView, theme: Theme) -> None:
    ring = token(theme.palette.accent)
    view.table.go_to(LineId(4), "urgency")
    assert ring in colours(view, 4, 3)
    view.filters.search.setFocus()
    assert ring not in colours(view, 4, 3)


def test_numbers_stand_at_the_right(runs: FakeRuns, open_run: OpenRun) -> None:
    column = Column("category", "number")
    view = open_run(runs.add_run(tickets(2), (column, CATEGORY)))
    model = view.table.lines
    role = Qt.ItemDataRole.TextAlignmentRole
    aligned = [model.headerData(n, Qt.Orientation.Horizontal, role) for n in (2, 3)]
    assert [bool(each & Qt.AlignmentFlag.AlignRight) for each in aligned] == [True, False]


def test_figures_are_all_as_wide(theme: Theme) -> None:
    assert [str(tag.toString(), "ascii") for tag in tabular(theme.font()).featureTags()] == ["tnum"]
