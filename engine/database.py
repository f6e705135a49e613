"""A database of the profile, opened: its transactions, its schema, and SQLite's errors by their own names."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from engine.errors import ProfileDamaged, ProfileError, ProfileTooNew, ProfileUnavailable

Migration = Callable[[sqlite3.Connection], None]

BUSY_TIMEOUT_S = 10.0
CHECKED_BYTES = 64_000_000  # 0.1 s from memory, a second from a slow disk

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}


class Database:
    """One connection that writes and one that reads, each behind its lock.

    Whoever reads does not wait for what is being written to reach the disk: a table on the screen goes on
    scrolling while a run stores its rows. What a transaction has committed is seen by the next reading.
    """

    def __init__(self, path: Path, migrations: Sequence[Migration]) -> None:
        """Open or create the file and bring its schema up to date.

        Raises:
            ProfileTooNew, ProfileDamaged, ProfileUnavailable
        """
        self._path = path
        self._lock = threading.RLock()
        self._reading = threading.RLock()
        with self._expected_errors():
            self._connection = _connect(path)
            try:
                self._prepare(migrations)
                self._reader = _connect(path)
                self._reader.execute("PRAGMA query_only = ON")
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self, migrations: Sequence[Migration]) -> None:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        migrate(self._connection, self._path, migrations)
        # A few milliseconds for each thousand messages; better found now than in the middle of a chat. A
        # file of many runs would be read whole before the window opens: there it is found when it is met.
        if self._path.stat().st_size > CHECKED_BYTES:
            return
        (verdict,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise ProfileDamaged(str(self._path), verdict)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Committed at the end of the block, undone when the block raises."""
        with self._lock, self._expected_errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # SQLite has already undone it when the disk was full
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with self._reading, self._expected_errors():
            yield self._reader

    def close(self) -> None:
        with self._lock, self._reading:
            self._reader.close()
            self._connection.close()

    @contextmanager
    def _expected_errors(self) -> Iterator[None]:
        """Give SQLite's errors that are the environment's doing our own classes; the rest are bugs."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            known = self._named(error)
            if known is None:
                raise
            raise known from error

    def _named(self, error: sqlite3.DatabaseError) -> ProfileError | None:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the upper bits say more than is needed
        if code in _DAMAGED:
            return ProfileDamaged(str(self._path), str(error))
        if code in _UNAVAILABLE:
            return ProfileUnavailable(str(self._path), str(error))
        return None


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)


def migrate(connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration]) -> None:
    """Bring the file to the present schema: all steps and the new version in one transaction, or nothing.

    `connection` is in autocommit mode (`isolation_level=None`).

    Raises:
        ProfileTooNew: a newer Carrel wrote the file; it is left as it is.
    """
    connection.execute("BEGIN IMMEDIATE")  # a second opener waits here and then finds the work done
    try:
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        if found > len(migrations):
            raise ProfileTooNew(str(path), found, len(migrations))
        for step in migrations[found:]:
            step(connection)
        connection.execute(f"PRAGMA user_version = {len(migrations):d}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
