"""The schema of usage.db, as numbered steps from an empty file to the present."""

from __future__ import annotations

import sqlite3

from engine.database import Migration

SCHEMA_1 = (
    # `day` is the day where the person was (“2026-11-24”): a limit begins anew at their midnight, and a
    # journey does not move what was spent. `amount` is what counts now, in micro-dollars: the most it may
    # cost while it is reserved; NULL where no price is known. The `estimated` tokens are for a reply that
    # says nothing of its own.
    """
    CREATE TABLE calls (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at REAL NOT NULL,
        day TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('chat', 'task', 'question', 'test')),
        subject INTEGER,
        row INTEGER,
        name TEXT NOT NULL,
        provider TEXT NOT NULL,
        model TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'reserved'
            CHECK (state IN ('reserved', 'done', 'failed', 'cancelled', 'interrupted')),
        estimated_prompt INTEGER NOT NULL,
        estimated_completion INTEGER NOT NULL,
        prompt_tokens INTEGER NOT NULL DEFAULT 0,
        cached_tokens INTEGER NOT NULL DEFAULT 0,
        completion_tokens INTEGER NOT NULL DEFAULT 0,
        amount INTEGER CHECK (amount >= 0),
        exact INTEGER NOT NULL DEFAULT 0,
        seconds REAL NOT NULL DEFAULT 0,
        reason TEXT NOT NULL DEFAULT '',
        message_id INTEGER
    )
    """,
    # With the amounts in them, so that what was spent is added up from the index alone.
    "CREATE INDEX calls_of_day ON calls (day, amount)",
    "CREATE INDEX calls_of_subject ON calls (kind, subject, row, amount)",
    "CREATE INDEX calls_reserved ON calls (id) WHERE state = 'reserved'",
    "CREATE INDEX calls_of_message ON calls (message_id) WHERE message_id IS NOT NULL",
    # Apart, because they go after a while, and what was spent stays. `digest` is of the request's bytes.
    """
    CREATE TABLE receipts (
        call_id INTEGER PRIMARY KEY REFERENCES calls (id) ON DELETE CASCADE,
        url TEXT NOT NULL,
        request BLOB NOT NULL,
        digest TEXT NOT NULL,
        response TEXT NOT NULL,
        restored TEXT NOT NULL,
        placeholders TEXT NOT NULL
    )
    """,
    "CREATE INDEX receipts_by_digest ON receipts (digest)",
    # What was answered on this computer: too many answers to keep each. `energy_wh` NULL: it is not known.
    """
    CREATE TABLE local_days (
        day TEXT NOT NULL,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        answers INTEGER NOT NULL,
        prompt_tokens INTEGER NOT NULL,
        completion_tokens INTEGER NOT NULL,
        seconds REAL NOT NULL,
        energy_wh REAL,
        PRIMARY KEY (day, kind, name)
    ) WITHOUT ROWID
    """,
)


def _to_1(connection: sqlite3.Connection) -> None:
    for statement in SCHEMA_1:
        connection.execute(statement)


# MIGRATIONS[n] leads from schema n to n + 1. A released one is never changed again.
MIGRATIONS: tuple[Migration, ...] = (_to_1,)
