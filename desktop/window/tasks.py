"""The Tasks place in the window: its page, its desk, and what both ask of the window."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.lanes import Lanes
from desktop.tasks.desk import TaskDesk
from desktop.tasks.page import TasksPage
from desktop.theme.theme import Theme
from desktop.window.ports import CarrelApplication
from desktop.window.sheet import Sheet
from desktop.window.toasts import Toast


class TasksPlace(QObject):
    """`count_changed` says how many runs are under way; `shown_asked` that the place is to be shown,
    `provider_asked` the one where a provider is chosen."""

    count_changed = Signal(int)
    shown_asked = Signal()
    provider_asked = Signal()
    failed = Signal(object)

    def __init__(
        self, app: CarrelApplication, theme: Theme, lanes: Lanes, sheet: Sheet, toast: Toast, window: QWidget
    ) -> None:
        super().__init__(window)
        self.desk = TaskDesk(app.tasks, lanes, theme, sheet, toast, window)
        self.page = TasksPage(theme, app, self.desk, lanes)
        self.desk.is_watched = lambda run_id: self.page.shown_run == run_id
        self.desk.asking.is_online = app.cloud.online
        self.desk.asking.go_online = partial(app.cloud.set_online, True)
        self.page.said.connect(toast.say)
        self.desk.running.listed.connect(self._count)
        self.desk.run_asked.connect(self._show_run)
        self.desk.provider_asked.connect(self.provider_asked)
        for source in (self.desk, self.page):
            source.failed.connect(self.failed)

    def enter(self, *, again: bool) -> None:
        """The place is shown; `again`: it was on the screen already, so the person wants its first page."""
        if again:
            self.page.escape()
        self.page.refresh()

    def begin(self) -> None:
        self.desk.following.begin()

    def close(self) -> None:
        self.desk.following.close()

    def at_work(self) -> str:
        return self.desk.at_work() or self.page.at_work()

    def ask_every_document(self, question: str, collection: str) -> None:
        self.shown_asked.emit()
        self.page.ask_every_document(question, collection)

    def take_files(self, files: Sequence[Path]) -> bool:
        """Files that were dropped on the page; whether it has a use for them now."""
        return self.page.take_files(files)

    def _show_run(self, run_id: int) -> None:
        if not self.page.isVisible():
            self.shown_asked.emit()
        self.page.show_run(run_id)

    def _count(self) -> None:
        self.count_changed.emit(len(self.desk.running.all))
