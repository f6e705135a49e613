"""desktop/workbench.py on real stores and real kinds; only the model is scripted."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from desktop.workbench import Workbench
from engine.errors import InputUnreadable, NoInputs, OutputInvalid, RecipeInvalid, RecipeUnknown
from engine.tasks.recipe import Choice, Label, Recipe
from engine.tasks.values import RunEnded, RunEvent, RunSource, RunStarted
from engine.usage.local_work import LocalWork
from tests.fakes.ledger import make_ledger
from tests.fakes.tasks import ScriptedTaskModel
from tests.fakes.workbench import workbench_in

TICKETS = "id,message\n1,the line is dead\n2,you charged me twice\n3,the line is slow\n"
RECIPE = Recipe(
    "Triage", "classify", choices=(Choice("category", (Label("line"), Label("charged"), Label("other"))),)
)
PLAN = (
    '{"column": "penalty", "find": "Is a penalty named?", "type": "yes_no", "condition": "is", '
    '"value": "yes", "until": "", "result": "count"}'
)


@pytest.fixture
def model() -> ScriptedTaskModel:
    return ScriptedTaskModel()


@pytest.fixture
def workbench(tmp_path: Path, model: ScriptedTaskModel) -> Iterator[Workbench]:
    (tmp_path / "profile").mkdir()
    with workbench_in(tmp_path / "profile", model) as made:
        yield made


@pytest.fixture
def tickets(tmp_path: Path) -> RunSource:
    path = tmp_path / "tickets.csv"
    path.write_text(TICKETS)
    return RunSource((str(path),), columns={"message": "message"})


def driven(events: Iterable[RunEvent]) -> tuple[int, RunEnded]:
    *earlier, last = events
    assert isinstance(last, RunEnded)
    return next(event.run_id for event in earlier if isinstance(event, RunStarted)), last


def test_a_recipe_goes_over_a_table_and_into_a_file(
    workbench: Workbench, tickets: RunSource, tmp_path: Path
) -> None:
    recipe = workbench.save_recipe(RECIPE)
    run_id, ended = driven(workbench.run_recipe(recipe.id, tickets))
    assert (ended.state, ended.counts.done) == ("done", 3)
    lines = workbench.lines(run_id, workbench.line_ids(run_id))
    assert [line.cells["category"].cell.value for line in lines] == ["line", "charged", "line"]
    output = tmp_path / "sorted.csv"
    *_, last = workbench.export_run(run_id, output)
    assert last.done == 3
    with output.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["category"] for row in rows] == ["line", "charged", "line"]


def test_a_stopped_run_goes_on_where_it_was(workbench: Workbench, tickets: RunSource) -> None:
    recipe = workbench.save_recipe(RECIPE)
    stopped: list[bool] = []
    events = workbench.run_recipe(recipe.id, tickets, cancelled=lambda: bool(stopped))
    run_id = 0
    for event in events:
        if isinstance(event, RunStarted):
            run_id = event.run_id
            stopped.append(True)
    assert workbench.run(run_id).state == "paused"
    _, ended = driven(workbench.resume_run(run_id))
    assert (ended.state, ended.counts.done) == ("done", 3)


def test_a_recipe_is_tried_on_the_first_inputs_and_nothing_is_kept(
    workbench: Workbench, tickets: RunSource
) -> None:
    lines = list(workbench.try_recipe(RECIPE, tickets))
    assert [line.cells["category"].cell.value for line in lines] == ["line", "charged", "line"]
    assert workbench.runs() == []
    assert workbench.recipes() == []


def test_an_input_that_fails_on_trial_says_why(
    workbench: Workbench, tickets: RunSource, model: ScriptedTaskModel
) -> None:
    model.replies = (OutputInvalid("it is no JSON.", "…"),)
    summary = Recipe("Short", "summarise")
    lines = list(workbench.try_recipe(summary, tickets))
    assert {line.state for line in lines} == {"failed"}
    assert "no JSON" in lines[0].reason


def test_a_recipe_of_the_gallery_is_found_by_its_key_and_saved_once(workbench: Workbench) -> None:
    first = workbench.named("support-triage")
    assert workbench.named("support-triage").id == first.id
    assert workbench.named("Support triage").id == first.id
    assert [row.id for row in workbench.recipes()] == [first.id]
    with pytest.raises(RecipeUnknown) as unknown:
        workbench.named("no such thing")
    assert "support-triage" in unknown.value.known


def test_a_recipe_that_cannot_work_is_not_saved(workbench: Workbench) -> None:
    with pytest.raises(RecipeInvalid):
        workbench.save_recipe(Recipe("Empty", "classify"))
    assert workbench.recipes() == []


def test_a_recipe_leaves_and_comes_back_as_a_file(workbench: Workbench, tmp_path: Path) -> None:
    saved = workbench.save_recipe(RECIPE)
    workbench.export_recipe(saved.id, tmp_path / "triage.toml")
    brought = workbench.import_recipe(tmp_path / "triage.toml")
    assert workbench.recipe(brought.id) == RECIPE
    (tmp_path / "no.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputUnreadable):
        workbench.import_recipe(tmp_path / "no.toml")


def test_a_question_is_planned_read_and_counted(
    workbench: Workbench, model: ScriptedTaskModel, tmp_path: Path
) -> None:
    folder = tmp_path / "Contracts"
    folder.mkdir()
    for name, text in (("a", "yes, a penalty of 5 %"), ("b", "no penalty at all"), ("c", "yes: a penalty")):
        (folder / f"{name}.txt").write_text(text)
    model.replies = (PLAN,)
    model.weights = lambda messages, labels: "yes" if "yes" in messages[-1].text.split("<text>")[-1] else "no"
    plan = workbench.plan_question("How many contracts name a penalty?", RunSource((str(folder),)))
    assert plan is not None
    assert (plan.total, plan.question.column, plan.recipe.kind) == (3, "penalty", "classify")
    run_id, ended = driven(workbench.run_question(plan))
    assert ended.state == "done"
    tally = workbench.tally(run_id)
    assert tally.number == 2
    assert tally.sentence == "2 of 3: penalty is yes."
    titles = [line.item.title for line in workbench.lines(run_id, tally.matches)]
    assert titles == ["a.txt", "c.txt"]


def test_a_question_to_an_empty_library_says_that_there_is_nothing(
    workbench: Workbench, model: ScriptedTaskModel
) -> None:
    with pytest.raises(NoInputs):
        workbench.plan_question("How many contracts name a penalty?", RunSource())
    assert model.prompts == []


def test_inputs_that_were_done_here_are_counted_under_the_recipes_name(
    tmp_path: Path, model: ScriptedTaskModel, tickets: RunSource
) -> None:
    (tmp_path / "profile").mkdir()
    with (
        closing(make_ledger(tmp_path / "usage.db")) as ledger,
        workbench_in(tmp_path / "profile", model, work=LocalWork(ledger)) as workbench,
    ):
        recipe = workbench.save_recipe(RECIPE)
        run_id, _ = driven(workbench.run_recipe(recipe.id, tickets))
        lines = workbench.lines(run_id, workbench.line_ids(run_id))
        (day,) = ledger.report(30).local
        assert (day.origin, day.name, day.answers) == ("task", "Triage", 3)
        assert day.prompt_tokens == sum(line.tokens.prompt for line in lines)
        assert workbench.run_ids() == [run_id]
        workbench.delete_run(run_id)
        assert workbench.run_ids() == [run_id]  # what is in the bin may be restored, with its receipts
