"""The small window that says why Carrel does not open."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication, Qt
from PySide6.QtWidgets import QApplication, QDialog

from desktop.explain import Explanation
from desktop.theme.controls import Mark, button, label
from desktop.theme.layouts import boxed, column, row
from desktop.theme.theme import Theme
from desktop.theme.tokens import Space


class Refusal(QDialog):
    """There is no window yet for a sheet to lie over."""

    def __init__(self, explanation: Explanation) -> None:
        super().__init__()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme = Theme(application)
        self.setObjectName("window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.setWindowTitle("Carrel")
        self.setFixedWidth(440)
        self._details = explanation.details
        close = button("Close", "primary")
        close.clicked.connect(self.accept)
        copy = button("Copy details", "quiet")
        copy.clicked.connect(self._copy)
        title = label(explanation.title, size="title", weight="semibold", wrap=True)
        words = label(explanation.what, wrap=True)
        advice = label(explanation.advice, tone="muted", wrap=True)
        parts = (
            boxed(row(Mark(theme, 30), None)),
            title,
            words,
            advice,
            Space.S,
            boxed(row(None, copy, close)),
        )
        self.setLayout(column(*parts, spacing=Space.S, margins=(26, 24, 26, 18)))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._details)
