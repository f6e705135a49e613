"""Everything the application does with tasks: recipes, their runs, and questions about every document.

Without a screen; the window's port is `desktop.window.ports.Tasks`. Iterators do their work as they are
iterated, and are driven on a lane or straight from the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

from desktop.escalations import Escalations, no_frontier, not_allowed
from desktop.local_models import LocalModels
from desktop.task_inputs import TaskInputs
from desktop.watched_tasks import Kept, WatchedTasks
from desktop.window.ports import EscalationPlan
from engine.errors import EngineError, RecipeUnknown
from engine.ports import Checker
from engine.routing.values import Policy
from engine.tasks import recipe_files, running
from engine.tasks.frontier import Frontier
from engine.tasks.gallery import gallery
from engine.tasks.kinds.registry import kind_of
from engine.tasks.ports import Locate, LookUp, Nearest, Tools
from engine.tasks.recipe import Recipe
from engine.tasks.recipes import RecipeStore
from engine.tasks.runs import RunStore
from engine.tasks.tally import tally
from engine.tasks.values import (
    Column,
    Comparison,
    CountQuestion,
    Exporting,
    GalleryRecipe,
    Gathering,
    Item,
    LineFilter,
    LineId,
    Outcome,
    Preview,
    QuestionPlan,
    RecipeRow,
    RecipeVersion,
    RunEvent,
    RunRow,
    RunSource,
    StoredCell,
    StoredLine,
    Tally,
    WatchedTask,
)
from engine.usage.local_work import LocalWork
from engine.usage.values import Money, Origin
from rag.library import Library
from rag.watching import Watch

Cancelled = Callable[[], bool]
TRIED = 3  # inputs that a recipe is tried on
ENOUGH_ROWS = 5  # so many inputs done say how long one takes


def _never() -> bool:
    return False


class Workbench:
    """One person's recipes and runs. Thread-safe: the stores lock for themselves."""

    def __init__(
        self,
        *,
        recipes: RecipeStore,
        runs: RunStore,
        inputs: TaskInputs,
        models: LocalModels,
        locate: Locate,
        nearest: Nearest,
        look_up: LookUp,
        check: Checker,
        gallery_folder: Path,
        lost: tuple[type[Exception], ...],
        kept: Kept,
        close: Callable[[], None],
        library: Library,
        frontier: Callable[[], Frontier | None] = no_frontier,
        policy: Callable[[], Policy] = not_allowed,
        work: LocalWork | None = None,
    ) -> None:
        """`lost` are the errors for a model process that died; `kept` remembers which folders are watched;
        `close` closes what the stores share; `frontier` and `policy` say who may be asked about lines in
        doubt, now (`desktop.escalations`); `work` counts what is done here."""
        self._recipes = recipes
        self._runs = runs
        self._inputs = inputs
        self._models = models
        self._locate = locate
        self._nearest = nearest
        self._look_up = look_up
        self._check = check
        self._gallery_folder = gallery_folder
        self._lost = lost
        self._work = work
        self._watched = WatchedTasks(kept, self)
        self._escalations = Escalations(
            runs=runs,
            library=library,
            tools=self._tools,
            texts=inputs.texts,
            lost=lost,
            frontier=frontier,
            policy=policy,
        )
        self.close = close

    def tidy(self) -> None:
        """Remove for good what has been in the bin for 30 days. A second or two for a large run."""
        self._recipes.purge()
        self._runs.purge()

    def run_ids(self) -> list[int]:
        """Of all runs, those in the bin too."""
        return self._runs.ids()

    # Recipes

    def gallery(self) -> list[GalleryRecipe]:
        return gallery(self._gallery_folder)

    def recipes(self) -> list[RecipeRow]:
        return self._recipes.list()

    def recipe(self, recipe_id: int, version: int | None = None) -> Recipe:
        return self._recipes.get(recipe_id, version)

    def named(self, name: str) -> RecipeRow:
        """The saved recipe of that name; one of the gallery is saved first. Raises RecipeUnknown."""
        wanted = name.strip().casefold()
        saved, offered = self.recipes(), self.gallery()
        entry = next((one for one in offered if one.key.casefold() == wanted), None)
        names = {wanted, entry.recipe.name.casefold()} if entry else {wanted}
        for row in saved:
            if row.name.casefold() in names:
                return row
        for one in offered:
            if one.recipe.name.casefold() in names:
                return self.save_recipe(one.recipe)
        known = dict.fromkeys((*(row.name for row in saved), *(one.key for one in offered)))
        raise RecipeUnknown(name, tuple(known))

    def check_recipe(self, recipe: Recipe) -> None:
        kind_of(recipe.kind).check(recipe)

    def recipe_columns(self, recipe: Recipe) -> tuple[Column, ...]:
        return kind_of(recipe.kind).columns(recipe)

    def save_recipe(self, recipe: Recipe, recipe_id: int | None = None) -> RecipeRow:
        self.check_recipe(recipe)
        return self._recipes.save(recipe, recipe_id)

    def duplicate_recipe(self, recipe_id: int) -> RecipeRow:
        return self._recipes.duplicate(recipe_id)

    def delete_recipe(self, recipe_id: int) -> None:
        self._recipes.delete(recipe_id)

    def restore_recipe(self, recipe_id: int) -> None:
        self._recipes.restore(recipe_id)

    def recipe_versions(self, recipe_id: int) -> list[RecipeVersion]:
        return self._recipes.versions(recipe_id)

    def import_recipe(self, path: Path) -> RecipeRow:
        return self.save_recipe(recipe_files.read(path))

    def export_recipe(self, recipe_id: int, path: Path) -> None:
        recipe_files.write(self.recipe(recipe_id), path)

    # Runs

    def preview(self, source: RunSource) -> Preview:
        return self._inputs.preview(source)

    def try_recipe(
        self, recipe: Recipe, source: RunSource, *, cancelled: Cancelled = _never
    ) -> Iterator[StoredLine]:
        """The lines of the first inputs of a source; nothing is kept."""
        self.check_recipe(recipe)
        tools = self._tools(recipe)
        limited = replace(source, limit=source.limit or TRIED)
        for number, item in enumerate(self._items(limited, cancelled)):
            if cancelled():
                return
            yield from self._tried(number, item, recipe, limited, tools, cancelled)

    def run_recipe(
        self, recipe_id: int, source: RunSource, *, model_id: str = "", cancelled: Cancelled = _never
    ) -> Iterator[RunEvent]:
        """A new run, driven to its end; `cancelled` pauses it. `model_id` takes the place of the recipe's.

        Raises:
            NoInputs, RecipeInvalid, ModelUnknown
        """
        recipe = self.recipe(recipe_id)
        if model_id:
            recipe = replace(recipe, settings=replace(recipe.settings, model=model_id))
        return self._new_run(recipe, recipe_id, source, None, cancelled)

    def resume_run(self, run_id: int, *, cancelled: Cancelled = _never) -> Iterator[RunEvent]:
        """Go on with the inputs that wait. Raises RunUnknown."""
        run = self._runs.run(run_id)
        return self._drive(run, self._runs.recipe(run_id), cancelled)

    def runs(self, recipe_id: int | None = None) -> list[RunRow]:
        return self._runs.runs(recipe_id)

    def run(self, run_id: int) -> RunRow:
        return self._runs.run(run_id)

    def delete_run(self, run_id: int) -> None:
        self._runs.delete(run_id)

    def restore_run(self, run_id: int) -> None:
        self._runs.restore(run_id)

    def line_ids(self, run_id: int, which: LineFilter = "all", search: str = "") -> list[LineId]:
        return self._runs.line_ids(run_id, which, search)

    def lines(self, run_id: int, ids: Sequence[LineId]) -> list[StoredLine]:
        return self._runs.lines(run_id, ids)

    def correct(self, run_id: int, line: LineId, column: str, value: Any) -> StoredLine:
        return self._runs.correct(run_id, line, column, value)

    def undo_correction(self, run_id: int, line: LineId, column: str) -> StoredLine:
        return self._runs.undo(run_id, line, column)

    def accept(self, run_id: int, line: LineId, accepted: bool = True) -> StoredLine:
        return self._runs.accept(run_id, line, accepted)

    def retry_rows(self, run_id: int, rows: Sequence[int] | None = None) -> int:
        return self._runs.retry(run_id, rows)

    def compare_runs(self, one: int, other: int) -> Comparison:
        return self._runs.compare(one, other)

    def export_run(self, run_id: int, path: Path) -> Iterator[Exporting]:
        """Write the lines as CSV, XLSX or JSONL. Raises ExportFailed."""
        from engine.tasks import exports  # XlsxWriter, likewise

        run = self._runs.run(run_id)
        ids = self._runs.line_ids(run_id, "all", "")
        return exports.write(run, self._stored(run_id, ids), len(ids), path)

    def _stored(self, run_id: int, ids: Sequence[LineId]) -> Iterator[StoredLine]:
        for start in range(0, len(ids), 500):
            yield from self._runs.lines(run_id, ids[start : start + 500])

    # Asking a provider about lines in doubt

    def frontier_name(self) -> str:
        """The provider that may be asked; “”: none may."""
        return self._escalations.name()

    def cells_to_ask(self, run_id: int) -> int:
        return self._runs.cells_to_ask(run_id)

    def money(self, amount: Money) -> str:
        return self._escalations.money(amount)

    def plan_escalation(self, run_id: int, lines: Sequence[LineId] | None = None) -> EscalationPlan:
        """What asking about these lines would take; by default all that need review and were not asked about.

        Raises:
            RunUnknown
        """
        return self._escalations.plan(run_id, lines)

    def escalate(
        self, run_id: int, lines: Sequence[LineId], *, cancelled: Cancelled = _never
    ) -> Iterator[RunEvent]:
        """Ask about these lines and what waits from before; what is not asked at the end waits.

        Raises:
            RunUnknown, AskingOff
        """
        return self._escalations.ask(run_id, lines, cancelled)

    # Every document

    def plan_question(
        self, question: str, source: RunSource, *, cancelled: Cancelled = _never
    ) -> QuestionPlan | None:
        """How a question about every document would be answered; None when cancelled."""
        from engine.tasks import planning  # jsonschema, which the start can do without

        preview = self._inputs.preview(source)
        planned = planning.plan(question, self._models.local(), cancelled=cancelled)
        if planned is None:
            return None
        counted, recipe = planned
        said = planning.sentence(counted, recipe, preview.total)
        seconds = self._expected_s(recipe, preview.total)
        return QuestionPlan(counted, recipe, source, preview.total, seconds, said)

    def run_question(self, plan: QuestionPlan, *, cancelled: Cancelled = _never) -> Iterator[RunEvent]:
        return self._new_run(plan.recipe, None, plan.source, plan.question, cancelled)

    def tally(self, run_id: int) -> Tally:
        """The answer to a run's question as far as it has come. Raises RunUnknown."""
        run = self._runs.run(run_id)
        if run.question is None:
            raise LookupError(f"run {run_id} answers no question")
        return tally(run.question, self._stored(run_id, self._runs.line_ids(run_id, "all", "")))

    def _expected_s(self, recipe: Recipe, total: int | None) -> float | None:
        """By the last run of the same kind that got far enough to tell."""
        measured = (
            run.seconds / run.counts.done
            for run in self._runs.runs(None)
            if run.kind == recipe.kind and run.counts.done >= ENOUGH_ROWS and run.seconds > 0
        )
        each = next(measured, None)
        return None if each is None or total is None else each * total

    # Watched folders

    def watched_tasks(self) -> list[WatchedTask]:
        return self._watched.tasks()

    def watch_task(
        self, recipe_id: int, folder: Path, output: Path, *, existing: bool = False
    ) -> WatchedTask:
        """Raises ExportFailed: the output would lie among the inputs, or has another ending."""
        return self._watched.add(recipe_id, self.recipe(recipe_id).name, folder, output, existing=existing)

    def unwatch_task(self, task_id: int) -> None:
        self._watched.remove(task_id)

    def restore_watched(self, task_id: int) -> None:
        self._watched.restore(task_id)

    def work_watched(self, task_id: int, *, cancelled: Cancelled = _never) -> Iterator[RunEvent]:
        return self._watched.work(task_id, cancelled=cancelled)

    def follow_tasks(self, due: Callable[[int], None]) -> Watch:
        return self._watched.watch(due)

    # What both have in common

    def _new_run(
        self,
        recipe: Recipe,
        recipe_id: int | None,
        source: RunSource,
        question: CountQuestion | None,
        cancelled: Cancelled,
    ) -> Iterator[RunEvent]:
        self.check_recipe(recipe)
        items: list[Item] = []
        for event in self._inputs.gather(source, cancelled=cancelled):
            if isinstance(event, Gathering):
                yield event
            else:
                items += event
        if cancelled():
            return
        run_id = self._runs.create(
            recipe_id=recipe_id,
            recipe=recipe,
            source=source,
            input_columns=self._inputs.input_columns(source),
            columns=self.recipe_columns(recipe),
            title=question.text if question else _title(source),
            model=self._models.chosen(recipe.settings.model or None).id,
            question=question,
            items=items,
        )
        yield from self._drive(self._runs.run(run_id), recipe, cancelled)

    def _drive(self, run: RunRow, recipe: Recipe, cancelled: Cancelled) -> Iterator[RunEvent]:
        events = running.run(
            self._runs,
            run.id,
            kind_of(recipe.kind),
            recipe,
            self._tools(recipe),
            self._inputs.texts(run.source),
            lost=self._lost,
            cancelled=cancelled,
        )
        if self._work is not None:
            events = self._work.run(
                Origin("task", run.id, name=run.recipe_name), events, self._runs.tokens_of
            )
        return self._escalations.beside(run.id, events, cancelled)

    def _tools(self, recipe: Recipe) -> Tools:
        model = self._models.local(recipe.settings.model or None, priority="batch")
        return Tools(model, self._locate, self._nearest, self._look_up, self._check)

    def _items(self, source: RunSource, cancelled: Cancelled) -> Iterator[Item]:
        for event in self._inputs.gather(source, cancelled=cancelled):
            if not isinstance(event, Gathering):
                yield from event

    def _tried(
        self,
        number: int,
        item: Item,
        recipe: Recipe,
        source: RunSource,
        tools: Tools,
        cancelled: Cancelled,
    ) -> Iterator[StoredLine]:
        try:
            text = self._inputs.text(item, source.columns)
            outcome = kind_of(recipe.kind).work(recipe, text, tools, cancelled=cancelled)
        except EngineError as error:
            yield StoredLine(LineId(number), item, "failed", str(error))
            return
        if outcome is not None:
            yield from _as_lines(number, item, outcome)


def _as_lines(number: int, item: Item, outcome: Outcome) -> Iterator[StoredLine]:
    for place, line in enumerate(outcome.lines or ((),)):
        cells = {cell.column: StoredCell(cell) for cell in line}
        yield StoredLine(
            LineId(number, place),
            item,
            "done",
            cells=cells,
            model=outcome.model,
            tokens=outcome.tokens,
            notes=outcome.notes,
        )


def _title(source: RunSource) -> str:
    """Where the inputs came from, as a list of runs says it."""
    if not source.paths:
        return source.collection or "All documents"
    names = [PurePath(path).name or path for path in source.paths]
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1:,} more"
