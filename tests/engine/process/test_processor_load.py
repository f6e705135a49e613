from __future__ import annotations

import os
from types import SimpleNamespace

import psutil
import pytest

from engine.process import processor_load
from engine.process.processor_load import SHORTEST_S, OutsideLoad


class Clocks:
    """The clock, the system's counts and this process's own, set by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, processors: int = 2) -> None:
        self.now = self.own = 0.0
        self.busy = [0.0] * processors
        self.usable = set(range(processors))
        monkeypatch.setattr(processor_load.time, "perf_counter", lambda: self.now)
        monkeypatch.setattr(processor_load.time, "process_time", lambda: self.own)
        monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: self.usable, raising=False)
        monkeypatch.setattr(psutil, "cpu_count", lambda: processors)
        monkeypatch.setattr(psutil, "cpu_times", self.times)

    def times(self, percpu: bool = False) -> object:
        # Time of guests is in “user” already; an idle processor and one that waits for a disk are free.
        each = [SimpleNamespace(user=b, system=0.0, idle=9.9, iowait=5.0, guest=b) for b in self.busy]
        return each if percpu else SimpleNamespace(user=sum(self.busy), system=0.0, idle=9.9, iowait=5.0)


def test_what_others_take_is_what_is_busy_without_us(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = Clocks(monkeypatch)
    load = OutsideLoad()
    clocks.now, clocks.busy, clocks.own = 2.0, [2.0, 1.0], 1.0
    assert load.measure() == pytest.approx(1.0)
    clocks.now, clocks.own, clocks.busy = 4.0, 3.0, [3.0, 2.0]
    assert load.measure() == pytest.approx(0.0)


def test_it_is_not_asked_more_often_than_the_system_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = Clocks(monkeypatch)
    load = OutsideLoad()
    clocks.now, clocks.busy = SHORTEST_S / 2, [0.1, 0.0]
    assert load.measure() is None
    clocks.now = SHORTEST_S
    assert load.measure() == pytest.approx(0.1 / SHORTEST_S)


def test_ticks_that_were_counted_late_are_no_negative_load(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = Clocks(monkeypatch)
    load = OutsideLoad()
    clocks.now, clocks.own, clocks.busy = 1.0, 1.02, [0.5, 0.5]
    assert load.measure() == 0.0


def test_only_the_processors_that_we_may_use_count(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = Clocks(monkeypatch, processors=4)
    clocks.usable = {1, 3}
    load = OutsideLoad()
    assert load.processors == 2
    clocks.now, clocks.busy = 1.0, [1.0, 0.25, 1.0, 0.5]
    assert load.measure() == pytest.approx(0.75)


def test_a_system_without_affinity_counts_all(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = Clocks(monkeypatch)
    monkeypatch.delattr(os, "sched_getaffinity")
    load = OutsideLoad()
    clocks.now, clocks.busy = 1.0, [1.0, 0.5]
    assert (load.processors, load.measure()) == (2, pytest.approx(1.5))
