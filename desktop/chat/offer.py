"""One calm line under an answer that looks hard: a provider could be asked, and for how much."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from desktop.theme.controls import Icon, IconButton, button, label
from desktop.theme.layouts import row
from desktop.theme.theme import Theme


class Offer(QFrame):
    """Asks nothing of anybody; a press shows what would be sent."""

    pressed = Signal()
    dismissed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "offer")
        self._icon = Icon(theme, "cloud", "cloud", 16)
        self._words = label(size="label", wrap=True)
        self._see = button("See what would be sent", "link")
        self._see.clicked.connect(self.pressed)
        self._close = IconButton(theme, "x", "Not this time", size=15, colour="faint")
        self._close.clicked.connect(self.dismissed)
        layout = row(self._icon, self._words, self._see, self._close, spacing=10, margins=(12, 3, 5, 3))
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.hide()

    @property
    def words(self) -> str:
        return self._words.text()

    def offer(self, words: str) -> None:
        self._icon.set_icon("cloud", "cloud")
        self._show(words, asks=True)

    def explain(self, words: str) -> None:
        """Why it cannot be offered."""
        self._icon.set_icon("lock", "muted")
        self._show(words, asks=False)

    def _show(self, words: str, *, asks: bool) -> None:
        self._words.setText(words)
        self.setAccessibleName(words)
        self._see.setVisible(asks)
        self.show()
