"""Recipes and runs for the screens: kept in memory; trying and running happen as scripted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from desktop.window.ports import EscalationPlan
from engine.errors import RecipeUnknown, RunUnknown
from engine.tasks.asks import doubtful
from engine.tasks.recipe import Choice, Field, Kind, Label, Recipe
from engine.tasks.tally import tally
from engine.tasks.values import (
    Cell,
    Column,
    Comparison,
    CountQuestion,
    Exporting,
    GalleryRecipe,
    Item,
    LineFilter,
    LineId,
    Preview,
    QuestionPlan,
    Quote,
    RecipeRow,
    RecipeVersion,
    RowsStored,
    RunCounts,
    RunEnded,
    RunEvent,
    RunRow,
    RunSource,
    RunStarted,
    RunState,
    StoredCell,
    StoredLine,
    Tally,
    WatchedTask,
)
from tests.fakes.scripts import Gate, Script, play

Cancelled = Callable[[], bool]
NOON = 1_795_348_800.0  # 22 November 2026, 12:00 UTC

TRIAGE = Recipe(
    "Support triage",
    "classify",
    "What a ticket is about, and how urgent it is.",
    "Read the ticket and say what it is about. Judge by what the customer needs, not by the tone.",
    choices=(
        Choice(
            "category",
            (
                Label("network", "no connection, slow or unstable lines, routers"),
                Label("billing", "invoices, prices, payments, contracts"),
                Label("support", "everything else"),
            ),
            "What is the ticket about?",
        ),
        Choice("urgency", (Label("low"), Label("normal"), Label("high"), Label("critical"))),
    ),
)
INVOICES = Recipe(
    "Invoices",
    "extract",
    "Number, date, seller and total of each invoice.",
    "Read the invoice. Take what is printed; work nothing out.",
    fields=(
        Field("number", "text", "the invoice's number", required=True),
        Field("date", "date", "when it was issued", required=True),
        Field("seller", "text", "the company that is to be paid"),
        Field("total", "amount", "what is to be paid, with tax", required=True),
        Field("iban", "iban", "the account to pay to"),
    ),
)


def columns_of(recipe: Recipe) -> tuple[Column, ...]:
    """Close to what the kinds say: a column for each choice and field, and one for what is written."""
    made = [
        Column(c.name, "choice", c.several, tuple(each.name for each in c.labels)) for c in recipe.choices
    ]
    made += [Column(f.name, f.type, f.many, f.choices) for f in recipe.fields]
    written = {"summarise": ("summary",), "faq": ("question", "answer"), "reply": ("reply",)}
    made += [Column(name) for name in written.get(recipe.kind, ())]
    if recipe.schema:
        made.append(Column("result", "json"))
    return tuple(made)


def stored(title: str, row: int = 0, *cells: StoredCell, **values: Any) -> StoredLine:
    """A line that is done; the input's text is its title unless `item` says otherwise."""
    item = values.pop("item", Item(str(row), title, {"message": title}))
    state = values.pop("state", "done")
    return StoredLine(LineId(row), item, state, cells={c.cell.column: c for c in cells}, **values)


def cell(
    column: str, value: Any, confidence: float | None = 0.95, quote: str = "", **values: Any
) -> StoredCell:
    evidence = (Quote(quote, 0, len(quote)),) if quote else ()
    return StoredCell(Cell(column, value, confidence, evidence, **values))


@dataclass
class FakeFollow:
    """Watched tasks being followed: a test calls `due`, on whatever thread it likes."""

    due: Callable[[int], None]
    closed: bool = False

    def close(self) -> None:
        self.closed = True


@dataclass(frozen=True)
class Added:
    """A step of a working: the lines of so many files are in the file now; or why not."""

    files: int = 0
    reason: str = ""


@dataclass
class FakeTasks:
    """The port Tasks. Scripts are played once each, in order: `trials` for `try_recipe`, `runnings` for
    running and resuming, `workings` for watched tasks. What a script stores or ends is seen in `runs()`.
    A watched task has done as many files as a working says with `Added`."""

    ready: list[GalleryRecipe] = field(default_factory=list)
    trials: list[Script] = field(default_factory=list)
    runnings: list[Script] = field(default_factory=list)
    workings: list[Script] = field(default_factory=list)
    previews: dict[tuple[str, ...], Preview | Exception] = field(default_factory=dict)
    refusal: Exception | None = None
    all_lines: dict[int, list[StoredLine]] = field(default_factory=dict)
    differences: Comparison | None = None
    plan: QuestionPlan | None = None
    provider: str = ""
    escalation: EscalationPlan | None = None
    askings: list[Script] = field(default_factory=list)
    gate: Gate | None = None
    now: float = NOON
    calls: list[tuple[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.saved: dict[int, list[Recipe]] = {}
        self.kept_runs: dict[int, RunRow] = {}
        self.watched: dict[int, WatchedTask] = {}
        self.follows: list[FakeFollow] = []
        self._unwatched: dict[int, WatchedTask] = {}
        self._gone_recipes: set[int] = set()
        self._gone_runs: set[int] = set()

    # Recipes

    def add_recipe(self, recipe: Recipe) -> int:
        recipe_id = len(self.saved) + 1
        self.saved[recipe_id] = [recipe]
        return recipe_id

    def gallery(self) -> list[GalleryRecipe]:
        return list(self.ready)

    def recipes(self) -> list[RecipeRow]:
        return [self._row(recipe_id) for recipe_id in self.saved if recipe_id not in self._gone_recipes]

    def _row(self, recipe_id: int) -> RecipeRow:
        recipe, versions = self.recipe(recipe_id), len(self.saved[recipe_id])
        runs = sum(run.recipe_id == recipe_id for run in self.runs())
        return RecipeRow(
            recipe_id,
            recipe.name,
            recipe.kind,
            recipe.description,
            versions,
            len(recipe.examples),
            runs,
            self.now,
        )

    def recipe(self, recipe_id: int, version: int | None = None) -> Recipe:
        if recipe_id not in self.saved:
            raise RecipeUnknown(str(recipe_id))
        return self.saved[recipe_id][-1 if version is None else version - 1]

    def check_recipe(self, recipe: Recipe) -> None:
        self.calls.append(("check_recipe", recipe))
        if self.refusal is not None:
            raise self.refusal

    def recipe_columns(self, recipe: Recipe) -> tuple[Column, ...]:
        return columns_of(recipe)

    def save_recipe(self, recipe: Recipe, recipe_id: int | None = None) -> RecipeRow:
        self.calls.append(("save_recipe", (recipe, recipe_id)))
        if recipe_id is None:
            recipe_id = self.add_recipe(recipe)
        elif self.recipe(recipe_id) != recipe:
            self.saved[recipe_id].append(recipe)
        return self._row(recipe_id)

    def duplicate_recipe(self, recipe_id: int) -> RecipeRow:
        recipe = self.recipe(recipe_id)
        return self._row(self.add_recipe(replace(recipe, name=f"{recipe.name} (copy)")))

    def delete_recipe(self, recipe_id: int) -> None:
        self._gone_recipes.add(recipe_id)

    def restore_recipe(self, recipe_id: int) -> None:
        self._gone_recipes.discard(recipe_id)

    def recipe_versions(self, recipe_id: int) -> list[RecipeVersion]:
        return [RecipeVersion(n, self.now - 86_400 * n) for n in range(len(self.saved[recipe_id]), 0, -1)]

    def import_recipe(self, path: Path) -> RecipeRow:
        self.calls.append(("import_recipe", path))
        if self.refusal is not None:
            raise self.refusal
        return self._row(self.add_recipe(Recipe(path.stem, "classify")))

    def export_recipe(self, recipe_id: int, path: Path) -> None:
        self.calls.append(("export_recipe", (recipe_id, path)))

    # Runs

    def add_run(
        self,
        recipe_id: int | None,
        title: str,
        counts: RunCounts,
        state: RunState = "done",
        **values: Any,
    ) -> int:
        run_id = len(self.kept_runs) + 1
        recipe = self.recipe(recipe_id) if recipe_id is not None else TRIAGE
        given: dict[str, Any] = {
            "updated": self.now,
            "reason": "",
            "source": RunSource((title,)),
            "input_columns": ("id", "message"),
        }
        self.kept_runs[run_id] = RunRow(
            id=run_id, recipe_id=recipe_id, recipe_name=recipe.name, kind=recipe.kind, title=title,
            state=state,
            columns=columns_of(recipe), counts=counts, created=self.now, **(given | values),
        )  # fmt: skip
        return run_id

    def preview(self, source: RunSource) -> Preview:
        self.calls.append(("preview", source))
        found = self.previews.get(source.paths or (source.collection,), Preview(0))
        if isinstance(found, Exception):
            raise found
        return found

    def try_recipe(
        self, recipe: Recipe, source: RunSource, *, cancelled: Cancelled = lambda: False
    ) -> Iterator[StoredLine]:
        self.calls.append(("try_recipe", (recipe, source)))
        return play(self.trials.pop(0) if self.trials else [], cancelled)

    def run_recipe(
        self, recipe_id: int, source: RunSource, *, cancelled: Cancelled = lambda: False
    ) -> Iterator[RunEvent]:
        self.calls.append(("run_recipe", (recipe_id, source)))
        return self._played(recipe_id, source, cancelled)

    def resume_run(self, run_id: int, *, cancelled: Cancelled = lambda: False) -> Iterator[RunEvent]:
        self.calls.append(("resume_run", run_id))
        self._change(run_id, state="running")
        return self._played(None, None, cancelled, run_id)

    def _played(
        self,
        recipe_id: int | None,
        source: RunSource | None,
        cancelled: Cancelled,
        run_id: int | None = None,
        *,
        question: CountQuestion | None = None,
    ) -> Iterator[RunEvent]:
        """The script; a run that is broken off is paused, as the real one."""
        script = self.runnings.pop(0) if self.runnings else []
        yield from self._happens(play(script, cancelled), recipe_id, source, cancelled, run_id, question)

    def _happens(
        self,
        events: Iterator[Any],
        recipe_id: int | None,
        source: RunSource | None,
        cancelled: Cancelled,
        run_id: int | None = None,
        question: CountQuestion | None = None,
    ) -> Iterator[RunEvent]:
        for event in events:
            match event:
                case RunStarted():
                    title = Path(source.paths[0]).name if source and source.paths else "Documents"
                    counts = RunCounts(event.total)
                    run_id = self.add_run(recipe_id, title, counts, "running", question=question)
                    event = RunStarted(run_id, event.total)
                case RowsStored():
                    self._change(event.run_id, counts=event.counts)
                case RunEnded():
                    self._change(event.run_id, counts=event.counts, state=event.state, reason=event.reason)
            yield event
        if run_id is not None and cancelled():
            self._change(run_id, state="paused")
            yield RunEnded(run_id, "paused", self.kept_runs[run_id].counts)

    def _change(self, run_id: int, **values: Any) -> None:
        self.kept_runs[run_id] = replace(self.kept_runs[run_id], **values)

    def runs(self, recipe_id: int | None = None) -> list[RunRow]:
        kept = [run for run in self.kept_runs.values() if run.id not in self._gone_runs]
        return [run for run in reversed(kept) if recipe_id in (None, run.recipe_id)]

    def run(self, run_id: int) -> RunRow:
        if run_id not in self.kept_runs:
            raise RunUnknown(run_id)
        return self.kept_runs[run_id]

    def delete_run(self, run_id: int) -> None:
        self._gone_runs.add(run_id)

    def restore_run(self, run_id: int) -> None:
        self._gone_runs.discard(run_id)

    def line_ids(self, run_id: int, which: LineFilter = "all", search: str = "") -> list[LineId]:
        wanted = {
            "all": lambda line: True,
            "review": lambda line: line.needs_review,
            "corrected": lambda line: any(kept.corrected for kept in line.cells.values()),
            "failed": lambda line: line.state == "failed",
            "cloud": lambda line: line.has_cloud,
        }[which]
        return [
            line.id for line in self.all_lines.get(run_id, []) if wanted(line) and search in line.item.title
        ]

    def lines(self, run_id: int, ids: Sequence[LineId]) -> list[StoredLine]:
        kept = {line.id: line for line in self.all_lines.get(run_id, [])}
        return [kept[line_id] for line_id in ids]

    def correct(self, run_id: int, line: LineId, column: str, value: Any) -> StoredLine:
        self.calls.append(("correct", (run_id, line, column, value)))
        kept = self.lines(run_id, [line])[0]
        before = kept.cells.get(column) or StoredCell(Cell(column, None))
        first = before.first if before.corrected else before.cell.value
        made = StoredCell(replace(before.cell, value=value), True, first)
        return self._put(run_id, replace(kept, cells={**kept.cells, column: made}))

    def undo_correction(self, run_id: int, line: LineId, column: str) -> StoredLine:
        self.calls.append(("undo_correction", (run_id, line, column)))
        kept = self.lines(run_id, [line])[0]
        before = kept.cells[column]
        made = StoredCell(replace(before.cell, value=before.first))
        return self._put(run_id, replace(kept, cells={**kept.cells, column: made}))

    def accept(self, run_id: int, line: LineId, accepted: bool = True) -> StoredLine:
        self.calls.append(("accept", (run_id, line, accepted)))
        return self._put(run_id, replace(self.lines(run_id, [line])[0], accepted=accepted))

    def _put(self, run_id: int, line: StoredLine) -> StoredLine:
        lines = self.all_lines[run_id]
        self.all_lines[run_id] = [line if kept.id == line.id else kept for kept in lines]
        return line

    def retry_rows(self, run_id: int, rows: Sequence[int] | None = None) -> int:
        self.calls.append(("retry_rows", (run_id, rows)))
        return self.kept_runs[run_id].counts.failed if rows is None else len(rows)

    def frontier_name(self) -> str:
        return self.provider

    def cells_to_ask(self, run_id: int) -> int:
        return sum(len(doubtful(line)) for line in self.all_lines.get(run_id, ()))

    def money(self, amount: int) -> str:
        return f"€{amount / 1_000_000:.2f}"

    def plan_escalation(self, run_id: int, lines: Sequence[LineId] | None = None) -> EscalationPlan:
        self.calls.append(("plan_escalation", (run_id, lines)))
        assert self.escalation is not None
        return self.escalation

    def escalate(
        self, run_id: int, lines: Sequence[LineId], *, cancelled: Cancelled = lambda: False
    ) -> Iterator[Any]:
        self.calls.append(("escalate", (run_id, tuple(lines))))
        yield from play(self.askings.pop(0), cancelled)

    def compare_runs(self, one: int, other: int) -> Comparison:
        self.calls.append(("compare_runs", (one, other)))
        return self.differences or Comparison(0, 0, ())

    def export_run(self, run_id: int, path: Path) -> Iterator[Exporting]:
        self.calls.append(("export_run", (run_id, path)))
        yield Exporting(1, 1)

    # Every document

    def plan_question(
        self, question: str, source: RunSource, *, cancelled: Cancelled = lambda: False
    ) -> QuestionPlan:
        self.calls.append(("plan_question", (question, source)))
        asked = CountQuestion(question, "found")
        return self.plan or QuestionPlan(asked, Recipe("Question", "extract"), source, 0, None, "")

    def run_question(self, plan: QuestionPlan, *, cancelled: Cancelled = lambda: False) -> Iterator[RunEvent]:
        self.calls.append(("run_question", plan))
        return self._played(None, plan.source, cancelled, question=plan.question)

    def tally(self, run_id: int) -> Tally:
        """Counted for real."""
        question = self.run(run_id).question
        assert question is not None
        return tally(question, self.all_lines[run_id])

    # Watched folders

    def watched_tasks(self) -> list[WatchedTask]:
        return list(self.watched.values())

    def watch_task(
        self, recipe_id: int, folder: Path, output: Path, *, existing: bool = False
    ) -> WatchedTask:
        self.calls.append(("watch_task", (recipe_id, folder, output, existing)))
        if self.refusal is not None:
            raise self.refusal
        task_id = len(self.watched) + len(self._unwatched) + 1
        name = self.recipe(recipe_id).name
        self.watched[task_id] = WatchedTask(task_id, recipe_id, name, str(folder), str(output), True)
        return self.watched[task_id]

    def unwatch_task(self, task_id: int) -> None:
        self._unwatched[task_id] = self.watched.pop(task_id)

    def restore_watched(self, task_id: int) -> None:
        self.watched[task_id] = self._unwatched.pop(task_id)

    def work_watched(self, task_id: int, *, cancelled: Cancelled = lambda: False) -> Iterator[RunEvent]:
        self.calls.append(("work_watched", task_id))
        task = self.watched[task_id]
        script = self.workings.pop(0) if self.workings else []
        source = RunSource((task.folder,))
        yield from self._happens(
            self._added(task_id, play(script, cancelled)), task.recipe_id, source, cancelled
        )

    def _added(self, task_id: int, steps: Iterator[Any]) -> Iterator[Any]:
        for step in steps:
            if not isinstance(step, Added):
                yield step
            elif task_id in self.watched:
                task = self.watched[task_id]
                self.watched[task_id] = replace(task, done=task.done + step.files, reason=step.reason)

    def follow_tasks(self, due: Callable[[int], None]) -> FakeFollow:
        self.follows.append(FakeFollow(due))
        return self.follows[-1]


# --- recipes that are ready to use, as the screens show them -------------------------------------------

_READY: tuple[tuple[str, str, Kind, str], ...] = (
    ("invoices", "Invoices", "extract", "Number, date, seller, total and account of each invoice."),
    (
        "contracts",
        "Contract dates and parties",
        "extract",
        "Who signed, from when until when, and the notice.",
    ),
    ("support-triage", "Support triage", "classify", "Network, billing or support, and how urgent it is."),
    ("cv-screening", "CV facts", "extract", "Years of work, degrees, languages and skills, with the words."),
    ("minutes", "Action items", "extract", "Who does what by when, a line for each, out of minutes."),
    ("reviews", "Product reviews", "classify", "Praise or complaint, and what it is about."),
    ("email-routing", "E-mail routing", "route", "The queue, the priority and the person for each e-mail."),
    ("faq", "Questions from manuals", "faq", "Questions with their answers, each with its page."),
    ("pii", "Personal data finder", "moderate", "Names, addresses, numbers and health data, by severity."),
    ("receipts", "Receipts", "extract", "Shop, date, address and total of each receipt."),
)


def ten() -> list[GalleryRecipe]:
    """A gallery of the ten that Carrel comes with, in short."""
    own = {"support-triage": TRIAGE, "invoices": INVOICES}
    return [
        GalleryRecipe(key, own.get(key, Recipe(name, kind, words)), f"/samples/{key}")
        for key, name, kind, words in _READY
    ]
