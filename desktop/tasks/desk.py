"""What the person does with recipes and runs; it goes on while another place is on the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.lanes import Lanes
from desktop.tasks import asking_sheet, words
from desktop.tasks.asking import Asking
from desktop.tasks.following import Following
from desktop.tasks.running import Running, Underway
from desktop.theme.foreign import plain
from desktop.theme.theme import Theme
from desktop.window.ports import EscalationPlan, Tasks
from desktop.window.sheet import Action, Sheet
from desktop.window.toasts import Toast
from engine.errors import EngineError
from engine.tasks.values import LineId, RecipeRow, RunEnded, RunRow

Then = Callable[[], None]
RECIPE_FILES = "Recipes (*.toml)"


class TaskDesk(QObject):
    """`changed`: recipes or runs are others than before. `recipe_added` names one that came, `run_asked` a
    run that is to be looked at; `provider_asked`: one is to be chosen, or allowed."""

    changed = Signal()
    recipe_added = Signal(int)
    run_asked = Signal(int)
    provider_asked = Signal()
    failed = Signal(object)

    def __init__(
        self, tasks: Tasks, lanes: Lanes, theme: Theme, sheet: Sheet, toast: Toast, window: QWidget
    ) -> None:
        super().__init__(window)
        self.tasks = tasks
        self._theme = theme
        self._sheet = sheet
        self._toast = toast
        self._window = window
        self.is_watched: Callable[[int], bool] = lambda run_id: False
        """Whether the run is on the screen now: then nobody has to be told how it ended."""
        self.running = Running(tasks, lanes.tasks, self)
        self.running.listed.connect(self.changed)
        self.running.failed.connect(self.failed)
        self.running.ended.connect(self._ended)
        self.asking = Asking(tasks, lanes.asking, lanes.errands, self)
        self.asking.planned.connect(self._show_plan)
        self.asking.ended.connect(self._asking_ended)
        self.asking.failed.connect(self.failed)
        self.following = Following(tasks, self.running, toast, self)
        self.following.changed.connect(self.changed)
        self.following.run_asked.connect(self.run_asked)
        self.following.failed.connect(self.failed)

    def at_work(self) -> str:
        """What closing now would break off; empty when nothing."""
        for underway in self.running.all:
            if underway.counts is None and underway.watched_id is not None:
                continue  # it begins by itself next time
            if underway.counts is None:
                return "A task is reading what it is to work on. It has to be started again next time."
            done = f"{underway.counts.done + underway.counts.failed:,} of {underway.counts.total:,}"
            next_time = "Resume goes on from there" if underway.watched_id is None else "it goes on next time"
            name = plain(underway.name, words.NAME)
            return f"“{name}” is still running: {done}. What is done is kept, and {next_time}."
        for asked in self.asking.all:
            done = f"{asked.done:,} of {asked.total:,} lines"
            return f"{asked.provider} is still being asked: {done}. What came is kept, and the rest waits."
        return ""

    # Runs

    def resume(self, run_id: int) -> None:
        self.running.resume(self.tasks.run(run_id))

    def delete_run(self, run: RunRow) -> None:
        self.running.pause_run(run.id)
        self.asking.stop(run.id)
        self.tasks.delete_run(run.id)
        self.changed.emit()
        self._toast.offer_undo("Run deleted", partial(self._restore_run, run.id))

    def _restore_run(self, run_id: int) -> None:
        self.tasks.restore_run(run_id)
        self.changed.emit()

    def _ended(self, underway: Underway, end: RunEnded) -> None:
        """A run that paused by itself says why; one that is done says so."""
        if self.is_watched(end.run_id) or underway.watched_id is not None:
            return  # it is seen, or told of once its lines are in their file
        name = plain(underway.name, 40)
        look = partial(self.run_asked.emit, end.run_id)
        if end.state == "done":
            review = words.review_words(end.counts.review)
            self._toast.offer(f"{name} is done. {review}{'.' if review else ''}".strip(), "Look at it", look)
        elif end.reason:
            self._toast.offer(f"{name} has paused. {plain(end.reason, 120)}", "Look at it", look)

    # Asking a provider about lines in doubt

    def ask_about(self, run_id: int, lines: Sequence[LineId] | None) -> None:
        """Show what asking about these lines would send and cost, or about all that need it."""
        self.asking.plan(run_id, lines)

    def _show_plan(self, plan: EscalationPlan) -> None:
        money = self.tasks.money
        content = asking_sheet.parts_of(plan, self._theme, money)
        title = asking_sheet.title_of(plan)
        if plan.blocked:
            close: Action = ("Close", "primary", None)
            later: Action = ("Not now", "secondary", None)
            go: Action = ("Open Cloud", "primary", self.provider_asked.emit)
            self._sheet.present(title, content, [close] if plan.provider else [later, go])
            return
        cancel: Action = ("Cancel", "secondary", None)
        verb = "Ask" if self.asking.is_online() else "Go online and ask"
        ask: Action = (f"{verb} {plain(plan.provider, 30)}", "cloud", partial(self.asking.begin, plan))
        self._sheet.present(title, content, [cancel, ask])

    def _asking_ended(self, end: RunEnded) -> None:
        self.changed.emit()
        if self.is_watched(end.run_id):
            return
        look = partial(self.run_asked.emit, end.run_id)
        name = plain(self.tasks.run(end.run_id).recipe_name, 40)
        if end.reason:
            self._toast.offer(f"{name}: {plain(end.reason, 160)}", "Look at it", look)
        elif end.state == "done":
            review = words.review_words(end.counts.review)
            said = f"{name}: all cells in doubt were asked about. {review}{'.' if review else ''}"
            self._toast.offer(said.strip(), "Look at it", look)

    # Recipes

    def duplicate(self, recipe_id: int) -> None:
        self.recipe_added.emit(self.tasks.duplicate_recipe(recipe_id).id)
        self.changed.emit()

    def delete_recipe(self, row: RecipeRow) -> None:
        self.tasks.delete_recipe(row.id)
        self.changed.emit()
        self._toast.offer_undo(f"{plain(row.name, 40)} deleted", partial(self._restore_recipe, row.id))

    def _restore_recipe(self, recipe_id: int) -> None:
        self.tasks.restore_recipe(recipe_id)
        self.changed.emit()

    def ask_to_save(self, name: str, *, save: Then, discard: Then) -> None:
        yes: Action = ("Save", "primary", save)
        no: Action = ("Do not save", "danger", discard)
        stay: Action = ("Go on writing", "quiet", None)
        self._sheet.ask(f"Save the changes to {name}?", "They would be lost otherwise.", [yes, no, stay])

    def say_saved(self, row: RecipeRow, *, is_new: bool) -> None:
        self.changed.emit()
        said = "is one of your recipes now." if is_new else f"is saved as version {row.version}."
        self._toast.say(f"{plain(row.name, 40)} {said}")

    def choose_import(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self._window, "Import a recipe", "", RECIPE_FILES)
        if name:
            self.import_recipe(Path(name))

    def import_recipe(self, path: Path) -> None:
        try:
            row = self.tasks.import_recipe(path)
        except (EngineError, OSError) as error:
            self.failed.emit(error)
            return
        self.changed.emit()
        self._toast.say(f"{plain(row.name, 40)} imported.")
        self.recipe_added.emit(row.id)

    def choose_export(self, recipe_id: int) -> None:
        proposed = f"{words.file_name(self.tasks.recipe(recipe_id).name)}.toml"
        name, _ = QFileDialog.getSaveFileName(self._window, "Export the recipe", proposed, RECIPE_FILES)
        if name:
            self.export_recipe(recipe_id, Path(name))

    def export_recipe(self, recipe_id: int, path: Path) -> None:
        path = path if path.suffix else path.with_suffix(".toml")
        try:
            self.tasks.export_recipe(recipe_id, path)
        except (EngineError, OSError) as error:
            self.failed.emit(error)
            return
        self._toast.say(f"Written to {plain(path.name, 60)}.")
