"""The schema of library.db, as numbered steps from an empty file to the present."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from rag.errors import LibraryTooNew

Migration = Callable[[sqlite3.Connection], None]

SCHEMA_1 = (
    """
    CREATE TABLE collections (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        added REAL NOT NULL
    )
    """,
    """
    CREATE TABLE folders (
        collection_id INTEGER NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
        path TEXT NOT NULL,
        PRIMARY KEY (collection_id, path)
    ) WITHOUT ROWID
    """,
    # AUTOINCREMENT here and below: an id is never used again, because the vector index is a copy that
    # may still hold what library.db has forgotten.
    """
    CREATE TABLE documents (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        collection_id INTEGER NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
        path TEXT NOT NULL,
        name TEXT NOT NULL,
        title TEXT NOT NULL DEFAULT '',
        size_bytes INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        content_hash TEXT NOT NULL DEFAULT '',
        state TEXT NOT NULL CHECK (state IN ('waiting', 'ready', 'failed')),
        reason TEXT NOT NULL DEFAULT '',
        warnings TEXT NOT NULL DEFAULT '[]',
        added REAL NOT NULL,
        indexed REAL,
        pages INTEGER NOT NULL DEFAULT 0,
        passages INTEGER NOT NULL DEFAULT 0,
        UNIQUE (collection_id, path)
    )
    """,
    "CREATE INDEX documents_by_state ON documents (state)",
    "CREATE INDEX documents_by_path ON documents (path)",
    """
    CREATE TABLE pages (
        document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        ordinal INTEGER NOT NULL,
        number INTEGER,
        text TEXT NOT NULL,
        blocks TEXT NOT NULL,
        PRIMARY KEY (document_id, ordinal)
    ) WITHOUT ROWID
    """,
    # title and bigrams repeat what could be derived, because the triggers below must hand FTS5 exactly
    # the values that it indexed, also while the document's row is being deleted.
    """
    CREATE TABLE passages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        ordinal INTEGER NOT NULL,
        page INTEGER,
        start INTEGER NOT NULL,
        end INTEGER NOT NULL,
        text TEXT NOT NULL,
        heading TEXT NOT NULL,
        title TEXT NOT NULL,
        bigrams TEXT NOT NULL,
        vector BLOB NOT NULL,
        embedder TEXT NOT NULL,
        UNIQUE (document_id, ordinal)
    )
    """,
    # bigrams: unicode61 takes a whole run of Chinese or Japanese for one word; rag/words.py cuts it.
    """
    CREATE VIRTUAL TABLE words USING fts5 (
        text, heading, title, bigrams,
        content = 'passages', content_rowid = 'id',
        tokenize = 'porter unicode61 remove_diacritics 2'
    )
    """,
    """
    CREATE TRIGGER passages_inserted AFTER INSERT ON passages BEGIN
        INSERT INTO words (rowid, text, heading, title, bigrams)
        VALUES (new.id, new.text, new.heading, new.title, new.bigrams);
    END
    """,
    """
    CREATE TRIGGER passages_deleted AFTER DELETE ON passages BEGIN
        INSERT INTO words (words, rowid, text, heading, title, bigrams)
        VALUES ('delete', old.id, old.text, old.heading, old.title, old.bigrams);
    END
    """,
    """
    CREATE TRIGGER passages_updated AFTER UPDATE OF text, heading, title, bigrams ON passages BEGIN
        INSERT INTO words (words, rowid, text, heading, title, bigrams)
        VALUES ('delete', old.id, old.text, old.heading, old.title, old.bigrams);
        INSERT INTO words (rowid, text, heading, title, bigrams)
        VALUES (new.id, new.text, new.heading, new.title, new.bigrams);
    END
    """,
)


def schema_1(connection: sqlite3.Connection) -> None:
    for statement in SCHEMA_1:
        connection.execute(statement)


MIGRATIONS: tuple[Migration, ...] = (schema_1,)


def migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Bring the schema up to date, all steps and the version number in one transaction.

    The connection must be in autocommit mode (`isolation_level=None`). Statement by statement, because
    `executescript` would commit the transaction first.

    Raises:
        LibraryTooNew: the file was written by a newer Carrel; nothing is changed.
    """
    if version(connection, path, len(migrations)) == len(migrations):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Read again: another process may have upgraded the file while this one waited for the lock.
        for migration in migrations[version(connection, path, len(migrations)) :]:
            migration(connection)
        connection.execute(f"PRAGMA user_version = {len(migrations)}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def version(connection: sqlite3.Connection, path: Path, known: int) -> int:
    """The file's schema version. Raises LibraryTooNew where it is above `known`."""
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if found > known:
        raise LibraryTooNew(str(path), found=found, known=known)
    return found
