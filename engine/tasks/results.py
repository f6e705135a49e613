"""What becomes of a run's inputs, as it is stored: each is done once, and what is done stays done."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.tasks.encoding import as_json, clean, from_json, quotes_as_json, searched
from engine.tasks.stored import Stored, add_counts, columns_of, numbers, run_of
from engine.tasks.values import Column, Conclusion, Item, Line, LineId, Outcome, RunCounts
from engine.values import Tokens

WAITING_PAGE = 200
# A longer text is no example that a model could be shown beside others.
EXAMPLE_CHARACTERS = 4_000


@dataclass(frozen=True, slots=True)
class FinishedRow:
    """The end of one input: its outcome, or the reason why there is none. `text` is what was read of it."""

    row: int
    outcome: Outcome | None = None
    reason: str = ""
    seconds: float = 0.0
    text: str = ""


class Results(Stored):
    def pending(self, run_id: int) -> Iterator[tuple[int, Item]]:
        """The inputs that wait, by number, read a page at a time."""
        last = -1
        while page := self._waiting_after(run_id, last):
            yield from page
            last = page[-1][0]

    def _waiting_after(self, run_id: int, last: int) -> list[tuple[int, Item]]:
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT number, key, title, item_values, path FROM rows"
                " WHERE run_id = ? AND state = 'waiting' AND number > ? ORDER BY number LIMIT ?",
                (run_id, last, WAITING_PAGE),
            ).fetchall()
        return [(row[0], Item(row[1], row[2], from_json(row[3], dict[str, str]), row[4])) for row in rows]

    def finish(self, run_id: int, finished: Sequence[FinishedRow], worked_s: float = 0.0) -> RunCounts:
        """Store what became of some inputs, all or nothing; those that do not wait stay as they are.

        `worked_s` is added to the run's seconds.
        """
        with self._database.transaction() as connection:
            places = _places(columns_of(connection, run_id))
            change = RunCounts()
            for row in finished:
                change = _sum(change, _finish(connection, run_id, row, places))
            add_counts(connection, run_id, change, self._clock())
            connection.execute("UPDATE runs SET seconds = seconds + ? WHERE id = ?", (worked_s, run_id))
            return run_of(connection, run_id).counts

    def tokens_of(self, run_id: int, rows: Sequence[int]) -> list[tuple[Tokens, float]]:
        """What these inputs took, those that failed aside: tokens, and seconds."""
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT prompt_tokens, cached_tokens, completion_tokens, seconds FROM rows WHERE run_id = ?"
                " AND state = 'done' AND number IN (SELECT value FROM json_each(?)) ORDER BY number",
                (run_id, as_json(list(rows))),
            ).fetchall()
        return [(Tokens(*row[:3]), row[3]) for row in found]

    def conclude(self, run_id: int, conclusion: Conclusion, worked_s: float = 0.0) -> RunCounts:
        """Store what can be said about all inputs, in place of what was said before; the run is done."""
        with self._database.transaction() as connection:
            places = _places(columns_of(connection, run_id))
            connection.execute("DELETE FROM lines WHERE run_id = ? AND row < 0", (run_id,))
            connection.execute("UPDATE lines SET hidden = 0 WHERE run_id = ? AND hidden", (run_id,))
            for place, line in enumerate(conclusion.lines):
                _add_line(connection, run_id, LineId(-1, place), line, "", places)
            connection.executemany(
                "UPDATE lines SET hidden = 1 WHERE run_id = ? AND row = ? AND line = ? AND filled",
                [(run_id, id_.row, id_.line) for id_ in conclusion.repeats],
            )
            connection.execute(
                "UPDATE runs SET state = 'done', reason = '', seconds = seconds + ? WHERE id = ?",
                (worked_s, run_id),
            )
            count_anew(connection, run_id, self._clock())
            return run_of(connection, run_id).counts

    def retry(self, run_id: int, rows: Sequence[int] | None = None) -> int:
        """Let these inputs, or all that failed, wait again; how many that are.

        Inputs with a line that the person corrected or accepted stay as they are.

        Raises:
            RunUnknown
        """
        with self._database.transaction() as connection:
            run = run_of(connection, run_id)
            chosen = None if rows is None else numbers(rows)
            again = _failed_again(connection, run_id, chosen)
            if chosen is not None:
                again += _done_again(connection, run_id, chosen)
            if again and run.state == "done":
                connection.execute("UPDATE runs SET state = 'paused' WHERE id = ?", (run_id,))
            count_anew(connection, run_id, self._clock())
        return again


def count_anew(connection: sqlite3.Connection, run_id: int, now: float) -> None:
    """The counts of a run out of its rows and lines. Only the indexes are read: 20 ms for 100,000."""
    connection.execute(
        """
        UPDATE runs SET
            total = (SELECT count(*) FROM rows WHERE run_id = runs.id),
            done = (SELECT count(*) FROM rows WHERE run_id = runs.id)
                 - (SELECT count(*) FROM rows WHERE run_id = runs.id AND state = 'waiting')
                 - (SELECT count(*) FROM lines WHERE run_id = runs.id AND failed AND NOT hidden),
            failed = (SELECT count(*) FROM lines WHERE run_id = runs.id AND failed AND NOT hidden),
            lines = (SELECT count(*) FROM lines WHERE run_id = runs.id AND filled AND NOT hidden),
            review = (SELECT count(*) FROM lines WHERE run_id = runs.id AND review AND NOT hidden),
            corrected = (SELECT count(*) FROM lines WHERE run_id = runs.id AND corrected AND NOT hidden),
            cloud = (SELECT count(*) FROM lines WHERE run_id = runs.id AND cloud AND NOT hidden),
            updated = ?
        WHERE id = ?
        """,
        (now, run_id),
    )


Places = dict[str, int]


def _places(columns: Sequence[Column]) -> Places:
    return {column.name: place for place, column in enumerate(columns)}


def _sum(one: RunCounts, other: RunCounts) -> RunCounts:
    return RunCounts(
        done=one.done + other.done,
        failed=one.failed + other.failed,
        lines=one.lines + other.lines,
        review=one.review + other.review,
    )


def _finish(connection: sqlite3.Connection, run_id: int, end: FinishedRow, places: Places) -> RunCounts:
    found = connection.execute(
        "SELECT rows.id, lines.id, lines.text FROM rows JOIN lines ON lines.run_id = rows.run_id"
        " AND lines.row = rows.number AND lines.line = 0"
        " WHERE rows.run_id = ? AND number = ? AND state = 'waiting'",
        (run_id, end.row),
    ).fetchone()
    if found is None:
        return RunCounts()
    row_id, line_id, text = found
    _end_row(connection, row_id, end)
    if end.outcome is None:
        connection.execute("UPDATE lines SET failed = 1 WHERE id = ?", (line_id,))
        return RunCounts(failed=1)
    review = 0
    for place, line in enumerate(end.outcome.lines):
        if place == 0:
            _fill(connection, line_id, line, text, places)
        else:
            _add_line(connection, run_id, LineId(end.row, place), line, text, places)
        review += _in_doubt(line)
    return RunCounts(done=1, lines=len(end.outcome.lines), review=review)


def _end_row(connection: sqlite3.Connection, row_id: int, end: FinishedRow) -> None:
    outcome = end.outcome or Outcome(())
    connection.execute(
        "UPDATE rows SET state = ?, reason = ?, notes = ?, model = ?, seconds = ?,"
        " prompt_tokens = ?, cached_tokens = ?, completion_tokens = ?, text = ? WHERE id = ?",
        (
            "failed" if end.outcome is None else "done",
            clean(end.reason),
            as_json(outcome.notes),
            outcome.model,
            end.seconds,
            outcome.tokens.prompt,
            outcome.tokens.cached,
            outcome.tokens.completion,
            clean(end.text) if len(end.text) <= EXAMPLE_CHARACTERS else "",
            row_id,
        ),
    )


def _add_line(
    connection: sqlite3.Connection, run_id: int, id_: LineId, line: Line, text: str, places: Places
) -> None:
    cursor = connection.execute(
        "INSERT INTO lines (run_id, row, line) VALUES (?, ?, ?)", (run_id, id_.row, id_.line)
    )
    assert cursor.lastrowid is not None  # SQLite gives every inserted row an id
    _fill(connection, cursor.lastrowid, line, text, places)


def _fill(connection: sqlite3.Connection, line_id: int, line: Line, text: str, places: Places) -> None:
    connection.execute(
        "UPDATE lines SET filled = 1, review = ?, text = ? WHERE id = ?",
        (_in_doubt(line), "\n".join((text, searched(*(cell.value for cell in line)))), line_id),
    )
    connection.executemany(
        "INSERT INTO cells (line_id, place, value, confidence, evidence, doubts, tier)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                line_id,
                places[cell.column],
                as_json(cell.value),
                cell.confidence,
                quotes_as_json(cell.evidence),
                as_json(cell.doubts),
                cell.tier,
            )
            for cell in line
        ],
    )


def _in_doubt(line: Line) -> bool:
    """What `StoredLine.needs_review` says of a line that nobody has looked at."""
    return any(cell.doubts for cell in line)


def _failed_again(connection: sqlite3.Connection, run_id: int, chosen: str | None) -> int:
    connection.execute(
        "UPDATE lines SET failed = 0 WHERE run_id = ?1 AND failed"
        " AND (?2 IS NULL OR row IN (SELECT value FROM json_each(?2)))",
        (run_id, chosen),
    )
    return connection.execute(
        "UPDATE rows SET state = 'waiting', reason = '' WHERE run_id = ?1 AND state = 'failed'"
        " AND (?2 IS NULL OR number IN (SELECT value FROM json_each(?2)))",
        (run_id, chosen),
    ).rowcount


def _done_again(connection: sqlite3.Connection, run_id: int, chosen: str) -> int:
    rows = connection.execute(
        "SELECT number, title, item_values FROM rows WHERE run_id = ?1 AND state = 'done'"
        " AND number IN (SELECT value FROM json_each(?2)) AND NOT EXISTS (SELECT 1 FROM lines"
        " WHERE lines.run_id = ?1 AND row = number AND (corrected OR accepted))",
        (run_id, chosen),
    ).fetchall()
    for number, title, values in rows:
        for table in ("lines", "asks"):
            connection.execute(f"DELETE FROM {table} WHERE run_id = ? AND row = ?", (run_id, number))
        connection.execute(
            "INSERT INTO lines (run_id, row, line, text) VALUES (?, ?, 0, ?)",
            (run_id, number, input_words(title, from_json(values, dict[str, str]))),
        )
        connection.execute(
            "UPDATE rows SET state = 'waiting', notes = '[]', model = '', text = ''"
            " WHERE run_id = ? AND number = ?",
            (run_id, number),
        )
    return len(rows)


def input_words(title: str, values: Mapping[str, str]) -> str:
    """What a search finds an input by."""
    return searched(title, *(value for value in values.values() if value != title))
