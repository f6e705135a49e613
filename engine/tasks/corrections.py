"""What the person says of a run's cells. It is kept beside what was there, and remembered by the recipe."""

from __future__ import annotations

import sqlite3
from typing import Any

from engine.tasks.encoding import as_json
from engine.tasks.lines import RunLines, lines_of
from engine.tasks.recipe import Example
from engine.tasks.recipes import forget, remember, remembered_output
from engine.tasks.settling import put_cell, settle_line
from engine.tasks.stored import add_counts, columns_of
from engine.tasks.values import Column, LineId, StoredCell, StoredLine


class Corrections(RunLines):
    """Each method gives the line as it is then. Raises RunUnknown, LookupError: there is no such line."""

    def correct(self, run_id: int, line: LineId, column: str, value: Any) -> StoredLine:
        """Set a cell of an input that is done.

        What is right of the line becomes an example of the recipe: that which the person set, and that
        which nothing speaks against. Only for inputs that are one line, and short enough to be shown.
        """
        with self._database.transaction() as connection:
            change = _Change(connection, run_id, line)
            change.set(column, value)
            return change.end(self._clock())

    def undo(self, run_id: int, line: LineId, column: str) -> StoredLine:
        """Put back what was in a cell before it was corrected; in one that was not, what this computer had
        filled it with before a provider's model did."""
        with self._database.transaction() as connection:
            change = _Change(connection, run_id, line)
            change.put_back(column)
            return change.end(self._clock())

    def accept(self, run_id: int, line: LineId, accepted: bool = True) -> StoredLine:
        """The person found the line right as it is: all of it becomes an example."""
        with self._database.transaction() as connection:
            change = _Change(connection, run_id, line)
            change.accept(accepted)
            return change.end(self._clock())


class _Change:
    """One change of one line, within a transaction."""

    def __init__(self, connection: sqlite3.Connection, run_id: int, line: LineId) -> None:
        self._connection = connection
        self._run_id = run_id
        self._id = line
        self._columns = columns_of(connection, run_id)
        found = connection.execute(
            "SELECT lines.id FROM lines LEFT JOIN rows"
            " ON rows.run_id = lines.run_id AND rows.number = lines.row"
            " WHERE lines.run_id = ? AND row = ? AND line = ? AND coalesce(rows.state, 'done') = 'done'",
            (run_id, line.row, line.line),
        ).fetchone()
        if found is None:
            raise LookupError(f"run {run_id} has no line {line} that is done")
        self._line_id: int = found[0]
        self._before = self._read()

    def _read(self) -> StoredLine:
        (line,) = lines_of(self._connection, self._run_id, [self._id], self._columns)
        return line

    def set(self, column: str, value: Any) -> None:
        # No `first`: there was no cell.
        self._connection.execute(
            "INSERT INTO cells (line_id, place, value, tier, corrected) VALUES (?, ?, ?, 'local', 1)"
            " ON CONFLICT (line_id, place) DO UPDATE SET value = excluded.value, corrected = 1,"
            " first = CASE WHEN corrected THEN first ELSE value END",
            (self._line_id, _place(self._columns, column), as_json(value)),
        )

    def put_back(self, column: str) -> None:
        cell = self._line_id, _place(self._columns, column)
        before = self._before.cells.get(column)
        if before is not None and not before.corrected and before.local is not None:
            put_cell(self._connection, *cell, StoredCell(before.local))
            return
        which = "WHERE line_id = ? AND place = ? AND corrected"
        self._connection.execute(f"DELETE FROM cells {which} AND first IS NULL", cell)
        self._connection.execute(f"UPDATE cells SET value = first, corrected = 0, first = NULL {which}", cell)

    def accept(self, accepted: bool) -> None:
        self._connection.execute("UPDATE lines SET accepted = ? WHERE id = ?", (accepted, self._line_id))

    def end(self, now: float) -> StoredLine:
        line = self._read()
        change = settle_line(self._connection, self._line_id, line)
        add_counts(self._connection, self._run_id, change, now)
        self._remember(line, now)
        return line

    def _remember(self, line: StoredLine, now: float) -> None:
        source = self._example_source()
        if source is None:
            return
        recipe_id, text = source
        said_before, says = _right(self._before), _right(line)
        gone = [
            column
            for column, value in said_before.items()
            if column not in says
            and remembered_output(self._connection, recipe_id, text).get(column) == value
        ]
        if gone:
            forget(self._connection, recipe_id, text, gone)
        if says:
            remember(self._connection, recipe_id, Example(text, says), self._run_id, self._id, now)

    def _example_source(self) -> tuple[int, str] | None:
        """The recipe and the input's text, where this line can be an example of it."""
        row = self._connection.execute(
            """
            SELECT runs.recipe_id, rows.text, json_extract(runs.recipe, '$.several_lines'),
                   (SELECT count(*) FROM lines WHERE lines.run_id = rows.run_id AND row = rows.number)
            FROM rows JOIN runs ON runs.id = rows.run_id
            WHERE rows.run_id = ? AND number = ? AND recipe_id IS NOT NULL AND text != ''
            """,
            (self._run_id, self._id.row),
        ).fetchone()
        if row is None or row[2] or row[3] != 1:
            return None
        return row[0], row[1]


def _place(columns: tuple[Column, ...], name: str) -> int:
    for place, column in enumerate(columns):
        if column.name == name:
            return place
    raise LookupError(f"the run has no column “{name}”")


def _right(line: StoredLine) -> dict[str, Any]:
    """What the person vouches for by what they did with the line; nothing while they did nothing."""
    looked_at = line.accepted or any(cell.corrected for cell in line.cells.values())
    if not looked_at:
        return {}
    return {
        column: stored.cell.value
        for column, stored in line.cells.items()
        if line.accepted or not stored.needs_review
    }
