from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from desktop.resources import resident_bytes

ROOT = Path(__file__).parents[2]


HOLDS = """
import os
from desktop.resources import resident_bytes

before = resident_bytes()
held = b"\\x01" * 64_000_000
print(resident_bytes() - before, resident_bytes(os.getpid()) - before)
"""


def test_it_grows_with_what_is_held() -> None:
    """In a process that holds little else: from a large one the system may take memory at the same time."""
    done = subprocess.run([sys.executable, "-c", HOLDS], cwd=ROOT, capture_output=True, text=True, check=True)
    for grown in map(int, done.stdout.split()):
        assert 64_000_000 * 0.9 < grown < 64_000_000 * 1.5


def test_a_process_that_has_ended_has_none() -> None:
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    assert resident_bytes(process.pid) == 0


def test_another_process_can_be_asked_about() -> None:
    command = [sys.executable, "-c", "print('here', flush=True); input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"  # one that is still being started holds nothing
        assert resident_bytes(process.pid) > 100_000
        process.communicate(b"\n")
