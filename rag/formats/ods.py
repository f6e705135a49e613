"""OpenDocument spreadsheets (.ods, .ots): sheets as pages, their rows as tables of what the cells show.

The file holds the shown text of each cell beside its value. Formulas, macros and links to other files are
never looked at. A row or cell may be stated to repeat a million times: what is repeated is kept a few times.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from rag.errors import DocumentTooLarge
from rag.formats import odf
from rag.formats.building import PageBuilder, TextBudget, title_for
from rag.formats.cleaning import collapse
from rag.formats.package import Handler, opened
from rag.formats.registry import Progress
from rag.formats.sheets import Cell, Merge, Row, Sheet
from rag.formats.steps import Steps
from rag.settings import ReadLimits
from rag.values import Page, ReadDocument

_MOST_REPEATED = 100
_LAST_COLUMN = 16_384
_NUMBERS = ("float", "percentage", "currency")
_DATES = ("date", "time")
_GROUPED = re.compile(r"\d{1,3}(?:[.,'’\u00a0\u202f]\d{3})+")
# What stands in a cell and is not what the cell shows; text boxes are read by themselves.
_LEFT_OUT = ("forms", "ruby-text", "detective", "sub-table")
_DRAWN = ("frame", "custom-shape")


def read(path: Path, limits: ReadLimits, progress: Progress) -> ReadDocument:
    """A page for each sheet that is shown, numbered from 1, with its name as heading."""
    steps = Steps(progress)
    with opened(path, limits, odf.SPREADSHEET, steps.pulse) as package:
        odf.check_not_encrypted(path, package)
        sheets = Sheets(path, limits, steps)
        if not package.stream(odf.CONTENT, sheets) or not sheets.is_spreadsheet:
            raise package.damaged()
        title = title_for(path, odf.title(package))
    warnings = (f"Hidden sheets were left out: {', '.join(sheets.hidden)}.",) if sheets.hidden else ()
    return ReadDocument(title, tuple(sheets.pages), warnings)


class Sheets(Handler):
    """Makes a page of each table of the document's body."""

    def __init__(self, path: Path, limits: ReadLimits, steps: Steps) -> None:
        self.pages: list[Page] = []
        self.hidden: list[str] = []
        self.is_spreadsheet = False
        self._path = path
        self._limits = limits
        self._budget = TextBudget(path, limits.text_characters, steps.pulse)
        self._steps = steps
        self._open: list[str] = []  # names of the elements around this place
        self._style = ""
        self._hidden_styles: set[str] = set()
        self._table: Table | None = None
        self._skipped = 0  # how deep this place is inside something that is left out

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if self._skipped or (name in _LEFT_OUT and self._table):
            self._skipped += 1
        elif name == "style":
            self._style = attributes.get("name", "")
        elif name == "table-properties" and attributes.get("display") == "false":
            self._hidden_styles.add(self._style)
        elif name == "spreadsheet":
            self.is_spreadsheet = True
        elif name == "table" and self._open[-1:] == ["spreadsheet"]:
            self._begin(attributes)
        elif self._table:
            self._table.start(name, attributes)
        self._open.append(name)

    def text(self, text: str) -> None:
        if self._table and not self._skipped:
            self._table.text(text)

    def end(self, name: str) -> None:
        self._open.pop()
        if self._skipped:
            self._skipped -= 1
        elif name == "table" and self._open[-1:] == ["spreadsheet"]:
            self._finish()
        elif self._table:
            self._table.end(name)

    def _begin(self, attributes: Mapping[str, str]) -> None:
        name = collapse(attributes.get("name", "")) or f"Sheet {len(self.pages) + 1}"
        if attributes.get("style-name", "") in self._hidden_styles:
            self.hidden.append(f"“{name}”")
            return
        if len(self.pages) >= self._limits.pages:
            raise DocumentTooLarge(str(self._path), f"It has more than {self._limits.pages:,} sheets.")
        self._table = self._begun(name)

    def _begun(self, name: str) -> Table | None:
        return Table(name, self._budget)

    def _finish(self) -> None:
        if self._table:
            self.pages.append(self._table.page(len(self.pages) + 1))
            self._table = None
            self._steps.step()


class Table(Handler):
    """Collects the cells of one sheet, row by row."""

    most_repeated = _MOST_REPEATED  # columns that one cell may fill

    def __init__(self, name: str, budget: TextBudget) -> None:
        self._budget = budget
        self._builder = PageBuilder(budget)
        self._builder.add("heading", name, 1)
        self._sheet = Sheet(self._builder, budget)
        self._number = 1
        self._rows = 1
        self._row: Row = {}
        self._column = 1
        self._cell: Mapping[str, str] = {}
        self._words: list[str] = []
        self._comment: list[str] | None = None
        self._comments: list[str] = []
        self._drawn: list[str] = []  # of the text box that is being read
        self._boxes: list[str] = []
        self._drawn_characters = 0
        self._in_paragraph = self._in_drawing = 0

    def page(self, number: int) -> Page:
        self._sheet.close()
        for words in self._boxes:
            self._builder.add("paragraph", words)
        if self._comments:
            self._builder.add("heading", "Comments", 2)
        for words in self._comments:
            self._builder.add("paragraph", words)
        page = self._builder.build(number)
        return page if len(page.blocks) > 1 else Page(number, "")

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "table-row":
            self._rows = _count(attributes, "number-rows-repeated")
            self._row, self._column = {}, 1
        elif name in ("table-cell", "covered-table-cell"):
            self._cell, self._words = attributes, []
        elif name == "annotation":
            self._comment = []
        elif name in _DRAWN:
            self._in_drawing += 1
        elif name in ("p", "s", "tab", "line-break"):
            self._in_paragraph += name == "p"
            self.text(" ")

    def text(self, text: str) -> None:
        if self._in_paragraph and self._in_drawing:
            self._drawn.append(text)
            self._drawn_characters += len(text)
            self._budget.check(self._drawn_characters)
        elif self._in_paragraph:
            (self._words if self._comment is None else self._comment).append(text)

    def end(self, name: str) -> None:
        if name == "p":
            self._in_paragraph -= 1
        elif name in _DRAWN:
            self._end_drawing()
        elif name == "annotation":
            self._end_comment()
        elif name == "table-cell":
            self._end_cell()
        elif name == "covered-table-cell":
            self._column += _count(self._cell, "number-columns-repeated")
        elif name == "table-row":
            self._end_row()

    def _end_drawing(self) -> None:
        self._in_drawing -= 1
        words = collapse("".join(self._drawn))
        if words and not self._in_drawing:
            self._boxes.append(words)
        if not self._in_drawing:
            self._drawn = []

    def _end_comment(self) -> None:
        words = collapse("".join(self._comment or ()))
        if words:
            self._comments.append(f"{_letters(self._column)}{self._number}: {words}")
        self._comment = None

    def _end_cell(self) -> None:
        repeated = _count(self._cell, "number-columns-repeated")
        cell = _shown(collapse("".join(self._words)), self._cell)
        if cell.text and self._column <= _LAST_COLUMN:
            for column in range(self._column, self._column + min(repeated, self.most_repeated)):
                self._row[column] = cell
            self._merge()
        self._column += repeated

    def _merge(self) -> None:
        columns = _count(self._cell, "number-columns-spanned")
        rows = _count(self._cell, "number-rows-spanned")
        if columns > 1 or rows > 1:
            last = self._number + rows - 1, self._column + columns - 1
            self._add_merge(Merge(self._number, self._column, *last))

    def _add_merge(self, merge: Merge) -> None:
        self._sheet.merge(merge)

    def _end_row(self) -> None:
        self._add(self._number, self._row, self._rows)
        self._number += self._rows

    def _add(self, number: int, row: Row, times: int) -> None:
        for again in range(min(times, _MOST_REPEATED if row else 0)):
            self._sheet.add(number + again, dict(row))


def _count(attributes: Mapping[str, str], name: str) -> int:
    written = attributes.get(name, "1")
    return max(int(written), 1) if written.isdecimal() and len(written) < 8 else 1


def _shown(text: str, attributes: Mapping[str, str]) -> Cell:
    kind = attributes.get("value-type", "")
    if kind in _NUMBERS:
        return Cell(_ungrouped(text, attributes.get("value", "")), "number")
    return Cell(text, "date" if kind in _DATES else "text")


def _ungrouped(text: str, value: str) -> str:
    """A number in one piece, as in the other spreadsheets; the value tells a thousand's dot from a point."""
    grouped = _GROUPED.search(text)
    if grouped is None:
        return text
    digits = re.sub(r"\D", "", grouped[0])
    try:
        is_whole = abs(int(digits) - abs(float(value)) * (100 if "%" in text else 1)) < 1
    except (ValueError, OverflowError):
        return text
    return text[: grouped.start()] + digits + text[grouped.end() :] if is_whole else text


def _letters(column: int) -> str:
    """A column's name: 28 is “AB”."""
    letters = ""
    while column > 0:
        column, place = divmod(column - 1, 26)
        letters = chr(ord("A") + place) + letters
    return letters
