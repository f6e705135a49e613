"""A table row by row, for work on each: the names of its columns, then its rows. Runs in the reader process.

All rows are looked at before the first is given: which columns hold something, and how many rows there are.
So every row has the same columns. What was seen is kept packed, up to a limit; beyond it the file is read a
second time, because a table may be larger than the memory.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import msgspec

from rag.errors import TOO_LONG, DocumentEmpty, DocumentTooLarge, DocumentUnreadable
from rag.formats.cleaning import collapse
from rag.formats.csv import is_header_of, parted
from rag.formats.registry import system_errors_named, table_reader_of
from rag.formats.table_source import Cells, TableSource
from rag.process.messages import Reading, TableEnd, TableHeader, TableRows
from rag.process.progress import Stopped
from rag.settings import ReadLimits

_SAMPLE_ROWS = 200
_TOGETHER_ROWS = 500
_TOGETHER_CHARACTERS = 1_000_000
_TELL_EVERY_ROWS = 20_000
_PACKED_BYTES = 64 << 20
_LONGEST_NAME = 200
_SENTENCE = re.compile(r".{60,}|.*\s.*[.!?。]\s*", re.DOTALL)

_PORTIONS = msgspec.msgpack.Decoder(list[dict[int, str]])

TableEvent = Reading | TableHeader | TableRows | TableEnd
Row = tuple[str, ...]


def read_table(
    path: Path, sheet: str, limits: ReadLimits, cancelled: Callable[[], bool]
) -> Iterator[TableEvent]:
    """Progress, the header, the rows, the end; ends early when cancelled.

    Raises:
        DocumentUnreadable: or a subclass.
    """
    work = _Work(path, limits.seconds, cancelled)
    try:
        with system_errors_named(path):
            yield from work.paused_between(_read(path, sheet, limits, work))
    except Stopped:
        return


class _Work:
    """Says when reading has to stop. What counts is the time it works, not the time others take its rows."""

    def __init__(self, path: Path, seconds: float, cancelled: Callable[[], bool]) -> None:
        self._path = path
        self._seconds = seconds
        self._cancelled = cancelled
        self._spent_s = 0.0
        self._since = time.monotonic()

    def pulse(self) -> None:
        """Raises: Stopped, DocumentUnreadable."""
        if self._cancelled():
            raise Stopped
        if self._spent_s + time.monotonic() - self._since > self._seconds:
            raise DocumentUnreadable(str(self._path), TOO_LONG.format(self._seconds))

    def paused_between(self, events: Iterator[TableEvent]) -> Iterator[TableEvent]:
        for event in events:
            self._spent_s += time.monotonic() - self._since
            yield event
            self._since = time.monotonic()
            self.pulse()


def _read(path: Path, sheet: str, limits: ReadLimits, work: _Work) -> Iterator[TableEvent]:
    reader = table_reader_of(path, limits)
    with reader.opened(path, sheet, limits, work.pulse) as source:
        survey = yield from _survey(path, source, limits)
        columns = sorted(survey.columns)
        names, above, notes = _names(source, survey, columns)
        count = survey.rows - above
        if not columns or count < 1:
            raise DocumentEmpty(str(path), "There are no rows in it.")
        yield TableHeader(names, count, source.sheets, source.sheet, (*notes, *source.notes))
        again = survey.seen.rows() if survey.seen.is_whole else source.rows()
        rows = (_filled(cells, columns) for cells in islice(again, above, None))
        yield from _portions(rows)
        yield TableEnd(count)


class _Packed:
    """Rows as MessagePack: a cell takes a few bytes more than its text, not a hundred."""

    def __init__(self) -> None:
        self.is_whole = True
        self._portions: list[bytes] = []
        self._together: list[Cells] = []
        self._characters = self._size = 0

    def add(self, cells: Cells) -> None:
        if not self.is_whole:
            return
        self._together.append(cells)
        self._characters += sum(map(len, cells.values()))
        if len(self._together) >= _TOGETHER_ROWS or self._characters >= _TOGETHER_CHARACTERS:
            self.pack()

    def pack(self) -> None:
        """After the last row; what comes to more than the limit is let go."""
        self._portions.append(msgspec.msgpack.encode(self._together))
        self._together, self._characters = [], 0
        self._size += len(self._portions[-1])
        if self._size > _PACKED_BYTES:
            self.is_whole = False
            self._portions = []

    def rows(self) -> Iterator[Cells]:
        """Each once: what has been given is let go."""
        for place, packed in enumerate(self._portions):
            self._portions[place] = b""
            yield from _PORTIONS.decode(packed)


@dataclass(slots=True)
class _Survey:
    """`first` are the first rows."""

    rows: int = 0
    columns: set[int] = field(default_factory=set)
    first: list[Cells] = field(default_factory=list)
    seen: _Packed = field(default_factory=_Packed)


def _survey(path: Path, source: TableSource, limits: ReadLimits) -> Generator[Reading, None, _Survey]:
    survey = _Survey()
    for cells in source.rows():
        survey.rows += 1
        survey.columns.update(cells)
        survey.seen.add(cells)
        if survey.rows <= _SAMPLE_ROWS:
            survey.first.append(cells)
        if len(survey.columns) > limits.table_columns:
            raise DocumentTooLarge(str(path), f"It has more than {limits.table_columns:,} columns.")
        if survey.rows > limits.table_rows:
            raise DocumentTooLarge(str(path), f"It has more than {limits.table_rows:,} rows.")
        if survey.rows % _TELL_EVERY_ROWS == 0:
            yield Reading("reading", survey.rows, None)
    survey.seen.pack()
    return survey


def _names(source: TableSource, survey: _Survey, columns: Sequence[int]) -> tuple[Row, int, tuple[str, ...]]:
    """The names of the columns, how many rows stand above the table's own, and what to say of them."""
    given = source.names
    if given is not None:
        return _each_once([given[column] for column in columns]), 0, ()
    titles, header, _ = parted([_trimmed(_filled(cells, columns)) for cells in survey.first], _is_header)
    names = [*header, *[""] * (len(columns) - len(header))]
    return _each_once(names), len(titles) + bool(header), _said_above(titles)


def _is_header(table: Sequence[Sequence[str]]) -> bool:
    """As for documents, but that some names may stand twice. Over one column of texts a sentence is the first
    of them; over several, a question may well be the name of a column."""
    if not table or (len(table[0]) == 1 and _SENTENCE.fullmatch(table[0][0])):
        return False
    names = [name for name in table[0] if name]
    if len(set(names)) <= len(names) / 2:
        return False
    return is_header_of([_each_once(table[0], unnamed=""), *table[1:]])


def _said_above(titles: Sequence[Sequence[str]]) -> tuple[str, ...]:
    if not titles:
        return ()
    first = collapse(" ".join(filter(None, titles[0])))[:_LONGEST_NAME]
    return (f"Above the table stands what is no row of it: “{first}”{'…' if len(titles) > 1 else '.'}",)


def _each_once(names: Iterable[str], unnamed: str = "column {}") -> Row:
    """Names on one line, none twice (“Name”, “Name 2”); what has none is “column 3”, by its place."""
    taken: set[str] = set()
    given = []
    for place, written in enumerate(names, 1):
        name = collapse(written)[:_LONGEST_NAME] or unnamed.format(place)
        chosen, number = name, 1
        while chosen in taken and name:
            number += 1
            chosen = f"{name} {number}"
        taken.add(chosen)
        given.append(chosen)
    return tuple(given)


def _filled(cells: Cells, columns: Sequence[int]) -> Row:
    return tuple([cells.get(column, "") for column in columns])


def _trimmed(row: Row) -> list[str]:
    """Without the empty cells at the end."""
    width = max((place for place, cell in enumerate(row, 1) if cell), default=0)
    return list(row[:width])


def _portions(rows: Iterable[Row]) -> Iterator[TableRows]:
    together: list[Row] = []
    first, characters = 1, 0
    for row in rows:
        together.append(row)
        characters += sum(map(len, row))
        if len(together) >= _TOGETHER_ROWS or characters >= _TOGETHER_CHARACTERS:
            yield TableRows(first, tuple(together))
            first += len(together)
            together, characters = [], 0
    if together:
        yield TableRows(first, tuple(together))
