from __future__ import annotations

import itertools
import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.process import threads
from engine.process.threads import FixedThreads, ThreadChooser

linux = pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="only Linux tells the affinity")


def topology(folder: Path, siblings: list[str]) -> Path:
    for number, names in enumerate(siblings):
        (folder / f"cpu{number}" / "topology").mkdir(parents=True)
        (folder / f"cpu{number}" / "topology" / "thread_siblings_list").write_text(names + "\n")
    return folder


@linux
def test_hyperthreads_count_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1, 2, 3})
    assert threads.physical_cores(topology(tmp_path, ["0,2", "1,3", "0,2", "1,3"])) == 2


@linux
def test_processors_without_a_topology_count_as_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 5, 7})
    assert threads.physical_cores(tmp_path) == 3


@pytest.mark.parametrize(("cores", "chosen"), [(1, 1), (2, 2), (4, 4), (6, 5), (32, 8)])
def test_small_computers_give_all_cores_and_large_ones_keep_some(
    cores: int, chosen: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "physical_cores", lambda: cores)
    assert threads.choose(0) == chosen


def test_a_requested_number_is_taken() -> None:
    assert threads.choose(3) == 3


# --- choosing while running: a computer made of figures ---------------------------------------------------

Chooser = FixedThreads | ThreadChooser
# Steps of one token a second by threads, alone and beside one busy process, as measured with the default
# model on two processors; and of a computer with eight, where two other programs are busy.
QUIET = {1: 18.0, 2: 25.0}
BUSY = {1: 12.6, 2: 6.7}
EIGHT_QUIET = {1: 8.0, 2: 15.0, 3: 21.0, 4: 26.0, 6: 31.0, 8: 32.0}
EIGHT_BUSY = {1: 8.0, 2: 15.0, 3: 20.0, 4: 25.0, 6: 28.0, 8: 9.0}


class Computer:
    """Steps take what a table says; others' load is told as the system tells it: late, and never exactly."""

    def __init__(self, speeds: dict[int, float], load: float = 0.0, *, processors: int = 2) -> None:
        self.processors = processors
        self.now = 0.0
        self.switches = 0
        self.uneven = 0.1
        self.tells_load = True
        self._random = random.Random(3)
        self._looked = 0.0
        self._last = 0
        self._load_s = 0.0
        self.become(speeds, load)

    def become(self, speeds: dict[int, float], load: float = 0.0) -> None:
        self.speeds, self.load = speeds, load

    def measure(self) -> float | None:
        past = self.now - self._looked
        if past < 0.3 or not self.tells_load:
            return None
        average, self._load_s, self._looked = self._load_s / past, 0.0, self.now
        return max(0.0, average + self._random.uniform(-0.07, 0.07))

    def step(self, chooser: Chooser, tokens: int) -> None:
        count = chooser.choose(tokens)
        seconds = tokens / self.speeds[count] * self._random.uniform(1 - self.uneven, 1 + self.uneven)
        self.now += seconds
        self._load_s += self.load * seconds
        self.switches += count != self._last
        self._last = count
        chooser.measured(tokens, count, seconds)

    def speed(self, chooser: Chooser, seconds: float, tokens: Callable[[], int] = lambda: 1) -> float:
        """Tokens a second over that time."""
        began, done = self.now, 0
        while self.now < began + seconds:
            size = tokens()
            self.step(chooser, size)
            done += size
        return done / (self.now - began)

    def of_best(self, chooser: Chooser, seconds: float, tokens: Callable[[], int] = lambda: 1) -> float:
        return self.speed(chooser, seconds, tokens) / max(self.speeds.values())


@pytest.mark.parametrize(
    ("speeds", "load"), [(QUIET, 0.0), (BUSY, 0.9), (QUIET, 0.2), ({1: 12.0, 2: 14.0}, 0.9)]
)
@pytest.mark.parametrize("uneven", [0.0, 0.1, 0.4])
def test_writing_is_nearly_as_quick_as_with_the_best_fixed_number(
    speeds: dict[int, float], load: float, uneven: float
) -> None:
    computer = Computer(speeds, load)
    computer.uneven = uneven
    assert computer.of_best(ThreadChooser(2, computer), 30.0) > 0.9


@pytest.mark.parametrize(("speeds", "load"), [(QUIET, 0.0), (BUSY, 0.9)])
def test_reading_in_chunks_and_writing_after_it_are_nearly_as_quick(
    speeds: dict[int, float], load: float
) -> None:
    computer = Computer({count: 2 * speed for count, speed in speeds.items()}, load)
    sizes = itertools.cycle([128, 128, 128, 128, 61, *[1] * 200])
    assert computer.of_best(ThreadChooser(2, computer), 100.0, lambda: next(sizes)) > 0.9


@pytest.mark.parametrize("tells_load", [True, False])
def test_it_follows_when_another_program_begins_and_ends(tells_load: bool) -> None:
    computer = Computer(QUIET)
    computer.tells_load = tells_load
    chooser = ThreadChooser(2, computer)
    computer.speed(chooser, 10.0)
    for _ in range(3):
        computer.become(BUSY, 0.8)
        computer.speed(chooser, 1.0 if tells_load else 2.0)
        assert computer.of_best(chooser, 10.0) > 0.88
        computer.become(QUIET)
        computer.speed(chooser, 1.0 if tells_load else 6.0)
        assert computer.of_best(chooser, 10.0) > 0.9


def test_the_right_number_is_there_a_second_after_a_change() -> None:
    computer = Computer(QUIET)
    chooser = ThreadChooser(2, computer)
    computer.speed(chooser, 5.0)
    computer.become(BUSY, 0.8)
    computer.speed(chooser, 1.0)
    assert chooser.choose(1) == 1
    computer.become(QUIET)
    computer.speed(chooser, 1.0)
    assert chooser.choose(1) == 2


def test_a_load_that_does_not_matter_costs_no_threads() -> None:
    """Another program holds a processor, and two threads are quicker all the same."""
    computer = Computer({1: 12.0, 2: 16.0}, 1.0)
    chooser = ThreadChooser(2, computer)
    computer.speed(chooser, 5.0)
    assert computer.of_best(chooser, 10.0) > 0.95


def test_one_interrupted_step_changes_nothing() -> None:
    computer = Computer(QUIET)
    chooser = ThreadChooser(2, computer)
    computer.speed(chooser, 5.0)
    chooser.measured(1, 2, 3.0)
    assert chooser.choose(1) == 2


def test_a_try_that_loses_is_one_step_and_comes_seldom() -> None:
    computer = Computer(BUSY, 0.9)
    computer.uneven = 0.0
    chooser = ThreadChooser(2, computer)
    computer.speed(chooser, 5.0)
    computer.switches = 0
    computer.speed(chooser, 60.0)
    assert 4 <= computer.switches <= 14  # there and back: two to seven tries


@pytest.mark.parametrize(("speeds", "load"), [(EIGHT_QUIET, 0.0), (EIGHT_BUSY, 2.0)])
def test_a_larger_computer_gives_way_as_much_as_is_needed(speeds: dict[int, float], load: float) -> None:
    computer = Computer(speeds, load, processors=8)
    computer.uneven = 0.05
    chooser = ThreadChooser(8, computer)
    computer.speed(chooser, 5.0)
    assert computer.of_best(chooser, 30.0) > 0.9


def test_never_more_than_the_most() -> None:
    computer = Computer({1: 5.0, 2: 10.0, 3: 15.0, 4: 20.0, 5: 25.0}, processors=16)
    chooser = ThreadChooser(5, computer)
    for _ in range(300):
        assert 1 <= chooser.choose(1) <= 5
        computer.step(chooser, 1)
    assert computer.of_best(chooser, 10.0) > 0.95


def test_with_one_processor_there_is_nothing_to_choose() -> None:
    computer = Computer({1: 10.0}, processors=1)
    assert computer.of_best(ThreadChooser(1, computer), 10.0) > 0.98


def test_a_fixed_number_stays() -> None:
    computer = Computer(BUSY, 0.9)
    chooser = FixedThreads(2)
    assert computer.speed(chooser, 10.0) < 7.5
    assert computer.switches == 1


def test_choosing_costs_nothing_beside_a_step() -> None:
    chooser = ThreadChooser(2)
    began = time.process_time()
    for _ in range(2000):
        chooser.measured(1, chooser.choose(1), 0.04)
    assert (time.process_time() - began) / 2000 < 50e-6
