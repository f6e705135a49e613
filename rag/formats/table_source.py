"""What a format gives of a table whose rows are worked on one by one; `rag/tables.py` makes rows of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from rag.errors import DocumentTooLarge, DocumentUnreadable
from rag.formats.cleaning import clean
from rag.formats.sheets import Merge, MergedCells, Row
from rag.settings import ReadLimits

PULSE_ROWS = 1000

Cells = Mapping[int, str]
"""The texts of a row by column, counted from 0; empty ones are left out."""


class TableSource(Protocol):
    """A table that is open. Its rows are gone through twice: to see what there is, then to give them."""

    def rows(self) -> Iterator[Cells]:
        """The rows in order. Raises DocumentUnreadable."""
        ...

    @property
    def names(self) -> tuple[str, ...] | None:
        """What the file itself calls the columns; None where a row may say so. Known after the first pass."""
        ...

    @property
    def sheets(self) -> tuple[str, ...]: ...

    @property
    def sheet(self) -> str: ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about what was left out. Known after the first pass."""
        ...


class SheetRows:
    """Takes the rows of a sheet as a `RowTaker`, and lets them go in portions.

    Cells stay as they are until they are let go: a thousand of them may share one text of five megabytes.
    """

    def __init__(self, path: Path, limits: ReadLimits, merged: MergedCells) -> None:
        self.holds_something = False
        self._path = path
        self._limits = limits
        self._merged = merged
        self._waiting: list[tuple[Row, int]] = []
        self._characters = 0

    def add(self, number: int, row: Row, times: int = 1) -> None:
        """`times`: so many rows in a row are the same. Raises: DocumentTooLarge."""
        row = {column: cell for column, cell in row.items() if cell.text.strip()}
        if len(row) > self._limits.table_columns:
            raise too_wide(self._path, self._limits)
        if not row:
            return
        self.holds_something = True
        self._merged.fill(number, row)
        self._characters += times * sum(len(cell.text) + 1 for cell in row.values())
        if self._characters > self._limits.table_characters:
            raise DocumentTooLarge(
                str(self._path), f"It holds more than {self._limits.table_characters:,} characters of text."
            )
        self._waiting.append((row, times))

    def merge(self, merge: Merge) -> None:
        self._merged.add(merge)

    def let_go(self) -> Iterator[Cells]:
        """The rows since the last time."""
        waiting, self._waiting = self._waiting, []
        for row, times in waiting:
            cells = {column - 1: clean(cell.text).strip() for column, cell in row.items()}
            for _ in range(times):
                yield cells


def too_wide(path: Path, limits: ReadLimits) -> DocumentTooLarge:
    return DocumentTooLarge(str(path), f"It has more than {limits.table_columns:,} columns.")


def no_such_sheet(path: Path, sheet: str, sheets: tuple[str, ...]) -> DocumentUnreadable:
    names = ", ".join(f"“{name}”" for name in sheets[:10])
    return DocumentUnreadable(str(path), f"It has no sheet “{sheet}”. Its sheets: {names or 'none'}.")
