"""How far something is: words, a bar under them, and links at the right for what can be done about it."""

from __future__ import annotations

from PySide6.QtWidgets import QProgressBar, QPushButton, QWidget

from desktop.theme.layouts import column, row, wrapping
from desktop.theme.wrapped import WrappedLabel


class ProgressStrip(QWidget):
    def __init__(self, *actions: QPushButton) -> None:
        super().__init__()
        self._words = WrappedLabel(tone="muted", size="label")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        head = wrapping(row(self._words, *actions, spacing=14), stretch=0)
        self.setLayout(column(head, self._bar, spacing=5))

    @property
    def words(self) -> str:
        return self._words.whole

    def show_progress(self, text: str, done: int, total: int, *, name: str) -> None:
        """`total` 0: nothing is known yet, and the bar is empty. `name` is what a screen reader calls it."""
        self._words.set_whole(text)
        # Sizes in bytes do not fit a bar's 32 bits.
        self._bar.setRange(0, 1000)
        self._bar.setValue(1000 * min(done, total) // total if total else 0)
        self._bar.setAccessibleName(name)
