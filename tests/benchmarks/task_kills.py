"""Kills a run again and again, and compares its cells in the end with those of an undisturbed run.

    python -m tests.benchmarks.task_kills FOLDER [--rows 10000] [--kills 20] [--seed 7]

The process that gathers and runs is killed (SIGKILL) at random moments: the first ones while it gathers, the
others over the whole of the run, which is then resumed as the application does it. The kind of task needs
no model: some inputs give two lines, some none, some fail. Prints what was seen; status 1 where anything
differs. FOLDER is made anew.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from engine.database import Database
from engine.errors import InputUnreadable
from engine.tasks import running
from engine.tasks.migrations import MIGRATIONS
from engine.tasks.recipe import Recipe
from engine.tasks.runs import RunStore
from engine.tasks.values import Item, RowsStored, RunSource
from tests.fakes.tasks import WORDS, WordKind, never, row_text, tools

ROOT = Path(__file__).parents[2]
RECIPE = Recipe("Words", "classify")
ENDINGS = ("", "", "", "", "twice", "nothing", "unsure", "unreadable")
PAUSE_S = 0.015  # what a row takes, so that kills find some under way
WHILE_GATHERED = 0.15  # so many of the kills, while the inputs are gathered
START_S = 60.0


def items(rows: int) -> Iterator[Item]:
    chance = random.Random(rows)
    for number in range(rows):
        if number % 200 == 0:
            time.sleep(0.005)  # a source is read in pages
        words = ["word"] * chance.randrange(1, 20) + [str(number), chance.choice(ENDINGS)]
        yield Item(f"row-{number}", f"Row {number}", {"body": " ".join(words)})


# The process that is killed


def go_on(folder: Path, rows: int) -> None:
    """What the application does: set right what was left, make the run if there is none, do what waits."""
    with closing(Database(folder / "tasks.db", MIGRATIONS)) as database:
        runs = RunStore(database)
        runs.recover()
        found = runs.runs()
        print(f"begun {found[0].counts.done + found[0].counts.failed if found else -1}", flush=True)
        if not found:
            runs.create(None, RECIPE, RunSource(), ("body",), WORDS, "t.csv", "none", items=items(rows))
            found = runs.runs()
        kind = WordKind({"unreadable": InputUnreadable("The row", "it says so.")}, PAUSE_S)
        for event in running.run(
            runs, found[0].id, kind, RECIPE, tools(), row_text, lost=(), cancelled=never
        ):
            if isinstance(event, RowsStored):
                print(f"stored {event.counts.done + event.counts.failed}", flush=True)


# The one that kills


def start(folder: Path, rows: int) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.task_kills",
        str(folder),
        "--rows",
        str(rows),
        "--go-on",
    ]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def killed_at(folder: Path, rows: int, stop_at: int, delay_s: float) -> int | None:
    """Start or resume, and kill it `delay_s` after so many inputs are done (-1: after its start).

    How many were done at the start; None where it came to its end before.
    """
    process = start(folder, rows)
    assert process.stdout is not None
    begun = -1
    try:
        for said in process.stdout:
            word, _, number = said.partition(" ")
            if word == "begun":
                begun = int(number)
            if int(number) >= stop_at:
                time.sleep(delay_s)
                process.kill()
                return begun if process.wait(START_S) != 0 else None
        return None
    finally:
        process.kill()
        process.wait(START_S)
        process.stdout.close()


def kill_again_and_again(folder: Path, rows: int, kills: int, chance: random.Random) -> list[int]:
    """How many inputs were done whenever it was started again; the run is at its end then."""
    gathering = round(kills * WHILE_GATHERED)
    moments = [-1] * gathering + sorted(chance.randrange(rows) for _ in range(kills - gathering))
    starts = []
    for stop_at in moments:
        begun = killed_at(folder, rows, stop_at, chance.uniform(0, 0.3))
        if begun is not None:
            starts.append(begun)
    finish(folder, rows)
    return starts


def finish(folder: Path, rows: int) -> None:
    process = start(folder, rows)
    said, _ = process.communicate(timeout=600)
    if process.returncode:
        raise RuntimeError(f"the run ended with {process.returncode}: {said[-2000:]}")


def content(folder: Path) -> dict[str, list[Any]]:
    """All that a run says, but for times."""
    with closing(sqlite3.connect(folder / "tasks.db")) as connection:
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
        return {
            "integrity": [verdict],
            "runs": connection.execute(
                "SELECT id, state, reason, ready, total, done, failed, lines, review, corrected FROM runs"
                " ORDER BY id DESC LIMIT 1"
            ).fetchall()[0][1:],
            "how many runs": connection.execute("SELECT count(*) FROM runs").fetchall(),
            "rows": connection.execute(
                "SELECT number, key, state, reason, item_values, text FROM rows ORDER BY number"
            ).fetchall(),
            "cells": connection.execute(
                "SELECT row, line, place, value, confidence, evidence, doubts, tier, filled, review,"
                " lines.text FROM lines LEFT JOIN cells ON line_id = lines.id ORDER BY row, line, place"
            ).fetchall(),
        }


def differences(one: dict[str, list[Any]], other: dict[str, list[Any]]) -> list[str]:
    """A sentence for each part that is not the same."""
    return [f"{name} differ" for name in one if one[name] != other[name]]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--go-on", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.go_on:
        go_on(arguments.folder, arguments.rows)
        return 0
    return compare(arguments.folder, arguments.rows, arguments.kills, arguments.seed)


def compare(folder: Path, rows: int, kills: int, seed: int) -> int:
    undisturbed, disturbed = folder / "undisturbed", folder / "killed"
    for path in (undisturbed, disturbed):
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
    began = time.monotonic()
    finish(undisturbed, rows)
    print(f"undisturbed: {time.monotonic() - began:.1f} s")
    began = time.monotonic()
    starts = kill_again_and_again(disturbed, rows, kills, random.Random(seed))
    print(f"killed {len(starts)} times, in {time.monotonic() - began:.1f} s; done at each start: {starts}")
    one, other = content(undisturbed), content(disturbed)
    print(f"run: {other['runs']}; {len(other['cells']):,} cells, {len(other['rows']):,} rows")
    found = differences(one, other)
    print("\n".join(found) or "the same cells")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
