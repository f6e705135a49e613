"""What a person sees and presses on the Models place."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from desktop.models.offer_row import OfferRow
from desktop.window.window import Window

Pressing = Callable[[QWidget, str], None]


class Looking:
    """Reads and presses what is on the screen, as a person would: by its words."""

    def words(self, inside: QWidget) -> list[str]:
        QApplication.processEvents()
        shown = (each for each in inside.findChildren(QLabel) if each.isVisible())
        return [each.text().replace("\u200b", "") for each in shown]

    def text(self, inside: QWidget) -> str:
        return "\n".join(self.words(inside))

    def buttons(self, inside: QWidget) -> dict[str, QPushButton]:
        QApplication.processEvents()
        return {each.text(): each for each in inside.findChildren(QPushButton) if each.isVisible()}

    def press(self, inside: QWidget, text: str) -> None:
        self.buttons(inside)[text].click()
        QApplication.processEvents()

    def row(self, window: Window, model_id: str) -> OfferRow:
        QApplication.processEvents()
        return next(row for row in window.models.findChildren(OfferRow) if row.id == model_id)


@pytest.fixture
def look() -> Looking:
    return Looking()
