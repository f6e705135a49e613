"""How the benchmarks of the model process measure: each way in a process of its own, in turns, as ratios.

On a computer with other work single runs of the same way differ by more than the ways do. So a round asks
every way once, each time in another order; what is compared is the median over the rounds of the quotient
within a round; and the range and the processors that other programs took stand beside it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Any, Self, TypeVar

import psutil

T = TypeVar("T")
END_S = 20.0
WARM_UP_ROWS = 3


class FailedApart(RuntimeError):
    """A call to a way failed in its process; the message is the traceback from there."""


class Apart:
    """An object that lives in a process of its own; `call` runs one of its methods there.

    Not only for clean memory: OpenMP counts the threads of all teams of a process, and as soon as they are
    more than the processors (two callers of llama.cpp with two threads each), it no longer waits actively,
    which slows every one of them.
    """

    def __init__(self, make: Callable[..., Any], *arguments: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, make, arguments))
        self._process.start()
        theirs.close()
        self._receive()

    def call(self, method: str, *arguments: Any) -> Any:
        """
        Raises:
            FailedApart: the method raised, or its process is gone.
        """
        self._pipe.send((method, arguments))
        return self._receive()

    def _receive(self) -> Any:
        try:
            succeeded, result = self._pipe.recv()
        except EOFError:
            self._process.join(END_S)
            raise FailedApart(f"the process ended with {self._process.exitcode}") from None
        if not succeeded:
            raise FailedApart(result)
        return result

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pipe.close()
        self._process.join(END_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _serve(pipe: Connection, make: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    with ExitStack() as stack:
        things: list[Any] = []
        if not _answer(pipe, lambda: things.append(make(*arguments))):
            return
        if hasattr(things[0], "close"):
            stack.callback(things[0].close)
        while True:
            try:
                method, values = pipe.recv()
            except (EOFError, ConnectionError):
                return
            _answer(pipe, lambda: getattr(things[0], method)(*values))  # noqa: B023 (called at once)


def _answer(pipe: Connection, work: Callable[[], Any]) -> bool:
    try:
        result = work()
    except Exception:  # the boundary of the process: the caller hears all of it
        pipe.send((False, traceback.format_exc()))
        return False
    pipe.send((True, result))
    return True


def alternate(
    ways: Mapping[str, Callable[[int], T]], rounds: int, *, warm_up: bool = True
) -> dict[str, list[T]]:
    """Every way's result of each round. Rounds are numbered from 0; the warm-up is number −1, not kept."""
    results: dict[str, list[T]] = {name: [] for name in ways}
    names = list(ways)
    for number in range(-1 if warm_up else 0, rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            began = time.monotonic()
            result = ways[name](number)
            print(f"round {number}: {name}, {time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)
            if number >= 0:
                results[name].append(result)
    return results


def rows_of(rows: int, number: int) -> int:
    """How many rows a round has: to warm up, a few do."""
    return rows if number >= 0 else min(rows, WARM_UP_ROWS)


@dataclass(frozen=True, slots=True)
class Spread:
    """The middle and the range of what several rounds gave."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(median(values), min(values), max(values))

    def __str__(self) -> str:
        digits = 3 if self.median < 0.1 else 2 if self.median < 10 else 1 if self.median < 100 else 0
        return f"{self.median:.{digits}f} ({self.low:.{digits}f}–{self.high:.{digits}f})"


def times_faster(ours_s: Sequence[float], theirs_s: Sequence[float]) -> Spread:
    """How many times quicker ours was, by seconds of the same rounds."""
    return Spread.of([theirs / ours for ours, theirs in zip(ours_s, theirs_s, strict=True)])


class Machine:
    """How many processors other programs kept busy since this was made."""

    def __init__(self) -> None:
        self._began = time.monotonic(), _busy_s(), _own_s()

    def others(self) -> float:
        then, busy, own = self._began
        wall = time.monotonic() - then
        return max(0.0, (_busy_s() - busy) - (_own_s() - own)) / wall

    def __str__(self) -> str:
        count = psutil.cpu_count() or 1
        return f"other programs kept {self.others():.2f} of {count} processors busy"


def _busy_s() -> float:
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    # On Linux the guests' time is also in user and nice.
    return float(sum(times) - idle - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0))


def _own_s() -> float:
    """Processor time of this process and all below it, also of those that have ended and were collected."""
    own = psutil.Process()
    total = 0.0
    for process in [own, *own.children(recursive=True)]:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def table(head: Sequence[str], lines: Sequence[Sequence[object]]) -> str:
    """Columns, the first to the left and the others to the right."""
    cells = [[str(cell) for cell in line] for line in (head, *lines)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    )


def arguments_of(description: str | None) -> argparse.ArgumentParser:
    """What every benchmark of the model process takes."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--at-once", type=int, default=8, help="rows under way together; the server's slots")
    parser.add_argument("--server", help="llama-server, to be compared with; how to build it: peers.py")
    parser.add_argument("--ways", nargs="+", default=["carrel", "Llama", "llama-server"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=3)
    return parser
