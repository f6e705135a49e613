"""`carrel tasks list | show | import | runs | compare`; what works on inputs is in `task_runs.py`."""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from desktop.cli.output import show_json
from desktop.cli.recipes import recipe_of
from desktop.cli.session import opened
from desktop.window.ports import Tasks
from engine.tasks import recipe_files
from engine.tasks.asks import why_asks_wait
from engine.tasks.recipe import Recipe
from engine.tasks.values import Column, Difference, RecipeRow, RunRow

_WIDTH = 26


def run_list(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        saved, gallery = application.tasks.recipes(), application.tasks.gallery()
    if arguments.json:
        offered = [
            {"key": item.key, "name": item.recipe.name, "kind": item.recipe.kind}
            | {"description": item.recipe.description, "sample": item.sample}
            for item in gallery
        ]
        show_json({"recipes": [_row(row) for row in saved], "gallery": offered})
        return 0
    for row in saved:
        print(f"{row.name:{_WIDTH}} {row.kind}, version {row.version}, {row.runs} runs")
    names = {row.name for row in saved}
    others = [item for item in gallery if item.recipe.name not in names]
    if others:
        print(("\n" if saved else "") + "In the gallery:")
    for item in others:
        print(f"{item.key:{_WIDTH}} {item.recipe.description or item.recipe.name}")
    return 0


def _row(row: RecipeRow) -> dict[str, Any]:
    return asdict(row)


def run_show(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        recipe = _shown(application.tasks, arguments.recipe)
        columns = application.tasks.recipe_columns(recipe)
    if arguments.json:
        show_json({"recipe": asdict(recipe), "columns": [asdict(column) for column in columns]})
        return 0
    for label, words in (
        ("name", recipe.name),
        ("kind", recipe.kind),
        ("description", recipe.description),
        ("instructions", recipe.instructions),
        ("columns", ", ".join(map(_column, columns))),
        ("examples", str(len(recipe.examples))),
    ):
        if words:
            print(f"{label:14} {words}")
    return 0


def _shown(tasks: Tasks, named: str) -> Recipe:
    """Looking at a recipe saves none."""
    if named.lower().endswith(".toml"):
        return recipe_files.read(Path(named).expanduser())
    wanted = named.strip().casefold()
    for item in tasks.gallery():
        if wanted in (item.key.casefold(), item.recipe.name.casefold()) and not any(
            row.name.casefold() == wanted for row in tasks.recipes()
        ):
            return item.recipe
    return tasks.recipe(recipe_of(tasks, named).id)


def _column(column: Column) -> str:
    kind = " | ".join(column.labels[:6]) + (" | …" if len(column.labels) > 6 else "") or column.type
    return f"{column.name} ({kind}{', several' if column.many else ''})"


def run_import(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        row = application.tasks.import_recipe(Path(arguments.file).expanduser().absolute())
    if arguments.json:
        show_json(_row(row))
    else:
        print(f"“{row.name}” is saved. To run it: carrel tasks run “{row.name}” INPUT --output FILE")
    return 0


def run_runs(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        runs = application.tasks.runs()
    if arguments.json:
        show_json({"runs": [run_document(run) for run in runs]})
        return 0
    for run in runs:
        counts = run.counts
        made = time.strftime("%Y-%m-%d %H:%M", time.localtime(run.created))
        done = f"{counts.done:,} of {counts.total:,} done"
        failed = f", {counts.failed:,} failed" if counts.failed else ""
        print(f"{run.id:5} {run.state:8} {made}  {run.recipe_name}: {run.title}, {done}{failed}")
    if not runs:
        print("No runs yet. To make one: carrel tasks run RECIPE INPUT --output FILE")
    return 0


def run_document(run: RunRow) -> dict[str, Any]:
    """A run as others script against it."""
    counts = run.counts
    return {
        "run": run.id,
        "recipe": run.recipe_name,
        "kind": run.kind,
        "title": run.title,
        "state": run.state,
        "reason": run.reason,
        "inputs": counts.total,
        "done": counts.done,
        "failed": counts.failed,
        "waiting": counts.waiting,
        "lines": counts.lines,
        "review": counts.review,
        "corrected": counts.corrected,
        "model": run.model,
        "seconds": round(run.seconds, 3),
        "cost": {"amount": run.cost / 1_000_000, "currency": "USD"},
        "cloud": {"lines": counts.cloud, "waiting": run.asks, "reason": why_asks_wait(run)},
        "created": run.created,
    }


def run_compare(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        found = application.tasks.compare_runs(arguments.one, arguments.other)
    if arguments.json:
        differences = [_difference(item) for item in found.differences]
        show_json({"cells": found.cells, "same": found.same, "differences": differences})
        return 0
    for item in found.differences:
        print(f"{item.title}, {item.column}: {_value(item.one)} / {_value(item.other)}")
    print(f"{found.same:,} of {found.cells:,} cells are the same.")
    return 0


def _difference(item: Difference) -> dict[str, Any]:
    return {
        "key": item.key,
        "title": item.title,
        "column": item.column,
        "one": item.one,
        "other": item.other,
    }


def _value(value: Any) -> str:
    return "nothing" if value is None else str(value)
