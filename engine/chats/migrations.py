"""The schema of carrel.db, as numbered steps from an empty file to the present."""

from __future__ import annotations

import sqlite3

from engine.database import Migration

SCHEMA_1 = (
    # AUTOINCREMENT: an id is never used again, so a window that still shows a purged chat cannot
    # write into another one.
    """
    CREATE TABLE chats (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        title TEXT NOT NULL DEFAULT '',
        scope_kind TEXT NOT NULL CHECK (scope_kind IN ('none', 'all', 'collection')),
        scope_collection TEXT NOT NULL DEFAULT '',
        created REAL NOT NULL,
        updated REAL NOT NULL,
        deleted REAL
    )
    """,
    """
    CREATE TABLE messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        chat_id INTEGER NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
        role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
        text TEXT NOT NULL,
        state TEXT NOT NULL
            CHECK (state IN ('complete', 'streaming', 'stopped', 'interrupted', 'failed')),
        reason TEXT NOT NULL DEFAULT '',
        model TEXT NOT NULL DEFAULT '',
        answer TEXT,
        created REAL NOT NULL,
        dropped INTEGER NOT NULL DEFAULT 0
    )
    """,
    "CREATE INDEX messages_of_chat ON messages (chat_id, id)",
    "CREATE INDEX messages_streaming ON messages (state) WHERE state = 'streaming'",
    "CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    # Trigrams find parts of words, in languages without spaces as well.
    """
    CREATE VIRTUAL TABLE chats_text
    USING fts5 (title, content='chats', content_rowid='id', tokenize='trigram')
    """,
    """
    CREATE VIRTUAL TABLE messages_text
    USING fts5 (text, content='messages', content_rowid='id', tokenize='trigram')
    """,
    """
    CREATE TRIGGER chats_added AFTER INSERT ON chats BEGIN
        INSERT INTO chats_text (rowid, title) VALUES (new.id, new.title);
    END
    """,
    """
    CREATE TRIGGER chats_removed AFTER DELETE ON chats BEGIN
        INSERT INTO chats_text (chats_text, rowid, title) VALUES ('delete', old.id, old.title);
    END
    """,
    """
    CREATE TRIGGER chats_renamed AFTER UPDATE OF title ON chats BEGIN
        INSERT INTO chats_text (chats_text, rowid, title) VALUES ('delete', old.id, old.title);
        INSERT INTO chats_text (rowid, title) VALUES (new.id, new.title);
    END
    """,
    """
    CREATE TRIGGER messages_added AFTER INSERT ON messages BEGIN
        INSERT INTO messages_text (rowid, text) VALUES (new.id, new.text);
    END
    """,
    """
    CREATE TRIGGER messages_removed AFTER DELETE ON messages BEGIN
        INSERT INTO messages_text (messages_text, rowid, text) VALUES ('delete', old.id, old.text);
    END
    """,
    """
    CREATE TRIGGER messages_changed AFTER UPDATE OF text ON messages BEGIN
        INSERT INTO messages_text (messages_text, rowid, text) VALUES ('delete', old.id, old.text);
        INSERT INTO messages_text (rowid, text) VALUES (new.id, new.text);
    END
    """,
)


def _to_1(connection: sqlite3.Connection) -> None:
    for statement in SCHEMA_1:
        connection.execute(statement)


# A question may have an answer of a provider's model below the one that was given on this computer.
SCHEMA_2 = (
    """
    ALTER TABLE messages ADD COLUMN tier TEXT NOT NULL DEFAULT 'local'
        CHECK (tier IN ('local', 'frontier'))
    """,
)


def _to_2(connection: sqlite3.Connection) -> None:
    for statement in SCHEMA_2:
        connection.execute(statement)


SCHEMA_3 = (
    # What the sliders and the ledger ask of every answer there is: without them each would be decoded whole,
    # with the passages that it rests on.
    "ALTER TABLE messages ADD COLUMN confidence REAL",
    "ALTER TABLE messages ADD COLUMN prompt_tokens INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE messages ADD COLUMN completion_tokens INTEGER NOT NULL DEFAULT 0",
    """
    CREATE INDEX messages_with_confidence
    ON messages (id, confidence, prompt_tokens, completion_tokens, dropped)
    WHERE confidence IS NOT NULL AND NOT dropped
    """,
)


def _to_3(connection: sqlite3.Connection) -> None:
    for statement in SCHEMA_3:
        connection.execute(statement)


# MIGRATIONS[n] leads from schema n to n + 1. A released one is never changed again.
MIGRATIONS: tuple[Migration, ...] = (_to_1, _to_2, _to_3)
