"""The head of a run's page: what it is, and what can be done with all of it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QWidget

from desktop.lanes import Lane
from desktop.tasks.exporting import ExportButton
from desktop.tasks.runs_named import described, source_of
from desktop.theme.controls import ElidedLabel, IconButton, Menu, Pill, ThemedButton, menu_text
from desktop.theme.foreign import plain
from desktop.theme.layouts import row
from desktop.theme.theme import Theme
from desktop.theme.tokens import Size, Space
from desktop.window.ports import Tasks
from desktop.window.shortcuts import keys_of
from engine.tasks.values import RunRow

OTHERS = 20
"""Other runs of the recipe that can be compared with, the newest."""


class RunHead(QWidget):
    """Shows a run; says what the person wants of it."""

    closed = Signal()
    sidebar_asked = Signal()
    pause_asked = Signal()
    resume_asked = Signal()
    compare_asked = Signal(int)
    exported = Signal(str)
    said = Signal(str)
    failed = Signal(object)

    def __init__(self, theme: Theme, tasks: Tasks, lane: Lane) -> None:
        super().__init__()
        self._tasks = tasks
        self._run: RunRow | None = None
        self._sidebar = IconButton(theme, "panel-left", "Show the sidebar", keys=keys_of("sidebar"))
        self._sidebar.clicked.connect(self.sidebar_asked)
        self._sidebar.hide()
        back = IconButton(theme, "arrow-left", "Back to Tasks", keys=keys_of("stop"))
        back.clicked.connect(self.closed)
        self._name = ElidedLabel(size="reading", weight="semibold")
        self._source = Pill(theme)
        self._pause = ThemedButton(theme, "pause", "Pause", colour="text")
        self._pause.clicked.connect(self._ask_to_pause)
        self._resume = ThemedButton(theme, "play", "Resume", "primary", colour="on_accent")
        self._resume.clicked.connect(self.resume_asked)
        self.export = ExportButton(theme, tasks, lane)
        self.export.exported.connect(self._exported)
        self.export.refused.connect(self.said)
        self.export.failed.connect(self.failed)
        self._compare = IconButton(theme, "columns-2", "Compare with another run of this recipe")
        self._compare.clicked.connect(self._open_menu)
        names = (self._sidebar, back, self._name, self._source)
        acts = (self._pause, self._resume, self.export, self._compare)
        self.setLayout(row(*names, None, *acts, spacing=10, margins=(Space.M, 0, Space.XL, 0)))
        self.setFixedHeight(Size.HEADER - 1)

    def show_run(self, run: RunRow) -> None:
        self._run = run
        self.export.show_run(run)
        self._name.set_whole(plain(run.recipe_name))
        self._source.show_state(source_of(run))
        is_running = run.state == "running"
        self._pause.setVisible(is_running)
        self._pause.setEnabled(True)
        self._pause.set_text("Pause")
        self._resume.setVisible(not is_running and run.counts.waiting > 0)

    def set_sidebar_button(self, shown: bool) -> None:
        self._sidebar.setVisible(shown)

    def compare_menu(self) -> Menu:
        """The other runs of this recipe."""
        menu = Menu(self, "Compare with another run")
        menu.aboutToHide.connect(menu.deleteLater)
        others = self._others()
        for other in others:
            menu.addAction(menu_text(described(other))).setData(other.id)
        if not others:
            menu.addAction("There is no other run of this recipe yet").setEnabled(False)
        menu.triggered.connect(lambda action: self.compare_asked.emit(action.data()))
        return menu

    def _others(self) -> list[RunRow]:
        run = self._run
        if run is None or run.recipe_id is None:
            return []
        return [other for other in self._tasks.runs(run.recipe_id) if other.id != run.id][:OTHERS]

    def _open_menu(self) -> None:
        menu = self.compare_menu()
        across = self._compare.width() - menu.sizeHint().width()  # its right side under the button's
        menu.popup(self._compare.mapToGlobal(QPoint(across, self._compare.height() + 2)))

    def _ask_to_pause(self) -> None:
        self._pause.setEnabled(False)
        self._pause.set_text("Stopping…")
        self.pause_asked.emit()

    def _exported(self, path: str) -> None:
        self.exported.emit(path)
        self.said.emit(f"Exported to {plain(Path(path).name, 60)}")
