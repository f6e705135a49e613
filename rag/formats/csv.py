"""CSV and TSV: what parts the columns, and whether the first row names them, is found out by looking."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from rag.errors import DocumentTooLarge
from rag.formats.building import PageBuilder, TextBudget
from rag.formats.encoding import text_of
from rag.formats.records import add_records
from rag.formats.registry import Progress
from rag.settings import ReadLimits
from rag.values import ReadDocument

_SAMPLE_CHARACTERS = 1 << 16
_SAMPLE_ROWS = 200
# The comma last: where numbers have a decimal comma it stands in every row, and parts nothing.
_DELIMITERS = "\t;|,"
_STEADY = 0.9  # share of the rows with as many columns as most have
_MANY_LINES = 50  # a cell with more is looked at
_MOST_TITLE_ROWS = 10
_ROWS_TOGETHER = 5000
# Of the whole process, so it must suit every file that is being read. Python's own of 131,072 would refuse
# cells that others hold.
_LONGEST_CELL = (1 << 31) - 1
_SAID = re.compile(r"\Asep=(.)\n", re.IGNORECASE)  # Excel's own way to say it
_VALUE = re.compile(
    r"[-+(]?[$€£¥]?\s?\d[\d.,'’\s]*(?:[eE][-+]?\d+)?\s?[%€$£)]?|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[T ].*)?"
    r"|true|false|yes|no|null|nan|n/a|-",
    re.IGNORECASE,
)

Rows = list[list[str]]


class UnclosedError(Exception):
    """A quotation mark that nobody closed has swallowed rows."""


@dataclass(frozen=True, slots=True)
class Dialect:
    delimiter: str
    quote: str | None = '"'
    backslash: bool = False

    def rows(self, text: str) -> Iterator[list[str]]:
        return csv.reader(
            io.StringIO(text, newline=""),
            delimiter=self.delimiter,
            quotechar=self.quote,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            escapechar="\\" if self.backslash else None,
            doublequote=not self.backslash,
            skipinitialspace=self.delimiter != "\t",
        )


def read(path: Path, limits: ReadLimits, progress: Progress) -> ReadDocument:
    """One page without number: rows above the table as text, then the table, as far as the limit goes."""
    progress(0, None)
    text, dialect = opened(path, limits)
    try:
        document = _document(path, text, dialect, limits, progress)
    except UnclosedError:
        document = _document(path, text, replace(dialect, quote=None), limits, progress)
    progress(1, 1)
    return document


def opened(path: Path, limits: ReadLimits) -> tuple[str, Dialect]:
    """The text of the table, and how its cells are parted."""
    text = text_of(path, limits)
    csv.field_size_limit(_LONGEST_CELL)
    said = _SAID.match(text)
    if said:
        text = text[said.end() :]
    return text, _dialect(text, said.group(1) if said else None)


def _document(
    path: Path, text: str, dialect: Dialect, limits: ReadLimits, progress: Progress
) -> ReadDocument:
    builder = PageBuilder(TextBudget(path, limits.text_characters))
    rows = filled(dialect, text)
    first = list(islice(rows, _SAMPLE_ROWS))
    titles, header, table = parted(first)
    table += islice(rows, _ROWS_TOGETHER - len(table))
    for title in titles:
        builder.add("paragraph", " ".join(filter(None, title)))
    read = 0
    while table or read == 0:
        progress(0, None)
        try:
            add_records(builder, header, table)
        except DocumentTooLarge as error:
            if read == 0:
                raise
            return ReadDocument(path.stem, (builder.build(None),), (first_rows_only(read, error),))
        read += len(table) or 1
        table = list(islice(rows, _ROWS_TOGETHER))
    return ReadDocument(path.stem, (builder.build(None),))


def first_rows_only(read: int, error: DocumentTooLarge) -> str:
    return f"{error.reason} Only its first {read:,} rows were read."


def filled(dialect: Dialect, text: str) -> Iterator[list[str]]:
    """The rows that hold something. Raises: UnclosedError."""
    for row in dialect.rows(text):
        cells = [cell.strip() for cell in row]
        if any(cells):
            if any(
                cell.count("\n") > _MANY_LINES and _holds_rows(cell, dialect, len(cells)) for cell in cells
            ):
                raise UnclosedError
            yield cells


def _holds_rows(cell: str, dialect: Dialect, columns: int) -> bool:
    """Whether what stands in a cell looks like rows: nobody closed its quotation mark."""
    lines = cell.split("\n")
    return sum(dialect.delimiter in line for line in lines) > len(lines) / 2 or columns == 1


def _dialect(text: str, said: str | None) -> Dialect:
    """The delimiter that gives the steadiest columns, and how cells are quoted."""
    sample = _sample(text)
    quote = (
        "'" if '"' not in sample and re.search(r"(?:^|[,;\t|])'[^'\n]*'(?:[,;\t|]|$)", sample, re.M) else '"'
    )
    backslash = '\\"' in sample and '""' not in sample
    if said:
        return Dialect(said, quote, backslash)
    choices = [Dialect(delimiter, quote, backslash) for delimiter in _DELIMITERS]
    judged = [(*_steadiness(list(_first(choice.rows(sample)))), choice) for choice in choices]
    for share, columns, choice in judged:
        if share >= _STEADY and columns > 1:
            return choice
    best = max(judged, key=lambda judgement: (judgement[1] > 1) * judgement[0])
    return best[2] if best[1] > 1 else Dialect(",", quote, backslash)


def _sample(text: str) -> str:
    """The first lines, whole ones; a part of the first where it alone is longer."""
    sample = text[:_SAMPLE_CHARACTERS]
    return sample[: sample.rfind("\n") + 1] or sample if len(text) > _SAMPLE_CHARACTERS else sample


def _first(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    for _, row in zip(range(_SAMPLE_ROWS), rows, strict=False):
        if any(row):
            yield row


def _steadiness(rows: Rows) -> tuple[float, int]:
    """The share of the rows that have as many columns as most, and how many these are.

    A delimiter that stands inside quoted cells leaves half a pair of quotation marks on either side.
    """
    if not rows:
        return 0.0, 0
    columns, count = Counter(map(len, rows)).most_common(1)[0]
    torn = sum(cell.count('"') % 2 for row in rows for cell in row)
    return (0.0 if torn > len(rows) / 10 else count / len(rows)), columns


def parted(rows: Rows, is_header: Callable[[Rows], bool] | None = None) -> tuple[Rows, list[str], Rows]:
    """Titles above the table, the names of its columns (none where no row gives them), its rows."""
    width = Counter(map(len, rows)).most_common(1)[0][0] if rows else 0
    first = 0
    while width > 1 and first < min(len(rows) - 1, _MOST_TITLE_ROWS) and sum(map(bool, rows[first])) == 1:
        first += 1
    titles, table = rows[:first], rows[first:]
    if not (is_header or is_header_of)(table):
        return titles, [], table
    return titles, table[0], table[1:]


def is_header_of(table: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names columns: words, each once, that do not come again below."""
    if len(table) < 2:
        return False
    names = [cell for cell in table[0] if cell]
    if not names or len(names) < len(table[0]) / 2 or any(_VALUE.fullmatch(name) for name in names):
        return False
    if len(set(names)) < len(names):
        return False
    again = sum(name in column for name, column in zip(table[0], _columns(table), strict=False) if name)
    return again < len(names) / 2


def _columns(table: Sequence[Sequence[str]]) -> list[set[str]]:
    width = len(table[0])
    return [{row[place] for row in table[1:_SAMPLE_ROWS] if place < len(row)} for place in range(width)]
