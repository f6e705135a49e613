"""Asks a provider about a run's lines within a budget, with faults and kills, and looks at who paid what.

    python -m tests.benchmarks.escalation FOLDER [--rows 1000] [--kills 15] [--seed 7]

The provider is scripted; stores, kinds of tasks and the ledger are the real ones, on files. Three things are
tried, each on a run of its own:

budget: `--rows` lines with enough money for four in ten, then, with the next day's, for the rest.
faults: one line in ten meets 429, 500, a cut stream, silence, or JSON that is none.
kills: the process that asks is killed (SIGKILL) at random moments and started again until nothing waits.

Prints what was seen; status 1 where a line is lost, a limit was passed by more than one call's estimate, or a
reply that the ledger had kept was asked for again.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from engine.database import Database
from engine.errors import (
    FrontierError,
    ProviderBusy,
    ProviderUnreachable,
    RateLimited,
    ReplyBroken,
)
from engine.tasks.asking_frontier import Questions
from engine.tasks.escalation import IN_FLIGHT, escalate
from engine.tasks.frontier import Frontier
from engine.tasks.kinds.registry import kind_of
from engine.tasks.migrations import MIGRATIONS
from engine.tasks.recipe import Field, Recipe
from engine.tasks.runs import RunStore
from engine.tasks.values import Cell, Item, RowsAsked, RunEnded, RunSource
from engine.usage.values import Limits, Origin
from rag.locating import Locator
from tests.fakes.frontier import Question, frontier_in
from tests.fakes.ledger import Clock
from tests.fakes.runs import finished
from tests.fakes.tasks import never, row_text, tools

ROOT = Path(__file__).parents[2]
RECIPE = Recipe("Invoices", "extract", fields=(Field("seller"), Field("total", "number")))
A_CALL = 200  # micro-dollars, about, for one of these rows
PAUSE_S = 0.01  # a reply takes so long, so that kills find some under way
LATEST_S = 0.4  # a kill comes so long after what it waits for, at most
FURTHER = 20  # lines at most until the kill
SERVED = "served.txt"


def text_of(row: int) -> str:
    return f"Seller {row} Ltd asks for {row + 100} euros"


def make_run(runs: RunStore, rows: int) -> int:
    """Done, with every total in doubt."""
    items = (Item(str(row), f"Row {row}", {"body": text_of(row)}) for row in range(rows))
    columns = kind_of("extract").columns(RECIPE)
    run_id = runs.create(None, RECIPE, RunSource(), ("body",), columns, "t.csv", "tiny", items=items)
    for start in range(0, rows, 200):
        lines = range(start, min(rows, start + 200))
        runs.finish(
            run_id, [finished(row, (Cell("seller", f"Seller {row} Ltd", 0.9), DOUBT)) for row in lines]
        )
    runs.set_state(run_id, "done")
    return run_id


DOUBT = Cell("total", None, 0.3, doubts=("unsure",))


def right(question: Question) -> str:
    """As a provider would reply: the row's own number, in JSON."""
    return f'{{"seller": "Seller {question.row} Ltd", "total": "{question.row + 100}"}}'


def ask(
    runs: RunStore,
    run_id: int,
    frontier: Frontier,
    each: Callable[[RowsAsked], None] = lambda _: None,
    in_flight: int = IN_FLIGHT,
) -> RunEnded:
    runs.put_asks(run_id)
    questions = Questions(
        run_id,
        RECIPE,
        RunSource(),
        frontier,
        replace(tools(), locate=Locator()),
        row_text,
        lambda path: "",
        lambda row: runs.lines_of_input(run_id, row),
        never,
    )
    for event in escalate(runs, questions, lost=(), cancelled=never, in_flight=in_flight):
        if isinstance(event, RowsAsked):
            each(event)
        if isinstance(event, RunEnded):
            ended = event
    return ended


def wrong_cells(runs: RunStore, run_id: int, rows: int) -> list[int]:
    """Rows whose total is neither the provider's nor what stood there, with the reason beside it."""
    lines = runs.lines(run_id, runs.line_ids(run_id))
    assert len(lines) == rows, f"{len(lines)} of {rows} lines are there"
    return [
        line.id.row
        for line in lines
        if not (
            line.cells["total"].cell.value == line.id.row + 100
            or (line.cells["total"].cell == DOUBT and line.notes)
        )
    ]


# Money


def budget(folder: Path, rows: int) -> bool:
    with closing(Database(folder / "tasks.db", MIGRATIONS)) as database:
        runs = RunStore(database)
        run_id = make_run(runs, rows)
        clock = Clock()
        frontier = frontier_in(folder, right, clock=clock)
        with closing(frontier.ledger):
            (each,) = [frontier.draft(Origin("task"), (), 512).estimate.most]
            assert each is not None
            limit = 0
            began = time.monotonic()
            fine = True
            ended: RunEnded | None = None
            for day in range(1, 20):
                spent = frontier.ledger.spent_on_run(run_id)
                typical = spent // max(1, len(frontier.served)) or A_CALL
                limit = spent + (rows * 2 // 5) * typical + each
                frontier.ledger._choices.set_limits(Limits(run=limit))
                ended = ask(runs, run_id, frontier)
                run = runs.run(run_id)
                spent = frontier.ledger.spent_on_run(run_id)
                print(
                    f"day {day}: limit ${limit / 1e6:.4f}, spent ${spent / 1e6:.4f} (one call at most"
                    f" ${each / 1e6:.4f}), {run.counts.cloud:,} lines from the cloud;"
                    f" {ended.reason or 'done'}"
                )
                fine &= spent <= limit and run.cost == spent
                if ended.state == "done":
                    break
                clock.now += 24 * 3600
            wrong = wrong_cells(runs, run_id, rows)
            print(
                f"asked {len(frontier.served):,} times for {rows:,} lines, {time.monotonic() - began:.1f} s"
            )
            return (
                fine
                and ended is not None
                and ended.state == "done"
                and not wrong
                and len(frontier.served) == rows
            )


# Faults


class Faulty:
    """Every tenth row meets a fault when it is asked about first; what is retried goes well the next time."""

    def __init__(self) -> None:
        self.met: Counter[str] = Counter()
        self._tried: Counter[int] = Counter()
        self._lock = threading.Lock()

    def __call__(self, question: Question) -> str | FrontierError:
        with self._lock:
            self._tried[question.row] += 1
            tried = self._tried[question.row]
        fault = ("429", "500", "cut", "silence", "json")[question.row // 10 % 5]
        if question.row % 10 or (tried > 1 and fault in ("429", "500")):
            return right(question)
        self.met[fault] += 1
        match fault:
            case "429":
                return RateLimited("OpenAI", retry_after_s=1.0)
            case "500":
                return ProviderBusy("OpenAI", status=500)
            case "cut":
                return ReplyBroken("OpenAI", "the stream was cut")
            case "silence":
                return ProviderUnreachable("OpenAI", "nothing came for 1 s", sent=True)
        return "{this is no JSON"


def faults(folder: Path, rows: int) -> bool:
    """As if retries had been used up: what concerns all stops it, and it is started again."""
    with closing(Database(folder / "tasks.db", MIGRATIONS)) as database:
        runs = RunStore(database)
        run_id = make_run(runs, rows)
        faulty = Faulty()
        frontier = frontier_in(folder, faulty)
        with closing(frontier.ledger):
            starts = 0
            while True:
                starts += 1
                ended = ask(runs, run_id, frontier)
                if ended.state == "done" or starts > rows:
                    break
            run = runs.run(run_id)
            wrong = wrong_cells(runs, run_id, rows)
            twice = _paid_twice(frontier.served)
            print(
                f"faults {dict(faulty.met)}: stopped and started {starts} times;"
                f" {run.counts.cloud:,} lines from the cloud, {run.counts.review:,} stand as they were,"
                f" {len(wrong)} lost; {twice} paid twice"
            )
            return ended.state == "done" and not wrong and not twice


def _paid_twice(served: list[str]) -> int:
    """Replies that are no repair of JSON have a digest of their own each."""
    return sum(count - 1 for count in Counter(served).values())


# Kills


def go_on(folder: Path, rows: int, lines: int) -> None:
    """The child. It stands still after more than so many lines: a kill finds it at work, however fast."""

    def say(event: RowsAsked) -> None:
        print(f"stored {event.counts.cloud}", flush=True)
        if event.counts.cloud > lines:
            threading.Event().wait()

    with closing(Database(folder / "tasks.db", MIGRATIONS)) as database:
        runs = RunStore(database)
        runs.recover()
        found = runs.runs()
        run_id = found[0].id if found else make_run(runs, rows)
        frontier = frontier_in(folder, right, pause_s=PAUSE_S, served_in=folder / SERVED)
        with closing(frontier.ledger):
            frontier.ledger.recover()
            print(f"begun {runs.run(run_id).counts.cloud}", flush=True)
            ask(runs, run_id, frontier, say)


def start(folder: Path, rows: int, lines: int) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.escalation",
        str(folder),
        "--go-on",
        "--rows",
        str(rows),
        "--lines",
        str(lines),
    ]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def killed_at(folder: Path, rows: int, stop_at: int, delay_s: float) -> bool:
    """Whether it was still at work `delay_s` after so many lines had been stored."""
    process = start(folder, rows, stop_at + FURTHER)
    assert process.stdout is not None
    try:
        for said in process.stdout:
            if int(said.split()[1]) >= stop_at:
                time.sleep(delay_s)
                process.kill()
                return process.wait(60) != 0
        return False
    finally:
        process.kill()
        process.wait(60)
        process.stdout.close()


def kills(folder: Path, rows: int, times: int, chance: random.Random) -> bool:
    moments = sorted(chance.randrange(int(rows * 0.95)) for _ in range(times))
    hit = sum(killed_at(folder, rows, moment, chance.uniform(0, LATEST_S)) for moment in moments)
    process = start(folder, rows, rows)
    process.communicate(timeout=600)
    with closing(Database(folder / "tasks.db", MIGRATIONS)) as database:
        runs = RunStore(database)
        (run,) = runs.runs()
        wrong = wrong_cells(runs, run.id, rows)
        frontier = frontier_in(folder, right)
        with closing(frontier.ledger) as ledger:
            spent = ledger.spent_on_run(run.id)
            calls = ledger.calls(100 * rows, kind="task", subject=run.id)
    done = Counter(call.origin.row for call in calls if call.state == "done")
    twice = sum(count - 1 for count in done.values())
    broken = sum(call.state == "interrupted" for call in calls)
    served = len((folder / SERVED).read_text().splitlines())
    print(
        f"killed {hit} times: {run.counts.cloud:,} of {rows:,} lines from the cloud, {len(wrong)} lost;"
        f" {twice} paid twice; {broken} calls were under way at a kill (at most {hit * IN_FLIGHT}),"
        f" the provider answered {served - rows} questions whose reply nobody kept;"
        f" cost ${run.cost / 1e6:.4f}, by the ledger ${spent / 1e6:.4f}"
    )
    fine = process.returncode == 0 and not wrong and not twice and run.cost == spent
    return fine and len(done) == rows and broken <= hit * IN_FLIGHT and hit > 0


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=1_000)
    parser.add_argument("--kills", type=int, default=15)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--go-on", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--lines", type=int, default=0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.go_on:
        go_on(arguments.folder, arguments.rows, arguments.lines)
        return 0
    folders = [arguments.folder / name for name in ("budget", "faults", "kills")]
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    fine = budget(folders[0], arguments.rows)
    fine &= faults(folders[1], arguments.rows)
    fine &= kills(folders[2], arguments.rows, arguments.kills, random.Random(arguments.seed))
    print("as promised" if fine else "NOT as promised")
    return not fine


if __name__ == "__main__":
    sys.exit(main())
