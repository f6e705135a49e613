"""The tables of a passage: its rows, and what the column of each cell is called.

A passage holds tables as Markdown. Where it continues one, its heading ends with the names of the columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.passages import HEADING_SEPARATOR

_CELL_END = re.compile(r"(?<!\\)\|")
_CUT = "…"


@dataclass(frozen=True, slots=True)
class Row:
    """Characters `start:end` of the passage; as many cells as the table has columns."""

    start: int
    end: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`start` is where it begins, with the names of its columns where these stand in the passage."""

    start: int
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def tables(text: str, heading: str = "") -> list[Table]:
    """The tables of a passage whose columns have names, in order; `heading` is the passage's."""
    return [table for rows in _runs(text) if (table := _table(rows, heading)) is not None]


def told(text: str, heading: str = "") -> str:
    """The passage with every value of its tables beside the name of its column, a row to a line.

    “X2-W: Rent per month: €95; Purchase: €1,940”. A small model that reads a table as it stands takes a
    figure of one column for another's.

    Source:
        tests/benchmarks/tables.py
    """
    parts: list[str] = []
    at = 0
    for table in tables(text, heading):
        parts += [text[at : table.start], "\n".join(_line(table.columns, row) for row in table.rows)]
        at = table.rows[-1].end
    return "".join([*parts, text[at:]])


def _line(columns: Sequence[str], row: Row) -> str:
    key, *cells = row.cells
    named = zip(columns[1:], cells, strict=True)
    values = "; ".join(f"{name}: {cell}" if name else cell for name, cell in named if cell)
    return ": ".join(part for part in (key, values) if part)


def _runs(text: str) -> Iterator[list[Row]]:
    """Rows that follow one another."""
    run: list[Row] = []
    at = 0
    for line in text.split("\n"):
        bare = line.strip()
        if bare.startswith("|"):
            start = at + line.index("|")
            run.append(Row(start, start + len(bare), _cells(bare)))
        elif run:
            yield run
            run = []
        at += len(line) + 1
    if run:
        yield run


def _cells(line: str) -> tuple[str, ...]:
    inner = line[1:-1] if line.endswith("|") and not line.endswith("\\|") else line[1:]
    return tuple(cell.strip().replace("\\|", "|") for cell in _CELL_END.split(inner))


def _table(rows: list[Row], heading: str) -> Table | None:
    names, body = _headed(rows, heading)
    if not body or not any(names):
        return None
    return Table(rows[0].start, names, tuple(_fitted(row, len(names)) for row in body))


def _headed(rows: list[Row], heading: str) -> tuple[tuple[str, ...], list[Row]]:
    """The names of the columns, and the rows below them."""
    if len(rows) > 1 and all(cell and not cell.strip("-:") for cell in rows[1].cells):
        return rows[0].cells, rows[2:]
    return _continued(heading, len(rows[0].cells)), rows


def _continued(heading: str, width: int) -> tuple[str, ...]:
    """The columns at the end of a heading (`rag.passages`); none where they cannot be told apart."""
    names = tuple(heading.rpartition(HEADING_SEPARATOR)[2].split(", "))
    return names if len(names) == width > 1 and not heading.endswith(_CUT) else ()


def _fitted(row: Row, width: int) -> Row:
    cells = (*row.cells, *[""] * (width - len(row.cells)))[:width]
    return Row(row.start, row.end, cells)
