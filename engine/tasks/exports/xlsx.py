"""An Excel workbook: typed columns, evidence as notes, the header fixed and with filters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError

from engine.tasks.exports.columns import ExportColumn, Kind, evidence
from engine.tasks.values import StoredLine

MOST_ROWS = 1_048_576
# Source: support.microsoft.com, “Excel specifications and limits”.
_LONGEST_TEXT = 32_767
_MOST_PRECISE = 2**53  # a larger whole number would lose digits
_FIRST_DAY = date(1900, 3, 1)  # before it, Excel counts a day that never was
# Excel takes minutes to open a sheet with hundreds of thousands of notes.
MOST_NOTES = 50_000
_WIDTHS: dict[Kind, float] = {
    "text": 24,
    "input": 32,
    "number": 14,
    "date": 12,
    "boolean": 13,
    "confidence": 11,
}
_FORMATS: dict[Kind, str] = {"number": "#,##0.######", "date": "yyyy-mm-dd", "confidence": "0.00"}
_REST = "… (%d more characters; Excel holds no more in a cell. CSV and JSON lines have all.)"
_NOTES_ENDED = (
    f"The evidence stands in the notes of the first {MOST_NOTES:,} cells that have any: Excel cannot cope"
    " with more. An export as JSON lines has all of it."
)


class XlsxWriter:
    def __init__(self, path: Path, columns: Sequence[ExportColumn]) -> None:
        self._columns = columns
        # Rows go to the disk as they come: 100,000 take 20 MB of memory.
        self._book = Workbook(
            str(path), {"constant_memory": True, "use_zip64": True, "tmpdir": str(path.parent)}
        )
        self._sheet = self._book.add_worksheet("Results")
        self._formats = {kind: self._book.add_format({"num_format": code}) for kind, code in _FORMATS.items()}
        self._heading = self._book.add_format({"bold": True, "bottom": 1})
        self._row = 0
        self._notes = 0

    def head(self) -> None:
        for place, column in enumerate(self._columns):
            self._sheet.set_column(place, place, _WIDTHS[column.kind])
            self._sheet.write_string(0, place, _fitting(column.name), self._heading)
        self._sheet.freeze_panes(1, 0)

    def add(self, line: StoredLine) -> None:
        self._row += 1
        for place, column in enumerate(self._columns):
            self._write(place, column.kind, column.value(line))
            self._note(place, column, line)

    def close(self) -> None:
        last = len(self._columns) - 1
        self._sheet.autofilter(0, 0, self._row, last)
        self._sheet.ignore_errors({"number_stored_as_text": f"A1:{_letters(last)}{self._row + 1}"})
        if self._notes >= MOST_NOTES:
            self._book.add_worksheet("About").write_string(0, 0, _NOTES_ENDED)
        try:
            self._book.close()
        except FileCreateError as error:
            raise (error.args[0] if isinstance(error.args[0], OSError) else error) from error

    def abandon(self) -> None:
        for sheet in self._book.worksheets():
            sheet._opt_close()  # its temporary file; `close` would write all of it first

    def _write(self, place: int, kind: Kind, value: Any) -> None:
        shown = self._formats.get(kind)
        if value is None or value == "":
            return
        if isinstance(value, bool):
            self._sheet.write_boolean(self._row, place, value)
        elif isinstance(value, int | float) and _holds(value):
            self._sheet.write_number(self._row, place, value, shown)
        elif isinstance(value, date) and value >= _FIRST_DAY:
            self._sheet.write_datetime(self._row, place, value, shown)
        else:  # never as a formula or a link, whatever it begins with
            self._sheet.write_string(self._row, place, _fitting(str(value)))

    def _note(self, place: int, column: ExportColumn, line: StoredLine) -> None:
        stored = line.cells.get(column.cell)
        if stored is None or self._notes >= MOST_NOTES:
            return
        words = [evidence(quote) for quote in stored.cell.evidence]
        words += [doubt.replace("_", " ") for doubt in stored.cell.doubts if stored.needs_review]
        if words:
            self._notes += 1
            self._sheet.write_comment(self._row, place, _fitting("\n".join(words)), {"author": "Carrel"})


def _holds(number: float) -> bool:
    return abs(number) <= _MOST_PRECISE if isinstance(number, int) else abs(number) < float("inf")


def _fitting(text: str) -> str:
    """As much as Excel holds, saying how much it does not; a half of a character becomes “?”."""
    text = text.encode("utf-8", "replace").decode()
    # Excel counts in UTF-16.
    if len(text) <= _LONGEST_TEXT // 2 or len(text.encode("utf-16-le")) // 2 <= _LONGEST_TEXT:
        return text
    kept = text.encode("utf-16-le")[: 2 * (_LONGEST_TEXT - 120)].decode("utf-16-le", "ignore")
    return kept + _REST % (len(text) - len(kept))


def _letters(column: int) -> str:
    """The name of a column, counted from 0: 27 is “AB”."""
    letters = ""
    column += 1
    while column > 0:
        column, place = divmod(column - 1, 26)
        letters = chr(ord("A") + place) + letters
    return letters
