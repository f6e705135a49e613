"""The table of a run, as it is read: which lines there are, and what stands in them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

from engine.tasks.encoding import (
    as_json,
    cell_from_json,
    doubts_from_json,
    from_json,
    quotes_from_json,
    words,
)
from engine.tasks.stored import PAGE, Stored, columns_of, numbers
from engine.tasks.values import (
    Cell,
    Column,
    Item,
    Line,
    LineFilter,
    LineId,
    StoredCell,
    StoredLine,
)
from engine.values import Tokens

TOGETHER = "All inputs"  # the title of what is said about them together
_FILTERS: Mapping[LineFilter, str] = {
    "all": "",
    "review": "AND review",
    "corrected": "AND corrected",
    "failed": "AND failed",
    "cloud": "AND cloud",
}


class RunLines(Stored):
    """Reads lines. Ids are read by themselves, which is quick for all of a run; lines a few at a time."""

    def line_ids(self, run_id: int, which: LineFilter = "all", search: str = "") -> list[LineId]:
        """In order. Every input has at least one line; hidden ones are left out.

        A search finds lines in whose input or cells each of its words stands, in part or whole.
        """
        wanted = words(search)
        held = " AND instr(text, ?)" * len(wanted)
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT row, line FROM lines WHERE run_id = ? AND NOT hidden {_FILTERS[which]}{held}"
                " ORDER BY row, line",
                (run_id, *wanted),
            ).fetchall()
        return [LineId(*row) for row in rows]

    def lines(self, run_id: int, ids: Sequence[LineId]) -> list[StoredLine]:
        """In the order of `ids`; without those that are no more.

        Raises:
            RunUnknown
        """
        with self._database.reading() as connection:
            return lines_of(connection, run_id, ids, columns_of(connection, run_id))

    def lines_of_input(self, run_id: int, row: int) -> list[StoredLine]:
        """In order, hidden ones too. Raises RunUnknown."""
        with self._database.reading() as connection:
            places = connection.execute(
                "SELECT line FROM lines WHERE run_id = ? AND row = ? ORDER BY line", (run_id, row)
            ).fetchall()
            ids = [LineId(row, line) for (line,) in places]
            return lines_of(connection, run_id, ids, columns_of(connection, run_id))

    def done_lines(self, run_id: int) -> DoneLines:
        """What the inputs gave, as it is now, for what is to be said about all of them."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT row, line FROM lines WHERE run_id = ? AND filled AND row >= 0 ORDER BY row, line",
                (run_id,),
            ).fetchall()
        return DoneLines(self, run_id, [LineId(*row) for row in rows])


class DoneLines(Sequence[tuple[LineId, Line]]):
    """Lines that are read as they are asked for: most kinds of tasks ask for none, and there may be many."""

    def __init__(self, store: RunLines, run_id: int, ids: Sequence[LineId]) -> None:
        self._store = store
        self._run_id = run_id
        self._ids = ids

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[tuple[LineId, Line]]:
        for start in range(0, len(self._ids), PAGE):
            yield from self._read(self._ids[start : start + PAGE])

    @overload
    def __getitem__(self, index: int) -> tuple[LineId, Line]: ...
    @overload
    def __getitem__(self, index: slice) -> list[tuple[LineId, Line]]: ...
    def __getitem__(self, index: int | slice) -> tuple[LineId, Line] | list[tuple[LineId, Line]]:
        if isinstance(index, slice):
            return self._read(self._ids[index])
        (found,) = self._read([self._ids[index]])
        return found

    def _read(self, ids: Sequence[LineId]) -> list[tuple[LineId, Line]]:
        lines = self._store.lines(self._run_id, ids)
        return [(line.id, tuple(stored.cell for stored in line.cells.values())) for line in lines]


def lines_of(
    connection: sqlite3.Connection, run_id: int, ids: Sequence[LineId], columns: Sequence[Column]
) -> list[StoredLine]:
    wanted = as_json([(id_.row, id_.line) for id_ in ids])
    rows = connection.execute(_LINES, (wanted, run_id)).fetchall()
    cells = _cells(connection, [row[0] for row in rows], columns)
    return [_stored_line(row, cells.get(row[0], {})) for row in rows]


# CROSS JOIN keeps the order of the tables: from the ids that are asked for to what they name.
_LINES = """
    SELECT lines.id, lines.row, lines.line, lines.accepted, rows.key, rows.title, rows.item_values,
           rows.path, rows.state, rows.reason, rows.model, rows.seconds, rows.cost, rows.prompt_tokens,
           rows.cached_tokens, rows.completion_tokens, rows.notes, asks.reason
    FROM json_each(?) AS wanted
    CROSS JOIN lines ON lines.run_id = ? AND lines.row = json_extract(wanted.value, '$[0]')
                    AND lines.line = json_extract(wanted.value, '$[1]')
    LEFT JOIN rows ON rows.run_id = lines.run_id AND rows.number = lines.row
    LEFT JOIN asks ON asks.run_id = lines.run_id AND asks.row = lines.row AND asks.line = lines.line
    ORDER BY wanted.key
"""


def _stored_line(row: tuple[Any, ...], cells: Mapping[str, StoredCell]) -> StoredLine:
    _, number, line, accepted, key, title, values, path, state, reason, model, seconds, cost = row[:13]
    id_ = LineId(number, line)
    if key is None:
        return StoredLine(id_, Item("", TOGETHER), "done", cells=cells, accepted=bool(accepted))
    return StoredLine(
        id_,
        Item(key, title, from_json(values, dict[str, str]), path),
        state,
        reason,
        cells,
        bool(accepted),
        model,
        seconds,
        int(cost),
        Tokens(*row[13:16]),
        (*from_json(row[16], tuple[str, ...]), *([row[17]] if row[17] else [])),
    )


def _cells(
    connection: sqlite3.Connection, line_ids: Sequence[int], columns: Sequence[Column]
) -> dict[int, dict[str, StoredCell]]:
    found: dict[int, dict[str, StoredCell]] = {}
    rows = connection.execute(
        "SELECT line_id, place, value, confidence, evidence, doubts, tier, corrected, first, local, model"
        " FROM cells WHERE line_id IN (SELECT value FROM json_each(?)) ORDER BY line_id, place",
        (numbers(line_ids),),
    )
    for line_id, place, value, confidence, evidence, doubts, tier, corrected, first, local, model in rows:
        column = columns[place].name
        cell = Cell(
            column,
            from_json(value, object),
            confidence,
            quotes_from_json(evidence),
            doubts_from_json(doubts),
            tier,
        )
        before = from_json(first, object) if first is not None else None
        here = cell_from_json(column, local) if local is not None else None
        found.setdefault(line_id, {})[column] = StoredCell(cell, bool(corrected), before, here, model)
    return found
