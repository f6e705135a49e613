"""How many threads llama.cpp computes with. The one place for it: a later, adaptive choice goes here."""

from __future__ import annotations

import os
from pathlib import Path

# Decoding is bound by memory bandwidth; beyond this, more threads only wait for one another.
THREAD_LIMIT = 8


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
