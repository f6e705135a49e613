"""The Tasks page: the overview, and over it the editor of a recipe, the set-up of a run, or a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from desktop.lanes import Lanes
from desktop.tasks import words
from desktop.tasks.desk import TaskDesk
from desktop.tasks.editor.page import RecipeEditor
from desktop.tasks.every_document import EveryDocument
from desktop.tasks.overview import Overview
from desktop.tasks.run_place import RunPlace
from desktop.tasks.running import Underway
from desktop.tasks.setup.page import RunSetup
from desktop.theme.controls import Surface
from desktop.theme.focus import move_focus
from desktop.theme.layouts import column
from desktop.theme.theme import Theme
from desktop.viewer.outside import show_in_folder
from desktop.viewer.stage import Stage
from desktop.window.ports import CarrelApplication
from engine.tasks.recipe import Kind
from engine.tasks.values import GalleryRecipe, WatchedTask

SHOW_MS = 250
"""A run that works is drawn anew at most this often."""


class TasksPage(Surface):
    """Which of its pages is on the screen, and how they lead to each other."""

    sidebar_asked = Signal()
    source_asked = Signal(object)
    said = Signal(str)
    failed = Signal(object)

    def __init__(self, theme: Theme, app: CarrelApplication, desk: TaskDesk, lanes: Lanes) -> None:
        super().__init__("page")
        self._theme = theme
        self._app = app
        self._lanes = lanes
        self.desk = desk
        self._moved: set[int] = set()
        self._editor: RecipeEditor | None = None
        self._setup: RunSetup | None = None
        self._every: EveryDocument | None = None
        self._sidebar_button = False
        self.overview = Overview(theme)
        self.run_place = RunPlace(theme, app.tasks, desk.running, lanes)
        self._build()
        self._connect()

    def set_sidebar_button(self, shown: bool) -> None:
        self._sidebar_button = shown
        for page in (self.overview, self.run_place, self._editor, self._setup, self._every):
            if page is not None:
                page.set_sidebar_button(shown)

    # Its pages

    @property
    def shown_run(self) -> int | None:
        """The run whose table, or answer, is on the screen."""
        if not self.isVisible():
            return None
        if self._every is not None and self._stack.currentWidget() is self._every:
            return self._every.run_id
        return self.run_place.run_id

    @property
    def foot(self) -> QWidget | None:
        """What stands at the foot of the page and is not to be covered."""
        return self.run_place.foot

    def refresh(self) -> None:
        """Ask for runs and recipes anew and show them, where they are on the screen."""
        if self._stack.currentWidget() is not self.overview:
            return
        tasks, running = self._app.tasks, self.desk.running
        runs, recipes, watched = tasks.runs(), tasks.recipes(), tasks.watched_tasks()
        self.overview.show_recipes(recipes, tasks.gallery())
        self.overview.show_runs(runs, running.all)
        self.overview.show_watched(watched, self.desk.following.is_paused)
        self.overview.show_empty(not (runs or recipes or watched or running.all))

    def show_overview(self) -> None:
        self._show(self.overview)
        self.refresh()

    def show_run(self, run_id: int) -> None:
        """The table of a run; of one that answers a question, its answer."""
        if self._app.tasks.run(run_id).question is not None:
            self.every_document.show_run(run_id)
            self._show(self.every_document)
            return
        self.show_table(run_id)

    def show_table(self, run_id: int) -> None:
        self.run_place.show_run(run_id)
        self._show_asking(run_id)
        self._show(self.run_place)

    def ask_every_document(self, question: str, collection: str = "") -> None:
        self.every_document.begin(question, collection)
        self._show(self.every_document)

    @property
    def every_document(self) -> EveryDocument:
        """Made when the first question is asked."""
        if self._every is None:
            self._every = EveryDocument(self._theme, self._app, self.desk.running, self._lanes.errands)
            self._every.table_asked.connect(self.show_table)
            self._every.source_asked.connect(self.source_asked)
            self._every.failed.connect(self.failed)
            self._add(self._every)
        return self._every

    @property
    def editor(self) -> RecipeEditor:
        """Made when the first recipe is opened: the start does without."""
        if self._editor is None:
            self._editor = RecipeEditor(self._theme, self._app, self.desk, self._lanes)
            self._editor.run_asked.connect(self.set_up)
            self._editor.failed.connect(self.failed)
            self._add(self._editor)
        return self._editor

    @property
    def setup(self) -> RunSetup:
        """Made when the first run is set up."""
        if self._setup is None:
            self._setup = RunSetup(self._theme, self._app, self.desk, self._lanes.errands)
            self._setup.started.connect(self._started)
            self._setup.watched.connect(self._watched)
            self._add(self._setup)
        return self._setup

    def _add(self, page: RecipeEditor | RunSetup | EveryDocument) -> None:
        page.closed.connect(self.show_overview)
        page.sidebar_asked.connect(self.sidebar_asked)
        page.set_sidebar_button(self._sidebar_button)
        self._stack.addWidget(page)

    def open_recipe(self, recipe_id: int) -> None:
        self._edit(partial(self.editor.open_recipe, recipe_id))

    def open_ready(self, ready: GalleryRecipe) -> None:
        self._edit(partial(self.editor.open_ready, ready))

    def try_ready(self, ready: GalleryRecipe) -> None:
        self._edit(partial(self.editor.open_ready, ready, try_now=True))

    def open_new(self, kind: Kind) -> None:
        self._edit(partial(self.editor.open_new, kind))

    def _edit(self, begin: Callable[[], None]) -> None:
        """What is being written is saved or given up first."""

        def show() -> None:
            self._show(self.editor)
            begin()

        self.editor.give_up(show)

    def set_up(self, recipe_id: int) -> None:
        self.setup.open_recipe(recipe_id)
        self._show(self.setup)

    def _started(self, underway: Underway) -> None:
        self.run_place.show_beginning(underway)
        self._show(self.run_place)

    def _watched(self, task: WatchedTask) -> None:
        if self._stack.currentWidget() is self._setup:
            self.show_overview()
        self.desk.following.look(task.id)
        self.said.emit(f"{words.folder_name(task)} is watched now.")

    def _show_results(self, task: WatchedTask) -> None:
        if not show_in_folder(task.output):
            self.said.emit("The folder of the results cannot be opened.")

    def focusNextPrevChild(self, forward: bool) -> bool:
        return move_focus(self, forward) or super().focusNextPrevChild(forward)

    # What the window asks

    def escape(self) -> bool:
        """Back by one; whether there was anything to leave."""
        shown = self._stack.currentWidget()
        if shown is self.overview:
            return False
        if shown is self._editor:
            self._editor.leave()
        elif not (shown is self.run_place and self.run_place.escape()):
            self.show_overview()
        return True

    def save(self) -> None:
        if self._stack.currentWidget() is self._editor and self._editor is not None:
            self._editor.save()

    def at_work(self) -> str:
        """What would be lost by closing now; empty when nothing."""
        if self._editor is not None and self._editor.is_changed:
            return "A recipe has changes that are not saved yet."
        return ""

    def take_files(self, files: Sequence[Path]) -> bool:
        """Dropped on a page that has a use for them; whether it had."""
        shown = self._stack.currentWidget()
        if shown is self._setup and self._setup is not None:
            self._setup.choose_paths(files)
            return True
        if shown is self._editor and self._editor is not None:
            return self._editor.take_files(list(files))
        return False

    # Parts

    def _build(self) -> None:
        self._stack = QStackedWidget()
        for page in (self.overview, self.run_place):
            self._stack.addWidget(page)
        self.stage = Stage(self._stack)
        self.setLayout(column(self.stage, spacing=0))
        self._redraw = QTimer(self, interval=SHOW_MS, singleShot=True)
        self._redraw.timeout.connect(self._show_moved)

    def _show(self, page: QWidget) -> None:
        if page is not self.run_place:
            self.run_place.leave()
        if page is self._every:
            self._every.refresh()
        self._stack.setCurrentWidget(page)

    def _connect(self) -> None:
        overview, desk = self.overview, self.desk
        overview.sidebar_asked.connect(self.sidebar_asked)
        overview.every_document_asked.connect(self.ask_every_document)
        overview.run_opened.connect(self.show_run)
        overview.run_resumed.connect(desk.resume)
        overview.run_paused.connect(desk.running.pause)
        overview.run_delete_asked.connect(desk.delete_run)
        overview.watched_resumed.connect(desk.following.resume)
        overview.results_asked.connect(self._show_results)
        overview.unwatch_asked.connect(desk.following.unwatch)
        overview.recipe_opened.connect(self.open_recipe)
        overview.recipe_run_asked.connect(self.set_up)
        overview.ready_opened.connect(self.open_ready)
        overview.ready_try_asked.connect(self.try_ready)
        overview.new_asked.connect(self.open_new)
        overview.recipe_duplicate_asked.connect(desk.duplicate)
        overview.recipe_export_asked.connect(desk.choose_export)
        overview.recipe_delete_asked.connect(desk.delete_recipe)
        overview.import_asked.connect(desk.choose_import)
        self.run_place.closed.connect(self.show_overview)
        self.run_place.sidebar_asked.connect(self.sidebar_asked)
        self.run_place.resume_asked.connect(desk.resume)
        self.run_place.source_asked.connect(self.source_asked)
        self.run_place.said.connect(self.said)
        self.run_place.failed.connect(self.failed)
        self.run_place.ask_asked.connect(desk.ask_about)
        self.run_place.ask_stop_asked.connect(desk.asking.stop)
        desk.asking.moved.connect(self._show_asking)
        desk.asking.happened.connect(self.run_place.take)
        desk.changed.connect(self.refresh)
        desk.recipe_added.connect(self.open_recipe)
        desk.running.moved.connect(self._remember)

    def _show_asking(self, run_id: int) -> None:
        self.run_place.show_asking(run_id, self.desk.asking.of(run_id))

    def _remember(self, underway: Underway) -> None:
        """Rows are stored many times a second; people read a few of them."""
        self._moved.add(underway.key)
        if not self._redraw.isActive():
            self._redraw.start()

    def _show_moved(self) -> None:
        """As they are now; one that is over since is no longer under way."""
        moved, self._moved = self._moved, set()
        for underway in self.desk.running.all:
            if underway.key in moved:
                self.overview.show_moved(underway)
