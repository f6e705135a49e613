from __future__ import annotations

import os
import subprocess
import sys

from desktop.resources import resident_bytes


def test_it_grows_with_what_is_held() -> None:
    before = resident_bytes()
    held = b"\x01" * 64_000_000
    assert len(held) * 0.9 < resident_bytes() - before < len(held) * 1.5
    assert resident_bytes(os.getpid()) > before


def test_a_process_that_has_ended_has_none() -> None:
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    assert resident_bytes(process.pid) == 0


def test_another_process_can_be_asked_about() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        assert resident_bytes(process.pid) > 100_000
