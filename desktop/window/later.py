"""A page that is built when it is first shown: the window opens sooner for whoever never goes there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QWidget

from desktop.theme.controls import Surface
from desktop.theme.layouts import column


class Page(Protocol):
    """What every page of the window has."""

    sidebar_asked: SignalInstance

    def set_sidebar_button(self, shown: bool) -> None: ...


class LaterPage(Surface):
    """Stands in the window for the page that `make` gives, and holds it once there is one."""

    sidebar_asked = Signal()

    def __init__(self, make: Callable[[], QWidget]) -> None:
        super().__init__("page")
        self._make = make
        self._page: QWidget | None = None
        self._has_button = False
        self._column = column(spacing=0)
        self.setLayout(self._column)

    def build(self) -> None:
        """Make the page, if that was not done yet."""
        if self._page is None:
            self._page = self._make()
            self._column.addWidget(self._page)
            self._of(self._page).sidebar_asked.connect(self.sidebar_asked)
            self._of(self._page).set_sidebar_button(self._has_button)

    def set_sidebar_button(self, shown: bool) -> None:
        self._has_button = shown
        if self._page is not None:
            self._of(self._page).set_sidebar_button(shown)

    @staticmethod
    def _of(page: QWidget) -> Page:
        return page  # type: ignore[return-value]  # a QWidget with the Page's members
