"""What has to be known before something is sent, one quiet line each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from desktop.theme.controls import Icon, label
from desktop.theme.layouts import clear, column, row, wrapping
from desktop.theme.theme import Theme
from desktop.theme.tokens import Colour, Space

Note = tuple[str, Colour, str]
"""An icon, its colour, and a sentence."""


class Notes(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._rows = column(spacing=Space.XS)
        self.words: list[str] = []
        self.setLayout(self._rows)

    def show_notes(self, notes: Sequence[Note]) -> None:
        self.words = [words for _, _, words in notes]
        self.setVisible(bool(notes))
        clear(self._rows)
        for icon, colour, words in notes:
            said = label(words, size="label", wrap=True, tone="warning" if colour == "warning" else "muted")
            self._rows.addWidget(
                wrapping(row(Icon(self._theme, icon, colour, 15), said, spacing=8), stretch=1)
            )
