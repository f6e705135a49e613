"""The Tasks page: the overview, and over it the editor of a recipe, the set-up of a run, or a run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from desktop.lanes import Lanes
from desktop.tasks.desk import TaskDesk
from desktop.tasks.overview import Overview
from desktop.tasks.run_place import RunPlace
from desktop.tasks.running import Underway
from desktop.theme.controls import Surface
from desktop.theme.layouts import column
from desktop.theme.theme import Theme
from desktop.window.ports import CarrelApplication

SHOW_MS = 250
"""A run that works is drawn anew at most this often."""


class TasksPage(Surface):
    """Which of its pages is on the screen, and how they lead to each other."""

    sidebar_asked = Signal()
    every_document_asked = Signal(str)
    failed = Signal(object)

    def __init__(self, theme: Theme, app: CarrelApplication, desk: TaskDesk, lanes: Lanes) -> None:
        super().__init__("page")
        self._theme = theme
        self._app = app
        self._lanes = lanes
        self.desk = desk
        self._moved: dict[int, Underway] = {}
        self.overview = Overview(theme)
        self.run_place = RunPlace(theme, app.tasks, desk.running)
        self._build()
        self._connect()

    def set_sidebar_button(self, shown: bool) -> None:
        for page in (self.overview, self.run_place):
            page.set_sidebar_button(shown)

    def refresh(self) -> None:
        """Ask for runs and recipes anew and show them."""
        tasks, running = self._app.tasks, self.desk.running
        runs, recipes = tasks.runs(), tasks.recipes()
        self.overview.show_recipes(recipes, tasks.gallery())
        self.overview.show_runs(runs, running.all)
        self.overview.show_empty(not runs and not recipes and not running.all)

    def show_overview(self) -> None:
        self.run_place.leave()
        self.refresh()
        self._show(self.overview)

    def show_run(self, run_id: int) -> None:
        self.run_place.show_run(run_id)
        self._show(self.run_place)

    def escape(self) -> bool:
        """Back to the overview; whether another page was open."""
        if self._stack.currentWidget() is self.run_place and self.run_place.escape():
            return True
        was_open = self._stack.currentWidget() is not self.overview
        if was_open:
            self.show_overview()
        return was_open

    def take_files(self, files: Sequence[Path]) -> bool:
        return False

    # Parts

    def _build(self) -> None:
        self._stack = QStackedWidget()
        for page in (self.overview, self.run_place):
            self._stack.addWidget(page)
        self.setLayout(column(self._stack, spacing=0))
        self._redraw = QTimer(self, interval=SHOW_MS, singleShot=True)
        self._redraw.timeout.connect(self._show_moved)

    def _show(self, page: QWidget) -> None:
        self._stack.setCurrentWidget(page)

    def _connect(self) -> None:
        overview, desk = self.overview, self.desk
        overview.sidebar_asked.connect(self.sidebar_asked)
        overview.every_document_asked.connect(self.every_document_asked)
        overview.run_opened.connect(self.show_run)
        overview.run_resumed.connect(desk.resume)
        overview.run_paused.connect(desk.running.pause)
        overview.run_delete_asked.connect(desk.delete_run)
        overview.recipe_duplicate_asked.connect(desk.duplicate)
        overview.recipe_export_asked.connect(desk.choose_export)
        overview.recipe_delete_asked.connect(desk.delete_recipe)
        overview.import_asked.connect(desk.choose_import)
        self.run_place.closed.connect(self.show_overview)
        self.run_place.sidebar_asked.connect(self.sidebar_asked)
        self.run_place.resume_asked.connect(desk.resume)
        desk.changed.connect(self.refresh)
        desk.running.moved.connect(self._remember)

    def _remember(self, underway: Underway) -> None:
        """Rows are stored many times a second; people read a few of them."""
        self._moved[underway.key] = underway
        if not self._redraw.isActive():
            self._redraw.start()

    def _show_moved(self) -> None:
        moved, self._moved = self._moved, {}
        for underway in moved.values():
            self.overview.show_moved(underway)
