from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine import database as opening
from engine.database import Database
from engine.errors import ProfileDamaged


def _to_1(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE notes (text TEXT NOT NULL)")


@pytest.fixture
def torn(tmp_path: Path) -> Path:
    """A database with a page that is no more."""
    path = tmp_path / "notes.db"
    with closing(Database(path, (_to_1,))) as database, database.transaction() as connection:
        connection.executemany("INSERT INTO notes VALUES (?)", [("x" * 2000,)] * 40)
    content = bytearray(path.read_bytes())
    content[8192:12288] = bytes(4096)
    path.write_bytes(content)
    return path


def test_damage_is_found_when_a_file_is_opened(torn: Path) -> None:
    with pytest.raises(ProfileDamaged):
        Database(torn, (_to_1,))


def test_a_large_file_opens_unread_and_its_damage_is_found_when_it_is_met(
    torn: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "CHECKED_BYTES", torn.stat().st_size - 1)
    with (
        closing(Database(torn, (_to_1,))) as database,
        pytest.raises(ProfileDamaged),
        database.reading() as connection,
    ):
        connection.execute("SELECT text FROM notes").fetchall()
