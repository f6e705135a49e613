"""engine/tasks/escalation.py on real stores, kinds and ledger; only the provider is scripted."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import (
    FrontierError,
    KeyRefused,
    ProviderBusy,
    ProviderUnreachable,
    RateLimited,
    ReplyBroken,
    ReplyRefused,
    RequestRefused,
)
from engine.tasks import running
from engine.tasks.asking_frontier import OTHER_LINES, Questions
from engine.tasks.escalation import HOPELESS, escalate
from engine.tasks.field_schema import LINES
from engine.tasks.kinds.registry import kind_of
from engine.tasks.recipe import Choice, Example, Field, Label, Recipe
from engine.tasks.runs import RunStore
from engine.tasks.values import (
    Cell,
    Column,
    Doubt,
    Item,
    Line,
    LineId,
    RowsAsked,
    RunEnded,
    RunEvent,
    RunSource,
    StoredLine,
)
from engine.usage.values import Limits, Origin
from rag.locating import Locator
from tests.fakes.frontier import Question, ScriptedFrontier, frontier_in
from tests.fakes.runs import finished
from tests.fakes.tasks import ScriptedTaskModel, never, row_text, tools

TRIAGE = Recipe(
    "Triage",
    "classify",
    choices=(
        Choice("category", (Label("network"), Label("billing"))),
        Choice("urgency", (Label("low"), Label("high"))),
    ),
)
INVOICES = Recipe("Invoices", "extract", fields=(Field("total", "amount"), Field("seller", required=True)))
LOCAL = Cell("urgency", "low", 0.95)
Escalate = Callable[..., list[RunEvent]]


def doubtful(category: str = "billing", *doubts: Doubt) -> Line:
    return (Cell("category", category, 0.4, doubts=doubts or ("unsure",)), LOCAL)


def always(label: str) -> Callable[[Question], str]:
    return lambda question: label


@pytest.fixture
def frontier(tmp_path: Path) -> Iterator[ScriptedFrontier]:
    made = frontier_in(tmp_path, always("network"))
    with closing(made.ledger):
        yield made


def run_of(
    runs: RunStore, lines: Sequence[Sequence[Line]], recipe: Recipe = TRIAGE, texts: Sequence[str] = ()
) -> int:
    """A run that is done: for each input its lines."""
    said = texts or [f"ticket {number}" for number in range(len(lines))]
    items = [Item(str(n), f"Row {n}", {"body": text}) for n, text in enumerate(said)]
    columns: Sequence[Column] = kind_of(recipe.kind).columns(recipe)
    run_id = runs.create(None, recipe, RunSource(), ("body",), columns, "t.csv", "tiny", items=items)
    runs.finish(run_id, [finished(row, *each) for row, each in enumerate(lines)])
    runs.set_state(run_id, "done")
    return run_id


def asked(
    runs: RunStore,
    run_id: int,
    frontier: ScriptedFrontier,
    lines: Sequence[LineId] | None = None,
    *,
    kept: Callable[[str], str] = lambda path: "",
    cancelled: Callable[[], bool] = never,
    in_flight: int = 4,
) -> list[RunEvent]:
    runs.put_asks(run_id, lines)
    run = runs.run(run_id)
    questions = Questions(
        run_id,
        runs.recipe(run_id),
        run.source,
        frontier,
        replace(tools(ScriptedTaskModel()), locate=Locator()),
        row_text,
        kept,
        lambda row: runs.lines_of_input(run_id, row),
        cancelled,
    )
    return list(escalate(runs, questions, lost=(), cancelled=cancelled, in_flight=in_flight))


def ended(events: Sequence[RunEvent]) -> RunEnded:
    assert isinstance(events[-1], RunEnded)
    return events[-1]


def line(runs: RunStore, run_id: int, row: int, place: int = 0) -> StoredLine:
    (found,) = runs.lines(run_id, [LineId(row, place)])
    return found


# --- what becomes of the cells -----------------------------------------------------------------------------


def test_only_cells_in_doubt_are_asked_about_and_what_was_there_is_kept(
    runs: RunStore, frontier: ScriptedFrontier
) -> None:
    run_id = run_of(runs, [[doubtful()], [(replace(doubtful()[0], doubts=()), LOCAL)]])
    events = asked(runs, run_id, frontier)
    assert ended(events).state == "done"
    cells = line(runs, run_id, 0).cells
    assert cells["category"].cell.value == "network"
    assert (cells["category"].cell.tier, cells["category"].model) == ("frontier", "gpt-x")
    assert cells["category"].local == doubtful()[0]
    assert cells["urgency"].cell == LOCAL
    assert cells["urgency"].local is None
    assert [question.row for question in frontier.questions] == [0], "one question: urgency was sure"
    counts = runs.run(run_id).counts
    assert (counts.review, counts.cloud) == (0, 1)
    assert runs.line_ids(run_id, "cloud") == [LineId(0)]


def test_a_line_is_found_by_what_the_provider_says(runs: RunStore, frontier: ScriptedFrontier) -> None:
    run_id = run_of(runs, [[doubtful()]])
    asked(runs, run_id, frontier)
    assert runs.line_ids(run_id, "all", "network") == [LineId(0)]
    assert runs.line_ids(run_id, "all", "billing") == []


def test_examples_that_vote_otherwise_do_not_overrule_the_provider(
    runs: RunStore, frontier: ScriptedFrontier
) -> None:
    examples = tuple(Example(f"ticket 0 about money {n}", {"category": "billing"}) for n in range(6))
    run_id = run_of(runs, [[doubtful()]], replace(TRIAGE, examples=examples))
    asked(runs, run_id, frontier)
    assert line(runs, run_id, 0).cells["category"].cell.value == "network"


def test_it_is_undone_and_asked_again_for_nothing(runs: RunStore, frontier: ScriptedFrontier) -> None:
    run_id = run_of(runs, [[doubtful()]])
    asked(runs, run_id, frontier)
    cost = runs.run(run_id).cost
    after = runs.undo(run_id, LineId(0), "category")
    assert after.cells["category"].cell == doubtful()[0]
    assert after.needs_review
    assert (runs.run(run_id).counts.review, runs.run(run_id).counts.cloud) == (1, 0)
    assert runs.to_ask(run_id) == [], "nobody asks twice by himself"
    asked(runs, run_id, frontier, [LineId(0)])
    assert line(runs, run_id, 0).cells["category"].cell.value == "network"
    assert (len(frontier.questions), runs.run(run_id).cost) == (1, cost)


def test_the_persons_corrections_and_what_they_found_right_stay(
    runs: RunStore, frontier: ScriptedFrontier
) -> None:
    run_id = run_of(runs, [[doubtful()], [doubtful()], [doubtful()]])
    runs.put_asks(run_id)
    runs.correct(run_id, LineId(0), "category", "billing")
    runs.accept(run_id, LineId(1))
    asked(runs, run_id, frontier, [])
    assert [question.row for question in frontier.questions] == [2]
    assert line(runs, run_id, 0).cells["category"].corrected
    assert line(runs, run_id, 1).cells["category"].cell.value == "billing"
    assert runs.run(run_id).asks == 0


def test_a_correction_made_while_the_question_was_out_stays(
    runs: RunStore, frontier: ScriptedFrontier
) -> None:
    run_id = run_of(runs, [[doubtful()]])

    def reply(question: Question) -> str:
        runs.correct(run_id, LineId(0), "category", "billing")
        return "network"

    frontier.reply = reply
    asked(runs, run_id, frontier)
    stored = line(runs, run_id, 0).cells["category"]
    assert (stored.cell.value, stored.corrected, stored.local) == ("billing", True, None)


def test_a_corrected_answer_of_the_provider_is_undone_to_it_and_then_to_the_local_one(
    runs: RunStore, frontier: ScriptedFrontier
) -> None:
    run_id = run_of(runs, [[doubtful()]])
    asked(runs, run_id, frontier)
    runs.correct(run_id, LineId(0), "category", "billing")
    assert runs.undo(run_id, LineId(0), "category").cells["category"].cell.value == "network"
    assert runs.undo(run_id, LineId(0), "category").cells["category"].cell == doubtful()[0]


def test_what_the_provider_says_is_held_against_the_text(runs: RunStore, frontier: ScriptedFrontier) -> None:
    local = (
        Cell("total", None, 0.3, doubts=("unsure",)),
        Cell("seller", None, 0.3, doubts=("missing",)),
    )
    texts = ["Invoice of Ada Ltd, total EUR 1,940.00", "Invoice of Ada Ltd, total EUR 1,940.00"]
    run_id = run_of(runs, [[local], [local]], INVOICES, texts)
    replies = {0: ("EUR 1,940.00", "Ada Ltd"), 1: ("EUR 2,000.00", "Bob Ltd")}

    def reply(question: Question) -> str:
        total, seller = replies[question.row]
        return json.dumps({"total": total, "seller": seller})

    frontier.reply = reply
    asked(runs, run_id, frontier)
    right, invented = line(runs, run_id, 0), line(runs, run_id, 1)
    assert right.cells["total"].cell.value == {"value": 1940.0, "currency": "EUR"}
    assert right.cells["total"].cell.evidence[0].text == "1,940.00"
    assert not right.needs_review
    assert invented.cells["total"].cell.doubts == ("not_in_text",)
    assert invented.needs_review
    assert invented.has_cloud
    assert runs.to_ask(run_id) == [], "it was asked about; what is in doubt still is for the person"


def test_of_several_lines_each_gets_what_belongs_to_it(runs: RunStore, frontier: ScriptedFrontier) -> None:
    recipe = Recipe("Items", "extract", fields=(Field("what"), Field("price", "number")), several_lines=True)
    text = "apples 3, pears 4, plums 5"
    local = [
        (Cell("what", "apples"), Cell("price", 3)),
        (Cell("what", "plums"), Cell("price", 9, 0.2, doubts=("not_in_text",))),
    ]
    run_id = run_of(runs, [local], recipe, [text])
    said = [("apples", "3"), ("pears", "4"), ("plums", "5")]
    found = [{"what": what, "price": price} for what, price in said]
    frontier.reply = lambda question: json.dumps({LINES: found})
    asked(runs, run_id, frontier)
    assert line(runs, run_id, 0, 0).cells["price"].cell.value == 3
    assert line(runs, run_id, 0, 1).cells["price"].cell.value == 5
    assert line(runs, run_id, 0, 1).cells["price"].cell.doubts == ()


def test_a_line_without_a_counterpart_says_so(runs: RunStore, frontier: ScriptedFrontier) -> None:
    recipe = Recipe("Items", "extract", fields=(Field("what"), Field("price", "number")), several_lines=True)
    local = [
        (Cell("what", "apples"), Cell("price", 3)),
        (Cell("what", "plums"), Cell("price", 9, 0.2, doubts=("not_in_text",))),
    ]
    run_id = run_of(runs, [local], recipe, ["apples 3"])
    frontier.reply = lambda question: json.dumps({LINES: [{"what": "apples", "price": "3"}]})
    asked(runs, run_id, frontier)
    assert line(runs, run_id, 0, 1).notes == (OTHER_LINES,)
    assert line(runs, run_id, 0, 1).cells["price"].cell.value == 9


# --- money -------------------------------------------------------------------------------------------------


def test_the_budget_stops_it_and_it_goes_on_when_there_is_more(
    runs: RunStore, frontier: ScriptedFrontier
) -> None:
    run_id = run_of(runs, [[doubtful()] for _ in range(40)])
    most = frontier.draft(Origin("task"), (), 16, labels=("network", "billing")).estimate.most
    assert most is not None
    frontier.ledger._choices.set_limits(Limits(run=10 * most))
    events = asked(runs, run_id, frontier)
    run = runs.run(run_id)
    assert ended(events).state == "paused"
    assert (
        ended(events).reason
        == f"This run's budget of {frontier.words(10 * most)} is used up: {run.asks} lines wait."
    )
    assert run.asks_reason
    assert 0 < run.asks < 40
    assert frontier.ledger.spent_on_run(run_id) == run.cost <= 10 * most
    assert run.cost + 2 * most > 10 * most, "it stopped long before"
    frontier.ledger._choices.set_limits(Limits())
    assert ended(asked(runs, run_id, frontier, [])).state == "done"
    run = runs.run(run_id)
    assert (run.asks, run.asks_reason, run.counts.cloud) == (0, "", 40)
    assert run.cost == frontier.ledger.spent_on_run(run_id)
    assert sum(each.cost for each in runs.lines(run_id, runs.line_ids(run_id))) == run.cost
    assert len(frontier.served) == 40


def test_one_input_costs_what_all_its_questions_cost(runs: RunStore, frontier: ScriptedFrontier) -> None:
    both = (doubtful()[0], replace(LOCAL, doubts=("unsure",)))
    run_id = run_of(runs, [[both]])
    frontier.reply = lambda question: question.labels[-1]
    asked(runs, run_id, frontier)
    assert len(frontier.questions) == 2
    assert (
        line(runs, run_id, 0).cost == runs.run(run_id).cost == frontier.ledger.paid(Origin("task", run_id, 0))
    )


# --- what goes wrong ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        ReplyRefused("OpenAI"),
        ReplyBroken("OpenAI"),
        RequestRefused("OpenAI", "too long", 413),
        ProviderUnreachable("OpenAI", "nothing came for 60 s", sent=True),
    ],
)
def test_what_concerns_one_input_leaves_its_cells_and_says_why(
    runs: RunStore, frontier: ScriptedFrontier, error: FrontierError
) -> None:
    run_id = run_of(runs, [[doubtful()] for _ in range(6)])
    frontier.reply = lambda question: error if question.row == 2 else "network"
    events = asked(runs, run_id, frontier)
    assert ended(events).state == "done"
    kept = line(runs, run_id, 2)
    assert kept.cells["category"].cell == doubtful()[0]
    (note,) = kept.notes
    assert str(error)[1:] in note
    assert note.endswith("What stood here stays.")
    assert runs.run(run_id).counts.cloud == 5
    assert len([question for question in frontier.questions if question.row == 2]) == 1


@pytest.mark.parametrize(
    "error",
    [
        RateLimited("OpenAI", retry_after_s=600.0),
        ProviderBusy("OpenAI", status=503),
        ProviderUnreachable("OpenAI", "no route"),
        KeyRefused("OpenAI"),
    ],
)
def test_what_concerns_all_stops_it_and_the_rest_waits(
    runs: RunStore, frontier: ScriptedFrontier, error: FrontierError
) -> None:
    run_id = run_of(runs, [[doubtful()] for _ in range(30)])
    frontier.reply = lambda question: error if question.number >= 10 else "network"
    end = ended(asked(runs, run_id, frontier))
    run = runs.run(run_id)
    assert (end.state, run.asks, run.counts.cloud) == ("paused", 20, 10)
    assert end.reason == f"{str(error)[:1].upper()}{str(error)[1:]}: 20 lines wait."
    frontier.reply = always("network")
    assert ended(asked(runs, run_id, frontier, [])).state == "done"
    assert runs.run(run_id).counts.cloud == 30


def test_inputs_that_are_all_refused_stop_it_before_each_was_tried(
    runs: RunStore, frontier: ScriptedFrontier
) -> None:
    run_id = run_of(runs, [[doubtful()] for _ in range(60)])
    frontier.reply = lambda question: RequestRefused("OpenAI", "no such model", 404)
    end = ended(asked(runs, run_id, frontier))
    assert end.state == "paused"
    assert len(frontier.questions) < HOPELESS + 4
    assert runs.run(run_id).asks == 60, "none of them was at fault itself"


def test_stopping_leaves_the_rest_waiting(runs: RunStore, frontier: ScriptedFrontier) -> None:
    run_id = run_of(runs, [[doubtful()] for _ in range(30)])
    stop = threading.Event()

    def reply(question: Question) -> str:
        if question.number >= 8:
            stop.set()
        return "network"

    frontier.reply = reply
    end = ended(asked(runs, run_id, frontier, cancelled=stop.is_set))
    run = runs.run(run_id)
    assert (end.state, end.reason) == ("paused", "")
    assert 0 < run.asks < 30
    assert ended(asked(runs, run_id, frontier, [])).state == "done"


def test_an_input_of_a_collection_kept_here_is_never_sent_and_says_so(
    runs: RunStore, frontier: ScriptedFrontier
) -> None:
    items = [Item(f"/d/{n}.txt", f"{n}.txt", {"body": f"ticket {n}"}, f"/d/{n}.txt") for n in range(3)]
    columns = kind_of("classify").columns(TRIAGE)
    run_id = runs.create(None, TRIAGE, RunSource(), (), columns, "d", "tiny", items=items)
    runs.finish(run_id, [finished(row, doubtful()) for row in range(3)])
    asked(runs, run_id, frontier, kept=lambda path: "Clients" if path == "/d/1.txt" else "")
    assert [question.row for question in frontier.questions] == [0, 2]
    (note,) = line(runs, run_id, 1).notes
    assert note == (
        "Not sent: the collection “Clients” may never leave this computer. What stood here stays."
    )


def test_progress_counts_lines_and_says_what_it_cost(runs: RunStore, frontier: ScriptedFrontier) -> None:
    run_id = run_of(runs, [[doubtful()] for _ in range(5)])
    events = [event for event in asked(runs, run_id, frontier) if isinstance(event, RowsAsked)]
    assert [(event.done, event.total) for event in events] == [(n, 5) for n in range(6)]
    assert events[-1].cost == runs.run(run_id).cost > 0


# --- what is asked -----------------------------------------------------------------------------------------


def test_lines_waiting_are_asked_the_same_way_after_a_restart(
    runs: RunStore, frontier: ScriptedFrontier
) -> None:
    both = (doubtful()[0], replace(LOCAL, doubts=("unsure",)))
    run_id = run_of(runs, [[both]])
    runs.put_asks(run_id)
    runs.correct(run_id, LineId(0), "urgency", "high")
    frontier.reply = lambda question: question.labels[0]
    asked(runs, run_id, frontier, [])
    assert len(frontier.questions) == 2, "the same words as before, whatever the person settled meanwhile"
    assert line(runs, run_id, 0).cells["urgency"].cell.value == "high"


def test_what_rules_filled_is_not_asked_about(runs: RunStore, frontier: ScriptedFrontier) -> None:
    ruled = Cell("total", None, 1.0, doubts=("missing",), tier="rules")
    run_id = run_of(runs, [[(ruled, Cell("seller", "Ada"))]], INVOICES)
    assert runs.cells_to_ask(run_id) == 0
    assert runs.put_asks(run_id) == 0
    assert runs.put_asks(run_id, [LineId(0)]) == 0


def test_asking_goes_with_its_line_when_that_is_done_anew(runs: RunStore, frontier: ScriptedFrontier) -> None:
    run_id = run_of(runs, [[doubtful()]])
    asked(runs, run_id, frontier)
    assert runs.retry(run_id, [0]) == 1
    runs.finish(run_id, [finished(0, doubtful())])
    assert runs.to_ask(run_id) == [LineId(0)]
    assert not line(runs, run_id, 0).has_cloud
    assert runs.run(run_id).counts.cloud == 0


def test_a_run_ends_the_same_with_its_asking_beside_it(runs: RunStore, frontier: ScriptedFrontier) -> None:
    from engine.tasks.alongside import alongside

    items = [Item(str(n), f"Row {n}", {"body": f"ticket {n}"}) for n in range(30)]
    columns = kind_of("classify").columns(TRIAGE)
    run_id = runs.create(None, TRIAGE, RunSource(), ("body",), columns, "t", "tiny", items=items)
    local = tools(ScriptedTaskModel(weights=lambda messages, labels: {labels[0]: 0.6}))
    run = running.run(runs, run_id, kind_of("classify"), TRIAGE, local, row_text, lost=(), cancelled=never)
    frontier.reply = lambda question: question.labels[-1]

    def asking(more: Callable[[], bool], stopped: Callable[[], bool]) -> Iterator[RunEvent]:
        questions = Questions(
            run_id, TRIAGE, RunSource(), frontier, local, row_text, lambda path: "",
            lambda row: runs.lines_of_input(run_id, row), stopped,
        )  # fmt: skip
        return escalate(runs, questions, lost=(), cancelled=stopped, more=more)

    events = list(alongside(run, lambda: runs.put_asks(run_id), asking, never))
    assert [type(event) for event in events].count(RunEnded) == 1
    end = ended(events)
    assert (end.state, end.counts.done, end.counts.cloud) == ("done", 30, 30)
    assert runs.run(run_id).counts == end.counts
