from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from rag.database import Database
from rag.errors import LibraryDamaged, LibraryFull, LibraryTooNew, LibraryUnavailable
from rag.migrations import MIGRATIONS
from rag.store import Store
from rag.words import match_expression

SCHEMAS = Path(__file__).parents[1] / "data" / "schemas"


def _version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
def test_library_of_every_released_schema_opens_with_all_it_held(version: int, tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    shutil.copy(SCHEMAS / f"library-{version}.db", path)
    with closing(Store(path)) as store:
        (status,) = store.status()
        assert (status.name, status.ready, status.failed) == ("Contracts", 2, 1)
        page = store.page("/home/ada/Contracts/lease.txt", 2)
        assert page is not None and page.text == "The monthly rent is EUR 1,200."
        ((found, _),) = store.search_words(match_expression("monthly rents"), 5)
        assert store.passages([found])[found].text == "The monthly rent is EUR 1,200."
        assert len(store.vectors([found], "bag-of-words")[found]) == 64 * 4
        assert store.embedders() == {"bag-of-words": 3}
        assert len(store.paths(kinds=["txt"])) == 2
    assert _version(path) == len(MIGRATIONS)


def test_every_schema_has_left_a_database() -> None:
    names = {f"library-{version}.db" for version in range(1, len(MIGRATIONS) + 1)}
    assert names == {path.name for path in SCHEMAS.glob("library-*.db")}


def test_upgrade_runs_only_the_steps_that_are_missing(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    shutil.copy(SCHEMAS / "library-1.db", path)

    def add_colour(connection: sqlite3.Connection) -> None:
        connection.execute("ALTER TABLE collections ADD COLUMN colour TEXT NOT NULL DEFAULT 'grey'")

    database = Database(path, (*MIGRATIONS[:1], add_colour))
    with database.read() as connection:
        assert connection.execute("SELECT name, colour FROM collections").fetchall() == [
            ("Contracts", "grey")
        ]
    database.close()
    assert _version(path) == 2


def test_words_of_an_older_library_are_found_by_how_they_begin(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    shutil.copy(SCHEMAS / "library-1.db", path)
    with closing(Store(path, MIGRATIONS[:1])) as store:
        assert store.search_words(match_expression("termites"), 5) == []
    with closing(Store(path)) as store:
        ((found, _),) = store.search_words(match_expression("termites"), 5)
        assert store.passages([found])[found].text == "Either party may terminate upon notice."
        assert store.search_words(match_expression("终止"), 5)


def test_failed_upgrade_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    shutil.copy(SCHEMAS / "library-1.db", path)

    def half_way(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM documents")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Database(path, (*MIGRATIONS[:1], half_way))
    assert _version(path) == 1
    with closing(Store(path, MIGRATIONS[:1])) as store:
        assert len(store.documents()) == 3


def test_library_of_a_newer_carrel_is_refused_with_both_versions_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(LibraryTooNew) as caught:
        Store(path)
    assert (caught.value.found, caught.value.known) == (99, len(MIGRATIONS))
    assert path.read_bytes() == before


def test_file_that_is_no_database_is_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    path.write_bytes(b"this was a library once" * 400)
    with pytest.raises(LibraryDamaged):
        Store(path)


def test_damage_inside_is_named_when_it_is_met(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    shutil.copy(SCHEMAS / "library-1.db", path)
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(LibraryDamaged), closing(Store(path)) as store:
        store.documents()


def test_folder_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(LibraryUnavailable):
        Store(tmp_path / "nowhere" / "library.db")


def test_full_disk_undoes_the_transaction_and_has_a_name(tmp_path: Path) -> None:
    database = Database(tmp_path / "library.db")
    with database.write() as connection:
        connection.execute("INSERT INTO collections (name, added) VALUES ('first', 0)")
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    with database._write_lock:
        database._writer.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LibraryFull), database.write() as connection:
        connection.execute("INSERT INTO collections (name, added) VALUES ('second', 0)")
        connection.execute("INSERT INTO collections (name, added) VALUES (?, 0)", ("x" * 100_000,))
    with database.read() as connection:
        assert connection.execute("SELECT name FROM collections").fetchall() == [("first",)]
    database.close()
