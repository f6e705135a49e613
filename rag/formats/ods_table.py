"""Rows of one sheet of an OpenDocument spreadsheet. The program writes equal rows once, with their number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rag.formats import odf, ods
from rag.formats.building import TextBudget
from rag.formats.package import Package
from rag.formats.package import opened as package_opened
from rag.formats.sheets import Merge, MergedCells, Row
from rag.formats.steps import Steps
from rag.formats.table_source import Cells, SheetRows, TableSource, no_such_sheet
from rag.settings import ReadLimits


@contextmanager
def opened(path: Path, sheet: str, limits: ReadLimits, pulse: Callable[[], object]) -> Iterator[TableSource]:
    with package_opened(path, limits, odf.SPREADSHEET, pulse) as package:
        odf.check_not_encrypted(path, package)
        yield _OpenDocumentTable(path, package, sheet, limits, pulse)


class _OpenDocumentTable:
    names = None

    def __init__(
        self, path: Path, package: Package, sheet: str, limits: ReadLimits, pulse: Callable[[], object]
    ) -> None:
        self._path = path
        self._package = package
        self._limits = limits
        self._pulse = pulse
        self.sheet = sheet
        self.sheets: tuple[str, ...] = ()
        self.notes: tuple[str, ...] = ()

    def rows(self) -> Iterator[Cells]:
        if not self._package.has(odf.CONTENT):
            raise self._package.damaged()
        sheets = _OneSheet(self._path, self._limits, Steps(self._report), self.sheet)
        for _ in self._package.steps(odf.CONTENT, sheets):
            for cells in sheets.let_go():
                self.sheet = sheets.chosen
                yield cells
        if not sheets.is_spreadsheet:
            raise self._package.damaged()
        self.sheets = tuple(sheets.names)
        if self.sheet and self.sheet not in self.sheets:
            raise no_such_sheet(self._path, self.sheet, self.sheets)
        if sheets.hidden:
            self.notes = (f"Hidden sheets were left out: {', '.join(sheets.hidden)}.",)

    def _report(self, _done: int, _total: int | None) -> None:
        self._pulse()


class _OneSheet(ods.Sheets):
    """Takes the rows of the sheet of that name; of the first that holds something, where none is named."""

    def __init__(self, path: Path, limits: ReadLimits, steps: Steps, chosen: str) -> None:
        super().__init__(path, limits, steps)
        self.names: list[str] = []
        self.chosen = chosen
        self._is_named = bool(chosen)
        self._file = path
        self._most = limits
        self._rows: SheetRows | None = None

    def let_go(self) -> Iterator[Cells]:
        return iter(()) if self._rows is None else self._rows.let_go()

    def _begun(self, name: str) -> ods.Table | None:
        self.names.append(name)
        is_wanted = name == self.chosen if self._is_named else not self._has_rows()
        if not is_wanted:
            return None
        self.chosen = name
        self._rows = SheetRows(self._file, self._most, MergedCells())
        return _Rows(name, TextBudget(self._file, self._most.table_characters), self._rows)

    def _has_rows(self) -> bool:
        return self._rows is not None and self._rows.holds_something


class _Rows(ods.Table):
    """Passes the rows of a sheet on as they come."""

    most_repeated = 1 << 14  # as many columns as a sheet has; a row of them is refused by its width

    def __init__(self, name: str, budget: TextBudget, taker: SheetRows) -> None:
        super().__init__(name, budget)
        self._taker = taker

    def _add(self, number: int, row: Row, times: int) -> None:
        self._taker.add(number, dict(row), times)

    def _add_merge(self, merge: Merge) -> None:
        self._taker.merge(merge)
