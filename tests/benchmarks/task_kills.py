"""Kills a run again and again, and compares its cells in the end with those of an undisturbed run.

    python -m tests.benchmarks.task_kills FOLDER [--rows 10000] [--kills 20] [--seed 7] [--model GGUF]

The process that gathers and runs is killed (SIGKILL) at random moments: the first ones while it gathers, the
others over the whole of the run, which is then resumed as the application does it. The kind of task needs
no model: some inputs give two lines, some none, some fail. With `--model` that model sorts tickets instead,
and every other kill hits its process alone, which the run has to survive by itself; confidences then depend
in their last digits on what was decoded together, and are compared apart. Prints what was seen; status 1
where anything differs. FOLDER keeps the undisturbed run for the next time.

November 2026, Qwen2.5-Coder-1.5B Q4_K_M, 200 rows, 20 kills (10 of the model process alone): 200 cells, none
lost, none twice. Confidences are .013 apart on average (at most .08), as other rows were decoded together;
four labels fell the other way, all of them below .43 and to be reviewed in both runs.
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
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from engine.database import Database
from engine.errors import InputUnreadable
from engine.tasks import running
from engine.tasks.kinds.registry import kind_of
from engine.tasks.migrations import MIGRATIONS
from engine.tasks.ports import TaskKind, Tools
from engine.tasks.recipe import Choice, Label, Recipe
from engine.tasks.runs import RunStore
from engine.tasks.values import Item, RowsStored, RunSource
from tests.benchmarks.materials import LABELS, tickets
from tests.fakes.tasks import WordKind, never, row_text, tools

ROOT = Path(__file__).parents[2]
RECIPE = Recipe("Words", "classify")
TICKETS = Recipe("Tickets", "classify", choices=(Choice("category", tuple(map(Label, LABELS))),))
ENDINGS = ("", "", "", "", "twice", "nothing", "unsure", "unreadable")
PAUSE_S = 0.015  # what a row takes, so that kills find some under way
WHILE_GATHERED = 0.15  # so many of the kills, while the inputs are gathered
LATEST_S = 0.3  # a kill comes so long after what it waits for, at most
START_S = 60.0
LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Work:
    """What is run: without a model, or with one."""

    recipe: Recipe
    kind: TaskKind
    items: Iterator[Item]
    tools: Tools
    lost: tuple[type[Exception], ...] = ()


def words_work(rows: int) -> Work:
    kind = WordKind({"unreadable": InputUnreadable("The row", "it says so.")}, PAUSE_S)
    return Work(RECIPE, kind, items(rows), tools())


def items(rows: int) -> Iterator[Item]:
    chance = random.Random(rows)
    for number in range(rows):
        if number % 200 == 0:
            time.sleep(0.005)  # a source is read in pages
        words = ["word"] * chance.randrange(1, 20) + [str(number), chance.choice(ENDINGS)]
        yield Item(f"row-{number}", f"Row {number}", {"body": " ".join(words)})


@contextmanager
def tickets_work(rows: int, folder: Path, model: Path) -> Iterator[Work]:
    """With a model process of its own. The imports would cost the process without a model a second."""
    from desktop.compose import model_description
    from desktop.errors import WorkerLost
    from desktop.places import Profile
    from desktop.processes.supervisor import Supervisor
    from engine.models.installed import InstalledModel
    from engine.process.client import LocalModel

    supervisor = Supervisor(model_description(Profile(folder)), folder / "model.log")
    local = LocalModel(supervisor, InstalledModel("model", "model", model, 0, 4096), priority="batch")
    found = [
        Item(f"row-{number}", f"Row {number}", {"body": ticket.text})
        for number, ticket in enumerate(tickets(1, rows))
    ]
    try:
        made = replace(tools(), model=local)
        yield Work(TICKETS, kind_of("classify"), iter(found), made, (WorkerLost,))
    finally:
        supervisor.stop(grace_s=5.0)


# The process that is killed


def go_on(folder: Path, work: Work) -> None:
    """What the application does: set right what was left, make the run if there is none, do what waits."""
    with closing(Database(folder / "tasks.db", MIGRATIONS)) as database:
        runs = RunStore(database)
        runs.recover()
        found = runs.runs()
        print(f"begun {found[0].counts.done + found[0].counts.failed if found else -1}", flush=True)
        columns = work.kind.columns(work.recipe)
        if not found:
            runs.create(None, work.recipe, RunSource(), ("body",), columns, "t.csv", "", items=work.items)
            found = runs.runs()
        for event in running.run(
            runs, found[0].id, work.kind, work.recipe, work.tools, row_text, lost=work.lost, cancelled=never
        ):
            if isinstance(event, RowsStored):
                print(f"stored {event.counts.done + event.counts.failed}", flush=True)


# The one that kills


@dataclass(frozen=True, slots=True)
class Series:
    """Runs of `rows` in `folder`, without a model or with that one."""

    folder: Path
    rows: int
    model: Path | None = None

    def start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.benchmarks.task_kills", str(self.folder), "--go-on"]
        command += ["--rows", str(self.rows)]
        if self.model:
            command += ["--model", str(self.model)]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    def finish(self) -> None:
        """Start or resume, and let it come to its end."""
        process = self.start()
        said, _ = process.communicate(timeout=600)
        if process.returncode:
            raise RuntimeError(f"the run ended with {process.returncode}: {said[-2000:]}")

    def kill_again_and_again(self, kills: int, chance: random.Random) -> list[str]:
        """What was killed, with how many inputs were done at that start; the run is at its end then."""
        gathering = 0 if self.model else round(kills * WHILE_GATHERED)
        last = int(self.rows * 0.95)
        moments = [-1] * gathering + sorted(chance.randrange(last) for _ in range(kills - gathering))
        killed = []
        for number, stop_at in enumerate(moments):
            target = "model" if self.model and number % 2 else "app"
            begun = self.killed_at(stop_at, chance.uniform(0, LATEST_S), target)
            if begun is not None:
                killed.append(f"{target} {begun}")
        self.finish()
        return killed

    def killed_at(self, stop_at: int, delay_s: float, target: str) -> int | None:
        """Start or resume, and kill `delay_s` after so many inputs are done (-1: after its start).

        How many were done at the start; None where it came to its end before. When its model's process was
        killed, the application is too, as soon as it has stored something more.
        """
        process = self.start()
        assert process.stdout is not None
        begun = -1
        try:
            for said in process.stdout:
                word, _, number = said.partition(" ")
                if word == "begun":
                    begun = int(number)
                if int(number) >= stop_at:
                    time.sleep(delay_s)
                    if target == "model":
                        kill_model(process.pid)
                        process.stdout.readline()
                    process.kill()
                    return begun if process.wait(START_S) != 0 else None
            return None
        finally:
            process.kill()
            process.wait(START_S)
            process.stdout.close()


def kill_model(app: int) -> None:
    """Wait for the application's model process, and kill it."""
    while psutil.pid_exists(app):
        for child in psutil.Process(app).children():
            if any("spawn_main" in word for word in child.cmdline()):
                child.kill()
                return
        time.sleep(LOOK_S)


def content(folder: Path) -> dict[str, list[Any]]:
    """All that a run says, but for times."""
    with closing(sqlite3.connect(folder / "tasks.db")) as connection:
        (verdict,) = connection.execute("PRAGMA integrity_check").fetchone()
        return {
            "integrity": [verdict],
            "runs": connection.execute(
                "SELECT id, state, reason, ready, total, done, failed, lines, corrected FROM runs"
                " ORDER BY id DESC LIMIT 1"
            ).fetchall()[0][1:],
            "how many runs": connection.execute("SELECT count(*) FROM runs").fetchall(),
            "rows": connection.execute(
                "SELECT number, key, state, reason, item_values, text FROM rows ORDER BY number"
            ).fetchall(),
            "cells": connection.execute(
                "SELECT row, line, place, value, evidence, tier, filled, lines.text"
                " FROM lines LEFT JOIN cells ON line_id = lines.id ORDER BY row, line, place"
            ).fetchall(),
            "confidences": connection.execute(
                "SELECT row, line, place, confidence, doubts, review"
                " FROM lines LEFT JOIN cells ON line_id = lines.id ORDER BY row, line, place"
            ).fetchall(),
        }


def differences(one: dict[str, list[Any]], other: dict[str, list[Any]]) -> list[str]:
    """A sentence for each part that is not the same."""
    found = []
    for name in one:
        apart = sum(ours != theirs for ours, theirs in zip(one[name], other[name], strict=False))
        apart += abs(len(one[name]) - len(other[name]))
        if apart:
            found.append(f"{name}: {apart} differ")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--go-on", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if not arguments.go_on:
        return compare(arguments)
    if arguments.model:
        with tickets_work(arguments.rows, arguments.folder, arguments.model) as work:
            go_on(arguments.folder, work)
    else:
        go_on(arguments.folder, words_work(arguments.rows))
    return 0


def compare(arguments: argparse.Namespace) -> int:
    undisturbed, disturbed = arguments.folder / "undisturbed", arguments.folder / "killed"
    shutil.rmtree(disturbed, ignore_errors=True)
    for path in (undisturbed, disturbed):
        path.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    Series(undisturbed, arguments.rows, arguments.model).finish()
    print(f"undisturbed: {time.monotonic() - began:.1f} s", flush=True)
    began = time.monotonic()
    series = Series(disturbed, arguments.rows, arguments.model)
    killed = series.kill_again_and_again(arguments.kills, random.Random(arguments.seed))
    print(f"killed {len(killed)} times, in {time.monotonic() - began:.1f} s; done at each start: {killed}")
    one, other = content(undisturbed), content(disturbed)
    print(f"run: {other['runs']}; {len(other['cells']):,} cells, {len(other['rows']):,} rows")
    if arguments.model:
        pairs = zip(one.pop("confidences"), other.pop("confidences"), strict=True)
        apart = [abs(ours[3] - theirs[3]) for ours, theirs in pairs if ours[3] is not None]
        print(f"confidences are {max(apart):.4f} apart at most, {sum(apart) / len(apart):.4f} on average")
    found = differences(one, other)
    print("\n".join(found) or "the same cells")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
