"""What the parts of the store of runs share: the database, and its rows as values."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

from engine.database import Database
from engine.errors import RunUnknown
from engine.tasks.encoding import as_json, from_json
from engine.tasks.values import Column, CountQuestion, RunCounts, RunRow, RunSource

PAGE = 500  # lines that are read at once: whoever scrolls the table waits for no more than that


class Stored:
    """A part of the store. Every method is one transaction, and may raise ProfileUnavailable."""

    _database: Database
    _clock: Callable[[], float]


RUN_ROWS = """
    SELECT id, recipe_id, recipe_name, kind, title, state, reason, source, input_columns, columns,
           total, done, failed, lines, review, corrected, cloud, created, updated, seconds, cost, model,
           question, asks_reason,
           (SELECT count(*) FROM asks WHERE run_id = runs.id AND state = 'waiting')
    FROM runs WHERE ready AND deleted IS NULL
"""


def run_row(row: tuple[Any, ...]) -> RunRow:
    id_, recipe_id, recipe_name, kind, title, state, reason, source, input_columns, columns = row[:10]
    created, updated, seconds, cost, model, question, asks_reason, asks = row[17:]
    return RunRow(
        id_,
        recipe_id,
        recipe_name,
        kind,
        title,
        state,
        reason,
        from_json(source, RunSource),
        from_json(input_columns, tuple[str, ...]),
        from_json(columns, tuple[Column, ...]),
        RunCounts(*row[10:17]),
        created,
        updated,
        seconds,
        int(cost),  # REAL in the schema, from before there were any
        model,
        from_json(question, CountQuestion) if question else None,
        asks,
        asks_reason,
    )


def run_of(connection: sqlite3.Connection, run_id: int) -> RunRow:
    """Raises: RunUnknown."""
    row = connection.execute(f"{RUN_ROWS} AND id = ?", (run_id,)).fetchone()
    if row is None:
        raise RunUnknown(run_id)
    return run_row(row)


def columns_of(connection: sqlite3.Connection, run_id: int) -> tuple[Column, ...]:
    """Raises: RunUnknown."""
    row = connection.execute("SELECT columns FROM runs WHERE id = ?", (run_id,)).fetchone()
    if row is None:
        raise RunUnknown(run_id)
    return from_json(row[0], tuple[Column, ...])


def add_counts(connection: sqlite3.Connection, run_id: int, change: RunCounts, now: float) -> None:
    connection.execute(
        "UPDATE runs SET total = total + ?, done = done + ?, failed = failed + ?, lines = lines + ?,"
        " review = review + ?, corrected = corrected + ?, cloud = cloud + ?, updated = ? WHERE id = ?",
        (
            change.total,
            change.done,
            change.failed,
            change.lines,
            change.review,
            change.corrected,
            change.cloud,
            now,
            run_id,
        ),
    )


def numbers(values: Iterable[int]) -> str:
    """Many numbers as one bound parameter, for json_each: a list of any length is one statement."""
    return as_json(list(values))
