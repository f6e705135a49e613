"""Runs a command where there is no network, and where every try to reach one is seen.

“Works without a network” and “does not try” are two claims: the first is shown in a namespace without
interfaces, the second by the kernel's own account of system calls.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# A socket of an internet family, even one that was refused; an internet address handed to any call; and
# two ways to ask the network through somebody else: the resolver's local socket, and io_uring.
_ATTEMPT = re.compile(
    r"\bsocket\(AF_(?:INET6?|PACKET)\b|sa_family=AF_INET6?\b|/run/systemd/resolve/|\bio_uring_setup\("
)


@dataclass(frozen=True, slots=True)
class Watched:
    """How a traced command ended, and the system calls by which it tried to reach out."""

    done: subprocess.CompletedProcess[str]
    attempts: tuple[str, ...]


def run_without_network(
    command: Sequence[str], *, environment: dict[str, str] | None = None, timeout_s: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run a command in a network namespace of its own, where nothing is up; skips where that is forbidden."""
    _require("unshare", ["unshare", "-rn", "true"])
    return _run(["unshare", "-rn", "--", *command], environment, timeout_s)


def run_watched(
    command: Sequence[str], *, environment: dict[str, str] | None = None, timeout_s: float = 240
) -> Watched:
    """Run a command and everything that it starts under strace; skips where that is forbidden."""
    done, calls = run_traced(command, environment=environment, timeout_s=timeout_s)
    return Watched(done, attempts_in(calls))


def run_traced(
    command: Sequence[str], *, environment: dict[str, str] | None = None, timeout_s: float = 240
) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """How a command ended, and all its calls that have to do with a network, the harmless ones too."""
    _require("strace", ["strace", "-qq", "-e", "trace=none", "true"])
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "trace"
        tracer = ["strace", "-f", "-qq", "-e", "trace=network,io_uring_setup", "-o", str(trace), "--"]
        done = _run([*tracer, *command], environment, timeout_s)
        return done, trace.read_text(errors="replace").splitlines()


def attempts_in(calls: Sequence[str]) -> tuple[str, ...]:
    return tuple(call for call in calls if _ATTEMPT.search(call))


def _run(
    command: Sequence[str], environment: dict[str, str] | None, timeout_s: float
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | (environment or {}),
    )


def _require(tool: str, probe: Sequence[str]) -> None:
    """Skip, with the reason, where the tool cannot be used. CI has to have it: there its absence fails."""
    if shutil.which(tool) is None:
        absent = f"{tool} is not installed"
        if os.environ.get("CI"):
            pytest.fail(f"{absent}, so CI cannot show that Carrel stays offline")
        pytest.skip(absent)
    done = subprocess.run(probe, capture_output=True, text=True, timeout=30, check=False)
    if done.returncode == 0:
        return
    refused = f"{tool} cannot work here: {done.stderr.strip()}"
    by_policy = "not permitted" in done.stderr or "ermission denied" in done.stderr
    if os.environ.get("CI") and not by_policy:
        pytest.fail(refused)
    pytest.skip(refused)
