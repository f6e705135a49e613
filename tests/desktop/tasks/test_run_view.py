"""desktop/tasks/run_view.py with its head, facts, filters and details."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.tasks import exporting
from desktop.tasks.comparison import share_of
from desktop.tasks.details import WHOLE, CellCard
from desktop.tasks.evidence import lit_in, spot_of
from desktop.tasks.run_facts import duration
from desktop.tasks.run_view import RunView
from desktop.theme.theme import Theme
from engine.errors import ProfileUnavailable
from engine.tasks.values import (
    Column,
    Comparison,
    Exporting,
    Item,
    LineId,
    Quote,
    RowsStored,
    RunCounts,
    RunEnded,
    RunSource,
    StoredLine,
)
from tests.desktop.tasks.opened import at, buttons, failing, press, shown, tickets, triage
from tests.fakes.scripts import Gate
from tests.fakes.task_runs import FakeRuns, cell, difference, ticket

OpenRun = Callable[..., RunView]


def waiting(first: int, last: int) -> list[StoredLine]:
    return [ticket(number, "waiting") for number in range(first, last)]


def facts(view: RunView) -> str:
    parts = (view._facts._done.text(), view._facts._total.text(), view._facts._others.whole)
    return " ".join(" ".join(parts).split())


# --- how far it is -----------------------------------------------------------------------------------------


def test_a_running_run_says_how_far_how_quick_and_how_long_yet(runs: FakeRuns, open_run: OpenRun) -> None:
    run = triage(runs, [*tickets(9), *waiting(9, 20)], state="running")
    view = open_run(run)
    assert facts(view) == "9 of 20 rows"
    counts = runs.put_line(run, ticket(9))
    view.take(RowsStored(run, (9,), counts, 1_240.4, 180))
    assert facts(view) == "10 of 20 rows 1,240 rows/min 3 min left"
    assert (view._facts._bar.value(), view._facts._bar.maximum()) == (10, 20)
    assert view._facts._review.text() == "2 need review"


def test_a_row_that_comes_is_shown_where_it_waited(runs: FakeRuns, open_run: OpenRun) -> None:
    run = triage(runs, [*tickets(3), *waiting(3, 9)], state="running")
    view = open_run(run)
    view.table.go_to(LineId(4), "urgency")
    assert view.table.lines.index(3, 2).data() == ""
    counts = runs.put_line(run, ticket(3))
    view.take(RowsStored(run, (3,), counts, 60, None))
    assert view.table.lines.index(3, 2).data() == "support"
    assert at(view) == (4, "urgency")


def test_events_of_another_run_change_nothing(runs: FakeRuns, open_run: OpenRun) -> None:
    view = open_run(triage(runs))
    before = facts(view)
    view.take(RowsStored(99, (1,), RunCounts(50, 3), 9, 9))
    view.take(RunEnded(99, "paused", RunCounts(50, 3)))
    assert facts(view) == before


def test_it_can_be_paused_and_resumed(qtbot: QtBot, runs: FakeRuns, open_run: OpenRun) -> None:
    run = triage(runs, [*tickets(3), *waiting(3, 9)], state="running")
    view = open_run(run)
    with qtbot.waitSignal(view.pause_asked) as asked:
        buttons(view.head)["Pause"].click()
    assert asked.args == [run]
    assert not buttons(view.head)["Stopping…"].isEnabled()
    runs.change_run(run, state="paused", reason="The model needs more memory.")
    view.take(RunEnded(run, "paused", runs.run(run).counts, "The model needs more memory."))
    assert facts(view) == "3 of 9 rows Paused"
    assert view._facts._why.whole == "The model needs more memory."  # in a line of its own, never cut
    with qtbot.waitSignal(view.resume_asked) as asked:
        buttons(view.head)["Resume"].click()
    assert asked.args == [run]
    counts = runs.put_line(run, ticket(3))
    view.take(RowsStored(run, (3,), counts, 60, None))
    assert "Pause" in buttons(view.head)


def test_a_run_that_is_deleted_while_it_ends_is_no_failure(runs: FakeRuns, open_run: OpenRun) -> None:
    run = triage(runs, state="running")
    view = open_run(run)
    counts = runs.run(run).counts
    runs.remove_run(run)
    view.take(RunEnded(run, "paused", counts))
    assert facts(view).startswith("9 rows")


def test_a_finished_run_says_how_long_it_took_and_what_it_cost(runs: FakeRuns, open_run: OpenRun) -> None:
    view = open_run(triage(runs, cost=125_000))
    assert facts(view) == "9 rows done in 8 min €0.12"
    assert view._facts._bar.isHidden()
    assert {"Pause", "Resume"}.isdisjoint(buttons(view.head))
    assert [duration(each) for each in (0.2, 80, 600, 9_000)] == ["1 s", "80 s", "10 min", "2.5 h"]


def test_money_is_not_spoken_of_where_nothing_was_spent(runs: FakeRuns, open_run: OpenRun) -> None:
    assert "€" not in facts(open_run(triage(runs)))


def test_several_lines_of_an_input_come_in_between_without_moving_the_person(
    qtbot: QtBot, runs: FakeRuns, open_run: OpenRun
) -> None:
    run = triage(runs, [*tickets(3), *waiting(3, 9)], state="running")
    view = open_run(run)
    view.table.go_to(LineId(4), "urgency")
    for line in (LineId(3), LineId(3, 1), LineId(3, 2)):
        counts = runs.put_line(run, replace(ticket(3), id=line))
    view.take(RowsStored(run, (3,), counts, 60, None))
    qtbot.waitUntil(lambda: view.table.lines.rowCount() == 11)
    assert at(view) == (4, "urgency")
    assert view.table.currentIndex().row() == 6


def test_lines_of_a_filter_come_while_it_runs_and_none_leaves(
    qtbot: QtBot, runs: FakeRuns, open_run: OpenRun
) -> None:
    run = triage(runs, [*tickets(9), *waiting(9, 18)], state="running")
    view = open_run(run)
    view.filters.choose("review")
    press(view, "3")
    counts = runs.put_line(run, ticket(11))
    view.take(RowsStored(run, (11,), counts, 60, None))
    qtbot.waitUntil(lambda: view.table.lines.rowCount() == 3)
    assert shown(view) == ["T-1044", "T-1047", "T-1053"]
    assert at(view)[0] == 5


# --- which lines -------------------------------------------------------------------------------------------


def test_filters_show_their_lines_and_numbers(runs: FakeRuns, open_run: OpenRun) -> None:
    lines = [*tickets(9), failing(9), failing(10)]
    run = triage(runs, lines)
    runs.correct(run, LineId(0), "category", "support")
    view = open_run(run)
    assert {"All", "Needs review 2", "Corrected 1", "Failed 2"} <= set(buttons(view.filters))
    seen = {}
    for which in ("review", "corrected", "failed", "all"):
        view.filters.choose(which)  # type: ignore[arg-type]
        seen[which] = len(shown(view))
    assert seen == {"review": 2, "corrected": 1, "failed": 2, "all": 11}


def test_the_line_at_hand_stays_at_hand_when_the_filter_holds_it(runs: FakeRuns, open_run: OpenRun) -> None:
    view = open_run(triage(runs))
    view.table.go_to(LineId(5), "urgency")
    view.filters.choose("review")
    assert at(view) == (5, "urgency")
    view.filters.choose("all")
    assert at(view) == (5, "urgency")


def test_a_search_finds_lines_and_says_when_there_is_none(
    qtbot: QtBot, runs: FakeRuns, open_run: OpenRun
) -> None:
    view = open_run(triage(runs))
    QTest.keyClicks(view.filters.search, "invoice")
    qtbot.waitUntil(lambda: shown(view) == ["T-1043", "T-1048"])
    view.filters.search.setText("<b>zebra</b>")
    view.filters._search_now()
    assert shown(view) == []
    assert view.table._words == "Nothing here holds “<b>zebra</b>”."
    assert view.bar.isHidden()
    assert not view.table.isHidden()


def test_the_review_keeps_to_what_was_searched_for(runs: FakeRuns, open_run: OpenRun) -> None:
    view = open_run(triage(runs, tickets(18)))
    view.filters.search.setText("thanks")
    view.filters._search_now()
    assert at(view)[0] == 5
    press(view, "j")
    assert at(view)[0] == 14
    press(view, "j")
    assert at(view)[0] == 5


def test_empty_filters_say_so(runs: FakeRuns, open_run: OpenRun) -> None:
    view = open_run(triage(runs, tickets(2)))
    words = []
    for which in ("review", "corrected", "failed"):
        view.filters.choose(which)  # type: ignore[arg-type]
        words.append(view.table._words)
    assert words == ["Nothing needs review.", "You have corrected nothing yet.", "Nothing has failed."]
    assert view.table.accessibleDescription() == "Nothing has failed."


def test_failed_rows_can_all_be_tried_again(qtbot: QtBot, runs: FakeRuns, open_run: OpenRun) -> None:
    run = triage(runs, [*tickets(2), failing(2), failing(3)])
    view = open_run(run)
    assert "Try all failed again" not in buttons(view.filters)
    view.filters.choose("failed")
    with qtbot.waitSignal(view.resume_asked) as asked:
        buttons(view.filters)["Try all failed again"].click()
    assert asked.args == [run]
    assert runs.calls == [("retry_rows", None)]
    assert "Failed 0" in buttons(view.filters)


# --- columns -----------------------------------------------------------------------------------------------


def test_columns_that_the_recipe_does_not_read_are_folded_away(runs: FakeRuns, open_run: OpenRun) -> None:
    names = tuple(f"column {number}" for number in range(12))
    lines = [StoredLine(LineId(0), Item("0", "0", dict.fromkeys(names, "x")), "done", cells=ticket(0).cells)]
    source = RunSource(("/t.csv",), columns={"text": "column 7"})
    view = open_run(triage(runs, lines, input_columns=names, source=source))
    folded = [name for number, name in enumerate(names) if view.table.isColumnHidden(number)]
    assert set(names) - set(folded) == {"column 0", "column 7"}
    menu = view.table.columns_menu()
    next(action for action in menu.actions() if action.text() == "column 3").trigger()
    menu.deleteLater()
    assert not view.table.isColumnHidden(3)


def test_columns_fill_the_table_and_keep_the_width_that_the_person_gave(
    runs: FakeRuns, open_run: OpenRun
) -> None:
    view = open_run(triage(runs))
    header = view.table.horizontalHeader()
    assert header.length() == view.table.viewport().width()
    header.resizeSection(2, 222)
    view.resize(1_200, 700)
    QApplication.processEvents()
    assert header.sectionSize(2) == 222


def test_a_narrow_table_leaves_out_who_was_how_sure(runs: FakeRuns, open_run: OpenRun) -> None:
    view = open_run(triage(runs), width=600)
    assert [view.table.isColumnHidden(number) for number in range(6)] == [False] * 4 + [True] * 2


def test_the_table_is_painted_at_twice_the_text_size(runs: FakeRuns, open_run: OpenRun, theme: Theme) -> None:
    view = open_run(triage(runs))
    before = view.table.rowHeight(0)
    theme.set_scale(2.0)
    try:
        QApplication.processEvents()
        assert view.table.rowHeight(0) == 2 * before
        assert not view.grab().isNull()
    finally:
        theme.set_scale(1.0)


def test_a_cell_is_copied_whole(runs: FakeRuns, open_run: OpenRun) -> None:
    text = "word " * 300
    line = replace(ticket(0), item=Item("0", "T", {"id": "T", "message": text}))
    view = open_run(triage(runs, [line]))
    view.table.setCurrentIndex(view.table.lines.index(0, 1))
    QTest.keyClick(view.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == text


# --- details -----------------------------------------------------------------------------------------------


def cards(view: RunView) -> dict[str, CellCard]:
    QApplication.processEvents()
    return dict(view.details._cards)


def test_a_click_on_a_value_shows_everything_about_its_line(
    qtbot: QtBot, runs: FakeRuns, open_run: OpenRun
) -> None:
    view = open_run(triage(runs))
    place = view.table.visualRect(view.table.lines.index(2, 2)).center()
    qtbot.mouseClick(view.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert not view.details.isHidden()
    assert list(cards(view)) == ["category", "urgency"]
    text, whole = view.details._inputs["message"]
    assert whole == "Wi-Fi is fine but the bill says 2 GB over the limit?"
    assert [whole[a:b] for a, b in text._lit] == ["the bill says 2 GB over"]
    assert view.escape()
    assert view.details.isHidden()
    assert not view.escape()


def test_a_click_on_an_input_only_moves_there(qtbot: QtBot, runs: FakeRuns, open_run: OpenRun) -> None:
    view = open_run(triage(runs))
    place = view.table.visualRect(view.table.lines.index(4, 1)).center()
    qtbot.mouseClick(view.table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert at(view) == (4, "")
    assert view.details.isHidden()


def test_details_follow_the_review(runs: FakeRuns, open_run: OpenRun) -> None:
    view = open_run(triage(runs))
    press(view, Qt.Key.Key_Space, "j")
    assert view.details.line is not None
    assert view.details.line.id == LineId(5)
    press(view, Qt.Key.Key_Space)
    assert view.details.isHidden()


def test_in_a_narrow_window_details_take_the_tables_place_and_the_keys_work_on(
    runs: FakeRuns, open_run: OpenRun
) -> None:
    view = open_run(triage(runs), width=640)
    press(view, Qt.Key.Key_Space)
    assert not view.table.isVisible()
    assert view.details.isVisible()
    QTest.keyClick(view, Qt.Key.Key_J)
    assert view.details.line is not None
    assert view.details.line.id == LineId(5)
    QTest.keyClick(view, Qt.Key.Key_3)
    view.escape()
    assert view.table.isVisible()
    assert view.table.hasFocus()


def test_evidence_in_a_document_opens_it_at_its_page(qtbot: QtBot, runs: FakeRuns, open_run: OpenRun) -> None:
    said = Quote("ends on 31 December", 120, 139, page=7)
    item = Item("/c/lease.pdf", "lease.pdf", path="/c/lease.pdf")
    end = cell("end", "2026-12-31", 0.5, doubts=("unsure",), evidence=(said,))
    line = StoredLine(LineId(0), item, "done", cells={"end": end})
    view = open_run(runs.add_run([line], (Column("end", "date"),), input_columns=()))
    with qtbot.waitSignal(view.source_asked) as asked:
        view.bar._evidence.click()
    spot = asked.args[0]
    assert (spot.path, spot.source.page, spot.source.start, spot.source.end, spot.source.text) == (
        "/c/lease.pdf", 7, 120, 139, "ends on 31 December",
    )  # fmt: skip
    press(view, Qt.Key.Key_Space)
    link = next(b for text, b in buttons(view.details).items() if "ends on 31 December" in text)
    assert link.text() == "“ends on 31 December” · page 7"
    with qtbot.waitSignal(view.source_asked):
        link.click()
    with qtbot.waitSignal(view.source_asked):
        buttons(view.details)["Open the document"].click()


def test_evidence_in_a_row_is_lit_in_its_text(runs: FakeRuns, open_run: OpenRun) -> None:
    view = open_run(triage(runs))
    view.bar._evidence.click()
    assert not view.details.isHidden()
    text, whole = view.details._inputs["message"]
    assert [whole[a:b] for a, b in text._lit] == ["the bill says 2 GB over"]


def test_a_replys_evidence_is_in_another_document() -> None:
    reply = Quote("30 days", 5, 12, page=2, path="/m/manual.pdf")
    spot = spot_of(ticket(0), reply)
    assert spot is not None
    assert (spot.source.document, spot.path, spot.source.page) == ("manual.pdf", "/m/manual.pdf", 2)
    assert spot_of(ticket(0), Quote("x", 0, 1, column="message")) is None


def test_evidence_whose_words_stand_elsewhere_lights_nothing() -> None:
    quotes = [Quote("two", 0, 3, column="c"), Quote("two", 4, 7, column="c"), Quote("one", 0, 3, column="d")]
    assert lit_in(quotes, "c", "one two") == [(4, 7)]


def test_a_very_long_text_is_shown_around_its_evidence_until_all_is_asked_for(
    runs: FakeRuns, open_run: OpenRun
) -> None:
    long = "filler " * 8_000
    long = f"{long}the needle{long}"
    start = long.index("the needle")
    line = replace(ticket(0), item=Item("0", "T", {"id": "T", "message": long}))
    said = Quote("the needle", start, start + 10, column="message")
    line = replace(line, cells={"category": cell("category", "billing", evidence=(said,))})
    view = open_run(triage(runs, [line]))
    press(view, Qt.Key.Key_Space)
    text, _ = view.details._inputs["message"]
    assert len(text._text) <= WHOLE
    assert [text._text[a:b] for a, b in text._lit] == ["the needle"]
    buttons(view.details)[f"Show all {len(long):,} characters"].click()
    assert len(text._text) == len(long.rstrip())


def test_details_say_who_did_it_and_what_could_not_be_done(runs: FakeRuns, open_run: OpenRun) -> None:
    line = replace(ticket(0), notes=("3 of 14 pages could not be read.",))
    view = open_run(triage(runs, [line]))
    press(view, Qt.Key.Key_Space)
    said = " ".join(each.text() for each in view.details.findChildren(type(view._facts._done)))
    for words in (
        "Qwen2.5 1.5B · 0.8 s",
        "Your examples · confidence 0.98",
        "3 of 14 pages could not be read.",
    ):
        assert words in said


def test_foreign_text_in_details_is_plain(runs: FakeRuns, open_run: OpenRun) -> None:
    hostile = "<img src='file:///etc/passwd'><b>bold</b>"
    line = replace(ticket(0), item=Item("0", hostile, {"id": hostile, "message": hostile * 3}))
    line = replace(line, cells={"category": cell("category", hostile, evidence=())}, notes=(hostile,))
    view = open_run(triage(runs, [line], recipe_name=hostile))
    press(view, Qt.Key.Key_Space)
    QApplication.processEvents()
    text, _ = view.details._inputs["message"]
    assert "<b>bold</b>" in text.toPlainText()
    for each in view.findChildren(type(view._facts._done)):
        assert each.textFormat() == Qt.TextFormat.PlainText


# --- export ------------------------------------------------------------------------------------------------


def test_export_asks_for_the_file_and_says_when_it_is_there(
    qtbot: QtBot, runs: FakeRuns, open_run: OpenRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []

    def choose(_: object, __: str, suggested: str, ___: str) -> tuple[str, str]:
        asked.append(suggested)
        return str(tmp_path / "out"), ""

    monkeypatch.setattr(exporting.QFileDialog, "getSaveFileName", choose)
    run = triage(runs)
    view = open_run(run)
    menu = view.head.export.menu_of_forms()
    with qtbot.waitSignals([view.said, view.exported]):
        next(action for action in menu.actions() if action.text() == "CSV").trigger()
    menu.deleteLater()
    assert [Path(each).name for each in asked] == ["Support triage tickets-october.csv"]
    assert Path(asked[0]).is_absolute()
    assert runs.calls == [("export_run", (run, tmp_path / "out.csv"))]
    assert view.head.export.text() == "Export"


def test_the_file_that_the_rows_come_from_is_never_written(
    qtbot: QtBot, runs: FakeRuns, open_run: OpenRun, tmp_path: Path
) -> None:
    tickets_file = tmp_path / "tickets.csv"
    tickets_file.write_text("id,message\n")
    view = open_run(triage(runs, source=RunSource((str(tickets_file),))))
    other_name = tmp_path / "sub" / ".." / "tickets.csv"
    (tmp_path / "sub").mkdir()
    with qtbot.waitSignal(view.said) as said:
        view.head.export.write(other_name)
    assert said.args == ["The rows come from that file, and it stays as it is. Choose another name."]
    assert runs.calls == []
    assert not view.head.export.is_writing


def test_export_says_how_far_it_is_and_can_be_stopped(
    qtbot: QtBot, runs: FakeRuns, open_run: OpenRun, tmp_path: Path
) -> None:
    gate, unreached = Gate(), RuntimeError("it went on")
    runs.export_steps = [Exporting(1, 4), gate, Exporting(2, 4), unreached]
    view = open_run(triage(runs))
    export = view.head.export
    export.write(tmp_path / "out.csv")
    qtbot.waitUntil(lambda: export.text() == "Stop · 25 %")
    export.click()
    assert export.text() == "Stopping…"
    with qtbot.waitSignal(export.stopped):
        gate.open()
    assert export.text() == "Export"


def test_an_export_that_fails_says_why(
    qtbot: QtBot, runs: FakeRuns, open_run: OpenRun, tmp_path: Path
) -> None:
    error = ProfileUnavailable(str(tmp_path), "the disk is full")
    runs.export_steps = [Exporting(0, 9), error]
    view = open_run(triage(runs))
    with qtbot.waitSignal(view.failed) as failed:
        view.head.export.write(tmp_path / "out.csv")
    assert failed.args == [error]
    assert view.head.export.text() == "Export"


# --- comparison --------------------------------------------------------------------------------------------


def test_two_runs_are_compared_and_a_difference_leads_to_its_line(
    qtbot: QtBot, runs: FakeRuns, open_run: OpenRun
) -> None:
    run = triage(runs)
    other = triage(runs, model="Granite 3B")
    triage(runs, recipe_id=8)
    runs.comparison = Comparison(18, 16, (difference(4, "category", "network", None),
                                          difference(7, "urgency", "normal", "high")))  # fmt: skip
    view = open_run(run)
    view.filters.choose("review")
    menu = view.head.compare_menu()
    assert len(menu.actions()) == 1
    assert "Granite 3B" in menu.actions()[0].text()
    menu.actions()[0].trigger()
    menu.deleteLater()
    table = view.comparison.table
    qtbot.waitUntil(lambda: table.differences.rowCount() == 2)
    assert view.comparison.share == "16 of 18 cells are the same (88.9 %)"
    assert runs.calls == [("compare_runs", (run, other))]
    assert [table.differences.index(1, column).data() for column in range(4)] == [
        "T-1049", "urgency", "normal", "high",
    ]  # fmt: skip
    assert table.differences.index(0, 3).data() == ""
    table.setCurrentIndex(table.differences.index(1, 0))
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert at(view)[0] == 7
    assert not view.details.isHidden()


def test_escape_leaves_the_comparison(qtbot: QtBot, runs: FakeRuns, open_run: OpenRun) -> None:
    view = open_run(triage(runs))
    view.compare(triage(runs))
    qtbot.waitUntil(lambda: "no cell in common" in view.comparison.share)
    press(view, "3")
    assert runs.calls[0][0] == "compare_runs" and len(runs.calls) == 1
    assert view.escape()
    assert not view.escape()


def test_a_run_without_another_offers_no_comparison(runs: FakeRuns, open_run: OpenRun) -> None:
    view = open_run(triage(runs))
    menu = view.head.compare_menu()
    assert [(each.text(), each.isEnabled()) for each in menu.actions()] == [
        ("There is no other run of this recipe yet", False)
    ]
    menu.deleteLater()


def test_all_is_not_said_to_be_the_same_while_one_cell_differs() -> None:
    assert share_of(Comparison(100_000, 99_999, ())).endswith("(99.9 %)")
    assert share_of(Comparison(10, 10, ())).endswith("(100 %)")


# --- another run -------------------------------------------------------------------------------------------


def test_another_run_begins_with_all_lines_and_nothing_to_take_back(
    runs: FakeRuns, open_run: OpenRun
) -> None:
    first, second = triage(runs), triage(runs, tickets(3))
    view = open_run(first)
    press(view, "3")
    view.filters.choose("review")
    press(view, Qt.Key.Key_Space)
    view.show_run(second)
    assert shown(view) == ["T-1042", "T-1043", "T-1044"]
    assert view.details.isHidden()
    calls = len(runs.calls)
    press(view, "u")
    assert len(runs.calls) == calls


def test_a_run_opens_at_a_line_that_is_named(runs: FakeRuns, open_run: OpenRun) -> None:
    view = open_run(triage(runs))
    view.show_run(1, at=LineId(7))
    assert at(view)[0] == 7


def test_the_sidebar_can_be_brought_back(qtbot: QtBot, runs: FakeRuns, open_run: OpenRun) -> None:
    view = open_run(triage(runs))
    view.set_sidebar_button(True)
    with qtbot.waitSignal(view.sidebar_asked):
        view.head._sidebar.click()
    view.set_sidebar_button(False)
    assert view.head._sidebar.isHidden()
