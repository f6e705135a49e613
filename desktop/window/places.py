"""The pages that the sidebar leads to: one of them is on the screen."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QWidget


class Places(QStackedWidget):
    """Pages by the key of their place."""

    def __init__(self, pages: Mapping[str, QWidget]) -> None:
        super().__init__()
        self._pages: dict[str, QWidget] = {}
        for key, page in pages.items():
            self.add(key, page)

    def add(self, key: str, page: QWidget) -> None:
        """One more, which is not shown yet."""
        self._pages[key] = page
        self.addWidget(page)

    @property
    def place(self) -> str:
        shown = self.currentWidget()
        return next(key for key, page in self._pages.items() if page is shown)

    def is_shown(self, key: str) -> bool:
        return self.place == key

    def show_place(self, key: str) -> None:
        page = self._pages[key]
        page.setFocus(Qt.FocusReason.OtherFocusReason)  # else Qt hands it to the page's first button
        self.setCurrentWidget(page)
