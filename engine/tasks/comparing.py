"""Two runs of a recipe, cell by cell."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.tasks.encoding import from_json
from engine.tasks.stored import PAGE, Stored, columns_of, run_of
from engine.tasks.values import Column, Comparison, Difference, LineId


class Compared(Stored):
    def compare(self, one: int, other: int) -> Comparison:
        """By `Item.key` and line, in the columns that both have. Inputs that still wait in one of them, and
        what is said about all inputs, are left out.

        Raises:
            RunUnknown
        """
        with self._database.reading() as connection:
            first, second = run_of(connection, one), run_of(connection, other)
        shared = {column.name for column in second.columns}
        columns = [column for column in first.columns if column.name in shared]
        found = _Found(columns)
        rows = self._rows_by_key(other)
        for page in self._pages(one):
            keys = [(row, rows.pop(row.key, None)) for row in page]
            self._compare(one, other, keys, found)
        left = list(rows.values())
        for start in range(0, len(left), PAGE):
            self._compare(one, other, [(None, row) for row in left[start : start + PAGE]], found)
        return Comparison(found.cells, found.cells - len(found.differences), tuple(found.differences))

    def _rows_by_key(self, run_id: int) -> dict[str, _Row]:
        return {row.key: row for page in self._pages(run_id) for row in page}

    def _pages(self, run_id: int) -> Iterator[list[_Row]]:
        last = -1
        while True:
            with self._database.reading() as connection:
                rows = connection.execute(
                    "SELECT number, key, title, state FROM rows WHERE run_id = ? AND number > ?"
                    " ORDER BY number LIMIT ?",
                    (run_id, last, PAGE),
                ).fetchall()
            if not rows:
                return
            yield [_Row(*row) for row in rows]
            last = rows[-1][0]

    def _compare(
        self, one: int, other: int, pairs: Sequence[tuple[_Row | None, _Row | None]], found: _Found
    ) -> None:
        with self._database.reading() as connection:
            ours = _values(connection, one, [row.number for row, _ in pairs if row])
            theirs = _values(connection, other, [row.number for _, row in pairs if row])
        for row, match in pairs:
            if "waiting" not in (row and row.state, match and match.state):
                found.add(row, match, ours, theirs)


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    key: str
    title: str
    state: str


# By row: for each of its lines, the JSON of its values by column.
_Values = dict[int, dict[int, dict[str, str]]]


@dataclass(slots=True)
class _Found:
    columns: Sequence[Column]
    cells: int = 0
    differences: list[Difference] = field(default_factory=list)

    def add(self, row: _Row | None, match: _Row | None, ours: _Values, theirs: _Values) -> None:
        our_lines = ours.get(row.number, {}) if row else {}
        their_lines = theirs.get(match.number, {}) if match else {}
        for line in sorted(our_lines.keys() | their_lines.keys()):
            one = LineId(row.number, line) if row and line in our_lines else None
            other = LineId(match.number, line) if match and line in their_lines else None
            named = row or match
            assert named is not None  # a pair has at least one
            for column in self.columns:
                left = our_lines.get(line, {}).get(column.name, "null")
                right = their_lines.get(line, {}).get(column.name, "null")
                self.cells += 1
                if left != right and not _same(column, left, right):
                    values = from_json(left, object), from_json(right, object)
                    self.differences.append(
                        Difference(named.key, named.title, column.name, *values, one, other)
                    )


def _values(connection: sqlite3.Connection, run_id: int, rows: Sequence[int]) -> _Values:
    if not rows:
        return {}
    columns = columns_of(connection, run_id)
    found: _Values = {}
    cells = connection.execute(
        "SELECT row, line, place, value FROM lines JOIN cells ON cells.line_id = lines.id"
        " WHERE run_id = ? AND row BETWEEN ? AND ? AND NOT hidden",
        (run_id, min(rows), max(rows)),
    )
    for row, line, place, value in cells:
        found.setdefault(row, {}).setdefault(line, {})[columns[place].name] = value
    return found


def _same(column: Column, one: str, other: str) -> bool:
    left, right = from_json(one, object), from_json(other, object)
    if column.type == "choice" and isinstance(left, list) and isinstance(right, list):
        return sorted(map(str, left)) == sorted(map(str, right))  # labels that apply have no order
    return equal(left, right)


def equal(one: Any, other: Any) -> bool:
    """Whether two values of cells are the same: 1940 and 1940.0 are, 1 and true are not."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
