"""library.db, opened: its connections, its transactions, and SQLite's errors under their own names."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rag.errors import LibraryDamaged, LibraryError, LibraryFull, LibraryUnavailable
from rag.migrations import MIGRATIONS, Migration, migrate, version

BUSY_TIMEOUT_S = 10.0

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}


class Database:
    """Two connections, each behind a lock: one writes, one reads.

    In WAL mode the reading one answers from the last commit while a file is being written, so a screen
    never waits for the indexing. Not one connection per thread: threads come and go, and a connection
    that belongs to a thread that has ended can no longer be closed in order.
    """

    def __init__(self, path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> None:
        """Open or create the file and bring its schema up to date.

        Raises:
            LibraryTooNew, LibraryDamaged, LibraryFull, LibraryUnavailable
        """
        self.path = path
        self._write_lock = threading.RLock()
        self._read_lock = threading.RLock()
        with expected_errors(path):
            self._writer = _open(path, len(migrations))
            try:
                migrate(self._writer, path, migrations)
                self._reader = _open(path, len(migrations))
                self._reader.execute("PRAGMA query_only = ON")
            except BaseException:
                self._writer.close()
                raise

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction: committed at the end of the block, undone when the block raises."""
        with self._write_lock, expected_errors(self.path), _transaction(self._writer, "IMMEDIATE"):
            yield self._writer

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """All statements of the block see the same commit."""
        with self._read_lock, expected_errors(self.path), _transaction(self._reader, "DEFERRED"):
            yield self._reader

    def close(self) -> None:
        with self._write_lock, self._read_lock:
            self._reader.close()
            self._writer.close()


def _open(path: Path, known: int) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        version(connection, path, known)  # before anything is written, be it only the journal mode
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def _transaction(connection: sqlite3.Connection, kind: str) -> Iterator[None]:
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite has already undone it when the disk was full
            connection.execute("ROLLBACK")
        raise


@contextmanager
def expected_errors(path: Path) -> Iterator[None]:
    """Give SQLite's errors that are the environment's doing rag's own classes; the rest are bugs."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        known = _named(path, error)
        if known is None:
            raise
        raise known from error


def _named(path: Path, error: sqlite3.DatabaseError) -> LibraryError | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the upper bits say more than is needed
    if code == sqlite3.SQLITE_FULL:
        return LibraryFull(str(path))
    if code in _DAMAGED:
        return LibraryDamaged(str(path), str(error))
    if code in _UNAVAILABLE:
        return LibraryUnavailable(str(path), str(error))
    return None
