"""Speed with the number of threads chosen while running, against fixed numbers; alone and beside a busy one.

    python -m tests.benchmarks.threads MODEL.gguf [--rounds 3] [--seconds 3] [--busy 1]

A raw loop over llama.cpp, one context. Each round reads and writes with every way, alone; then, beside
processes that do nothing but compute, again. `of best`: the median over the rounds of the quotient to the
quicker fixed number of the same round. `others`: processors that other programs had meanwhile; alone, it
says how far the computer really was quiet, and rounds in which more than QUIET were taken do not count.
The last lines say how long the chosen number took to follow when the busy process began and ended.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from engine.process.processor_load import OutsideLoad
from engine.process.threads import FixedThreads, ThreadChooser, choose

CONTEXT_TOKENS = 2048
CHUNK_TOKENS = 128
PROMPT_TOKENS = 64  # what is held while it writes
QUIET = 0.25
SETTLE_S = 0.5
# Ends by itself when whoever began it is gone, however that came.
SPIN = "import os\nparent = os.getppid()\nwhile os.getppid() == parent:\n    for _ in range(10**6): pass"

Chooser = FixedThreads | ThreadChooser
Speeds = dict[str, float]  # by way, tokens a second


class Loop:
    """One sequence in one context; the number of threads is asked for before every step."""

    def __init__(self, path: str) -> None:
        from engine.process.llama import LoadedModel, library

        self._native: Any = library()
        self._model = LoadedModel(path, lambda _done: True)
        parameters = self._native.llama_context_default_params()
        parameters.n_ctx = CONTEXT_TOKENS
        parameters.n_batch = parameters.n_ubatch = CHUNK_TOKENS
        parameters.no_perf = True
        self._context = self._native.llama_init_from_model(self._model.handle, parameters)
        self._batch = self._native.llama_batch_init(CHUNK_TOKENS, 0, 1)
        self._held = 0

    def reads(self, chooser: Chooser, seconds: float) -> float:
        """Tokens a second, in chunks of a prompt."""
        return self._repeat(chooser, seconds, CHUNK_TOKENS, 0)

    def writes(self, chooser: Chooser, seconds: float) -> float:
        """Tokens a second, one by one."""
        self._truncate(0)
        self.step(FixedThreads(choose(0)), PROMPT_TOKENS)
        return self._repeat(chooser, seconds, 1, PROMPT_TOKENS)

    def step(self, chooser: Chooser, tokens: int) -> int:
        """Evaluate that many more tokens; gives the number of threads that it was done with."""
        self._fill(tokens)
        began = time.perf_counter()
        threads = chooser.choose(tokens)
        self._native.llama_set_n_threads(self._context, threads, threads)
        assert self._native.llama_decode(self._context, self._batch) == 0
        chooser.measured(tokens, threads, time.perf_counter() - began)
        self._held += tokens
        return threads

    def _repeat(self, chooser: Chooser, seconds: float, tokens: int, keep: int) -> float:
        began, done = time.perf_counter(), 0
        while time.perf_counter() < began + seconds:
            if self._held + tokens > keep + 4 * CHUNK_TOKENS:
                self._truncate(keep)
            self.step(chooser, tokens)
            done += tokens
        return done / (time.perf_counter() - began)

    def _fill(self, tokens: int) -> None:
        batch = self._batch
        batch.n_tokens = tokens
        for index in range(tokens):
            batch.token[index] = 1000 + (self._held + index) % 5000
            batch.pos[index] = self._held + index
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = 0
            batch.logits[index] = index == tokens - 1

    def _truncate(self, length: int) -> None:
        self._native.llama_memory_seq_rm(self._native.llama_get_memory(self._context), 0, length, -1)
        self._held = min(self._held, length)

    def close(self) -> None:
        self._native.llama_batch_free(self._batch)
        self._native.llama_free(self._context)
        self._model.close()


@contextmanager
def busy(count: int) -> Iterator[None]:
    processes = [subprocess.Popen([sys.executable, "-c", SPIN]) for _ in range(count)]
    try:
        time.sleep(SETTLE_S)
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def measure(
    loop: Loop, ways: dict[str, Chooser], what: str, seconds: float, turn: int
) -> tuple[Speeds, float]:
    """All ways once, beginning with another one each turn; and the processors that others had."""
    names = [*ways][turn % len(ways) :] + [*ways][: turn % len(ways)]
    others, speeds = OutsideLoad(), {}
    for name in names:
        speeds[name] = getattr(loop, what)(ways[name], seconds)
    return speeds, others.measure() or 0.0


def table(title: str, measured: list[tuple[Speeds, float]]) -> None:
    print(f"{title}, {len(measured)} rounds" + (":" if measured else ": none counted, the computer was busy"))
    for name in measured[0][0] if measured else ():
        ratios = [speeds[name] / best_fixed(speeds) for speeds, _ in measured]
        speed = median(speeds[name] for speeds, _ in measured)
        middle, low, high = median(ratios), min(ratios), max(ratios)
        print(f"  {name:10} {speed:7.1f} tok/s   of best {middle:.2f} ({low:.2f}–{high:.2f})")
    if measured:
        print(f"  others {median(others for _, others in measured):.2f} processors")


def best_fixed(speeds: Speeds) -> float:
    return max(speed for name, speed in speeds.items() if name.startswith("fixed"))


def follows(loop: Loop, count: int) -> None:
    """Seconds until the number changes after the busy process began, and after it ended."""
    chooser = ThreadChooser(choose(0))
    loop.writes(chooser, 4.0)
    with busy(count):
        print(f"gives way after {_until(loop, chooser, fewer=True):.1f} s (and {SETTLE_S} s to begin)")
        loop.writes(chooser, 4.0)
    print(f"recovers after {_until(loop, chooser, fewer=False):.1f} s")


def _until(loop: Loop, chooser: Chooser, *, fewer: bool) -> float:
    """Until three steps in a row have the wanted number; at most ten seconds."""
    began, row = time.perf_counter(), 0
    loop.writes(chooser, 0.0)
    while row < 3 and time.perf_counter() < began + 10:
        row = row + 1 if (loop.step(chooser, 1) < choose(0)) == fewer else 0
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--busy", type=int, default=1, help="busy processes beside it")
    arguments = parser.parse_args()
    loop = Loop(arguments.model)
    fixed = sorted({1, max(1, choose(0) // 2), choose(0)})
    ways: dict[str, Chooser] = {f"fixed {count}": FixedThreads(count) for count in fixed}
    ways["chosen"] = ThreadChooser(choose(0))
    results: dict[tuple[str, int], list[tuple[Speeds, float]]] = {}
    for turn in range(arguments.rounds):
        for count in (0, arguments.busy):
            with busy(count):
                for what in ("reads", "writes"):
                    result = measure(loop, ways, what, arguments.seconds, turn)
                    shown = ", ".join(f"{name} {speed:.1f}" for name, speed in result[0].items())
                    print(f"round {turn} {what} beside {count}: {shown}; others {result[1]:.2f}", flush=True)
                    if count or result[1] <= QUIET:
                        results.setdefault((what, count), []).append(result)
    print(f"{Path(arguments.model).name}, {fixed[-1]} threads at most")
    for what in ("reads", "writes"):
        for count in (0, arguments.busy):
            table(f"{what}, {f'beside {count} busy' if count else 'alone'}", results.get((what, count), []))
    follows(loop, arguments.busy)
    loop.close()


if __name__ == "__main__":
    main()
