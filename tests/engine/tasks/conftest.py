from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.database import Database
from engine.tasks.migrations import MIGRATIONS
from engine.tasks.recipes import RecipeStore
from engine.tasks.runs import RunStore


class Clock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(tmp_path / "tasks.db", MIGRATIONS)) as database:
        yield database


@pytest.fixture
def recipes(database: Database, clock: Clock) -> RecipeStore:
    return RecipeStore(database, clock=clock)


@pytest.fixture
def runs(database: Database, clock: Clock) -> RunStore:
    return RunStore(database, clock=clock)
