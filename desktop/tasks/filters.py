"""Which lines of a run are shown: all, those in doubt, corrected or failed; and a search."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QPushButton, QWidget

from desktop.theme.controls import button
from desktop.theme.layouts import row
from desktop.theme.theme import Theme
from desktop.theme.tokens import Space
from engine.tasks.values import LineFilter, RunCounts

TYPED_MS = 200
"""A search begins when no key has been pressed for so long."""

CHIPS: tuple[tuple[LineFilter, str], ...] = (
    ("all", "All"),
    ("review", "Needs review"),
    ("corrected", "Corrected"),
    ("failed", "Failed"),
    ("cloud", "From the cloud"),
)


class FilterBar(QWidget):
    changed = Signal()
    retry_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._chips: dict[LineFilter, QPushButton] = {}
        group = QButtonGroup(self)
        for which, words in CHIPS:
            chip = button(words, "filter")
            chip.setCheckable(True)
            chip.clicked.connect(self.changed)
            group.addButton(chip)
            self._chips[which] = chip
        self._chips["all"].setChecked(True)
        self._retry = button("Try all failed again", "link")
        self._retry.clicked.connect(self.retry_asked)
        self._retry.hide()
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find")
        self.search.setAccessibleName("Find lines that hold these words")
        self.search.setProperty("kind", "small")
        self.search.setClearButtonEnabled(False)
        self.search.setMaximumWidth(240)
        self._typed = QTimer(self, interval=TYPED_MS, singleShot=True)
        self._typed.timeout.connect(self.changed)
        self.search.textChanged.connect(lambda _: self._typed.start())
        self.search.returnPressed.connect(self._search_now)
        chips = row(*self._chips.values(), spacing=8)
        layout = row(chips, self._retry, None, self.search, spacing=12)
        layout.setStretch(2, 1)
        layout.setStretch(3, 1_000)
        layout.setContentsMargins(Space.XL, 0, Space.XL, 12)
        self.setLayout(layout)

    @property
    def which(self) -> LineFilter:
        return next(which for which, chip in self._chips.items() if chip.isChecked())

    @property
    def words(self) -> str:
        return self.search.text().strip()

    def choose(self, which: LineFilter) -> None:
        """As if the chip had been pressed."""
        self._chips[which].setChecked(True)
        self.changed.emit()

    def reset(self) -> None:
        """All lines, without a search; nothing is said."""
        self._chips["all"].setChecked(True)
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)
        self._typed.stop()

    def show_counts(self, counts: RunCounts) -> None:
        numbers = {
            "review": counts.review,
            "corrected": counts.corrected,
            "failed": counts.failed,
            "cloud": counts.cloud,
        }
        for which, words in CHIPS:
            if which in numbers:
                self._chips[which].setText(f"{words} {numbers[which]:,}")
                self._chips[which].setAccessibleName(f"{words}: {numbers[which]:,}")
        self._chips["cloud"].setVisible(bool(counts.cloud) or self.which == "cloud")
        self._retry.setVisible(bool(counts.failed) and self.which == "failed")

    def focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _search_now(self) -> None:
        if self._typed.isActive():
            self._typed.stop()
            self.changed.emit()
