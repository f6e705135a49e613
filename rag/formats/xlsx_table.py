"""Rows of one sheet of an Excel workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from rag.formats.building import TextBudget
from rag.formats.ooxml import EXCEL
from rag.formats.package import opened as package_opened
from rag.formats.sheets import MergedCells
from rag.formats.table_source import Cells, SheetRows, TableSource, no_such_sheet
from rag.formats.xlsx import Workbook
from rag.settings import ReadLimits


@contextmanager
def opened(path: Path, sheet: str, limits: ReadLimits, pulse: Callable[[], object]) -> Iterator[TableSource]:
    with package_opened(path, limits, EXCEL, pulse) as package:
        workbook = Workbook(package, TextBudget(path, limits.table_characters, pulse))
        yield _ExcelTable(path, workbook, sheet, limits)


class _ExcelTable:
    names = None

    def __init__(self, path: Path, workbook: Workbook, sheet: str, limits: ReadLimits) -> None:
        self._path = path
        self._workbook = workbook
        self._limits = limits
        self.sheets = tuple(workbook.sheets)
        if sheet and sheet not in self.sheets:
            raise no_such_sheet(path, sheet, self.sheets)
        self.sheet = sheet or next(filter(self._holds_something, self.sheets), "")

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._workbook.warnings()))

    def rows(self) -> Iterator[Cells]:
        return self._rows(self.sheet) if self.sheet else iter(())

    def _rows(self, sheet: str) -> Iterator[Cells]:
        part = self._workbook.sheets[sheet]
        rows = SheetRows(self._path, self._limits, MergedCells(self._workbook.merges(part)))
        for _ in self._workbook.steps(part, rows):
            yield from rows.let_go()

    def _holds_something(self, sheet: str) -> bool:
        return any(True for _ in islice(self._rows(sheet), 1))
