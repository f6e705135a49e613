"""The files that a run cannot read, each with its reason: nothing is left out without a word."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QFrame, QWidget

from desktop.theme.controls import ElidedLabel, Icon, label, line
from desktop.theme.foreign import breakable, plain
from desktop.theme.layouts import boxed, clear, column, row, wrapping
from desktop.theme.theme import Theme

SHOWN, REASON = 50, 300


class UnreadableList(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._title = label(tone="warning", weight="medium", wrap=True)
        self._table = QFrame()
        self._table.setProperty("kind", "table")
        self._rows = column(spacing=0)
        self._table.setLayout(self._rows)
        head = wrapping(row(Icon(theme, "triangle-alert", "warning", 16), self._title, spacing=8), stretch=1)
        self.setLayout(column(head, self._table, spacing=8))
        self.hide()

    def show_files(self, files: Sequence[tuple[str, str]]) -> None:
        number = "1 file" if len(files) == 1 else f"{len(files):,} files"
        self._title.setText(f"{number} cannot be read and will be left out.")
        clear(self._rows)
        for index, (path, reason) in enumerate(files[:SHOWN]):
            if index:
                self._rows.addWidget(line())
            name = ElidedLabel(plain(Path(path).name, 80), size="label", middle=True)
            name.setFixedWidth(200)
            said = label(breakable(plain(reason, REASON)), tone="muted", size="label", wrap=True)
            self._rows.addWidget(wrapping(row(name, said, spacing=16, margins=(15, 9, 15, 9)), stretch=1))
        if len(files) > SHOWN:
            more = label(f"and {len(files) - SHOWN:,} more", tone="muted", size="label")
            self._rows.addWidget(boxed(row(more, margins=(15, 9, 15, 9))))
