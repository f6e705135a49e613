"""Whether a limit holds: many threads that reserve at once, and a Carrel that is killed in the middle.

    python -m tests.benchmarks.budget [KILLS]

Prints how far the limit was used, what a reservation and its settling take, and what the kills left.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from engine.errors import BudgetReached
from engine.frontier.values import ReplyUsage
from engine.usage.ledger import Ledger
from engine.usage.values import Estimate, Limits, Money, Origin
from tests.fakes.ledger import make_ledger

THREADS, CALLS = 8, 1_000
CAP: Money = 2_000_000
MOST: Money = 9_000  # of one call
BODY = b"x" * 6_000


@dataclass(frozen=True, slots=True)
class Crowd:
    """`spent` when all was over; `highest` what a thread that looked on ever saw."""

    reserved: int
    refused: int
    spent: Money
    highest: Money
    reserve_ms: tuple[float, ...]
    settle_ms: tuple[float, ...]


def call(ledger: Ledger, number: int, *, settle: bool = True) -> tuple[float, float] | None:
    """One call of a random size, and how long both halves took in milliseconds; None where it was refused."""
    chance = random.Random(number)
    most = chance.randint(MOST // 3, MOST)
    began = time.perf_counter()
    try:
        origin = Origin("task", 1, number)
        call_id = ledger.reserve(
            origin, "openai", "gpt-x", Estimate(500, 100, most // 3, most), automatic=True
        )
    except BudgetReached:
        return None
    reserved = time.perf_counter()
    if settle:
        tokens = chance.randint(0, most // 8)  # 8 micro-dollars each: at most what was held
        ledger.settle(call_id, "done", usage=ReplyUsage(0, tokens), request=BODY, response="y" * 1_000)
    return (reserved - began) * 1e3, (time.perf_counter() - reserved) * 1e3


def crowd(path: Path, *, calls: int = CALLS, cap: Money = CAP, settle: bool = True) -> Crowd:
    """`calls` of them on 8 threads against a limit for the day, the month and the run."""
    highest = 0

    def work(number: int) -> tuple[float, float] | None:
        nonlocal highest
        took = call(ledger, number, settle=settle)
        highest = max(highest, ledger.spent().day)
        return took

    with (
        closing(make_ledger(path, limits=Limits(cap, cap, cap))) as ledger,
        ThreadPoolExecutor(THREADS) as threads,
    ):
        took = list(threads.map(work, range(calls)))
        spent = ledger.spent().day
    done = [each for each in took if each is not None]
    return Crowd(
        len(done),
        calls - len(done),
        spent,
        highest,
        tuple(reserve for reserve, _ in done),
        tuple(settled for _, settled in done),
    )


# Kills


def spend_until_killed(path: Path, start: int, cap: Money, lines: int) -> None:
    """The child: calls on 4 threads, each said on standard output once it is reserved and once settled.

    It kills itself when it has said `lines` of them, whatever its other threads are at: a kill from
    outside finds a fast machine's child already at its limit.
    """
    said = itertools.count(1)

    def say(line: str) -> None:
        os.write(1, f"{line}\n".encode())
        if next(said) >= lines:
            os.kill(os.getpid(), signal.SIGKILL)

    def work(number: int) -> None:
        most = random.Random(number).randint(MOST // 3, MOST)
        try:
            origin = Origin("task", 1, number)
            call_id = ledger.reserve(origin, "openai", "gpt-x", Estimate(1, 1, most, most), automatic=True)
        except BudgetReached:
            os._exit(0)
        say(f"reserved {call_id} {most}")
        ledger.settle(call_id, "done", usage=ReplyUsage(0, most // 16), request=BODY)
        say(f"settled {call_id} {most // 16 * 8}")

    with closing(make_ledger(path, limits=Limits(cap, cap, cap))) as ledger, ThreadPoolExecutor(4) as threads:
        ledger.recover()
        list(threads.map(work, range(start, start + 1_000)))


@dataclass(frozen=True, slots=True)
class Deaths:
    """`wrong`: what the ledger says otherwise than the child did before it died."""

    kills: int
    calls: int
    interrupted: int
    spent: Money
    wrong: Sequence[str]


def kill_again_and_again(path: Path, kills: int, cap: Money, chance: random.Random) -> Deaths:
    said: dict[int, tuple[str, Money]] = {}
    killed = 0
    for number in range(kills):
        killed += _one_life(path, number * 1_000, cap, chance.randint(10, 60), said)
    with closing(make_ledger(path)) as ledger:
        ledger.recover()
        kept = {row.id: row for row in ledger.calls(1_000_000)}
        spent = ledger.spent().day
    wrong = [
        f"{call_id}: {said[call_id]}, {kept.get(call_id)}"
        for call_id in said
        if _differs(kept.get(call_id), said[call_id])
    ]
    interrupted = sum(row.state == "interrupted" for row in kept.values())
    return Deaths(killed, len(kept), interrupted, spent, wrong)


def _one_life(path: Path, start: int, cap: Money, lines: int, said: dict[int, tuple[str, Money]]) -> int:
    """Run a child to its death after so many `lines`; 1 where it was killed, 0 where its limit came first."""
    life = [str(path), str(start), str(cap), str(lines)]
    command = [sys.executable, "-m", "tests.benchmarks.budget", "--spend", *life]
    child = subprocess.run(command, stdout=subprocess.PIPE, timeout=60, check=False)
    for line in child.stdout.decode().splitlines():
        what, call_id, money = line.split()
        said[int(call_id)] = (what, int(money))
    return int(child.returncode == -signal.SIGKILL)


def _differs(row: object, said: tuple[str, Money]) -> bool:
    """A reserved call counts with its most, or was settled before the child could say so."""
    state, money = getattr(row, "state", ""), getattr(row, "amount", None)
    what, amount = said
    if what == "settled":
        return (state, money) != ("done", amount)
    return not (state == "done" or (state, money) == ("interrupted", amount))


def main() -> None:
    if sys.argv[1:2] == ["--spend"]:
        spend_until_killed(Path(sys.argv[2]), *(int(number) for number in sys.argv[3:6]))
        return
    with tempfile.TemporaryDirectory(prefix="carrel-budget-") as folder:
        found = crowd(Path(folder) / "crowd.db")
        print(f"{CALLS:,} calls on {THREADS} threads against {CAP:,} micro-dollars")
        print(f"  reserved {found.reserved}, refused {found.refused}, spent {found.spent:,}")
        print(f"  the most that was ever spent and held: {found.highest:,}")
        for name, took in (("reserve", found.reserve_ms), ("settle", found.settle_ms)):
            print(f"  {name}: median {median(took):.2f} ms, at most {max(took):.1f} ms, 8 threads at once")
        with closing(make_ledger(Path(folder) / "alone.db")) as ledger:
            alone = [call(ledger, number) for number in range(300)]
        print(f"  both, one thread: median {median(sum(each) for each in alone if each):.2f} ms")
        kills = int(sys.argv[1]) if sys.argv[1:] else 40
        cap = kills * 50_000  # reached before the last ones
        deaths = kill_again_and_again(Path(folder) / "kills.db", kills, cap, random.Random(1))
        print(f"{deaths.kills} kills: {deaths.calls:,} calls, {deaths.interrupted} interrupted")
        print(f"  spent {deaths.spent:,} of {cap:,}, wrong: {list(deaths.wrong) or 'nothing'}")


if __name__ == "__main__":
    main()
