from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.own_time import own_time


def test_waiting_counts() -> None:
    began = own_time()
    time.sleep(0.05)
    assert own_time() - began > 0.02  # less the time that the processor was another's after it


def test_computing_counts() -> None:
    began, computed = own_time(), time.thread_time()
    while time.thread_time() < computed + 0.05:
        pass
    assert own_time() - began > 0.045


_AMONG_OTHERS = """
import os, subprocess, sys, time
from tests.own_time import own_time

os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(3)]
own, wall, computed = own_time(), time.monotonic(), time.thread_time()
while time.thread_time() < computed + 0.2:
    pass
print(own_time() - own, time.monotonic() - wall)
for other in others:
    other.kill()
"""


@pytest.mark.skipif(not Path("/proc/thread-self/schedstat").exists(), reason="only Linux says")
def test_being_kept_waiting_for_a_processor_does_not_count() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _AMONG_OTHERS],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    own, wall = map(float, done.stdout.split())
    assert wall > 0.3  # four had the one processor
    assert own < wall / 1.5
