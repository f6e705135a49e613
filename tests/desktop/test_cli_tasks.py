"""`carrel tasks …` in this process, on tasks of its own."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from desktop.cli import main, task_runs, tasks, watched_tasks
from engine.errors import InputUnreadable, RecipeUnknown, RunUnknown
from engine.tasks import exports, recipe_files
from engine.tasks.recipe import Choice, Label, Recipe
from engine.tasks.values import (
    Column,
    Comparison,
    CountQuestion,
    Difference,
    Exporting,
    GalleryRecipe,
    Gathering,
    Item,
    LineFilter,
    LineId,
    QuestionPlan,
    RecipeRow,
    RowsStored,
    RunCounts,
    RunEnded,
    RunEvent,
    RunRow,
    RunSource,
    RunStarted,
    StoredLine,
    Tally,
    WatchedTask,
)
from tests.fakes.run_lines import COLUMNS, line, run_row

TRIAGE = Recipe(
    "Support triage",
    "classify",
    description="Sorts tickets.",
    choices=(Choice("category", (Label("network"), Label("billing"))),),
)
INVOICES = replace(TRIAGE, name="Invoices")


class Tasks:
    """Five inputs a run; `fails` are the numbers of those that fail. `interrupt`: Ctrl-C after the second."""

    def __init__(self) -> None:
        self.saved: dict[int, Recipe] = {1: TRIAGE}
        self.made: dict[int, RunRow] = {}
        self.fails: set[int] = set()
        self.interrupt = False
        self.asked: dict[str, Any] = {}
        self.watching: list[WatchedTask] = []
        self.closed = 0

    # Recipes

    def gallery(self) -> list[GalleryRecipe]:
        return [GalleryRecipe("invoices", INVOICES, "")]

    def recipes(self) -> list[RecipeRow]:
        return [self._row(id_) for id_ in self.saved]

    def _row(self, recipe_id: int) -> RecipeRow:
        recipe = self.saved[recipe_id]
        return RecipeRow(recipe_id, recipe.name, recipe.kind, recipe.description, 1, 0, 0, 0.0)

    def recipe(self, recipe_id: int, version: int | None = None) -> Recipe:
        return self.saved[recipe_id]

    def named(self, name: str) -> RecipeRow:
        for row in self.recipes():
            if row.name.casefold() == name.casefold():
                return row
        if name == "invoices":
            return self.save_recipe(INVOICES)
        raise RecipeUnknown(name, ("Support triage",))

    def save_recipe(self, recipe: Recipe, recipe_id: int | None = None) -> RecipeRow:
        number = recipe_id or len(self.saved) + 1
        self.saved[number] = recipe
        return self._row(number)

    def recipe_columns(self, recipe: Recipe) -> tuple[Column, ...]:
        return COLUMNS

    def import_recipe(self, path: Path) -> RecipeRow:
        return self.save_recipe(recipe_files.loads(path.read_text()))

    # Runs

    def run_recipe(
        self, recipe_id: int, source: RunSource, *, model_id: str = "", cancelled: Callable[[], bool]
    ) -> Iterator[RunEvent]:
        self.asked = {"recipe": recipe_id, "source": source, "model": model_id}
        yield Gathering(0)
        yield from self._run(source, None, cancelled)

    def _run(
        self, source: RunSource, question: CountQuestion | None, cancelled: Callable[[], bool]
    ) -> Iterator[RunEvent]:
        run_id = len(self.made) + 1
        self.made[run_id] = run_row(
            id=run_id, source=source, state="paused", counts=RunCounts(5), question=question
        )
        yield RunStarted(run_id, 5)
        yield from self.resume_run(run_id, cancelled=cancelled)

    def resume_run(self, run_id: int, *, cancelled: Callable[[], bool]) -> Iterator[RunEvent]:
        run = self.run(run_id)
        for row in range(run.counts.done + run.counts.failed, 5):
            if cancelled():
                yield RunEnded(run_id, "paused", run.counts)
                return
            failed = run.counts.failed + (row in self.fails)
            counts = RunCounts(5, row + 1 - failed, failed, row + 1 - failed, 1)
            run = self.made[run_id] = replace(run, counts=counts)
            yield RowsStored(run_id, (row,), counts, 60.0, 5.0 - row)
            if self.interrupt and row == 1:
                os.kill(os.getpid(), signal.SIGINT)
        self.made[run_id] = replace(run, state="done")
        yield RunEnded(run_id, "done", run.counts)

    def runs(self, recipe_id: int | None = None) -> list[RunRow]:
        return list(self.made.values())

    def run(self, run_id: int) -> RunRow:
        if run_id not in self.made:
            raise RunUnknown(run_id)
        return self.made[run_id]

    def retry_rows(self, run_id: int, rows: Sequence[int] | None = None) -> int:
        run = self.run(run_id)
        failed, self.fails = run.counts.failed, set()
        counts = RunCounts(5, run.counts.done, 0, run.counts.done)
        self.made[run_id] = replace(run, counts=counts, state="paused")
        return failed

    def line_ids(self, run_id: int, which: LineFilter = "all", search: str = "") -> list[LineId]:
        return [LineId(row) for row in range(5) if which == "all" or row in self.fails]

    def lines(self, run_id: int, ids: Sequence[LineId]) -> list[StoredLine]:
        return [self._line(id_.row) for id_ in ids]

    def _line(self, row: int) -> StoredLine:
        if row in self.fails:
            return StoredLine(LineId(row), Item(str(row + 1), f"Row {row + 1}"), "failed", "It is empty.")
        return line(row)

    def export_run(self, run_id: int, path: Path) -> Iterator[Exporting]:
        return exports.write(self.run(run_id), map(self._line, range(5)), 5, path)

    def compare_runs(self, one: int, other: int) -> Comparison:
        return Comparison(10, 9, (Difference("3", "Row 3", "category", "network", None),))

    # Questions

    def plan_question(
        self, question: str, source: RunSource, *, cancelled: Callable[[], bool]
    ) -> QuestionPlan | None:
        counted = CountQuestion(question, "due", "between", "2025-01-01", "2025-12-31")
        return QuestionPlan(counted, TRIAGE, source, 5, None, "I will read the date of each of 5 documents.")

    def run_question(self, plan: QuestionPlan, *, cancelled: Callable[[], bool]) -> Iterator[RunEvent]:
        return self._run(plan.source, plan.question, cancelled)

    def tally(self, run_id: int) -> Tally:
        question = self.run(run_id).question
        assert question is not None
        unreadable = tuple(LineId(row) for row in sorted(self.fails))
        return Tally(
            question, 2, "2 contracts end in 2025.", (LineId(0), LineId(1)), (LineId(2),), (), unreadable
        )

    # Watched folders

    def watched_tasks(self) -> list[WatchedTask]:
        return self.watching

    def watch_task(
        self, recipe_id: int, folder: Path, output: Path, *, existing: bool = False
    ) -> WatchedTask:
        self.asked = {"existing": existing}
        self.watching.append(
            WatchedTask(len(self.watching) + 1, recipe_id, "Support triage", str(folder), str(output), True)
        )
        return self.watching[-1]

    def unwatch_task(self, task_id: int) -> None:
        self.watching = [task for task in self.watching if task.id != task_id]

    def follow_tasks(self, due: Callable[[int], None]) -> Tasks:
        for task in (7, *(task.id for task in self.watching), *(task.id for task in self.watching)):
            due(task)
        return self

    def work_watched(
        self, task_id: int, *, cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[RunEvent]:
        if self.made:
            raise KeyboardInterrupt
        yield from self._run(RunSource(), None, cancelled)

    def close(self) -> None:
        self.closed += 1


class Here:
    def __init__(self) -> None:
        self.tasks = Tasks()


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Here:
    made = Here()

    @contextmanager
    def opened(_arguments: argparse.Namespace) -> Iterator[Here]:
        yield made

    for module in (tasks, task_runs, watched_tasks):
        monkeypatch.setattr(module, "opened", opened)
    return made


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "tickets.csv"
    path.write_text("id,text\n1,x\n")
    return str(path)


def document(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


Out = pytest.CaptureFixture[str]

# --- recipes -----------------------------------------------------------------------------------------


def test_list_shows_saved_recipes_and_the_gallery(here: Here, capsys: Out) -> None:
    assert main(["tasks", "list"]) == 0
    shown = capsys.readouterr().out
    assert "Support triage" in shown and "In the gallery:\ninvoices" in shown
    assert main(["tasks", "list", "--json"]) == 0
    listed = document(capsys)
    assert [row["name"] for row in listed["recipes"]] == ["Support triage"]
    assert [row["key"] for row in listed["gallery"]] == ["invoices"]


def test_show_saves_nothing(here: Here, capsys: Out) -> None:
    assert main(["tasks", "show", "invoices"]) == 0
    assert "columns        category (network | billing), total (amount)" in capsys.readouterr().out
    assert len(here.tasks.saved) == 1
    assert main(["tasks", "show", "support triage", "--json"]) == 0
    shown = document(capsys)
    assert shown["recipe"]["name"] == "Support triage"
    assert shown["columns"][0]["labels"] == ["network", "billing"]


def test_an_unknown_recipe_is_one_sentence(here: Here, capsys: Out) -> None:
    assert main(["tasks", "show", "nothing"]) == 1
    assert "There is no recipe “nothing”. Known: Support triage." in capsys.readouterr().err


def test_import_saves_a_recipe(here: Here, tmp_path: Path, capsys: Out) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(recipe_files.dumps(INVOICES))
    assert main(["tasks", "import", str(path), "--json"]) == 0
    assert document(capsys)["name"] == "Invoices"
    assert here.tasks.saved[2] == INVOICES


# --- runs --------------------------------------------------------------------------------------------


def test_run_writes_the_lines_and_says_how_it_went(
    here: Here, table: str, tmp_path: Path, capsys: Out
) -> None:
    output = tmp_path / "out.csv"
    assert main(["tasks", "run", "support triage", table, "--output", str(output)]) == 0
    shown = capsys.readouterr().out
    assert "Run 1: 5 inputs done, 0 failed, 1 lines to be looked at." in shown
    assert f"5 lines written to {output}" in shown
    assert output.read_text("utf-8-sig").startswith("id,text,category")


def test_run_passes_on_what_it_was_told(here: Here, table: str, tmp_path: Path) -> None:
    options = [
        "--column",
        "Body=message",
        "--column",
        "a=b=c",
        "--sheet",
        "May",
        "--limit",
        "7",
        "--model",
        "m",
    ]
    assert main(["tasks", "run", "Support triage", table, "--output", str(tmp_path / "o.csv"), *options]) == 0
    source = RunSource((table,), "", {"message": "Body", "c": "a=b"}, "May", 7)
    assert here.tasks.asked == {"recipe": 1, "source": source, "model": "m"}


def test_run_over_a_collection(here: Here, tmp_path: Path) -> None:
    output = str(tmp_path / "o.csv")
    assert main(["tasks", "run", "Support triage", "--collection", "Contracts", "--output", output]) == 0
    assert here.tasks.asked["source"] == RunSource((), "Contracts")


def test_failed_inputs_are_named_and_change_the_status(
    here: Here, table: str, tmp_path: Path, capsys: Out
) -> None:
    here.tasks.fails = {1, 3}
    command = ["tasks", "run", "Support triage", table, "--output", str(tmp_path / "o.csv")]
    assert main(command) == 3
    said = capsys.readouterr()
    assert "Row 2: It is empty." in said.err and "3 inputs done, 2 failed" in said.out
    assert main([*command, "--json"]) == 3
    result = document(capsys)
    assert result["failures"][0] == {"input": "Row 2", "key": "2", "reason": "It is empty."}
    assert {key: result[key] for key in ("run", "recipe", "state", "inputs", "done", "failed", "lines")} == {
        "run": 2,
        "recipe": "Support triage",
        "state": "done",
        "inputs": 5,
        "done": 3,
        "failed": 2,
        "lines": 3,
    }


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot send itself Ctrl-C there")
def test_ctrl_c_pauses_the_run_and_says_its_number(
    here: Here, table: str, tmp_path: Path, capsys: Out
) -> None:
    output = tmp_path / "o.csv"
    here.tasks.interrupt = True
    before = signal.getsignal(signal.SIGINT)
    assert main(["tasks", "run", "Support triage", table, "--output", str(output), "--json"]) == 130
    said = capsys.readouterr()
    assert "Run 1 is paused: 2 of 5 inputs are done and kept." in said.err
    assert "carrel tasks resume 1" in said.err
    assert json.loads(said.out)["state"] == "paused"
    assert not output.exists()
    assert signal.getsignal(signal.SIGINT) is before
    here.tasks.interrupt = False
    assert main(["tasks", "resume", "1", "--output", str(output)]) == 0
    assert "5 inputs done" in capsys.readouterr().out
    assert output.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "Support triage", "--output", "o.csv"],
        ["run", "Support triage", "a.csv", "--collection", "X", "--output", "o.csv"],
        ["ask", "How many?"],
        ["ask", " ", "a.csv"],
        ["watch", "Support triage", "no such folder", "--output", "o.csv"],
        ["unwatch", "4"],
    ],
)
def test_wrong_usage_is_status_2(here: Here, arguments: list[str], capsys: Out) -> None:
    assert main(["tasks", *arguments]) == 2
    assert capsys.readouterr().err.startswith("carrel: ")


@pytest.mark.parametrize("column", ["message", "=x", "x="])
def test_a_column_needs_both_names(here: Here, column: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["tasks", "run", "R", "a.csv", "--output", "o.csv", "--column", column])
    assert caught.value.code == 2


def test_the_output_is_looked_at_before_the_work(here: Here, table: str, capsys: Out) -> None:
    assert main(["tasks", "run", "Support triage", table, "--output", table]) == 1
    assert "The inputs come from this file" in capsys.readouterr().err
    assert main(["tasks", "run", "Support triage", table, "--output", "out.pdf"]) == 1
    assert "must end in .csv, .xlsx or .jsonl" in capsys.readouterr().err
    assert not here.tasks.made


def test_a_recipe_file_is_saved_once(here: Here, table: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(recipe_files.dumps(INVOICES))
    for _ in range(2):
        assert main(["tasks", "run", str(path), table, "--output", str(tmp_path / "o.csv")]) == 0
    assert here.tasks.saved == {1: TRIAGE, 2: INVOICES}
    for broken in ("kind = 3", "", "\0"):
        path.write_text(broken)
        assert main(["tasks", "run", str(path), table, "--output", str(tmp_path / "o.csv")]) == 1
    path.unlink()
    assert main(["tasks", "run", str(path), table, "--output", str(tmp_path / "o.csv")]) == 1


def test_retry_tries_what_failed(here: Here, table: str, tmp_path: Path, capsys: Out) -> None:
    here.tasks.fails = {4}
    assert main(["tasks", "run", "Support triage", table, "--output", str(tmp_path / "o.csv")]) == 3
    assert main(["tasks", "retry", "1", "--json"]) == 0
    said = capsys.readouterr()
    assert "1 inputs are tried again." in said.err
    assert main(["tasks", "resume", "9"]) == 1
    assert "There is no run 9." in capsys.readouterr().err


def test_export_and_runs_and_compare(here: Here, table: str, tmp_path: Path, capsys: Out) -> None:
    main(["tasks", "run", "Support triage", table, "--output", str(tmp_path / "o.csv")])
    capsys.readouterr()
    output = tmp_path / "out.jsonl"
    assert main(["tasks", "export", "1", "--output", str(output), "--json"]) == 0
    assert document(capsys) == {"run": 1, "output": str(output), "lines": 5}
    assert len(output.read_text("utf-8").splitlines()) == 5
    assert main(["tasks", "runs"]) == 0
    assert "Support triage: tickets.csv, 5 of 5 done" in capsys.readouterr().out
    assert main(["tasks", "runs", "--json"]) == 0
    assert document(capsys)["runs"][0]["inputs"] == 5
    assert main(["tasks", "compare", "1", "1"]) == 0
    assert capsys.readouterr().out == ("Row 3, category: network / nothing\n9 of 10 cells are the same.\n")
    assert main(["tasks", "compare", "1", "1", "--json"]) == 0
    assert document(capsys)["differences"][0]["other"] is None


# --- every document ----------------------------------------------------------------------------------


def test_ask_counts_and_lists(here: Here, table: str, capsys: Out) -> None:
    assert main(["tasks", "ask", "How many end in 2025?", table]) == 0
    said = capsys.readouterr()
    assert "I will read the date of each of 5 documents." in said.err
    assert said.out.startswith("2 contracts end in 2025.\n\nMatches:\n  Row 1: 2026-11-24\n  Row 2")
    assert "Row 3" not in said.out


def test_ask_lists_what_could_not_be_read(here: Here, table: str, capsys: Out) -> None:
    here.tasks.fails = {4}
    assert main(["tasks", "ask", "How many end in 2025?", table, "--json"]) == 3
    answer = document(capsys)
    assert answer["number"] == 2 and answer["sentence"] == "2 contracts end in 2025."
    assert [entry["input"] for entry in answer["matches"]] == ["Row 1", "Row 2"]
    assert answer["matches"][0]["value"] == "2026-11-24"
    assert answer["unreadable"][0]["reason"] == "It is empty."


# --- watched folders ---------------------------------------------------------------------------------


def test_watch_works_until_it_is_interrupted(here: Here, tmp_path: Path, capsys: Out) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    command = ["tasks", "watch", "Support triage", str(folder), "--output", str(tmp_path / "o.csv")]
    assert main([*command, "--existing"]) == 130
    said = capsys.readouterr().err
    assert f"Watching {folder}. Ctrl-C ends it." in said
    assert "Run 1: 5 inputs done. Added to" in said
    assert here.tasks.closed == 1
    assert here.tasks.asked == {"existing": True}
    main(command)
    assert len(here.tasks.watching) == 1  # the same one goes on


def test_what_goes_wrong_while_watching_is_said(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    troubles: list[BaseException] = [InputUnreadable("a.pdf", "It is empty."), KeyboardInterrupt()]

    def failing(task_id: int, **_others: Any) -> Iterator[RunEvent]:
        raise troubles.pop(0)

    monkeypatch.setattr(here.tasks, "work_watched", failing)
    assert main(["tasks", "watch", "Support triage", str(tmp_path), "--output", "/x/o.csv"]) == 130
    assert "a.pdf could not be read: It is empty." in capsys.readouterr().err


def test_watched_folders_are_listed_and_forgotten(here: Here, tmp_path: Path, capsys: Out) -> None:
    task = here.tasks.watch_task(1, tmp_path, tmp_path / "o.csv")
    assert main(["tasks", "watched", "--json"]) == 0
    assert document(capsys) == {"watched": [asdict(task)]}
    assert main(["tasks", "watched"]) == 0
    assert "Support triage" in capsys.readouterr().out
    assert main(["tasks", "unwatch", "1"]) == 0
    assert here.tasks.watching == []
