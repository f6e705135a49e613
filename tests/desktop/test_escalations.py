"""desktop/escalations.py and `carrel tasks escalate`: all is real but the models."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from desktop.cli import escalation as command
from desktop.cli import main
from desktop.escalations import NO_PROVIDER, NOT_ALLOWED, NOTHING
from desktop.kept_here import KeptHere
from desktop.workbench import Workbench
from engine.errors import AskingOff, Offline, RateLimited
from engine.routing.values import Policy
from engine.tasks.forecasting import SAMPLED
from engine.tasks.frontier import Frontier
from engine.tasks.leaving import without_kept_examples
from engine.tasks.recipe import Choice, Label, Recipe
from engine.tasks.values import LineId, RowsAsked, RunEnded, RunSource, RunStarted
from engine.usage.values import Limits
from tests.fakes.cloud import FakeCloud
from tests.fakes.frontier import Question, ScriptedFrontier, frontier_in
from tests.fakes.ledger import dollars
from tests.fakes.tasks import ScriptedTaskModel
from tests.fakes.workbench import workbench_in

RECIPE = Recipe("Triage", "classify", choices=(Choice("category", (Label("line"), Label("charged"))),))


class Given:
    """What the workbench is given, in a test's hands."""

    def __init__(self, frontier: ScriptedFrontier) -> None:
        self.scripted = frontier
        self.frontier: Frontier | Exception | None = frontier
        self.policy = Policy(tasks="ask", provider="openai")

    def chosen(self) -> Frontier | None:
        if isinstance(self.frontier, Exception):
            raise self.frontier
        return self.frontier


@pytest.fixture
def given(tmp_path: Path) -> Iterator[Given]:
    frontier = frontier_in(tmp_path, lambda question: question.labels[-1])
    with closing(frontier.ledger):
        yield Given(frontier)


@pytest.fixture
def workbench(tmp_path: Path, given: Given) -> Iterator[Workbench]:
    (tmp_path / "profile").mkdir()
    model = ScriptedTaskModel(weights=lambda messages, labels: {labels[0]: 0.6})
    with workbench_in(tmp_path / "profile", model, given.chosen, lambda: given.policy) as made:
        yield made


def table(folder: Path, rows: int) -> RunSource:
    path = folder / "tickets.csv"
    path.write_text("id,message\n" + "".join(f"{n},ticket number {n}\n" for n in range(rows)))
    return RunSource((str(path),), columns={"message": "message"})


def run_over(workbench: Workbench, source: RunSource, recipe: Recipe = RECIPE) -> int:
    events = list(workbench.run_recipe(workbench.save_recipe(recipe).id, source))
    return next(event.run_id for event in events if isinstance(event, RunStarted))


# --- what it would take ------------------------------------------------------------------------------------


def test_the_plan_is_made_of_the_real_questions(workbench: Workbench, given: Given, tmp_path: Path) -> None:
    run_id = run_over(workbench, table(tmp_path, 50))
    plan = workbench.plan_escalation(run_id)
    assert (len(plan.lines), plan.cells, plan.calls, plan.fits, plan.blocked) == (50, 50, 50, 50, "")
    assert (plan.provider, plan.model) == ("OpenAI", "gpt-x")
    assert plan.first is not None
    assert "ticket number 0" in plan.first.sent[-1].text
    assert given.scripted.questions == [], "nothing was sent"
    list(workbench.escalate(run_id, plan.lines))
    assert len(given.scripted.questions) == 50
    spent, amount = workbench.run(run_id).cost, plan.estimate.amount
    assert amount is not None
    assert 0.3 * amount < spent <= amount, "a reply of one label is shorter than it may be"


def test_the_first_question_of_the_plan_is_the_first_that_is_sent(
    workbench: Workbench, given: Given, tmp_path: Path
) -> None:
    run_id = run_over(workbench, table(tmp_path, 3))
    plan = workbench.plan_escalation(run_id)
    assert plan.first is not None
    list(workbench.escalate(run_id, plan.lines))
    receipts = [given.scripted.ledger.receipt(call.id) for call in given.scripted.ledger.calls()]
    assert plan.first.request.body in [receipt.request for receipt in receipts if receipt is not None]


def test_only_a_sample_is_drafted(workbench: Workbench, given: Given, tmp_path: Path) -> None:
    drafted: list[object] = []
    draft = given.scripted.draft
    given.scripted.draft = lambda *args, **named: drafted.append(1) or draft(*args, **named)  # type: ignore
    run_id = run_over(workbench, table(tmp_path, 300))
    plan = workbench.plan_escalation(run_id)
    assert (plan.calls, len(drafted)) == (300, SAMPLED)


def test_a_choice_of_several_labels_takes_a_question_for_each(
    workbench: Workbench, given: Given, tmp_path: Path
) -> None:
    labels = tuple(Label(name) for name in ("a", "b", "c"))
    recipe = Recipe("Tags", "classify", choices=(Choice("tags", labels, several=True),))
    run_id = run_over(workbench, table(tmp_path, 4), recipe)
    plan = workbench.plan_escalation(run_id)
    assert plan.calls == 12
    list(workbench.escalate(run_id, plan.lines))
    assert len(given.scripted.questions) == 12


def test_the_plan_says_how_many_the_limits_allow(workbench: Workbench, given: Given, tmp_path: Path) -> None:
    run_id = run_over(workbench, table(tmp_path, 50))
    amount = workbench.plan_escalation(run_id).estimate.amount
    assert amount is not None
    given.scripted.ledger._choices.set_limits(Limits(run=amount // 2))
    plan = workbench.plan_escalation(run_id)
    assert (plan.fits, plan.left) == (25, amount // 2)


@pytest.mark.parametrize(
    ("frontier", "tasks", "blocked"),
    [
        (None, "ask", NO_PROVIDER),
        (Offline("api.example.com"), "ask", "Carrel is offline, so api.example.com was not asked"),
        ("chosen", "never", NOT_ALLOWED),
    ],
)
def test_why_nobody_may_be_asked_is_said_and_nobody_is(
    workbench: Workbench, given: Given, tmp_path: Path, frontier: object, tasks: str, blocked: str
) -> None:
    run_id = run_over(workbench, table(tmp_path, 3))
    if frontier != "chosen":
        given.frontier = frontier  # type: ignore[assignment]
    given.policy = replace(given.policy, tasks=tasks)  # type: ignore[arg-type]
    plan = workbench.plan_escalation(run_id)
    assert plan.blocked == blocked
    assert workbench.frontier_name() == ""
    with pytest.raises(AskingOff):
        list(workbench.escalate(run_id, plan.lines))
    assert given.scripted.questions == []


def test_a_price_that_is_not_known_stops_it(workbench: Workbench, given: Given, tmp_path: Path) -> None:
    given.scripted.model = "gpt-unheard-of"
    run_id = run_over(workbench, table(tmp_path, 3))
    plan = workbench.plan_escalation(run_id)
    assert plan.blocked.startswith("The price of gpt-unheard-of at OpenAI is not known")
    end = list(workbench.escalate(run_id, plan.lines))[-1]
    assert isinstance(end, RunEnded)
    assert end.reason.endswith("3 lines wait.")
    assert given.scripted.questions == []


def test_a_run_without_doubts_has_nothing_to_ask(workbench: Workbench, tmp_path: Path) -> None:
    run_id = run_over(workbench, table(tmp_path, 3))
    for line in workbench.line_ids(run_id):
        workbench.accept(run_id, line)
    assert workbench.plan_escalation(run_id).blocked == NOTHING
    assert workbench.cells_to_ask(run_id) == 0


# --- automatically -----------------------------------------------------------------------------------------


def test_where_that_is_allowed_lines_in_doubt_go_out_while_the_run_goes(
    workbench: Workbench, given: Given, tmp_path: Path
) -> None:
    given.policy = replace(given.policy, tasks="automatic")
    events = list(workbench.run_recipe(workbench.save_recipe(RECIPE).id, table(tmp_path, 30)))
    *_, end = events
    assert isinstance(end, RunEnded)
    assert (end.state, end.counts.done, end.counts.cloud) == ("done", 30, 30)
    assert any(isinstance(event, RowsAsked) for event in events)
    assert workbench.run(end.run_id).cost == given.scripted.ledger.spent_on_run(end.run_id)


def test_a_budget_that_is_used_up_stops_the_asking_and_not_the_run(
    workbench: Workbench, given: Given, tmp_path: Path
) -> None:
    given.policy = replace(given.policy, tasks="automatic")
    given.scripted.ledger._choices.set_limits(Limits(run=dollars(0.002)))
    *_, end = workbench.run_recipe(workbench.save_recipe(RECIPE).id, table(tmp_path, 40))
    assert isinstance(end, RunEnded)
    assert (end.state, end.counts.done) == ("done", 40)
    run = workbench.run(end.run_id)
    assert 0 < run.counts.cloud < 40
    assert run.asks == 40 - run.counts.cloud
    assert "is used up" in end.reason
    assert run.cost <= dollars(0.002)


# --- what stays here ---------------------------------------------------------------------------------------


def test_a_table_out_of_a_collection_kept_here_is_never_sent(
    workbench: Workbench, given: Given, tmp_path: Path
) -> None:
    run_id = run_over(workbench, table(tmp_path, 3))
    library = workbench._escalations._library
    folder = SimpleNamespace(name="Clients", folders=(str(tmp_path),))
    library.status = lambda: [folder]  # type: ignore[method-assign, assignment, list-item]
    library.documents = lambda _=None: []  # type: ignore[method-assign, assignment]
    given.policy = replace(given.policy, kept_here=frozenset({"Clients"}))
    plan = workbench.plan_escalation(run_id)
    assert "“Clients” may never leave this computer" in plan.blocked
    list(workbench.escalate(run_id, plan.lines))
    assert given.scripted.questions == []
    (line,) = workbench.lines(run_id, [LineId(0)])
    assert "“Clients”" in line.notes[0]


def test_examples_out_of_a_collection_kept_here_are_not_shown_to_a_provider(
    workbench: Workbench, given: Given, tmp_path: Path
) -> None:
    recipe_id = workbench.save_recipe(RECIPE).id
    source = table(tmp_path, 4)
    begun, *_ = [e for e in workbench.run_recipe(recipe_id, source) if isinstance(e, RunStarted)]
    first = begun.run_id
    workbench.correct(first, LineId(1), "category", "charged")
    taught = workbench.recipe(recipe_id)
    assert [example.input for example in taught.examples] == ["ticket number 1"]
    kept = without_kept_examples(taught, workbench._runs, lambda path: "Clients")
    assert kept.examples == ()
    assert without_kept_examples(taught, workbench._runs, lambda path: "") == taught


def test_a_collection_holds_its_documents_and_its_folders() -> None:
    kept = KeptHere({"/a/one.pdf": "A"}, {"/b": "B"})
    found = {path: kept(path) for path in ("/a/one.pdf", "/a/two.pdf", "/b/x/y.csv", "/b", "/bc", "/a", "/")}
    assert found == {
        "/a/one.pdf": "A", "/a/two.pdf": "", "/b/x/y.csv": "B", "/b": "B", "/bc": "", "/a": "A", "/": "B",
    }  # fmt: skip


# --- the command line --------------------------------------------------------------------------------------


@pytest.fixture
def carrel(workbench: Workbench, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    @contextmanager
    def opened(_arguments: argparse.Namespace) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(tasks=workbench, cloud=FakeCloud(is_online=False))

    monkeypatch.setattr(command, "opened", opened)
    return workbench


def said(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    found = capsys.readouterr()
    return found.out, found.err


def escalate(*arguments: str) -> int:
    return main(["tasks", "escalate", *arguments])


def test_without_yes_only_the_forecast_is_said(
    carrel: Workbench, given: Given, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = run_over(carrel, table(tmp_path, 5))
    assert escalate(str(run_id)) == 0
    _, err = said(capsys)
    assert "5 cells in 5 lines: about 5 questions to OpenAI (gpt-x), about €" in err
    assert "Nothing was sent." in err
    assert given.scripted.questions == []


def test_with_yes_it_asks_and_says_what_it_cost(
    carrel: Workbench, given: Given, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = run_over(carrel, table(tmp_path, 5))
    assert escalate(str(run_id), "--yes", "--limit", "3", "--json") == 0
    document = json.loads(said(capsys)[0])
    assert document["plan"]["lines"] == 3
    assert document["cloud"] == {"lines": 3, "waiting": 0, "reason": ""}
    assert document["cost"]["amount"] == carrel.run(run_id).cost / 1_000_000 > 0
    assert len(given.scripted.questions) == 3
    assert escalate(str(run_id), "--yes") == 0
    assert f"Run {run_id}: 5 lines from the cloud" in said(capsys)[0]


@pytest.mark.parametrize(("fault_at", "status"), [(1, 3), (None, 1)])
def test_what_was_not_answered_and_what_had_to_stop_have_their_status(
    carrel: Workbench,
    given: Given,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    fault_at: int | None,
    status: int,
) -> None:
    from engine.errors import ReplyRefused

    def reply(question: Question) -> object:
        if fault_at is None:
            return RateLimited("OpenAI", retry_after_s=900.0)
        return ReplyRefused("OpenAI") if question.row == fault_at else question.labels[-1]

    given.scripted.reply = reply  # type: ignore[assignment]
    run_id = run_over(carrel, table(tmp_path, 5))
    assert escalate(str(run_id), "--yes") == status
    _, err = said(capsys)
    assert ("declined to answer this" if status == 3 else "5 lines wait.") in err


def test_where_nobody_may_be_asked_it_says_so_in_a_sentence(
    carrel: Workbench, given: Given, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given.frontier = None
    run_id = run_over(carrel, table(tmp_path, 2))
    assert escalate(str(run_id), "--yes") == 1
    assert said(capsys)[1].startswith(f"carrel: {NO_PROVIDER}")


def test_a_limit_of_none_is_a_slip(carrel: Workbench, capsys: pytest.CaptureFixture[str]) -> None:
    assert escalate("1", "--limit", "0") == 2


# --- files -------------------------------------------------------------------------------------------------


def test_exports_say_what_came_from_the_cloud_and_what_it_cost(
    workbench: Workbench, given: Given, tmp_path: Path
) -> None:
    run_id = run_over(workbench, table(tmp_path, 2))
    list(workbench.escalate(run_id, [LineId(0)]))
    for ending in ("csv", "jsonl", "xlsx"):
        list(workbench.export_run(run_id, tmp_path / f"out.{ending}"))
    head, first, second = _rows(tmp_path / "out.csv")
    assert head[-3:] == ["tier", "cost (USD)", "input"]
    assert first[-3] == "frontier"
    assert float(first[-2]) == workbench.run(run_id).cost / 1_000_000 > 0
    assert second[-3:-1] == ["local", "0"]
    assert "gpt-x" in first
    found = json.loads((tmp_path / "out.jsonl").read_text().splitlines()[0])
    assert found["cells"]["category"]["by"] == "frontier"
    assert (found["cells"]["category"]["model"], found["cells"]["category"]["local"]) == ("gpt-x", "line")
    assert found["cost"] == {"amount": workbench.run(run_id).cost / 1_000_000, "currency": "USD"}


def _rows(path: Path) -> Sequence[list[str]]:
    import csv

    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_a_run_that_never_left_has_the_columns_it_always_had(workbench: Workbench, tmp_path: Path) -> None:
    run_id = run_over(workbench, table(tmp_path, 2))
    list(workbench.export_run(run_id, tmp_path / "out.csv"))
    assert "tier" not in _rows(tmp_path / "out.csv")[0]
