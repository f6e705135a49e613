"""Receipts: what was sent and what came, word for word, for 90 days or until the chat or run is deleted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from engine.database import Database
from engine.usage.values import CallRow, Origin, OriginKind, Receipt

KEPT_S = 90 * 24 * 3600.0

_CALL = (
    "calls.id, at, kind, subject, row, name, provider, model, state, prompt_tokens, cached_tokens,"
    " completion_tokens, amount, exact, seconds, reason"
)
_RECEIPTS = (
    f"SELECT {_CALL}, url, request, response, restored, placeholders"
    " FROM receipts JOIN calls ON calls.id = receipts.call_id"
)


class ReceiptStore:
    _database: Database

    def receipt(self, call_id: int) -> Receipt | None:
        """None: it is too old, its chat or run was deleted, or nothing went out."""
        return self._receipt(f"{_RECEIPTS} WHERE calls.id = ?", call_id)

    def receipt_of_message(self, message_id: int) -> Receipt | None:
        return self._receipt(f"{_RECEIPTS} WHERE message_id = ? ORDER BY calls.id DESC LIMIT 1", message_id)

    def kept(self, origin: Origin, request_digest: str) -> Receipt | None:
        """The finished call of the same run and row with the same request: it need not be paid again."""
        if origin.kind != "task":
            return None
        return self._receipt(
            f"{_RECEIPTS} WHERE digest = ? AND kind = 'task' AND subject IS ? AND row IS ?"
            " AND state = 'done' ORDER BY calls.id DESC LIMIT 1",
            request_digest,
            origin.subject,
            origin.row,
        )

    def link(self, call_id: int, message_id: int) -> None:
        """The call became this message of a chat."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE calls SET message_id = ? WHERE id = ?", (message_id, call_id))

    def calls(
        self, limit: int = 100, *, kind: OriginKind | None = None, subject: int | None = None
    ) -> list[CallRow]:
        """The last ones, latest first; of one chat or run, or all."""
        with self._database.reading() as connection:
            rows = connection.execute(
                f"SELECT {_CALL} FROM calls WHERE (?1 IS NULL OR kind = ?1) AND (?2 IS NULL OR subject = ?2)"
                " ORDER BY id DESC LIMIT ?3",
                (kind, subject, limit),
            ).fetchall()
        return [_call(row) for row in rows]

    def forget(self, kind: OriginKind, subject: int) -> int:
        """The receipts of a chat or run that is deleted for good, and its title; what it cost stays.

        Returns how many receipts that were. For when the bin is emptied: what is restored from it keeps all.
        """
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE calls SET name = '' WHERE kind = ? AND subject = ? AND kind != 'task'",
                (kind, subject),
            )
            return _erase(
                connection,
                "call_id IN (SELECT id FROM calls WHERE kind = ? AND subject = ?)",
                kind,
                subject,
            )

    def forget_all_but(self, kind: OriginKind, subjects: Iterable[int]) -> int:
        """As `forget`, for all chats or runs but those that there still are: for the start."""
        there = msgspec.json.encode(list(subjects)).decode()
        gone = "subject NOT IN (SELECT value FROM json_each(?))"
        with self._database.transaction() as connection:
            connection.execute(
                f"UPDATE calls SET name = '' WHERE kind = ? AND kind != 'task' AND name != '' AND {gone}",
                (kind, there),
            )
            return _erase(
                connection, f"call_id IN (SELECT id FROM calls WHERE kind = ? AND {gone})", kind, there
            )

    def _forget_old(self, now: float) -> None:
        with self._database.transaction() as connection:
            _erase(connection, "call_id IN (SELECT id FROM calls WHERE at < ?)", now - KEPT_S)

    def _receipt(self, statement: str, *values: object) -> Receipt | None:
        with self._database.reading() as connection:
            row = connection.execute(statement, values).fetchone()
        if row is None:
            return None
        url, request, response, restored, placeholders = row[16:]
        pairs = msgspec.json.decode(placeholders, type=tuple[tuple[str, str], ...])
        return Receipt(_call(row), url, request, response, restored, pairs)

    @staticmethod
    def _keep_receipt(
        connection: sqlite3.Connection,
        call_id: int,
        url: str,
        request: bytes,
        digest: str,
        response: str,
        restored: str,
        placeholders: Sequence[tuple[str, str]],
    ) -> None:
        pairs = [(storable(placeholder), storable(original)) for placeholder, original in placeholders]
        connection.execute(
            "INSERT INTO receipts VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                call_id,
                url,
                request,
                digest,
                storable(response),
                storable(restored),
                msgspec.json.encode(pairs).decode(),
            ),
        )


def _erase(connection: sqlite3.Connection, condition: str, *values: object) -> int:
    """Delete receipts so that their words are overwritten in the file, not only unlisted."""
    connection.execute("PRAGMA secure_delete = ON")
    return connection.execute(f"DELETE FROM receipts WHERE {condition}", values).rowcount


def _call(row: Sequence[Any]) -> CallRow:
    origin = Origin(row[2], row[3], row[4], row[5])
    return CallRow(
        row[0],
        row[1],
        origin,
        provider=row[6],
        model=row[7],
        state=row[8],
        prompt_tokens=row[9],
        cached_tokens=row[10],
        completion_tokens=row[11],
        amount=row[12],
        exact=bool(row[13]),
        seconds=row[14],
        reason=row[15],
    )


def storable(text: str) -> str:
    """Without lone surrogates: SQLite keeps none."""
    return text.encode("utf-8", "replace").decode()
