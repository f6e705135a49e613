from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from engine.database import Database
from engine.tasks.migrations import MIGRATIONS
from engine.tasks.recipe import Example
from engine.tasks.recipes import RecipeStore
from engine.tasks.runs import RunStore
from engine.tasks.values import Conclusion, LineId, RunCounts
from tests.fakes.runs import RECIPE, failed, finished, item, line, make_run

SCHEMAS = Path(__file__).parents[2] / "data" / "schemas"


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
def test_every_released_schema_is_brought_to_the_present(tmp_path: Path, version: int) -> None:
    """The kept databases hold the same few things; a new schema adds its own (`python -m` this module)."""
    path = tmp_path / "tasks.db"
    shutil.copy(SCHEMAS / f"tasks-{version}.db", path)
    with closing(Database(path, MIGRATIONS)) as database:
        recipes, runs = RecipeStore(database), RunStore(database)
        (row,) = recipes.list()
        assert (row.name, row.version, row.runs) == ("Support triage", 2, 1)
        assert recipes.get(row.id, 1) != recipes.get(row.id)
        assert recipes.get(row.id).examples == (
            Example("The bill is wrong", {"category": "billing", "amount": None}),
        )
        (run,) = runs.runs(row.id)
        assert (run.title, run.state, run.counts) == (
            "tickets.csv", "done", RunCounts(4, 2, 1, lines=3, review=1, corrected=1),
        )  # fmt: skip
        said, shown, corrected, unreadable, waiting = runs.lines(run.id, runs.line_ids(run.id))
        assert said.cells["category"].cell.value == "support"
        assert (shown.needs_review, shown.item) == (True, item(0))
        assert (corrected.cells["category"].cell.value, corrected.cells["category"].first) == (
            "billing", "network",
        )  # fmt: skip
        assert (unreadable.state, unreadable.reason) == ("failed", "It could not be read.")
        assert list(runs.pending(run.id)) == [(3, item(3))]
        assert waiting.id == LineId(3)


def write_sample(path: Path) -> None:
    """The database that a release leaves in tests/data/schemas."""
    with closing(Database(path, MIGRATIONS)) as database:
        recipes = RecipeStore(database, clock=lambda: 1_790_000_000.0)
        runs = RunStore(database, clock=lambda: 1_790_000_000.0)
        recipe_id = recipes.save(RECIPE).id
        recipes.save(replace(RECIPE, description="Sorts tickets."), recipe_id)
        run_id = make_run(runs, 4, recipe_id=recipe_id)
        runs.finish(run_id, [finished(0, line("network", 5, "unsure"))], 2.0)
        runs.finish(
            run_id, [finished(1, line("network", None, "unsure"), text="The bill is wrong"), failed(2)]
        )
        runs.correct(run_id, LineId(1), "category", "billing")
        runs.conclude(run_id, Conclusion((line("support"),)))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("VACUUM")


if __name__ == "__main__":
    (SCHEMAS / f"tasks-{len(MIGRATIONS)}.db").unlink(missing_ok=True)
    write_sample(SCHEMAS / f"tasks-{len(MIGRATIONS)}.db")
