"""“Ask every document”: a question that is answered by reading each of them, not a few passages."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLineEdit

from desktop.theme.controls import Icon, button, label
from desktop.theme.layouts import row
from desktop.theme.theme import Theme

EXAMPLE = "How many contracts end in 2025?"


class AskLine(QFrame):
    asked = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._line = QLineEdit()
        self._line.setProperty("kind", "bare")
        self._line.setPlaceholderText(EXAMPLE)
        self._line.setAccessibleName("Ask every document")
        self._line.textChanged.connect(self._changed)
        self._line.returnPressed.connect(self._ask)
        self._button = button("Ask", name="Ask every document")
        self._button.clicked.connect(self._ask)
        self._button.setEnabled(False)
        name = label("Ask every document", weight="medium")
        parts = (Icon(theme, "library", "accent"), name, self._line, self._button)
        layout = row(*parts, spacing=11, margins=(16, 8, 8, 8))
        layout.setStretch(2, 1)
        self.setLayout(layout)

    def clear(self) -> None:
        self._line.clear()

    def _changed(self, text: str) -> None:
        self._button.setEnabled(bool(text.strip()))

    def _ask(self) -> None:
        question = self._line.text().strip()
        if question:
            self.asked.emit(question)
