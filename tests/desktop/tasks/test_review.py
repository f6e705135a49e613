"""desktop/tasks/review.py and review_bar.py, with the keys that the page hands on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QToolButton
from pytestqt.qtbot import QtBot

from desktop.tasks.cell_editor import CellEditor
from desktop.tasks.choice_list import ChoiceList
from desktop.tasks.review_bar import REMEMBERED
from desktop.tasks.run_view import RunView
from engine.errors import ProfileUnavailable
from engine.tasks.recipe import Recipe
from engine.tasks.values import Column, Item, LineId, RowsStored, StoredLine
from tests.desktop.tasks.opened import (
    at,
    buttons,
    failing,
    one_cell,
    press,
    tickets,
    triage,
    value,
    with_column,
)
from tests.fakes.task_runs import FakeRuns, cell, ticket

OpenRun = Callable[..., RunView]
ENTER = Qt.Key.Key_Return


@pytest.fixture
def view(runs: FakeRuns, open_run: OpenRun) -> RunView:
    """Eighteen tickets, four of them in doubt: 2, 5, 11, 14."""
    return open_run(triage(runs, tickets(18)))


def line_with(column: Column, *values: object) -> list[StoredLine]:
    """Lines whose only cell is in doubt."""
    return [
        StoredLine(
            LineId(number), Item(str(number), f"Row {number}", {"id": f"R{number}", "message": "text"}),
            "done", cells={column.name: cell(column.name, each, 0.4, doubts=("unsure",))},
        )
        for number, each in enumerate(values)
    ]  # fmt: skip


def answers(view: RunView) -> list[str]:
    return [each.text() for each in view.bar.answers if not each.isHidden()]


# --- going through them ------------------------------------------------------------------------------------


def test_it_begins_at_the_first_in_doubt(view: RunView) -> None:
    assert at(view) == (2, "category")
    question = view.review.question
    assert question is not None
    assert (question.title, question.shown) == ("T-1044", "billing")
    assert question.doubts == "Less sure than the recipe asks for (0.58)"
    assert answers(view) == ["1 network", "2 billing", "3 support"]


def test_it_begins_at_no_line_far_below_what_is_seen(runs: FakeRuns, open_run: OpenRun) -> None:
    lines = [one_cell(line, "category", doubts=()) for line in tickets(40)]
    lines[30] = ticket(2)
    lines[30] = replace(lines[30], id=LineId(30))
    view = open_run(triage(runs, lines))
    assert at(view) == (0, "")
    press(view, "j")
    assert at(view) == (30, "category")


def test_j_and_k_go_through_them_and_round(view: RunView) -> None:
    seen = []
    for _ in range(4):
        press(view, "j")
        seen.append(at(view)[0])
    assert seen == [5, 11, 14, 2]
    press(view, "k")
    assert at(view)[0] == 14
    press(view, "k")
    assert at(view)[0] == 11


def test_j_goes_on_from_wherever_the_person_stands(view: RunView) -> None:
    view.table.go_to(LineId(7))
    press(view, "j")
    assert at(view)[0] == 11
    view.table.go_to(LineId(7))
    press(view, "k")
    assert at(view)[0] == 5


def test_every_doubtful_cell_of_a_line_is_visited(runs: FakeRuns, open_run: OpenRun) -> None:
    lines = tickets()
    lines[2] = one_cell(lines[2], "urgency", doubts=("not_in_text",))
    run = triage(runs, lines)
    view = open_run(run)
    assert "cell 1 of 2 in doubt here" in view.bar._doubts.whole
    press(view, "j")
    assert at(view) == (2, "urgency")
    press(view, "j")
    assert at(view) == (5, "category")
    press(view, "k")
    assert at(view) == (2, "urgency")


def test_enter_accepts_a_line_only_once_all_its_doubtful_cells_were_seen(
    runs: FakeRuns, open_run: OpenRun
) -> None:
    lines = tickets()
    lines[2] = one_cell(lines[2], "urgency", doubts=("not_in_text",))
    view = open_run(triage(runs, lines))
    press(view, ENTER)
    assert at(view) == (2, "urgency")
    assert runs.calls == []
    press(view, ENTER)
    assert runs.calls == [("accept", (LineId(2), True))]
    assert at(view) == (5, "category")


def test_a_correction_beside_an_accepted_cell_settles_the_line(runs: FakeRuns, open_run: OpenRun) -> None:
    lines = tickets()
    lines[2] = one_cell(lines[2], "urgency", doubts=("not_in_text",))
    view = open_run(triage(runs, lines))
    press(view, ENTER, "4")
    assert runs.calls == [
        ("correct", (LineId(2), "urgency", "critical")),
        ("accept", (LineId(2), True)),
    ]
    assert at(view)[0] == 5


# --- settling ----------------------------------------------------------------------------------------------


def test_a_number_key_corrects_and_goes_on(view: RunView, runs: FakeRuns) -> None:
    press(view, "3")
    assert runs.calls == [("correct", (LineId(2), "category", "support"))]
    assert value(runs, 1, 2, "category") == "support"
    assert at(view) == (5, "category")
    assert view.table.lines.index(2, 2).data() == "support"


def test_the_key_of_what_stands_there_accepts_it(view: RunView, runs: FakeRuns) -> None:
    press(view, "2")
    assert runs.calls == [("accept", (LineId(2), True))]
    assert at(view)[0] == 5


def test_numbers_follow_what_is_done(view: RunView, runs: FakeRuns) -> None:
    press(view, "3", ENTER)
    shown = buttons(view.filters)
    assert {"Needs review 2", "Corrected 1"} <= set(shown)
    assert view._counts == runs.run(1).counts


def test_a_correction_of_what_was_not_in_doubt_stays_where_it_is(view: RunView, runs: FakeRuns) -> None:
    view.table.go_to(LineId(0), "category")
    press(view, "2")
    assert value(runs, 1, 0, "category") == "billing"
    assert at(view) == (0, "category")


def test_it_is_said_once_that_corrections_are_remembered(view: RunView) -> None:
    press(view, "3")
    assert view.bar.hint == REMEMBERED
    view.bar._note_timer.stop()
    press(view, "1")
    assert view.bar.hint != REMEMBERED


def test_nothing_is_said_to_be_remembered_that_is_not(runs: FakeRuns, open_run: OpenRun) -> None:
    runs.recipe_as_it_is = Recipe("Minutes", "extract", several_lines=True)
    view = open_run(triage(runs))
    press(view, "3")
    assert view.bar.hint != REMEMBERED
    runs.recipe_as_it_is = Recipe("Minutes", "extract")
    several = [*tickets(3), replace(ticket(2), id=LineId(2, 1))]
    for other in (triage(runs, several), triage(runs, recipe_id=None)):
        view.show_run(other)
        press(view, "3")
        assert view.bar.hint != REMEMBERED


def test_a_correction_that_cannot_be_kept_says_why_and_stays(
    qtbot: QtBot, view: RunView, runs: FakeRuns
) -> None:
    runs.full_disk = ProfileUnavailable("/home/ada", "the disk is full")
    with qtbot.waitSignal(view.failed) as failed:
        press(view, "3")
    assert failed.args == [runs.full_disk]
    assert at(view) == (2, "category")
    assert view.table.lines.index(2, 2).data() == "billing"
    runs.full_disk = None
    press(view, "u")
    assert runs.calls == []


def test_the_last_one_leaves_nothing_to_be_looked_at(view: RunView, runs: FakeRuns) -> None:
    press(view, "3", ENTER, ENTER, ENTER)
    assert runs.run(1).counts.review == 0
    press(view, "j")
    assert at(view)[0] == 14
    assert "J next" not in view.bar.hint or view.review.question is not None


def test_what_is_settled_is_not_looked_at_again(view: RunView) -> None:
    press(view, "j", "k", "3")
    assert view.review._waiting is not None
    assert len(view.review._waiting) == 3
    press(view, "u")
    assert len(view.review._waiting) == 4
    assert view.review._waiting == sorted(view.review._waiting)


def test_keys_without_a_label_do_nothing(view: RunView, runs: FakeRuns) -> None:
    press(view, "9", Qt.Key.Key_Delete, Qt.Key.Key_Backspace, "d", "x")
    assert runs.calls == []
    assert at(view) == (2, "category")


def test_labels_are_buttons_too(qtbot: QtBot, view: RunView, runs: FakeRuns) -> None:
    qtbot.mouseClick(view.bar.answers[0], Qt.MouseButton.LeftButton)
    assert value(runs, 1, 2, "category") == "network"


def test_letters_typed_into_the_search_are_letters(qtbot: QtBot, view: RunView, runs: FakeRuns) -> None:
    view.filters.search.setFocus()
    QTest.keyClicks(view.filters.search, "j3eu")
    assert view.filters.search.text() == "j3eu"
    assert runs.calls == []


def test_enter_on_a_button_is_the_buttons(view: RunView, runs: FakeRuns) -> None:
    view.bar.answers[2].setFocus()
    QTest.keyClick(view.bar.answers[2], ENTER)
    assert runs.calls == []


# --- taking back -------------------------------------------------------------------------------------------


def test_u_takes_back_and_returns(view: RunView, runs: FakeRuns) -> None:
    before = runs.run(1).counts
    press(view, "3", ENTER)
    assert at(view)[0] == 11
    press(view, "u")
    assert at(view)[0] == 5
    assert runs.calls[-1] == ("accept", (LineId(5), False))
    press(view, "u")
    assert at(view) == (2, "category")
    assert value(runs, 1, 2, "category") == "billing"
    assert view._counts == runs.run(1).counts == before


def test_u_takes_back_a_correction_of_long_ago(runs: FakeRuns, open_run: OpenRun) -> None:
    run = triage(runs)
    runs.correct(run, LineId(0), "category", "support")
    view = open_run(run)
    view.table.go_to(LineId(0), "category")
    press(view, "u")
    assert value(runs, run, 0, "category") == "network"


def test_u_goes_back_one_step_of_several_on_one_cell(runs: FakeRuns, open_run: OpenRun) -> None:
    view = open_run(triage(runs))
    view.table.go_to(LineId(0), "category")
    press(view, "2", "3", "u")
    assert value(runs, 1, 0, "category") == "billing"
    press(view, "u")
    assert value(runs, 1, 0, "category") == "network"


def test_the_menu_of_a_cell_accepts_and_takes_back(view: RunView, runs: FakeRuns) -> None:
    view.table.go_to(LineId(0), "category")
    assert [each.text() for each in menu(view)] == ["Show the whole line", "Edit", "Copy"]
    press(view, "3")
    next(each for each in menu(view) if each.text() == "Take back the correction").trigger()
    assert value(runs, 1, 0, "category") == "network"
    press(view, "u")
    assert len(runs.calls) == 2
    press(view, "j")
    next(each for each in menu(view) if each.text() == "Right as it is").trigger()
    assert runs.calls[-1] == ("accept", (LineId(2), True))


def menu(view: RunView) -> list[QAction]:
    made = view.table.cell_menu()
    made.deleteLater()
    return made.actions()


def test_buttons_go_through_what_is_in_doubt(view: RunView) -> None:
    following = next(b for b in view.bar.findChildren(QToolButton) if b.accessibleName() == "Next in doubt")
    following.click()
    assert at(view)[0] == 5


def test_u_with_nothing_to_take_back_does_nothing(view: RunView, runs: FakeRuns) -> None:
    press(view, "u")
    assert runs.calls == []


# --- kinds of columns --------------------------------------------------------------------------------------


def test_several_labels_are_let_go_and_taken_without_going_on(runs: FakeRuns, open_run: OpenRun) -> None:
    column = Column("topics", "choice", many=True, labels=("a", "b", "c"))
    view = open_run(with_column(line_with(column, ["b"], ["c"]), runs, column))
    assert view.bar._words.whole == "Which apply?"
    press(view, "1")
    assert value(runs, 1, 0, "topics") == ["a", "b"]
    press(view, "2")
    assert value(runs, 1, 0, "topics") == ["a"]
    assert at(view)[0] == 0


def test_yes_and_no_have_keys(runs: FakeRuns, open_run: OpenRun) -> None:
    column = Column("paid", "boolean")
    view = open_run(with_column(line_with(column, True, False), runs, column))
    assert answers(view) == ["1 yes", "2 no"]
    press(view, "2")
    assert value(runs, 1, 0, "paid") is False
    assert at(view)[0] == 1


def test_of_many_labels_the_present_and_the_last_chosen_have_the_first_keys(
    runs: FakeRuns, open_run: OpenRun
) -> None:
    column = Column("reason", "choice", labels=tuple(f"label{n}" for n in range(30)))
    view = open_run(with_column(line_with(column, "label7", "label8", "label9"), runs, column))
    assert view.review.question is not None
    assert view.review.question.choices[:3] == ("label7", "label0", "label1")
    assert view.review.question.more
    view.review.choose_label("label25")
    assert view.review.question.choices[:3] == ("label8", "label25", "label0")
    press(view, "2")
    assert value(runs, 1, 1, "reason") == "label25"


def test_answers_that_have_no_room_are_behind_more(runs: FakeRuns, open_run: OpenRun) -> None:
    column = Column("reason", "choice", labels=tuple(f"a rather long label {n}" for n in range(9)))
    view = open_run(with_column(line_with(column, "x"), runs, column), width=700)
    QApplication.processEvents()
    assert 1 <= len(answers(view)) < 9
    assert not view.bar._more.isHidden()
    press(view, "9")
    assert value(runs, 1, 0, "reason") == "a rather long label 8"


def test_a_failed_line_says_why_and_can_be_tried_again(
    qtbot: QtBot, runs: FakeRuns, open_run: OpenRun
) -> None:
    view = open_run(triage(runs, [*tickets(2), failing(2, "It is too long.")]))
    view.table.go_to(LineId(2), "category")
    assert view.bar._words.whole == "Failed: It is too long."
    press(view, "1", ENTER, "e")
    assert runs.calls == []
    with qtbot.waitSignal(view.resume_asked) as asked:
        buttons(view.bar)["Try again"].click()
    assert asked.args == [1]
    assert runs.calls == [("retry_rows", [2])]
    assert runs.run(1).counts.waiting == 1


# --- editing -----------------------------------------------------------------------------------------------


def editor(view: RunView) -> CellEditor:
    (found,) = [each for each in view.findChildren(CellEditor) if not each.isHidden()]
    return found


def write(view: RunView, text: str, key: Qt.Key = ENTER) -> None:
    field = editor(view).field
    if isinstance(field, QLineEdit):
        field.setText(text)
    else:
        field.setPlainText(text)
    QTest.keyClick(field, key)
    QApplication.processEvents()


def test_e_edits_in_place_and_says_how_to_write_it(runs: FakeRuns, open_run: OpenRun) -> None:
    QLocale.setDefault(QLocale("en_GB"))
    try:
        column = Column("end", "date")
        view = open_run(with_column(line_with(column, "2026-01-02", "2026-01-03"), runs, column))
        press(view, "e")
        assert isinstance(editor(view).field, QLineEdit)
        assert editor(view)._text() == "02/01/2026"
        write(view, "sometime")
        assert editor(view).note == "That is no date. Write it like 24/11/2026 or 2026-11-24."
        assert runs.calls == []
        write(view, "24/12/2026")
        assert value(runs, 1, 0, "end") == "2026-12-24"
        assert at(view)[0] == 1
        assert view.table.hasFocus()
    finally:
        QLocale.setDefault(QLocale.c())


def test_escape_leaves_a_cell_as_it_was(runs: FakeRuns, open_run: OpenRun) -> None:
    column = Column("total", "amount")
    view = open_run(with_column(line_with(column, {"value": 3.0, "currency": "EUR"}), runs, column))
    press(view, "e")
    write(view, "nonsense", Qt.Key.Key_Escape)
    assert runs.calls == []
    assert view.table.hasFocus()


def test_what_is_written_is_kept_when_the_person_goes_elsewhere(runs: FakeRuns, open_run: OpenRun) -> None:
    column = Column("name")
    view = open_run(with_column(line_with(column, "Brigthwave"), runs, column))
    press(view, "e")
    field = editor(view).field
    assert isinstance(field, QLineEdit)
    field.setText("Brightwave")
    view.filters.search.setFocus(Qt.FocusReason.MouseFocusReason)
    QApplication.processEvents()
    assert value(runs, 1, 0, "name") == "Brightwave"


def test_emptying_a_cell_says_that_the_text_does_not_say(runs: FakeRuns, open_run: OpenRun) -> None:
    column = Column("name")
    view = open_run(with_column(line_with(column, "Brightwave"), runs, column))
    press(view, "e")
    write(view, "")
    assert value(runs, 1, 0, "name") is None


def test_lists_and_long_texts_have_a_page(runs: FakeRuns, open_run: OpenRun) -> None:
    column = Column("positions", many=True)
    view = open_run(with_column(line_with(column, ["one", "two"]), runs, column))
    press(view, "e")
    field = editor(view).field
    assert isinstance(field, QPlainTextEdit)
    assert field.toPlainText() == "one\ntwo"
    field.setPlainText("one\n\n two \nthree")
    QTest.keyClick(field, ENTER, Qt.KeyboardModifier.ControlModifier)
    assert value(runs, 1, 0, "positions") == ["one", "two", "three"]


def test_e_on_a_choice_opens_the_labels_to_be_found_by_typing(runs: FakeRuns, open_run: OpenRun) -> None:
    view = open_run(triage(runs))
    press(view, "e")
    (chooser,) = view.findChildren(ChoiceList)
    QTest.keyClicks(chooser._search, "supp")
    QTest.keyClick(chooser._search, ENTER)
    QApplication.processEvents()
    assert value(runs, 1, 2, "category") == "support"
    assert at(view)[0] == 5


def test_a_choice_can_be_nothing(runs: FakeRuns, open_run: OpenRun) -> None:
    view = open_run(triage(runs))
    press(view, "e")
    (chooser,) = view.findChildren(ChoiceList)
    chooser._take(chooser._list.item(chooser._list.count() - 1))
    assert value(runs, 1, 2, "category") is None


# --- while it runs -----------------------------------------------------------------------------------------


def test_rows_that_come_are_reviewed_too(runs: FakeRuns, open_run: OpenRun) -> None:
    run = triage(runs, [*tickets(9), *(ticket(n, "waiting") for n in range(9, 18))], state="running")
    view = open_run(run)
    press(view, "j")
    assert at(view)[0] == 5
    counts = runs.put_line(run, ticket(11))
    view.take(RowsStored(run, (11,), counts, 60, 30))
    press(view, "j")
    assert at(view)[0] == 11
