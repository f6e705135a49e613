"""Runs, in tasks.db: a recipe as it was, all inputs, and what became of each.

Identity: a run is its row id, which is never used again. An input is its number in its run, counted from 0;
a line is the input's number and its place among that input's lines. Row -1 is no input: its lines say
something about all of them. An input is done once: what is stored for it changes only by the person's
corrections, or when the person lets it wait again.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice

from engine.database import Database
from engine.errors import NoInputs, ProfileError, RunUnknown
from engine.tasks.asks import Asks
from engine.tasks.comparing import Compared
from engine.tasks.corrections import Corrections
from engine.tasks.encoding import as_json, clean, from_json
from engine.tasks.recipe import Recipe
from engine.tasks.recipes import BIN_S
from engine.tasks.results import Results, input_words
from engine.tasks.stored import RUN_ROWS, run_of, run_row
from engine.tasks.values import Column, CountQuestion, Item, RunRow, RunSource, RunState

GATHERED = 2_000  # inputs in one transaction: others write in between


class RunStore(Results, Corrections, Compared, Asks):
    """Usable from several threads; each method is one transaction, and may raise ProfileUnavailable.

    `create` alone is several: a run is there when all its inputs are, and not at all before.
    """

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock
        self._unwritten: dict[int, str] = {}  # runs that were paused by a full disk, and why

    def create(
        self,
        recipe_id: int | None,
        recipe: Recipe,
        source: RunSource,
        input_columns: Sequence[str],
        columns: Sequence[Column],
        title: str,
        model: str,
        question: CountQuestion | None = None,
        *,
        items: Iterable[Item],
    ) -> int:
        """A run whose inputs all wait. `items` may be read while they are stored.

        Raises:
            NoInputs: there are no items.
        """
        now = self._clock()
        with self._database.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO runs (recipe_id, recipe_name, kind, title, source, input_columns, columns,"
                " question, model, created, updated, recipe) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    recipe_id,
                    clean(recipe.name),
                    recipe.kind,
                    clean(title),
                    as_json(source),
                    as_json(tuple(input_columns)),
                    as_json(tuple(columns)),
                    as_json(question) if question else None,
                    model,
                    now,
                    now,
                    as_json(recipe),
                ),
            )
            run_id = cursor.lastrowid
        assert run_id is not None  # SQLite gives every inserted row an id
        try:
            self._gather(run_id, items)
        except BaseException:
            with suppress(ProfileError):  # a full disk: `recover` removes it
                self._change("DELETE FROM runs WHERE id = ?", run_id)
            raise
        return run_id

    def _gather(self, run_id: int, items: Iterable[Item]) -> None:
        numbered = enumerate(items)
        total = 0
        while some := list(islice(numbered, GATHERED)):
            with self._database.transaction() as connection:
                _insert_items(connection, run_id, some)
            total += len(some)
        if not total:
            raise NoInputs("its source holds none.")
        self._change("UPDATE runs SET ready = 1, total = ? WHERE id = ?", total, run_id)

    def recover(self) -> int:
        """Call at the start: runs that were running when the app ended are paused, those whose inputs were
        still being gathered are gone. How many were paused."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM runs WHERE NOT ready")
            return connection.execute(
                "UPDATE runs SET state = 'paused', reason = '' WHERE state = 'running'"
            ).rowcount

    def runs(self, recipe_id: int | None = None) -> list[RunRow]:
        """Runs outside the bin, latest first; of one recipe or all."""
        with self._database.reading() as connection:
            rows = connection.execute(
                f"{RUN_ROWS} AND (?1 IS NULL OR recipe_id = ?1) ORDER BY created DESC, id DESC", (recipe_id,)
            ).fetchall()
        return [self._paused(run_row(row)) for row in rows]

    def run(self, run_id: int) -> RunRow:
        """Raises: RunUnknown, also for one in the bin."""
        with self._database.reading() as connection:
            return self._paused(run_of(connection, run_id))

    def _paused(self, run: RunRow) -> RunRow:
        if run.state == "running" and run.id in self._unwritten:
            return replace(run, state="paused", reason=self._unwritten[run.id])
        return run

    def ids(self) -> list[int]:
        """Of all runs, those in the bin too."""
        with self._database.reading() as connection:
            return [run_id for (run_id,) in connection.execute("SELECT id FROM runs ORDER BY id")]

    def recipe(self, run_id: int) -> Recipe:
        """The recipe as it was when the run was made.

        Raises:
            RunUnknown
        """
        with self._database.reading() as connection:
            row = connection.execute("SELECT recipe FROM runs WHERE id = ?", (run_id,)).fetchone()
        if row is None:
            raise RunUnknown(run_id)
        return from_json(row[0], Recipe)

    def pause(self, run_id: int, reason: str) -> None:
        """As `set_state`; with a disk too full even for that, it is known for as long as the app runs."""
        try:
            self.set_state(run_id, "paused", reason)
        except ProfileError:
            self._unwritten[run_id] = reason

    def set_state(self, run_id: int, state: RunState, reason: str = "") -> None:
        self._change(
            "UPDATE runs SET state = ?, reason = ?, updated = ? WHERE id = ?",
            state,
            clean(reason),
            self._clock(),
            run_id,
        )
        self._unwritten.pop(run_id, None)

    def delete(self, run_id: int) -> None:
        """Put it into the bin."""
        self._change("UPDATE runs SET deleted = ? WHERE id = ?", self._clock(), run_id)

    def restore(self, run_id: int) -> None:
        self._change("UPDATE runs SET deleted = NULL WHERE id = ?", run_id)

    def purge(self) -> int:
        """Remove for good what has been in the bin for 30 days; return how many runs that were."""
        return self._change("DELETE FROM runs WHERE deleted <= ?", self._clock() - BIN_S)

    def _change(self, statement: str, *values: object) -> int:
        with self._database.transaction() as connection:
            return connection.execute(statement, values).rowcount


def _insert_items(connection: sqlite3.Connection, run_id: int, items: Iterable[tuple[int, Item]]) -> None:
    rows, lines = [], []
    for number, item in items:
        title, path = clean(item.title), clean(item.path)
        rows.append((run_id, number, clean(item.key), title, path, as_json(item.values)))
        lines.append((run_id, number, input_words(title, item.values)))
    connection.executemany(
        "INSERT INTO rows (run_id, number, key, title, path, item_values) VALUES (?, ?, ?, ?, ?, ?)", rows
    )
    connection.executemany("INSERT INTO lines (run_id, row, line, text) VALUES (?, ?, 0, ?)", lines)
