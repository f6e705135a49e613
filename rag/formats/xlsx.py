"""Excel workbooks: sheets as pages, their rows as tables of what the cells show. Formulas are not computed
(the results stand in the file); macros, data connections and links to other files are never looked at.

Read with expat rather than with openpyxl, which never ends on a sheet whose last cell is XFD1048576, or
python-calamine, which asks for a rectangle of all cells up to it and knows no number formats.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from rag.errors import DocumentTooLarge
from rag.formats import drawingml
from rag.formats.building import PageBuilder, TextBudget, title_for
from rag.formats.cleaning import collapse
from rag.formats.ooxml import (
    EXCEL,
    Relationship,
    core_title,
    main_part,
    related,
    relation_id,
    relationships,
)
from rag.formats.package import Handler, Package, attribute, child, children, local_name, opened
from rag.formats.registry import Progress
from rag.formats.sheet_numbers import BUILT_IN, NumberFormat
from rag.formats.sheets import Cell, Merge, Row, RowTaker, Sheet
from rag.formats.steps import Steps
from rag.settings import ReadLimits
from rag.values import Page, ReadDocument

_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})")
_MERGED = re.compile(rb"mergeCell\s[^>]*?ref\s*=\s*[\"']([A-Z]{1,3}\d{1,7}):([A-Z]{1,3}\d{1,7})")
_LONGEST_MATCH = 200  # bytes that may be cut by the end of a chunk
_MOST_MERGES = 50_000
_LAST_COLUMN = 16_384
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")  # characters that XML cannot hold (22.9.2.19)
_THREADED = "[Threaded comment]"  # an older program's stand-in for a comment that is read elsewhere


def read(path: Path, limits: ReadLimits, progress: Progress) -> ReadDocument:
    """A page for each sheet that is shown, numbered from 1, with its name as heading."""
    steps = Steps(progress)
    with opened(path, limits, EXCEL, steps.pulse) as package:
        workbook = Workbook(package, TextBudget(path, limits.text_characters, steps.pulse))
        if len(workbook.sheets) > limits.pages:
            raise DocumentTooLarge(
                str(path), f"It has {len(workbook.sheets):,} sheets; the limit is {limits.pages:,}."
            )
        steps.expect(len(workbook.sheets))
        pages: list[Page] = []
        for number, (name, part) in enumerate(workbook.sheets.items(), 1):
            pages.append(workbook.page(number, name, part))
            steps.step()
        title = title_for(path, core_title(package))
    return ReadDocument(title, tuple(pages), tuple(workbook.warnings()))


class Workbook:
    """What the sheets have in common: texts, number formats, the day that dates are counted from."""

    def __init__(self, package: Package, budget: TextBudget) -> None:
        self._package = package
        self._budget = budget
        self._without_result = 0
        self._hidden: list[str] = []
        main = main_part(package, "xl/workbook.xml")
        root = package.part(main)
        if root is None:
            raise package.damaged()
        leads_to = relationships(package, main)
        self.sheets = self._shown(root, leads_to)
        properties = child(root, "workbookPr")
        from_1904 = properties is not None and attribute(properties, "date1904") in ("1", "true")
        self._formats = _formats(next(related(package, leads_to, "styles"), None), from_1904=from_1904)
        self._strings = _strings(package, leads_to, budget)

    def _shown(self, root: Any, leads_to: Mapping[str, Relationship]) -> dict[str, str]:
        """Names of the sheets that a person sees, with their parts; a chart's own sheet has no cells."""
        shown: dict[str, str] = {}
        for sheet in children(root, "sheets"):
            relationship = leads_to.get(relation_id(sheet, "id"))
            name = collapse(attribute(sheet, "name")) or f"Sheet {len(shown) + 1}"
            if attribute(sheet, "state") in ("hidden", "veryHidden"):
                self._hidden.append(name)
            elif relationship and relationship.kind == "worksheet":
                shown[name] = relationship.target
        return shown

    def page(self, number: int, name: str, part: str) -> Page:
        builder = PageBuilder(self._budget)
        builder.add("heading", name, 1)
        sheet = Sheet(builder, self._budget, self.merges(part))
        for _ in self.steps(part, sheet):
            pass
        sheet.close()
        leads_to = relationships(self._package, part)
        for words in _drawn(self._package, leads_to):
            builder.add("paragraph", words)
        _add_comments(builder, self._package, leads_to)
        page = builder.build(number)
        return page if len(page.blocks) > 1 else Page(number, "")

    def merges(self, part: str) -> list[Merge]:
        """The merged cells. They stand after the rows, which go by only once, so they are searched for
        before."""
        return list(islice(_found_merges(self._package, part), _MOST_MERGES))

    def steps(self, part: str, taker: RowTaker) -> Iterator[None]:
        """Give a sheet's rows to `taker`; pauses after each piece of the file."""
        if not self._package.has(part):
            raise self._package.damaged()
        rows = _Rows(taker, self._formats, self._strings)
        yield from self._package.steps(part, rows)
        self._without_result += rows.without_result

    def warnings(self) -> Iterator[str]:
        if self._hidden:
            names = ", ".join(f"“{name}”" for name in self._hidden[:5])
            yield f"Hidden sheets were left out: {names}{'…' if len(self._hidden) > 5 else ''}."
        if self._without_result:
            yield (
                f"{self._without_result:,} cells hold formulas whose results were not saved. Open the file in"
                " a spreadsheet program and save it, and Carrel can read them."
            )


class _Rows(Handler):
    """Collects the cells of a sheet's part, row by row."""

    def __init__(self, taker: RowTaker, formats: list[NumberFormat], strings: list[str]) -> None:
        self.without_result = 0
        self._taker = taker
        self._formats = formats
        self._strings = strings
        self._number = 0
        self._row: Row = {}
        self._column = 0
        self._cell: Mapping[str, str] = {}
        self._has_formula = self._spoken = False
        self._value: list[str] = []
        self._words: list[str] | None = None  # of the value that is being read

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "c":
            self._cell = attributes
            self._column = _column(attributes.get("r", "")) or self._column + 1
            self._has_formula = self._spoken = False
            self._value = []
        elif name == "row":
            given = attributes.get("r", "")
            self._number = int(given) if given.isdecimal() and len(given) < 8 else self._number + 1
            self._row, self._column = {}, 0
        elif name in ("v", "t"):
            self._words = None if self._spoken else self._value
        elif name == "f":
            self._has_formula = True
        elif name == "rPh":  # how a Japanese text is spoken
            self._spoken = True

    def text(self, text: str) -> None:
        if self._words is not None:
            self._words.append(text)

    def end(self, name: str) -> None:
        if name in ("v", "t"):
            self._words = None
        elif name == "rPh":
            self._spoken = False
        elif name == "c":
            self._end_cell()
        elif name == "row":
            self._taker.add(self._number, self._row)
            self._row = {}

    def _end_cell(self) -> None:
        written = "".join(self._value)
        if written and self._column <= _LAST_COLUMN:
            self._row[self._column] = self._shown(written)
        elif self._has_formula:
            self.without_result += 1

    def _shown(self, written: str) -> Cell:
        kind = self._cell.get("t", "n")
        if kind == "s":
            place = int(written) if written.strip().isdecimal() and len(written) < 10 else len(self._strings)
            return Cell(self._strings[place] if place < len(self._strings) else "")
        if kind == "b":
            return Cell("FALSE" if written.strip() == "0" else "TRUE")
        if kind == "n":
            return self._number_cell(written)
        return Cell(_unescaped(written), "date" if kind == "d" else "text")

    def _number_cell(self, written: str) -> Cell:
        try:
            value = float(written)
        except ValueError:
            return Cell(written)
        style = self._cell.get("s", "0")
        place = int(style) if style.isdecimal() and len(style) < 6 else 0
        form = self._formats[place if place < len(self._formats) else 0]
        return Cell(form(value), "date" if form.is_date else "number")


def _column(reference: str) -> int:
    """The column of a cell named like “AB12”; 0 where the name is none."""
    number = 0
    for letter in reference:
        if not "A" <= letter <= "Z" or number > _LAST_COLUMN:
            break
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


class _Strings(Handler):
    """Collects the texts that cells share."""

    def __init__(self, budget: TextBudget) -> None:
        self.strings: list[str] = []
        self._budget = budget
        self._characters = 0
        self._words: list[str] = []
        self._in_text = self._spoken = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "si":
            self._words = []
        elif name == "rPh":
            self._spoken = True
        elif name == "t":
            self._in_text = not self._spoken

    def text(self, text: str) -> None:
        if self._in_text:
            self._words.append(text)

    def end(self, name: str) -> None:
        if name == "t":
            self._in_text = False
        elif name == "rPh":
            self._spoken = False
        elif name == "si":
            self.strings.append(_unescaped("".join(self._words)))
            self._characters += len(self.strings[-1]) + 1  # a million empty ones take memory, too
            self._budget.check(self._characters)


def _strings(package: Package, leads_to: Mapping[str, Relationship], budget: TextBudget) -> list[str]:
    handler = _Strings(budget)
    for relationship in leads_to.values():
        if relationship.kind == "sharedStrings":
            package.stream(relationship.target, handler)
    return handler.strings


def _unescaped(text: str) -> str:
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


def _formats(styles: Any, *, from_1904: bool) -> list[NumberFormat]:
    """The number format of each cell style; always one."""
    codes = dict(BUILT_IN)
    for element in children(styles, "numFmts"):
        number = attribute(element, "numFmtId")
        if number.isdecimal() and len(number) < 10 and int(number) not in BUILT_IN:
            codes[int(number)] = attribute(element, "formatCode")
    made: dict[str, NumberFormat] = {}
    formats = []
    for element in children(styles, "cellXfs"):
        number = attribute(element, "numFmtId")
        code = codes.get(int(number), "General") if number.isdecimal() and len(number) < 10 else "General"
        formats.append(made.setdefault(code, NumberFormat(code, from_1904=from_1904)))
    return formats or [NumberFormat("General")]


def _found_merges(package: Package, part: str) -> Iterator[Merge]:
    rest = b""
    for chunk in package.chunks(part):
        data, end = rest + chunk, 0
        for match in _MERGED.finditer(data):
            end = match.end()
            first = _REFERENCE.fullmatch(match[1].decode())
            last = _REFERENCE.fullmatch(match[2].decode())
            if first and last:
                yield Merge(int(first[2]), _column(first[1]), int(last[2]), _column(last[1]))
        rest = data[max(end, len(data) - _LONGEST_MATCH) :]


def _drawn(package: Package, leads_to: Mapping[str, Relationship]) -> Iterator[str]:
    """The words of text boxes and the titles of charts, whose figures stand in cells."""
    for relationship in leads_to.values():
        drawing = package.part(relationship.target) if relationship.kind == "drawing" else None
        if drawing is None:
            continue
        for body in (element for element in drawing.iter() if local_name(element) == "txBody"):
            yield drawingml.text(body)
        for chart in related(package, relationships(package, relationship.target), "chart"):
            if title := drawingml.chart_title(chart):
                yield f"Chart: {title}"


def _add_comments(builder: PageBuilder, package: Package, leads_to: Mapping[str, Relationship]) -> None:
    comments = [
        f"{attribute(element, 'ref')}: {words}"
        for kind in ("comments", "threadedComment")
        for root in related(package, leads_to, kind)
        for element in root.iter()
        if local_name(element) in ("comment", "threadedComment")
        and (words := _comment(element))
        and not words.startswith(_THREADED)
    ]
    if comments:
        builder.add("heading", "Comments", 2)
    for words in comments:
        builder.add("paragraph", words)


def _comment(element: Any) -> str:
    holder = child(element, "text")
    if holder is None:
        return ""
    words = [inner.text or "" for inner in holder.iter() if local_name(inner) in ("t", "text")]
    return collapse("".join(words))
