"""Which lines of a run a provider is to be asked about, and what came of it.

Identity: a line is asked about once, with the cells that were in doubt when it was put there. An ask that
waits is asked again after a kill, with the same cells and so with the same words. What the person corrected
or found right meanwhile stays as it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.tasks.encoding import as_json, clean, from_json
from engine.tasks.lines import RunLines, lines_of
from engine.tasks.settling import put_cell, settle_line
from engine.tasks.stored import PAGE, add_counts, columns_of, run_of
from engine.tasks.values import (
    Cell,
    Column,
    Item,
    LineId,
    RunCounts,
    RunRow,
    RunSource,
    StoredCell,
    StoredLine,
)
from engine.usage.values import Money


@dataclass(frozen=True, slots=True)
class Ask:
    """One input to be asked about: the columns in doubt of its lines, by the line's place."""

    row: int
    item: Item
    columns: Mapping[int, tuple[str, ...]]

    @property
    def wanted(self) -> frozenset[str]:
        return frozenset(name for names in self.columns.values() for name in names)


@dataclass(frozen=True, slots=True)
class Settled:
    """The end of an ask: the cells that a provider's `model` filled, by line; `reason` where it filled none.

    `cost` is all that was paid for this input so far. `seconds` are those of this asking.
    """

    row: int
    cells: Mapping[int, Sequence[Cell]]
    model: str = ""
    cost: Money = 0
    reason: str = ""


class Asks(RunLines):
    """Each method is one transaction. What names a run raises RunUnknown."""

    def put_asks(self, run_id: int, lines: Sequence[LineId] | None = None) -> int:
        """Let the cells in doubt of these lines wait to be asked about; how many lines wait then.

        Without `lines`: of all lines that need review and were not asked about yet.
        """
        with self._database.transaction() as connection:
            columns = columns_of(connection, run_id)
            chosen = _not_waiting(connection, run_id, lines)
            for start in range(0, len(chosen), PAGE):
                page = lines_of(connection, run_id, chosen[start : start + PAGE], columns)
                _put(connection, run_id, page, [column.name for column in columns])
            return run_of(connection, run_id).asks

    def to_ask(self, run_id: int) -> list[LineId]:
        """The lines that need review and were not asked about, or wait to be; in order."""
        with self._database.reading() as connection:
            columns_of(connection, run_id)
            return _unasked(connection, run_id)

    def asks_waiting(self, run_id: int) -> Iterator[Ask]:
        """By input, in order, read a page at a time; without what is settled meanwhile."""
        last = -1
        while rows := self._rows_after(run_id, last):
            for row in rows:
                yield from self._ask_of(run_id, row)
            last = rows[-1]

    def _rows_after(self, run_id: int, last: int) -> list[int]:
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT DISTINCT row FROM asks WHERE run_id = ? AND state = 'waiting' AND row > ?"
                " ORDER BY row LIMIT ?",
                (run_id, last, PAGE),
            ).fetchall()
        return [row for (row,) in rows]

    def _ask_of(self, run_id: int, row: int) -> Iterator[Ask]:
        """Nothing where the person settled every cell meanwhile: then there is nothing to ask."""
        with self._database.reading() as connection:
            columns = columns_of(connection, run_id)
            places = _places_asked(connection, run_id, row)
            lines = lines_of(connection, run_id, [LineId(row, line) for line in places], columns)
        names = {line: tuple(columns[place].name for place in places[line]) for line in places}
        if any(_is_open(line, names[line.id.line]) for line in lines):
            yield Ask(row, lines[0].item, names)
        elif places:
            self.settle(run_id, Settled(row, {}))

    def settle(self, run_id: int, settled: Settled) -> RunCounts:
        """Store what came of an ask, all or nothing. The person's own cells and sure ones stay."""
        with self._database.transaction() as connection:
            columns = columns_of(connection, run_id)
            change = RunCounts()
            for line in _places_asked(connection, run_id, settled.row):
                change = _plus(change, _fill(connection, run_id, line, settled, columns))
            connection.execute(
                "UPDATE asks SET state = ?, reason = ? WHERE run_id = ? AND row = ? AND state = 'waiting'",
                ("failed" if settled.reason else "done", clean(settled.reason), run_id, settled.row),
            )
            _put_cost(connection, run_id, settled.row, settled.cost)
            add_counts(connection, run_id, change, self._clock())
            return run_of(connection, run_id).counts

    def put_cost(self, run_id: int, row: int, cost: Money) -> None:
        """What was paid for an input that still waits."""
        with self._database.transaction() as connection:
            _put_cost(connection, run_id, row, cost)

    def say_why_asks_wait(self, run_id: int, reason: str) -> None:
        """“” once they are being asked."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE runs SET asks_reason = ? WHERE id = ?", (clean(reason), run_id))

    def cells_to_ask(self, run_id: int) -> int:
        """How many cells the lines of `to_ask` have in doubt."""
        with self._database.reading() as connection:
            found: int = connection.execute(
                "SELECT count(*) FROM lines JOIN cells ON line_id = lines.id"
                f" WHERE {_TO_ASK} AND {_DOUBTFUL}",
                (run_id,),
            ).fetchone()[0]
        return found

    def origins_of(self, texts: Sequence[str]) -> list[tuple[str, Item | None, RunSource | None]]:
        """Which inputs of any run have exactly these texts, for examples that came from them; None where an
        example of that text came from an input that is no more."""
        wanted = as_json([clean(text) for text in texts])
        with self._database.reading() as connection:
            known = connection.execute(
                "SELECT rows.text, key, rows.title, path, source FROM rows JOIN runs ON runs.id = run_id"
                " WHERE rows.text != '' AND rows.text IN (SELECT value FROM json_each(?))",
                (wanted,),
            ).fetchall()
            lost = connection.execute(
                "SELECT input FROM examples WHERE run_id IS NOT NULL AND run_id NOT IN (SELECT id FROM runs)"
                " AND input IN (SELECT value FROM json_each(?))",
                (wanted,),
            ).fetchall()
        return [
            (text, Item(key, title, path=path), from_json(source, RunSource))
            for text, key, title, path, source in known
        ] + [(text, None, None) for (text,) in lost]


# What rules filled they would fill again: a provider is not asked about it.
_DOUBTFUL = "cells.doubts != '[]' AND NOT cells.corrected AND cells.tier != 'rules'"
_TO_ASK = """
    lines.run_id = ?1 AND lines.review AND NOT lines.hidden AND lines.row >= 0
    AND NOT EXISTS (SELECT 1 FROM asks WHERE asks.run_id = ?1 AND asks.row = lines.row
                    AND asks.line = lines.line AND asks.state != 'waiting')
"""


def _unasked(connection: sqlite3.Connection, run_id: int) -> list[LineId]:
    rows = connection.execute(
        f"SELECT row, line FROM lines WHERE {_TO_ASK} AND EXISTS"
        f" (SELECT 1 FROM cells WHERE line_id = lines.id AND {_DOUBTFUL}) ORDER BY row, line",
        (run_id,),
    ).fetchall()
    return [LineId(*row) for row in rows]


def _not_waiting(connection: sqlite3.Connection, run_id: int, lines: Sequence[LineId] | None) -> list[LineId]:
    rows = connection.execute("SELECT row, line FROM asks WHERE run_id = ? AND state = 'waiting'", (run_id,))
    waiting = {LineId(*row) for row in rows}
    wanted = _unasked(connection, run_id) if lines is None else lines
    return [line for line in wanted if line.row >= 0 and line not in waiting]


def _put(
    connection: sqlite3.Connection, run_id: int, lines: Sequence[StoredLine], names: Sequence[str]
) -> None:
    for line in lines:
        places = [place for place, name in enumerate(names) if name in doubtful(line)]
        if places:
            connection.execute(
                "INSERT OR REPLACE INTO asks (run_id, row, line, places) VALUES (?, ?, ?, ?)",
                (run_id, line.id.row, line.id.line, as_json(places)),
            )


def doubtful(line: StoredLine) -> tuple[str, ...]:
    """The columns of a line that a provider may be asked about."""
    if line.accepted or line.state != "done":
        return ()
    return tuple(
        name for name, stored in line.cells.items() if stored.needs_review and stored.cell.tier != "rules"
    )


def was_not_asked(line: StoredLine) -> bool:
    """Whether it has cells that a provider may be asked about, and was not yet."""
    return any(line.cells[name].local is None for name in doubtful(line))


def _places_asked(connection: sqlite3.Connection, run_id: int, row: int) -> dict[int, list[int]]:
    rows = connection.execute(
        "SELECT line, places FROM asks WHERE run_id = ? AND row = ? AND state = 'waiting' ORDER BY line",
        (run_id, row),
    )
    return {line: from_json(places, list[int]) for line, places in rows}


def _is_open(line: StoredLine, columns: Collection[str]) -> bool:
    return any(name in columns for name in doubtful(line))


def _fill(
    connection: sqlite3.Connection, run_id: int, place: int, settled: Settled, columns: Sequence[Column]
) -> RunCounts:
    id_ = LineId(settled.row, place)
    (before,) = lines_of(connection, run_id, [id_], columns)
    (line_id,) = connection.execute(
        "SELECT id FROM lines WHERE run_id = ? AND row = ? AND line = ?", (run_id, id_.row, id_.line)
    ).fetchone()
    open_columns = doubtful(before)
    number = {column.name: number for number, column in enumerate(columns)}
    for cell in settled.cells.get(place, ()):
        if cell.column in open_columns:
            was = before.cells[cell.column]
            stored = StoredCell(cell, local=was.local or was.cell, model=settled.model)
            put_cell(connection, line_id, number[cell.column], stored)
    (after,) = lines_of(connection, run_id, [id_], columns)
    return settle_line(connection, line_id, after)


def _put_cost(connection: sqlite3.Connection, run_id: int, row: int, cost: Money) -> None:
    """What a row cost is what the ledger says of it, so nothing is counted twice."""
    connection.execute(
        "UPDATE runs SET cost = cost + ?1 - (SELECT cost FROM rows WHERE run_id = ?2 AND number = ?3)"
        " WHERE id = ?2",
        (cost, run_id, row),
    )
    connection.execute("UPDATE rows SET cost = ? WHERE run_id = ? AND number = ?", (cost, run_id, row))


def _plus(one: RunCounts, other: RunCounts) -> RunCounts:
    return RunCounts(
        lines=one.lines + other.lines,
        review=one.review + other.review,
        corrected=one.corrected + other.corrected,
        cloud=one.cloud + other.cloud,
    )


def why_asks_wait(run: RunRow) -> str:
    """“This run's budget of €5.00 is used up: 214 lines wait.”; “” where none does."""
    if not run.asks:
        return ""
    waiting = f"{run.asks:,} lines wait" if run.asks != 1 else "1 line waits"
    return f"{run.asks_reason}: {waiting}." if run.asks_reason else f"{waiting} to be asked about."
