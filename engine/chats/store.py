"""Chats and settings, in carrel.db.

Identity: a chat and a message are their row ids, which are never used again. A question belongs to its
chat; an answer belongs to the question before it. Answers that were asked for anew stay as `dropped`
rows: the newest answer of this computer (tier “local”) that is not dropped is the one that counts. Answers
of a provider (tier “frontier”) stand below it, each for itself: they were paid for, and none is dropped
for another, unless it failed without a word.
"""

from __future__ import annotations

import json
import sqlite3
import time
from builtins import list as list_
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from engine.chats.migrations import MIGRATIONS
from engine.database import Database
from engine.values import Answer

BIN_S = 30 * 24 * 3600.0
_TRIGRAM = 3  # shorter words are not in the index

ScopeKind = Literal["none", "all", "collection"]
MessageState = Literal["complete", "streaming", "stopped", "interrupted", "failed"]
MessageTier = Literal["local", "frontier"]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a chat's answers come from: nothing, all documents, or the collection of that name."""

    kind: ScopeKind
    collection: str = ""


@dataclass(frozen=True, slots=True)
class ChatRow:
    """A chat in a list. Times are seconds since 1970; `deleted` is None outside the bin."""

    id: int
    title: str
    scope: Scope
    created: float
    updated: float
    deleted: float | None = None


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message of a chat. `answer` is there once an answer is finished; `reason` says why it failed.

    `tier` says who gave an answer: this computer, or a provider.
    """

    id: int
    role: Literal["user", "assistant"]
    text: str
    state: MessageState
    reason: str
    model: str
    created: float
    answer: Answer | None
    tier: MessageTier = "local"


@dataclass(frozen=True, slots=True)
class PastConfidence:
    """How sure a past answer was, and how many tokens it was made of."""

    confidence: float
    prompt_tokens: int
    completion_tokens: int


class ChatStore:
    """Usable from several threads; each method is one transaction."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        """
        Raises:
            ProfileTooNew, ProfileDamaged, ProfileUnavailable
        """
        self._database = Database(path, MIGRATIONS)
        self._clock = clock

    def close(self) -> None:
        self._database.close()

    # Chats

    def create(self, scope: Scope) -> int:
        now = self._clock()
        with self._database.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO chats (scope_kind, scope_collection, created, updated) VALUES (?, ?, ?, ?)",
                (scope.kind, scope.collection, now, now),
            )
            return _new_id(cursor)

    def list(self, search: str = "") -> list_[ChatRow]:
        """Chats outside the bin, latest first; with `search`, those in which each of its words stands."""
        words = search.split()
        conditions = ["deleted IS NULL", *(_condition(word) for word in words)]
        values = [value for word in words for value in _condition_values(word)]
        return self._chats(" AND ".join(conditions), values)

    def bin(self) -> list_[ChatRow]:
        return self._chats("deleted IS NOT NULL", [])

    def _chats(self, condition: str, values: list_[Any]) -> list_[ChatRow]:
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT id, title, scope_kind, scope_collection, created, updated, deleted FROM chats"
                f" WHERE {condition} ORDER BY updated DESC, id DESC",
                values,
            ).fetchall()
        return [ChatRow(row[0], row[1], Scope(row[2], row[3]), *row[4:]) for row in rows]

    def rename(self, chat_id: int, title: str) -> None:
        self._change("UPDATE chats SET title = ? WHERE id = ?", title, chat_id)

    def scope(self, chat_id: int) -> Scope:
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT scope_kind, scope_collection FROM chats WHERE id = ?", (chat_id,)
            ).fetchone()
        return Scope(*row)

    def set_scope(self, chat_id: int, scope: Scope) -> None:
        self._change(
            "UPDATE chats SET scope_kind = ?, scope_collection = ? WHERE id = ?",
            scope.kind,
            scope.collection,
            chat_id,
        )

    def delete(self, chat_id: int) -> None:
        """Put it into the bin."""
        self._change("UPDATE chats SET deleted = ? WHERE id = ?", self._clock(), chat_id)

    def restore(self, chat_id: int) -> None:
        self._change("UPDATE chats SET deleted = NULL WHERE id = ?", chat_id)

    def purge(self) -> int:
        """Remove for good what has been in the bin for 30 days; return how many chats that were."""
        return self._change("DELETE FROM chats WHERE deleted <= ?", self._clock() - BIN_S)

    # Messages

    def messages(self, chat_id: int) -> list_[StoredMessage]:
        """Each question, the answer of this computer, and those of providers, in this order."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT id, role, text, state, reason, model, created, answer, tier FROM messages"
                " WHERE chat_id = ? AND NOT dropped ORDER BY id",
                (chat_id,),
            ).fetchall()
        return _local_first([_message(row) for row in rows])

    def add_question(self, chat_id: int, text: str, *, title: str = "") -> int:
        """Add the person's question; a chat without a title gets this one.

        The same question, asked again before it has an answer, is not added twice.
        """
        with self._database.transaction() as connection:
            connection.execute("UPDATE chats SET updated = ? WHERE id = ?", (self._clock(), chat_id))
            connection.execute("UPDATE chats SET title = ? WHERE id = ? AND title = ''", (title, chat_id))
            last = _last(connection, chat_id)
            if last and last[1:] == ("user", text):
                return int(last[0])
            return self._insert(connection, chat_id, "user", text, "complete")

    def start_answer(self, chat_id: int, model: str, tier: MessageTier = "local") -> int:
        """An answer to the chat's last question. A provider's takes the place of one that failed wordless."""
        with self._database.transaction() as connection:
            if tier == "frontier":
                _drop_wordless(connection, chat_id)
            return self._insert(connection, chat_id, "assistant", "", "streaming", model, tier)

    def save_partial(self, message_id: int, text: str) -> None:
        """Keep what has been shown of a running answer."""
        self._change("UPDATE messages SET text = ? WHERE id = ? AND state = 'streaming'", text, message_id)

    def finish_answer(self, message_id: int, answer: Answer) -> None:
        self._change(
            "UPDATE messages SET text = ?, state = ?, model = ?, answer = ?,"
            " confidence = ?, prompt_tokens = ?, completion_tokens = ? WHERE id = ?",
            answer.text,
            "stopped" if answer.state == "stopped" else "complete",
            answer.model,
            msgspec.json.encode(answer).decode(),
            answer.confidence,
            answer.tokens.prompt,
            answer.tokens.completion,
            message_id,
        )

    def stop_answer(self, message_id: int, text: str) -> None:
        """The person stopped it; what was shown is kept."""
        self._close(message_id, text, "stopped", "")

    def fail_answer(self, message_id: int, text: str, reason: str) -> None:
        """It failed for `reason`; what was shown is kept."""
        self._close(message_id, text, "failed", reason)

    def recover(self) -> int:
        """Call at the start: answers that were running when the app died are marked as interrupted."""
        with self._database.transaction() as connection:
            rows = connection.execute("SELECT id, text FROM messages WHERE state = 'streaming'").fetchall()
            for message_id, text in rows:
                _end(connection, message_id, text, "interrupted", "")
        return len(rows)

    def drop_last_answer(self, chat_id: int) -> str:
        """Set this computer's last answer aside, to have its question answered anew; return that question.

        Nothing is lost: when the new answer fails without a word, the former one is back. What a provider
        answered stays.
        """
        with self._database.transaction() as connection:
            last = _last(connection, chat_id)
            if last and last[1] == "assistant":
                connection.execute("UPDATE messages SET dropped = 1 WHERE id = ?", (last[0],))
                last = _last(connection, chat_id)
        if last is None or last[1] != "user":
            raise LookupError(f"chat {chat_id} has no question to answer anew")
        return str(last[2])

    def confidences(self, most: int = 5000) -> list_[PastConfidence]:
        """Of the latest answers that tell it, latest first; those in the bin and of every chat among them."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT confidence, prompt_tokens, completion_tokens FROM messages"
                " WHERE confidence IS NOT NULL AND NOT dropped ORDER BY id DESC LIMIT ?",
                (most,),
            ).fetchall()
        return [PastConfidence(*row) for row in rows]

    def _insert(
        self,
        connection: sqlite3.Connection,
        chat_id: int,
        role: str,
        text: str,
        state: MessageState,
        model: str = "",
        tier: MessageTier = "local",
    ) -> int:
        cursor = connection.execute(
            "INSERT INTO messages (chat_id, role, text, state, model, created, tier)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (chat_id, role, text, state, model, self._clock(), tier),
        )
        return _new_id(cursor)

    def _close(self, message_id: int, text: str, state: MessageState, reason: str) -> None:
        with self._database.transaction() as connection:
            _end(connection, message_id, text, state, reason)

    # Settings

    def setting(self, key: str, default: Any) -> Any:
        with self._database.reading() as connection:
            row = connection.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
        return json.loads(row[0]) if row else default

    def put_setting(self, key: str, value: Any) -> None:
        """`value` is anything that JSON can hold."""
        self._change(
            "INSERT INTO settings (key, value) VALUES (?, ?)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            key,
            json.dumps(value, ensure_ascii=False),
        )

    def _change(self, statement: str, *values: object) -> int:
        with self._database.transaction() as connection:
            return connection.execute(statement, values).rowcount


def _new_id(cursor: sqlite3.Cursor) -> int:
    if cursor.lastrowid is None:
        raise AssertionError("SQLite gives every inserted row an id")
    return cursor.lastrowid


def _last(connection: sqlite3.Connection, chat_id: int) -> tuple[int, str, str] | None:
    """Id, role and text of the chat's last message that counts; a provider's answers stand beside them."""
    row: tuple[int, str, str] | None = connection.execute(
        "SELECT id, role, text FROM messages WHERE chat_id = ? AND NOT dropped AND tier = 'local'"
        " ORDER BY id DESC LIMIT 1",
        (chat_id,),
    ).fetchone()
    return row


def _drop_wordless(connection: sqlite3.Connection, chat_id: int) -> None:
    """Set aside what a provider's answers to the last question left without a word."""
    connection.execute(
        "UPDATE messages SET dropped = 1 WHERE chat_id = ? AND tier = 'frontier' AND text = ''"
        " AND state != 'streaming'"
        " AND id > (SELECT coalesce(max(id), 0) FROM messages WHERE chat_id = ? AND role = 'user')",
        (chat_id, chat_id),
    )


def _end(
    connection: sqlite3.Connection, message_id: int, text: str, state: MessageState, reason: str
) -> None:
    """Close a running answer; one without a word gives way to the answer that it was to replace."""
    connection.execute(
        "UPDATE messages SET text = ?, state = ?, reason = ? WHERE id = ? AND state = 'streaming'",
        (text, state, reason, message_id),
    )
    if not text:
        _bring_back_former(connection, message_id)


def _bring_back_former(connection: sqlite3.Connection, message_id: int) -> None:
    former = connection.execute(
        """
        SELECT max(former.id) FROM messages AS former JOIN messages AS new ON new.id = ?
        WHERE former.chat_id = new.chat_id AND former.dropped AND former.text != '' AND former.id < new.id
          AND new.tier = 'local' AND former.tier = 'local'
          AND former.id > (SELECT max(id) FROM messages
                           WHERE chat_id = new.chat_id AND role = 'user' AND id < new.id)
        """,
        (message_id,),
    ).fetchone()[0]
    if former is not None:
        connection.execute(
            "UPDATE messages SET dropped = (id != ?) WHERE id IN (?, ?)", (former, former, message_id)
        )


def _local_first(messages: list_[StoredMessage]) -> list_[StoredMessage]:
    """This computer's answer before those of providers: answered anew, it is the later one."""
    ordered: list_[StoredMessage] = []
    below: list_[StoredMessage] = []
    for message in messages:
        if message.role == "user":
            ordered, below = [*ordered, *below], []
        if message.tier == "frontier":
            below.append(message)
        else:
            ordered.append(message)
    return [*ordered, *below]


def _message(row: tuple[Any, ...]) -> StoredMessage:
    message_id, role, text, state, reason, model, created, answer, tier = row
    return StoredMessage(message_id, role, text, state, reason, model, created, _decoded(answer), tier)


def _decoded(answer: str | None) -> Answer | None:
    """None as well for an answer in a form that this Carrel does not read: its text is still there."""
    if answer is None:
        return None
    try:
        return msgspec.json.decode(answer, type=Answer)
    except msgspec.DecodeError:
        return None


def _condition(word: str) -> str:
    """A chat whose title or messages hold the word. Short words are not in the index of trigrams."""
    if len(word) < _TRIGRAM:
        return (
            "(title LIKE ? ESCAPE '\\' OR id IN"
            " (SELECT chat_id FROM messages WHERE NOT dropped AND text LIKE ? ESCAPE '\\'))"
        )
    return (
        "(id IN (SELECT rowid FROM chats_text WHERE chats_text MATCH ?) OR id IN"
        " (SELECT chat_id FROM messages JOIN messages_text ON messages_text.rowid = messages.id"
        " WHERE NOT dropped AND messages_text MATCH ?))"
    )


def _condition_values(word: str) -> tuple[str, str]:
    if len(word) < _TRIGRAM:
        escaped = word.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        return (f"%{escaped}%",) * 2
    quoted = '"' + word.replace('"', '""') + '"'
    return (quoted, quoted)
