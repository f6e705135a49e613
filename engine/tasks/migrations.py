"""The schema of tasks.db, as numbered steps from an empty file to the present."""

from __future__ import annotations

import sqlite3

from engine.database import Migration

SCHEMA_1 = (
    # AUTOINCREMENT: an id is never used again, so a window that still shows what was purged cannot write
    # into something else. What a list shows stands beside the JSON: it is read without decoding that.
    """
    CREATE TABLE recipes (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        description TEXT NOT NULL,
        version INTEGER NOT NULL,
        examples INTEGER NOT NULL,
        updated REAL NOT NULL,
        deleted REAL
    )
    """,
    """
    CREATE TABLE recipe_versions (
        recipe_id INTEGER NOT NULL REFERENCES recipes (id) ON DELETE CASCADE,
        version INTEGER NOT NULL,
        recipe TEXT NOT NULL,
        saved REAL NOT NULL,
        PRIMARY KEY (recipe_id, version)
    )
    """,
    # Where an example comes from is no reference: it stays when its run goes.
    """
    CREATE TABLE examples (
        id INTEGER PRIMARY KEY,
        recipe_id INTEGER NOT NULL REFERENCES recipes (id) ON DELETE CASCADE,
        input TEXT NOT NULL,
        output TEXT NOT NULL,
        run_id INTEGER,
        row INTEGER,
        line INTEGER,
        created REAL NOT NULL,
        UNIQUE (recipe_id, input)
    )
    """,
    # `ready`: all inputs are there. The counts are kept with every change, because a list of runs would
    # count millions of rows.
    """
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        recipe_id INTEGER REFERENCES recipes (id) ON DELETE SET NULL,
        recipe_name TEXT NOT NULL,
        kind TEXT NOT NULL,
        title TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'paused' CHECK (state IN ('running', 'paused', 'done')),
        reason TEXT NOT NULL DEFAULT '',
        source TEXT NOT NULL,
        input_columns TEXT NOT NULL,
        columns TEXT NOT NULL,
        question TEXT,
        model TEXT NOT NULL,
        created REAL NOT NULL,
        updated REAL NOT NULL,
        deleted REAL,
        ready INTEGER NOT NULL DEFAULT 0,
        seconds REAL NOT NULL DEFAULT 0,
        cost REAL NOT NULL DEFAULT 0,
        total INTEGER NOT NULL DEFAULT 0,
        done INTEGER NOT NULL DEFAULT 0,
        failed INTEGER NOT NULL DEFAULT 0,
        lines INTEGER NOT NULL DEFAULT 0,
        review INTEGER NOT NULL DEFAULT 0,
        corrected INTEGER NOT NULL DEFAULT 0,
        recipe TEXT NOT NULL
    )
    """,
    "CREATE INDEX runs_of_recipe ON runs (recipe_id)",
    # `text` is what was read of the input, where it is short enough to become an example.
    """
    CREATE TABLE rows (
        id INTEGER PRIMARY KEY,
        run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'failed')),
        key TEXT NOT NULL,
        title TEXT NOT NULL,
        path TEXT NOT NULL,
        item_values TEXT NOT NULL,
        reason TEXT NOT NULL DEFAULT '',
        notes TEXT NOT NULL DEFAULT '[]',
        model TEXT NOT NULL DEFAULT '',
        seconds REAL NOT NULL DEFAULT 0,
        cost REAL NOT NULL DEFAULT 0,
        prompt_tokens INTEGER NOT NULL DEFAULT 0,
        cached_tokens INTEGER NOT NULL DEFAULT 0,
        completion_tokens INTEGER NOT NULL DEFAULT 0,
        text TEXT NOT NULL DEFAULT '',
        UNIQUE (run_id, number)
    )
    """,
    "CREATE INDEX rows_waiting ON rows (run_id, number) WHERE state = 'waiting'",
    # Every input has a line 0 from the start; `filled` once it has cells. `hidden` says again what another
    # one says. `text` is what is searched: of the input and of the cells, in folded case.
    """
    CREATE TABLE lines (
        id INTEGER PRIMARY KEY,
        run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        row INTEGER NOT NULL,
        line INTEGER NOT NULL,
        filled INTEGER NOT NULL DEFAULT 0,
        failed INTEGER NOT NULL DEFAULT 0,
        review INTEGER NOT NULL DEFAULT 0,
        corrected INTEGER NOT NULL DEFAULT 0,
        accepted INTEGER NOT NULL DEFAULT 0,
        hidden INTEGER NOT NULL DEFAULT 0,
        text TEXT NOT NULL DEFAULT '',
        UNIQUE (run_id, row, line)
    )
    """,
    "CREATE INDEX lines_shown ON lines (run_id, row, line, filled) WHERE NOT hidden",
    "CREATE INDEX lines_hidden ON lines (run_id) WHERE hidden",
    "CREATE INDEX lines_review ON lines (run_id, row, line) WHERE review AND NOT hidden",
    "CREATE INDEX lines_corrected ON lines (run_id, row, line) WHERE corrected AND NOT hidden",
    "CREATE INDEX lines_failed ON lines (run_id, row, line) WHERE failed AND NOT hidden",
    # `place` is the column's among the run's. `first` is what stood there before the person corrected it.
    """
    CREATE TABLE cells (
        line_id INTEGER NOT NULL REFERENCES lines (id) ON DELETE CASCADE,
        place INTEGER NOT NULL,
        value TEXT NOT NULL,
        confidence REAL,
        evidence TEXT NOT NULL DEFAULT '[]',
        doubts TEXT NOT NULL DEFAULT '[]',
        tier TEXT NOT NULL,
        corrected INTEGER NOT NULL DEFAULT 0,
        first TEXT,
        PRIMARY KEY (line_id, place)
    ) WITHOUT ROWID
    """,
)

# A provider's model fills cells too. `local` is the cell as it was before, as JSON. A line that is to be
# asked about has an ask: the places of its cells in doubt as they were then, so that the same question is
# asked again after a kill. `cost` (rows, runs) is in micro-dollars from here on; nothing had one before.
SCHEMA_2 = (
    "ALTER TABLE cells ADD COLUMN local TEXT",
    "ALTER TABLE cells ADD COLUMN model TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE lines ADD COLUMN cloud INTEGER NOT NULL DEFAULT 0",
    "CREATE INDEX lines_cloud ON lines (run_id, row, line) WHERE cloud AND NOT hidden",
    "ALTER TABLE runs ADD COLUMN cloud INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE runs ADD COLUMN asks_reason TEXT NOT NULL DEFAULT ''",
    """
    CREATE TABLE asks (
        run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        row INTEGER NOT NULL,
        line INTEGER NOT NULL,
        places TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'failed')),
        reason TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (run_id, row, line)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX asks_waiting ON asks (run_id, row) WHERE state = 'waiting'",
)


def _to_1(connection: sqlite3.Connection) -> None:
    for statement in SCHEMA_1:
        connection.execute(statement)


def _to_2(connection: sqlite3.Connection) -> None:
    for statement in SCHEMA_2:
        connection.execute(statement)


# MIGRATIONS[n] leads from schema n to n + 1. A released one is never changed again.
MIGRATIONS: tuple[Migration, ...] = (_to_1, _to_2)
