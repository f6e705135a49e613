"""Recipes, in tasks.db: their versions, and the examples that the person's corrections have become.

Identity: a recipe is its row id, which is never used again; its name may change, and may be another one's
too. A version is the recipe as it was saved, without remembered examples; saving the same again makes none.
A remembered example is its recipe and its input: another correction for the same input adds its columns.
"""

from __future__ import annotations

import sqlite3
import time
from builtins import list as list_
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from engine.database import Database
from engine.errors import RecipeUnknown
from engine.tasks.encoding import as_json, clean, from_json
from engine.tasks.recipe import Example, Recipe
from engine.tasks.values import LineId, RecipeRow, RecipeVersion

BIN_S = 30 * 24 * 3600.0

Output = dict[str, Any]


class RecipeStore:
    """Usable from several threads; each method is one transaction, and may raise ProfileUnavailable."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def list(self) -> list_[RecipeRow]:
        """Recipes outside the bin, by name."""
        with self._database.reading() as connection:
            rows = connection.execute(f"{_ROWS} WHERE deleted IS NULL").fetchall()
        return sorted((RecipeRow(*row) for row in rows), key=lambda row: (row.name.casefold(), row.id))

    def by_name(self, name: str) -> RecipeRow:
        """Case does not count; of several with the name, the one that was changed last.

        Raises:
            RecipeUnknown
        """
        rows = self.list()
        wanted = name.strip().casefold()
        found = [row for row in rows if row.name.strip().casefold() == wanted]
        if not found:
            raise RecipeUnknown(name, tuple(row.name for row in rows))
        return max(found, key=lambda row: row.updated)

    def get(self, recipe_id: int, version: int | None = None) -> Recipe:
        """The latest version, or that one, with the remembered examples after its own; also from the bin.

        Raises:
            RecipeUnknown
        """
        with self._database.reading() as connection:
            recipe = _version(connection, recipe_id, version)
            return _with_remembered(recipe, _remembered(connection, recipe_id))

    def save(self, recipe: Recipe, recipe_id: int | None = None) -> RecipeRow:
        """A new recipe, or a new version of one. What `get` gives then is what was saved.

        So a remembered example that the saved recipe does not have any more is forgotten.

        Raises:
            RecipeUnknown
        """
        with self._database.transaction() as connection:
            if recipe_id is None:
                recipe_id = _insert(connection, recipe, self._clock())
            else:
                self._save_again(connection, recipe, recipe_id)
            return _row(connection, recipe_id)

    def duplicate(self, recipe_id: int) -> RecipeRow:
        """A recipe of its own with the same content, the remembered examples included."""
        recipe = self.get(recipe_id)
        with self._database.transaction() as connection:
            taken = {name for (name,) in connection.execute("SELECT name FROM recipes WHERE deleted IS NULL")}
            name = next(name for name in _copies(recipe.name) if name not in taken)
            return _row(connection, _insert(connection, replace(recipe, name=name), self._clock()))

    def delete(self, recipe_id: int) -> None:
        """Put it into the bin."""
        self._change("UPDATE recipes SET deleted = ? WHERE id = ?", self._clock(), recipe_id)

    def restore(self, recipe_id: int) -> None:
        self._change("UPDATE recipes SET deleted = NULL WHERE id = ?", recipe_id)

    def purge(self) -> int:
        """Remove for good what has been in the bin for 30 days; return how many recipes that were."""
        return self._change("DELETE FROM recipes WHERE deleted <= ?", self._clock() - BIN_S)

    def versions(self, recipe_id: int) -> list_[RecipeVersion]:
        """Latest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT version, saved FROM recipe_versions WHERE recipe_id = ? ORDER BY version DESC",
                (recipe_id,),
            ).fetchall()
        return [RecipeVersion(*row) for row in rows]

    def remember(
        self, recipe_id: int, example: Example, run_id: int | None = None, line: LineId | None = None
    ) -> None:
        """Add an example of a correction; `run_id` and `line` say where it comes from.

        Of one for the same input, columns that this one names are changed and the others stay.
        """
        with self._database.transaction() as connection:
            remember(connection, recipe_id, example, run_id, line, self._clock())

    def _save_again(self, connection: sqlite3.Connection, recipe: Recipe, recipe_id: int) -> None:
        latest = _version(connection, recipe_id, None)
        remembered = _remembered(connection, recipe_id)
        if as_json(recipe) == as_json(_with_remembered(latest, remembered)):
            return
        gone = [example for example in remembered if example not in recipe.examples]
        for example in gone:
            connection.execute(
                "DELETE FROM examples WHERE recipe_id = ? AND input = ?", (recipe_id, example.input)
            )
        own = tuple(example for example in recipe.examples if example not in remembered)
        recipe = replace(recipe, examples=own)
        if as_json(recipe) != as_json(latest):
            _add_version(connection, recipe_id, recipe, self._clock())

    def _change(self, statement: str, *values: object) -> int:
        with self._database.transaction() as connection:
            return connection.execute(statement, values).rowcount


# `version` and what follows it describe the latest one.
_ROWS = """
    SELECT id, name, kind, description, version,
           examples + (SELECT count(*) FROM examples WHERE recipe_id = recipes.id),
           (SELECT count(*) FROM runs WHERE recipe_id = recipes.id AND ready AND deleted IS NULL),
           updated
    FROM recipes
"""


def _row(connection: sqlite3.Connection, recipe_id: int) -> RecipeRow:
    row = connection.execute(f"{_ROWS} WHERE id = ?", (recipe_id,)).fetchone()
    return RecipeRow(*row)


def _version(connection: sqlite3.Connection, recipe_id: int, version: int | None) -> Recipe:
    row = connection.execute(
        "SELECT recipe FROM recipe_versions WHERE recipe_id = ?1 AND version ="
        " coalesce(?2, (SELECT version FROM recipes WHERE id = ?1))",
        (recipe_id, version),
    ).fetchone()
    if row is None:
        raise RecipeUnknown(str(recipe_id) if version is None else f"{recipe_id}, version {version}")
    return from_json(row[0], Recipe)


def _remembered(connection: sqlite3.Connection, recipe_id: int) -> list[Example]:
    rows = connection.execute(
        "SELECT input, output FROM examples WHERE recipe_id = ? ORDER BY id", (recipe_id,)
    )
    return [Example(text, from_json(output, Output)) for text, output in rows]


def _with_remembered(recipe: Recipe, remembered: Sequence[Example]) -> Recipe:
    """Its own examples, then those; of an input that has both, each column is what the person said last."""
    own = {example.input: example.output for example in recipe.examples}
    corrected = {example.input for example in remembered}
    merged = [Example(one.input, {**own.get(one.input, {}), **one.output}) for one in remembered]
    kept = [example for example in recipe.examples if example.input not in corrected]
    return replace(recipe, examples=(*kept, *merged))


def _insert(connection: sqlite3.Connection, recipe: Recipe, now: float) -> int:
    cursor = connection.execute(
        "INSERT INTO recipes (name, kind, description, version, examples, updated)"
        " VALUES ('', ?, '', 0, 0, 0)",
        (recipe.kind,),
    )
    recipe_id = cursor.lastrowid
    assert recipe_id is not None  # SQLite gives every inserted row an id
    _add_version(connection, recipe_id, recipe, now)
    return recipe_id


def _add_version(connection: sqlite3.Connection, recipe_id: int, recipe: Recipe, now: float) -> None:
    connection.execute(
        "UPDATE recipes SET name = ?, kind = ?, description = ?, examples = ?, updated = ?,"
        " version = 1 + (SELECT coalesce(max(version), 0) FROM recipe_versions WHERE recipe_id = recipes.id)"
        " WHERE id = ?",
        (
            clean(recipe.name),
            recipe.kind,
            clean(recipe.description),
            len(recipe.examples),
            now,
            recipe_id,
        ),
    )
    connection.execute(
        "INSERT INTO recipe_versions (recipe_id, version, recipe, saved)"
        " SELECT id, version, ?, ? FROM recipes WHERE id = ?",
        (as_json(recipe), now, recipe_id),
    )


def _copies(name: str) -> Iterable[str]:
    yield f"{name} (copy)"
    number = 2
    while True:
        yield f"{name} (copy {number})"
        number += 1


# Also part of the transactions that correct a cell (`engine.tasks.corrections`)


def remember(
    connection: sqlite3.Connection,
    recipe_id: int,
    example: Example,
    run_id: int | None,
    line: LineId | None,
    now: float,
) -> None:
    known = remembered_output(connection, recipe_id, example.input)
    output = as_json({**known, **example.output})
    connection.execute(
        "INSERT INTO examples (recipe_id, input, output, run_id, row, line, created)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (recipe_id, input) DO UPDATE SET output = excluded.output",
        (
            recipe_id,
            clean(example.input),
            output,
            run_id,
            line.row if line else None,
            line.line if line else None,
            now,
        ),
    )


def forget(connection: sqlite3.Connection, recipe_id: int, text: str, columns: Iterable[str]) -> None:
    """Take columns out of a remembered example; one that says nothing any more goes."""
    known = remembered_output(connection, recipe_id, text)
    left = {column: value for column, value in known.items() if column not in set(columns)}
    if left:
        connection.execute(
            "UPDATE examples SET output = ? WHERE recipe_id = ? AND input = ?",
            (as_json(left), recipe_id, clean(text)),
        )
    else:
        connection.execute("DELETE FROM examples WHERE recipe_id = ? AND input = ?", (recipe_id, clean(text)))


def remembered_output(connection: sqlite3.Connection, recipe_id: int, text: str) -> Output:
    row = connection.execute(
        "SELECT output FROM examples WHERE recipe_id = ? AND input = ?", (recipe_id, clean(text))
    ).fetchone()
    return from_json(row[0], Output) if row else {}
