"""The first rows of a table, or the first documents, as they will be read."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from desktop.theme.controls import ElidedLabel, card, label, line
from desktop.theme.foreign import plain
from desktop.theme.layouts import boxed, clear, column, row
from engine.tasks.values import Item, Preview

ROWS, COLUMNS, CELL = 4, 5, 120
FEW, SHORT = 4, 12
"""Of so few columns, values of so few characters are shown whole."""
WIDE = 4
"""So many times as wide as another is a column that is read."""


class FirstRows(QFrame):
    """Hidden while there is nothing to show."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "table")
        self._inside = column(spacing=0)
        self.setLayout(self._inside)

    def show_preview(self, preview: Preview, chosen: Collection[str]) -> None:
        """`chosen` columns stand out, and come first where not all have room."""
        clear(self._inside)
        self.setVisible(bool(preview.first))
        if preview.columns:
            self._show_table(preview, chosen)
        else:
            self._show_titles(preview)

    def _show_titles(self, preview: Preview) -> None:
        for number, item in enumerate(preview.first[:ROWS]):
            if number:
                self._inside.addWidget(line())
            title = ElidedLabel(plain(item.title, CELL), size="label", middle=True)
            self._inside.addWidget(boxed(row(title, margins=(15, 9, 15, 9))))

    def _show_table(self, preview: Preview, chosen: Collection[str]) -> None:
        names = shown_columns(preview.columns, chosen)
        wide = [WIDE if name in chosen and len(chosen) < len(preview.columns) else 1 for name in names]
        least = [0 if name in chosen or len(names) > FEW else _least(preview, name) for name in names]
        head = card("table-head")
        head.setLayout(row(_cells([_head(name, name in chosen) for name in names], wide, least), spacing=0))
        self._inside.addWidget(head)
        for number, item in enumerate(preview.first[:ROWS]):
            if number:
                self._inside.addWidget(line())
            self._inside.addWidget(
                _cells([_value(item, name, name in chosen) for name in names], wide, least)
            )
        left = len(preview.columns) - len(names)
        if left:
            more = label(f"and {left} more columns" if left > 1 else "and 1 more column", tone="faint")
            self._inside.addWidget(line())
            self._inside.addWidget(boxed(row(more, margins=(15, 8, 15, 8))))


def _least(preview: Preview, name: str) -> int:
    """So wide that short values, such as dates, stand whole; a long text takes what is left."""
    longest = 0
    for text in (name, *(item.values.get(name, "") for item in preview.first[:ROWS])):
        made = ElidedLabel(plain(text, SHORT), size="label")
        made.ensurePolished()
        longest = max(longest, made.sizeHint().width())
    return longest


def shown_columns(columns: tuple[str, ...], chosen: Collection[str]) -> list[str]:
    """As many as there is room for, in their order; those that are chosen stay."""
    if len(columns) <= COLUMNS:
        return list(columns)
    wanted = [name for name in columns if name in chosen][:COLUMNS]
    rest = [name for name in columns if name not in wanted][: COLUMNS - len(wanted)]
    return [name for name in columns if name in wanted or name in rest]


def _head(name: str, chosen: bool) -> ElidedLabel:
    return ElidedLabel(plain(name, CELL), tone="accent" if chosen else "muted", size="label", weight="medium")


def _value(item: Item, name: str, chosen: bool) -> ElidedLabel:
    return ElidedLabel(plain(item.values.get(name, ""), CELL), tone="" if chosen else "faint", size="label")


def _cells(cells: list[ElidedLabel], widths: list[int], least: list[int]) -> QWidget:
    made = QWidget()
    grid = QGridLayout(made)
    grid.setContentsMargins(15, 9, 15, 9)
    grid.setHorizontalSpacing(16)
    for index, cell in enumerate(cells):
        grid.addWidget(cell, 0, index)
        cell.setMinimumWidth(0)
        cell.setSizePolicy(cell.sizePolicy().Policy.Ignored, cell.sizePolicy().verticalPolicy())
        grid.setColumnStretch(index, widths[index])
        grid.setColumnMinimumWidth(index, least[index])
    return made
