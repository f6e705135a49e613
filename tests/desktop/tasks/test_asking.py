"""desktop/tasks/asking.py and what the page of a run shows of it: the offer, how far it is, what came."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from desktop.lanes import Lane
from desktop.tasks.asking import Asked, Asking
from desktop.tasks.asking_sheet import amount_words, parts_of, title_of, warnings_of
from desktop.tasks.details import CellCard
from desktop.tasks.run_view import RunView
from desktop.tasks.table_model import hint_of, spoken
from desktop.theme.theme import Theme
from engine.errors import AskingOff
from engine.tasks.values import LineId, RowsAsked, RunEnded, StoredCell, StoredLine
from tests.desktop.task_run_states import escalation
from tests.desktop.tasks.opened import buttons, tickets, triage
from tests.fakes.scripts import Gate
from tests.fakes.task_runs import FakeRuns, ticket

OpenRun = Callable[..., RunView]


def answered(number: int = 2, value: str = "network") -> StoredLine:
    """A ticket in doubt, about which a provider was asked."""
    line = ticket(number)
    kept = line.cells["category"].cell
    said = StoredCell(replace(kept, value=value, tier="frontier", doubts=()), local=kept, model="gpt-x")
    return replace(line, cells={**line.cells, "category": said}, cost=5_600)


@pytest.fixture
def lanes() -> Iterator[tuple[Lane, Lane]]:
    made = Lane("asking"), Lane("errands")
    yield made
    for lane in made:
        assert lane.close()
        lane.deleteLater()


# --- the offer ---------------------------------------------------------------------------------------------


def test_a_provider_is_offered_for_what_is_in_doubt(qtbot: QtBot, runs: FakeRuns, open_run: OpenRun) -> None:
    runs.provider = "Anthropic"
    run = triage(runs)
    view = open_run(run)
    with qtbot.waitSignal(view.ask_asked) as asked:
        buttons(view)["Ask Anthropic about 2 cells…"].click()
    assert asked.args == [run, None]


def test_nothing_is_offered_where_no_provider_may_be_asked(runs: FakeRuns, open_run: OpenRun) -> None:
    view = open_run(triage(runs))
    assert not [words for words in buttons(view) if words.startswith("Ask")]


def test_one_line_is_asked_about_from_the_review_bar(qtbot: QtBot, runs: FakeRuns, open_run: OpenRun) -> None:
    runs.provider = "Anthropic"
    run = triage(runs)
    view = open_run(run)
    view.table.go_to(LineId(5), "category")
    with qtbot.waitSignal(view.ask_asked) as asked:
        buttons(view.bar)["Ask Anthropic about this one"].click()
    assert asked.args == [run, [LineId(5)]]
    view.table.go_to(LineId(0), "category")
    assert "Ask Anthropic about this one" not in buttons(view.bar)


def test_while_it_is_asked_it_says_how_far_and_can_be_stopped(
    qtbot: QtBot, runs: FakeRuns, open_run: OpenRun
) -> None:
    runs.provider = "Anthropic"
    run = triage(runs)
    view = open_run(run)
    view.show_asking(Asked(run, "Anthropic", 1, 2))
    shown = buttons(view)
    assert "Ask Anthropic about 2 cells…" not in shown
    assert view._facts._cloud.text() == "Asking Anthropic…  1 of 2"
    with qtbot.waitSignal(view.ask_stop_asked) as asked:
        shown["Stop"].click()
    assert asked.args == [run]
    view.show_asking(Asked(run, "Anthropic", 1, 2, stopping=True))
    assert not buttons(view)["Stop"].isEnabled()
    view.show_asking(None)
    assert "Ask Anthropic about 2 cells…" in buttons(view)


def test_why_lines_wait_stands_on_a_line_of_its_own(runs: FakeRuns, open_run: OpenRun) -> None:
    run = triage(runs, asks=214, asks_reason="This run's budget of €5.00 is used up")
    view = open_run(run)
    assert view._facts._why.whole == "This run's budget of €5.00 is used up: 214 lines wait."
    assert not view._facts._why.isHidden()


# --- what came ---------------------------------------------------------------------------------------------


def test_what_came_is_shown_where_it_belongs_with_what_was_there(runs: FakeRuns, open_run: OpenRun) -> None:
    runs.provider = "Anthropic"
    run = triage(runs)
    view = open_run(run)
    view.table.go_to(LineId(2), "category")
    counts = runs.put_line(run, answered())
    view.take(RowsAsked(run, (2,), counts, 1, 2, 5_600))
    line = view.table.current
    assert line is not None
    column = view.table.lines.columns[2]
    assert hint_of(line, column) == "From the cloud (GPT X). It was “billing”."
    assert spoken(line, column) == "category: network, from the cloud"
    assert "€0.01" in view._facts._others.whole
    assert view._facts._review.text() == "1 needs review"
    assert "From the cloud 1" in buttons(view.filters)


def test_the_filter_for_the_cloud_is_there_once_something_came_from_it(
    runs: FakeRuns, open_run: OpenRun
) -> None:
    assert "From the cloud 0" not in buttons(open_run(triage(runs)).filters)
    view = open_run(triage(runs, [*tickets(2), answered()]))
    view.filters.choose("cloud")
    assert view.table.lines.ids == [LineId(2)]


def test_the_details_say_who_said_it_and_put_it_back(runs: FakeRuns, open_run: OpenRun) -> None:
    run = triage(runs, [*tickets(2), answered()])
    view = open_run(run)
    view.table.go_to(LineId(2), "category")
    view.body.open_details()
    card = view.details.findChildren(CellCard)[0]
    said = " ".join(label.text() for label in card.findChildren(QLabel))
    assert "From the cloud (GPT X). It was “billing”." in said.replace("\u200b", "")
    assert "Cloud model · GPT X" in said
    everything = " ".join(label.text() for label in view.details.findChildren(QLabel))
    assert "cloud €0.01" in everything
    buttons(card)["Put it back"].click()
    assert runs.calls[-1] == ("undo_correction", (LineId(2), "category"))
    (line,) = runs.lines(run, [LineId(2)])
    assert line.cells["category"] == ticket(2).cells["category"]
    assert view._facts._review.text() == "1 needs review"


def test_u_takes_back_what_a_provider_said(runs: FakeRuns, open_run: OpenRun) -> None:
    from tests.desktop.tasks.opened import press, value

    run = triage(runs, [*tickets(2), answered()])
    view = open_run(run)
    view.table.go_to(LineId(2), "category")
    press(view, "u")
    assert value(runs, run, 2, "category") == "billing"


# --- the sheet ---------------------------------------------------------------------------------------------


def money(amount: int) -> str:
    return f"€{amount / 1_000_000:.2f}"


def test_the_sheet_says_how_many_for_how_much_of_what_is_left(theme: Theme) -> None:
    plan = escalation()
    assert title_of(plan) == "Ask Anthropic about 37 cells?"
    assert amount_words(plan, money) == (
        "37 cells in 37 lines, in about 37 questions to Claude Sonnet 5. That costs about €0.21; €4.79 of the"
        " budget is left."
    )
    assert warnings_of(plan) == []


def test_the_sheet_shows_the_first_question_word_for_word(theme: Theme) -> None:
    from desktop.preview_sheet.sent_text import SentText

    plan = escalation()
    parts = parts_of(plan, theme, money)
    texts = [shown for part in parts for shown in part.findChildren(SentText)]
    assert plan.first is not None
    assert [shown._text for shown in texts] == [message.text for message in plan.first.sent]
    for part in parts:
        part.deleteLater()


def test_too_little_money_and_what_stays_here_is_said_before(theme: Theme) -> None:
    plan = escalation(
        fits=12, left_out=3, reasons=("the collection “Clients” may never leave this computer",)
    )
    few, kept = warnings_of(plan)
    assert "about 12 of them" in few
    assert kept == "About 3 inputs will not be sent: the collection “Clients” may never leave this computer."


def test_why_nobody_can_be_asked_is_all_that_is_shown(theme: Theme) -> None:
    plan = escalation(blocked="No provider is chosen.", provider="")
    assert title_of(plan) == "Nobody can be asked"
    (said,) = parts_of(plan, theme, money)
    assert isinstance(said, QLabel)
    assert said.text() == "No provider is chosen."
    said.deleteLater()


# --- driving it --------------------------------------------------------------------------------------------


def test_it_is_planned_begun_and_ends(qtbot: QtBot, runs: FakeRuns, lanes: tuple[Lane, Lane]) -> None:
    run = triage(runs)
    runs.plan = escalation(2)
    counts = runs.run(run).counts
    runs.asking = [
        RowsAsked(run, (), counts, 0, 2, 0),
        RowsAsked(run, (2,), counts, 1, 2, 900),
        RunEnded(run, "done", counts),
    ]
    asking = Asking(runs, *lanes)  # type: ignore[arg-type]
    with qtbot.waitSignal(asking.planned) as planned:
        asking.plan(run, None)
    seen: list[Asked | None] = []
    asking.moved.connect(lambda run_id: seen.append(asking.of(run_id)))
    with qtbot.waitSignal(asking.ended) as ended:
        asking.begin(planned.args[0])
    qtbot.waitUntil(lambda: asking.of(run) is None)
    assert ended.args[0].state == "done"
    assert [(each.done, each.cost) for each in seen if each is not None] == [(0, 0), (0, 0), (1, 900)]
    assert seen[-1] is None
    assert ("escalate", (run, runs.plan.lines)) in runs.calls


def test_offline_a_press_goes_online_before_anybody_is_asked(
    qtbot: QtBot, runs: FakeRuns, lanes: tuple[Lane, Lane]
) -> None:
    run = triage(runs)
    runs.asking = [RunEnded(run, "done", runs.run(run).counts)]
    asking = Asking(runs, *lanes)  # type: ignore[arg-type]
    asking.is_online = lambda: False
    asking.go_online = lambda: runs.calls.append(("go online", ()))
    with qtbot.waitSignal(asking.ended):
        asking.begin(escalation(2))
    qtbot.waitUntil(lambda: asking.of(run) is None)
    assert [name for name, _ in runs.calls if name in ("go online", "escalate")] == ["go online", "escalate"]


def test_it_is_begun_once_and_stopped(qtbot: QtBot, runs: FakeRuns, lanes: tuple[Lane, Lane]) -> None:
    run = triage(runs)
    plan = escalation(2)
    gate = Gate()
    runs.asking = [RowsAsked(run, (), runs.run(run).counts, 0, 2, 0), gate]
    asking = Asking(runs, *lanes)  # type: ignore[arg-type]
    asking.begin(plan)
    asking.begin(plan)
    qtbot.waitUntil(gate.reached.is_set)
    asking.stop(run)
    stopping = asking.of(run)
    assert stopping is not None
    assert stopping.stopping
    qtbot.waitUntil(lambda: asking.of(run) is None)
    assert [name for name, _ in runs.calls] == ["escalate"]


def test_a_failure_is_said_and_leaves_nothing_under_way(
    qtbot: QtBot, runs: FakeRuns, lanes: tuple[Lane, Lane], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> Iterator[object]:
        raise AskingOff("No provider is chosen.")

    run = triage(runs)
    monkeypatch.setattr(runs, "escalate", refuse)
    asking = Asking(runs, *lanes)  # type: ignore[arg-type]
    with qtbot.waitSignal(asking.failed) as failed:
        asking.begin(escalation(2))
    assert str(failed.args[0]) == "No provider is chosen."
    assert asking.of(run) is None
