"""The schema of library.db, as numbered steps from an empty file to the present."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from rag.errors import LibraryTooNew
from rag.values import FileState
from rag.words import index_terms

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


SCHEMA_2 = (
    "ALTER TABLE pages ADD COLUMN boxes BLOB NOT NULL DEFAULT x''",
    # A table of their own: the vectors of two embedders stand side by side while one takes over from the
    # other. With a rowid, because without one SQLite would keep half of each vector on a page of its own.
    "CREATE TABLE embedders (id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE)",
    """
    CREATE TABLE vectors (
        passage_id INTEGER NOT NULL REFERENCES passages (id) ON DELETE CASCADE,
        embedder_id INTEGER NOT NULL REFERENCES embedders (id),
        vector BLOB NOT NULL,
        UNIQUE (passage_id, embedder_id)
    )
    """,
    "INSERT INTO embedders (identity) SELECT DISTINCT embedder FROM passages",
    """
    INSERT INTO vectors (passage_id, embedder_id, vector)
    SELECT passages.id, embedders.id, vector
    FROM passages JOIN embedders ON embedders.identity = passages.embedder ORDER BY passages.id
    """,
    "ALTER TABLE passages DROP COLUMN vector",
    "ALTER TABLE passages DROP COLUMN embedder",
    "ALTER TABLE documents ADD COLUMN kind TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX documents_by_content ON documents (content_hash, kind)",
    "CREATE INDEX documents_by_size ON documents (size_bytes, kind)",
    "CREATE INDEX documents_by_kind ON documents (kind)",
    "CREATE INDEX documents_by_time ON documents (mtime_ns)",
    "ALTER TABLE collections ADD COLUMN watched INTEGER NOT NULL DEFAULT 0",
    # The disk that a folder lay on: an empty folder on another one is where a drive used to be.
    "ALTER TABLE folders ADD COLUMN device INTEGER",
    # What the person took out of a collection although its folder holds it.
    """
    CREATE TABLE removed (
        collection_id INTEGER NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
        path TEXT NOT NULL,
        PRIMARY KEY (collection_id, path)
    ) WITHOUT ROWID
    """,
)


def schema_2(connection: sqlite3.Connection) -> None:
    for statement in SCHEMA_2:
        connection.execute(statement)
    rows = connection.execute("SELECT path, id FROM documents").fetchall()
    connection.executemany(
        "UPDATE documents SET kind = ? WHERE id = ?",
        [(FileState(path, 0, 0).kind, id_) for path, id_ in rows],
    )


def schema_3(connection: sqlite3.Connection) -> None:
    """The column `bigrams` holds the beginnings of words too (`rag.words.index_terms`); the triggers follow.

    Takes 2.9 seconds for 20,000 passages.
    """
    connection.create_function("index_terms", 1, index_terms, deterministic=True)
    connection.execute(
        "UPDATE passages SET bigrams = index_terms(text || ' ' || heading || ' ' || title) WHERE text != ''"
    )


MIGRATIONS: tuple[Migration, ...] = (schema_1, schema_2, schema_3)


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
