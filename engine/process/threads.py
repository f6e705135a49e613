"""How many threads llama.cpp computes with: a fixed number, or the quickest one while it works."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from engine.process.processor_load import OutsideLoad

# Decoding is bound by memory bandwidth; beyond this, more threads only wait for one another.
THREAD_LIMIT = 8

# Of the working time, what may go into trying other counts. A try that loses costs the difference only.
TRIAL_SHARE = 0.05
FIRST_SPARE_S = 0.1  # the first guess is soon put to the test where a step is short
TRIAL_DOUBLINGS = 2  # of the time until the next, after tries that lost
STEADY_STEPS = 3  # of one count, before another is tried
# Neighbouring steps differ by a few per cent on a quiet machine; less than this is no reason to change.
BETTER = 0.95
# A step counts as at most this many times the usual: one interruption must not decide.
LONGEST_STEP = 2.0
NEWEST_SHARE = 0.3  # of the newest step in the moving average
# A processor counts as taken from here on, and as free again below: what draws the text, or a mail program
# that looks for mail, is no reason to change; one busy thread beside two that spin gets about .67.
TAKEN, FREE = 0.45, 0.3


def choose(requested: int) -> int:
    """The requested number, or one thread for each physical core that this process may use.

    llama.cpp's threads wait actively, so two on one core fight: two threads beside one other busy
    process decoded at a third of the speed of one. Hyperthreads are therefore not counted, and on
    larger computers one core is left to the rest of the system.
    """
    if requested > 0:
        return requested
    cores = physical_cores()
    return max(1, min(cores - 1 if cores > 4 else cores, THREAD_LIMIT))


def physical_cores(topology: Path = Path("/sys/devices/system/cpu")) -> int:
    """Cores that this process may run on, hyperthreads counted once where the system says which."""
    try:
        usable = os.sched_getaffinity(0)
    except AttributeError:  # Windows and macOS say nothing about affinity
        return max(1, (os.cpu_count() or 2) // 2)
    siblings = {_siblings(topology, processor) for processor in usable}
    return max(1, len(siblings))


def _siblings(topology: Path, processor: int) -> str:
    """What names the core of this processor: the list of those on the same core."""
    try:
        return (topology / f"cpu{processor}/topology/thread_siblings_list").read_text().strip()
    except OSError:
        return str(processor)


class Load(Protocol):
    """What `engine.process.processor_load.OutsideLoad` is."""

    processors: int

    def measure(self) -> float | None: ...


class FixedThreads:
    """Always the same number; stands where a `ThreadChooser` could."""

    def __init__(self, threads: int) -> None:
        self._threads = threads

    def choose(self, tokens: int) -> int:
        return self._threads

    def measured(self, tokens: int, threads: int, seconds: float) -> None:
        pass


class ThreadChooser:
    """The quickest number of threads for each step, as things are now.

    Objective: at any time nearly the speed of the best fixed number for what else the computer is doing.

    Method: what others take of the processors, looked at a few times a second, gives a first guess at
    once: as many threads as processors are left. For each size of step and each such load the durations
    of steps decide from then on: the count with the lowest moving average is taken, and now and then one
    step is computed with a neighbouring count. What was found at a load is taken up again when that load
    returns. Costs a few microseconds a step. Used by one thread.
    """

    def __init__(self, most: int, load: Load | None = None) -> None:
        """`most`: the fixed choice, never exceeded."""
        self._load = load or OutsideLoad()
        self._candidates = _candidates(most)
        self._taken = 0
        self._trials: dict[tuple[int, int], _Trials] = {}

    def choose(self, tokens: int) -> int:
        """How many threads to evaluate a batch of that many tokens with, now."""
        load = self._load.measure()
        if load is not None:
            self._taken = _processors_taken(load, self._taken)
        return self._of(tokens).next()

    def measured(self, tokens: int, threads: int, seconds: float) -> None:
        """Hear how long that step took. A step that was cut short is not to be told."""
        self._of(tokens).add(threads, seconds, tokens)

    def _of(self, tokens: int) -> _Trials:
        """Steps of alike size (less than twice as large) at the present load."""
        key = tokens.bit_length(), self._taken
        if key not in self._trials:
            left = max(1, self._load.processors - self._taken)
            self._trials[key] = _Trials(self._candidates, left)
        return self._trials[key]


class _Trials:
    """What is known of each count for one size of step at one load."""

    def __init__(self, candidates: Sequence[int], guess: int) -> None:
        self._candidates = candidates
        self._best = max(count for count in candidates if count <= guess)
        self._trial: int | None = None
        self._token_s: dict[int, float] = {}  # moving averages, by count
        self._step_s = 0.0
        self._steady = 0  # steps with `_best` since it was taken
        self._spare_s = FIRST_SPARE_S
        self._lost = 0  # trials in a row
        self._turn = 0

    def next(self) -> int:
        if self._trial is None and self._steady >= STEADY_STEPS:
            rival = self._rival()
            if rival is not None and self._spare_s >= self._trial_costs_s(rival):
                self._trial = rival
        return self._trial or self._best

    def add(self, threads: int, seconds: float, tokens: int) -> None:
        usual = self._token_s.get(self._best, seconds / tokens)
        newest = min(seconds / tokens, LONGEST_STEP * usual)
        if threads == self._best:
            self._token_s[threads] = usual + NEWEST_SHARE * (newest - usual)
            self._step_s = seconds
            self._steady += 1
            self._spare_s += TRIAL_SHARE * seconds
        else:
            self._token_s[threads] = newest  # what was known before is from long ago
        if threads == self._trial:
            self._end_trial()
        self._take_quickest()

    def _rival(self) -> int | None:
        """The count to try next: the neighbours take turns."""
        at = self._candidates.index(self._best)
        neighbours = [*self._candidates[max(0, at - 1) : at], *self._candidates[at + 1 : at + 2]]
        return neighbours[self._turn % len(neighbours)] if neighbours else None

    def _trial_costs_s(self, rival: int) -> float:
        """What must have been spared for a trial: its whole duration, longer and longer while trials lose."""
        usual = self._token_s[self._best]
        slower = self._token_s.get(rival, usual * LONGEST_STEP) / usual
        return self._step_s * slower * (1 << min(self._lost, TRIAL_DOUBLINGS))

    def _end_trial(self) -> None:
        self._trial = None
        self._turn += 1
        self._lost += 1
        self._spare_s = 0.0

    def _take_quickest(self) -> None:
        quickest = min(self._token_s, key=self._token_s.__getitem__)
        if self._best not in self._token_s or self._token_s[quickest] >= BETTER * self._token_s[self._best]:
            return
        self._best = quickest
        self._steady = self._lost = 0


def _candidates(most: int) -> list[int]:
    """Few, because each costs trials; close together at the low end, where one more matters most."""
    return [count for count in (1, 2, 3, 4, 6, 8, 12, 16) if count < most] + [most]


def _processors_taken(load: float, before: int) -> int:
    """Whole processors that others hold. Stays at `before` where `load` is between the two marks."""
    if load > before + TAKEN:
        return math.ceil(load - TAKEN)
    if load < before - 1 + FREE:
        return math.ceil(load - FREE)
    return before
