from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine.chats.migrations import MIGRATIONS
from engine.chats.store import ChatStore, Scope
from engine.database import Database
from tests.fakes.answers import ANSWER

SCHEMAS = Path(__file__).parents[2] / "data" / "schemas"


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
def test_every_released_schema_is_brought_to_the_present(tmp_path: Path, version: int) -> None:
    """The kept databases hold the same few chats; a new schema adds its own (`python -m` this module)."""
    path = tmp_path / "carrel.db"
    shutil.copy(SCHEMAS / f"carrel-{version}.db", path)
    with closing(ChatStore(path)) as store:
        (chat,) = store.list("deposit")
        assert (chat.title, chat.scope) == ("How high is the deposit?", Scope("collection", "Contracts"))
        question, reply = store.messages(chat.id)
        assert (question.text, reply.text) == ("How high is the deposit?", ANSWER.text)
        assert reply.answer == ANSWER
        assert [row.title for row in store.bin()] == ["Old things"]
        assert store.setting("model", None) == "tiny"
        if version >= 2:
            (asked,) = store.list("Claude")
            assert [message.tier for message in store.messages(asked.id)] == ["local", "local", "frontier"]


def test_a_failing_step_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "carrel.db"
    shutil.copy(SCHEMAS / "carrel-1.db", path)

    def half(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE half (id INTEGER)")
        raise RuntimeError("the power went out")

    with pytest.raises(RuntimeError):
        Database(path, (*MIGRATIONS, half))
    with closing(ChatStore(path)) as store:
        assert len(store.list()) == 1
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master WHERE name = 'half'").fetchall() == []


def write_sample(path: Path) -> None:
    """The database that a release leaves in tests/data/schemas."""
    with closing(ChatStore(path, clock=lambda: 1_790_000_000.0)) as store:
        chat = store.create(Scope("collection", "Contracts"))
        store.add_question(chat, "How high is the deposit?", title="How high is the deposit?")
        store.finish_answer(store.start_answer(chat, "tiny"), ANSWER)
        both = store.create(Scope("none"))
        store.add_question(both, "Is it late?", title="Asked Claude, too")
        for tier in ("local", "frontier"):
            store.finish_answer(store.start_answer(both, "tiny", tier), ANSWER)
        old = store.create(Scope("none"))
        store.rename(old, "Old things")
        store.delete(old)
        store.put_setting("model", "tiny")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("VACUUM")


if __name__ == "__main__":
    write_sample(SCHEMAS / f"carrel-{len(MIGRATIONS)}.db")
