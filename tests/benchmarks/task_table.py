"""A run of 100,000 rows with four cells each: how long what the table asks for takes, and the file's size.

    python -m tests.benchmarks.task_table [--rows 100000] [--folder FOLDER]

Rows are support tickets of three columns, about 250 characters; of the cells two have evidence, one line in
twelve is in doubt and one in two hundred failed. Each question is asked several times, in turns; the median
and the range stand beside what the table must keep to. `--folder` keeps the database for next time.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from engine.database import Database
from engine.tasks.migrations import MIGRATIONS
from engine.tasks.recipe import Recipe
from engine.tasks.results import FinishedRow
from engine.tasks.runs import RunStore
from engine.tasks.values import Cell, Column, Item, Outcome, Quote, RunSource
from engine.values import Tokens
from tests.benchmarks.harness import Machine, Spread, table

SEED = 11
GROUP = 500
TIMES = 7
WORDS = """
    the my your invoice router cable line since yesterday again please help payment charged twice refund order
    delivery late broken screen account password reset speed slow internet contract cancel number address
    changed wrong amount email phone support agent nobody answered week urgent thanks
""".split()  # noqa: SIM905 (a list of them would be a page long)
COLUMNS = (
    Column("category", "choice", labels=("billing", "network", "support")),
    Column("urgency", "choice", labels=("low", "high")),
    Column("amount", "amount"),
    Column("date", "date"),
)


def items(count: int, chance: random.Random) -> Iterator[Item]:
    for number in range(count):
        body = " ".join(chance.choices(WORDS, k=36))
        values = {
            "customer": f"Customer {chance.randrange(5_000)}",
            "subject": " ".join(chance.choices(WORDS, k=5)),
            "body": f"{body} ({number})",
        }
        yield Item(f"{number}", f"Row {number + 2}", values)


def finished(number: int, chance: random.Random) -> FinishedRow:
    if chance.random() < 1 / 200:
        return FinishedRow(number, reason="The model's reply does not fit the schema: no JSON")
    amount = round(chance.uniform(1, 5_000), 2)
    date = f"2026-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
    said = Quote(f"{amount:,.2f} euros", 40, 54, None, "body")
    cells = (
        Cell("category", chance.choice(COLUMNS[0].labels), round(chance.random(), 3)),
        Cell("urgency", chance.choice(COLUMNS[1].labels), 0.91, (), ("unsure",) * (chance.random() < 1 / 12)),
        Cell("amount", {"value": amount, "currency": "EUR"}, None, (said,)),
        Cell("date", date, None, (Quote(date, 60, 70, None, "body"),)),
    )
    text = f"subject: {' '.join(WORDS[:6])}\nbody: {' '.join(WORDS[:36])}"
    return FinishedRow(number, Outcome((cells,), Tokens(200, 150, 20), "qwen"), seconds=1.25, text=text)


def fill(runs: RunStore, rows: int) -> int:
    chance = random.Random(SEED)
    recipe = Recipe("Support triage", "classify")
    run_id = runs.create(
        None, recipe, RunSource(("/d/t.csv",)), ("customer", "subject", "body"), COLUMNS, "t.csv", "qwen",
        items=items(rows, chance),
    )  # fmt: skip
    for start in range(0, rows, GROUP):
        runs.finish(run_id, [finished(n, chance) for n in range(start, min(start + GROUP, rows))])
    return run_id


def correct_some(runs: RunStore, run_id: int) -> float:
    """Two hundred corrections; the median of their seconds."""
    ids = runs.line_ids(run_id, "review")[:: max(1, len(runs.line_ids(run_id, "review")) // 200)]
    return Spread.of(
        [
            seconds(lambda line=line: runs.correct(run_id, line, "urgency", "high"))  # type: ignore[misc]
            for line in ids
        ]
    ).median


def seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def questions(runs: RunStore, run_id: int) -> dict[str, tuple[Callable[[], Any], float]]:
    """What is asked, and the milliseconds that it may take."""
    ids = runs.line_ids(run_id)
    chance = random.Random(SEED)
    scattered = chance.sample(ids, 200)
    middle = len(ids) // 2
    return {
        "list of runs": (runs.runs, 10),
        "ids, all": (lambda: runs.line_ids(run_id), 300),
        "ids, review": (lambda: runs.line_ids(run_id, "review"), 300),
        "ids, corrected": (lambda: runs.line_ids(run_id, "corrected"), 300),
        "ids, failed": (lambda: runs.line_ids(run_id, "failed"), 300),
        "search, in all": (lambda: runs.line_ids(run_id, "all", "the"), 300),
        "search, in some": (lambda: runs.line_ids(run_id, "all", "customer 4711"), 300),
        "search, in none": (lambda: runs.line_ids(run_id, "all", "nowhere to be found"), 300),
        "search, review": (lambda: runs.line_ids(run_id, "review", "2026-05"), 300),
        "200 lines": (lambda: runs.lines(run_id, ids[middle : middle + 200]), 10),
        "200 lines, scattered": (lambda: runs.lines(run_id, scattered), 10),
        "one correction": (lambda: runs.correct(run_id, chance.choice(scattered[:9]), "date", None), 50),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        measure(folder / "tasks.db", arguments.rows)


def measure(path: Path, rows: int) -> None:
    machine = Machine()
    with closing(Database(path, MIGRATIONS)) as database:
        runs = RunStore(database)
        if not runs.runs():
            print(f"gathered and done in {seconds(lambda: fill(runs, rows)):.1f} s")
            print(f"a correction takes {correct_some(runs, runs.runs()[0].id) * 1000:.1f} ms")
        run = runs.runs()[0]
        asked = questions(runs, run.id)
        took: dict[str, list[float]] = {name: [] for name in asked}
        for _ in range(TIMES):
            for name, (work, _) in asked.items():
                took[name].append(seconds(work) * 1000)
        count = len(runs.line_ids(run.id))
        print(f"{count:,} lines, {run.counts}")
    print(f"file: {path.stat().st_size / 1e6:.1f} MB; opened in {opened_s(path):.2f} s")
    lines = [(name, Spread.of(took[name]), f"< {most:g}") for name, (_, most) in asked.items()]
    print(table(("question", "ms", "may take"), lines))
    print(machine)


def opened_s(path: Path) -> float:
    return seconds(lambda: Database(path, MIGRATIONS).close())


if __name__ == "__main__":
    main()
