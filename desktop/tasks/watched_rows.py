"""A row for each watched folder: where its files come from, where their lines go, how it stands."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QFrame, QSizePolicy

from desktop.tasks import words
from desktop.theme.controls import ElidedLabel, Icon, IconButton, Menu, button, set_property
from desktop.theme.foreign import plain
from desktop.theme.layouts import boxed, column, row
from desktop.theme.theme import Theme
from desktop.theme.wrapped import WrappedLabel
from engine.tasks.values import WatchedTask


class WatchedLine(QFrame):
    """One watched task. Its signals carry it; `resumed` its number."""

    resumed = Signal(int)
    results_asked = Signal(object)
    unwatch_asked = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._task: WatchedTask | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._build()

    def show_task(self, task: WatchedTask, *, paused: bool) -> None:
        self._task = task
        name, way = plain(task.recipe_name, words.NAME), words.watched_way(task)
        self.setAccessibleName(f"Watched folder {name}, {way}")
        self._name.set_whole(name)
        self._way.set_whole(way)
        self._icon.set_icon("triangle-alert" if task.reason else "eye", "warning" if task.reason else "text")
        self._state.set_whole(words.watched_state(task, paused))
        set_property(self._state, "tone", "warning" if task.reason else "muted")
        self._resume.setVisible(paused)
        self._resume.setAccessibleName(f"Resume {name}, {way}")
        self._more.set_icon("ellipsis", f"More for {name}, {way}")

    # Parts

    def _build(self) -> None:
        self._icon = Icon(self._theme, "eye", "text")
        self._name = ElidedLabel(weight="medium")
        self._way = ElidedLabel(tone="faint", size="label", middle=True)
        self._state = WrappedLabel(tone="muted", size="label")
        self._resume = button("Resume", "link")
        self._resume.clicked.connect(self._ask_to_resume)
        self._more = IconButton(self._theme, "ellipsis", "More", size=17)
        self._more.clicked.connect(lambda: self.menu().popup(self._below_more()))
        head = boxed(row(self._name, self._way, None, spacing=10))
        body = row(
            self._icon,
            column(head, self._state, spacing=3),
            self._resume,
            self._more,
            spacing=12,
            margins=(17, 12, 13, 12),  # as rows that have an edge
        )
        body.setStretch(1, 1)
        self.setLayout(body)
        self.setMinimumHeight(64)

    def menu(self) -> Menu:
        menu, task = Menu(self, self.accessibleName()), self._task
        menu.aboutToHide.connect(menu.deleteLater)
        icon = self._theme.icon
        show = menu.addAction(icon("folder-open"), "Open the folder of the results")
        show.triggered.connect(lambda: self.results_asked.emit(task))
        menu.addSeparator()
        stop = menu.addAction(icon("eye-off"), "Stop watching")
        stop.triggered.connect(lambda: self.unwatch_asked.emit(task))
        return menu

    def _below_more(self) -> QPoint:
        return self._more.mapToGlobal(QPoint(0, self._more.height() + 2))

    def _ask_to_resume(self) -> None:
        if self._task is not None:
            self.resumed.emit(self._task.id)
