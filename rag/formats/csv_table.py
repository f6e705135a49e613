"""Rows of CSV and TSV."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rag.formats import csv
from rag.formats.table_source import PULSE_ROWS, Cells, TableSource, no_such_sheet
from rag.settings import ReadLimits


@contextmanager
def opened(path: Path, sheet: str, limits: ReadLimits, pulse: Callable[[], object]) -> Iterator[TableSource]:
    if sheet:
        raise no_such_sheet(path, sheet, ())
    text, dialect = csv.opened(path, replace(limits, text_characters=limits.table_characters))
    pulse()
    if dialect.quote and dialect.quote in text and not _is_closed(dialect, text, pulse):
        dialect = replace(dialect, quote=None)
    yield _CsvTable(text, dialect, pulse)


def _is_closed(dialect: csv.Dialect, text: str, pulse: Callable[[], object]) -> bool:
    """Whether every quotation mark has its counterpart; else rows would be swallowed."""
    try:
        for number, _ in enumerate(csv.filled(dialect, text)):
            if number % PULSE_ROWS == 0:
                pulse()
    except csv.UnclosedError:
        return False
    return True


class _CsvTable:
    names = None
    sheets = ()
    sheet = ""
    notes = ()

    def __init__(self, text: str, dialect: csv.Dialect, pulse: Callable[[], object]) -> None:
        self._text = text
        self._dialect = dialect
        self._pulse = pulse

    def rows(self) -> Iterator[Cells]:
        for number, row in enumerate(csv.filled(self._dialect, self._text)):
            if number % PULSE_ROWS == 0:
                self._pulse()
            yield {column: cell for column, cell in enumerate(row) if cell}
