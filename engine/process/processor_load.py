"""How many processors other programs keep busy."""

from __future__ import annotations

import os
import time
from typing import Any

import psutil

# The system counts in ticks of a hundredth of a second; over less than this, ticks are all one would see.
SHORTEST_S = 0.3


class OutsideLoad:
    """What others take of the processors that this process may use. Counts from when it is made."""

    def __init__(self) -> None:
        self.processors = len(_usable() or range(psutil.cpu_count() or 1))
        self._usable = _usable() if self.processors < (psutil.cpu_count() or 1) else None
        self._last = self._read()

    def measure(self) -> float | None:
        """Processors busy with others since the last figure, on average; None until there is a new one.

        What the host of a virtual machine takes away counts as well: it is as gone as if a program had it.
        About 0.1 ms when it is time for a figure, nothing otherwise.
        """
        if time.perf_counter() - self._last[0] < SHORTEST_S:
            return None
        last, self._last = self._last, self._read()
        seconds, busy, own = (now - then for now, then in zip(self._last, last, strict=True))
        return max(0.0, (busy - own) / seconds)

    def _read(self) -> tuple[float, float, float]:
        """The time, and the processor time of everybody and of this process until now."""
        return time.perf_counter(), self._busy(), time.process_time()

    def _busy(self) -> float:
        if self._usable is None:
            return _busy(psutil.cpu_times())
        every = psutil.cpu_times(percpu=True)
        return sum(_busy(every[processor]) for processor in self._usable if processor < len(every))


def _usable() -> list[int] | None:
    """The processors that this process may run on; None where the system says nothing of it."""
    try:
        return sorted(os.sched_getaffinity(0))
    except AttributeError:  # Windows and macOS
        return None


def _busy(times: Any) -> float:
    """Guests' time is part of the user's already, and waiting for a disk is no work.

    Not every system tells all of them; where one does not, another of them holds it.
    """
    names = ("user", "system", "nice", "irq", "softirq", "steal")
    return sum(float(getattr(times, name, 0.0)) for name in names)
