"""A page of the window that a document can be laid over."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QWidget


class Stage(QStackedWidget):
    """Shows the page, or what covers it; what is covered is out of reach of the keyboard as well."""

    def __init__(self, page: QWidget) -> None:
        super().__init__()
        self._page = page
        self.addWidget(page)

    def cover(self, cover: QWidget) -> None:
        if self.indexOf(cover) < 0:
            self.addWidget(cover)
        self.setCurrentWidget(cover)

    def uncover(self) -> None:
        self.setCurrentWidget(self._page)

    @property
    def is_covered(self) -> bool:
        return self.currentWidget() is not self._page
