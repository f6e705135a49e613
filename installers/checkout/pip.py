"""Runs the environment's pip and explains its failures."""

from __future__ import annotations

import re
import sys
from collections import deque
from collections.abc import Iterable

from installers.checkout.console import SetupError, say
from installers.checkout.processes import child, output_of

# What takes long enough to be told: large packages, compiling, unpacking.
TOLD_ON = re.compile(r"\s*(Downloading .* MB\)|Building wheel for llama|Installing collected packages)")
TAIL_LINES = 25

# What pip prints → what a person can do about it. The first that is found counts.
PROBLEMS = {
    "DO NOT MATCH THE HASHES": "a package is not the one that was locked, and was not installed.",
    "No space left on device": "the disk is full: free some space and start again.",
    "NewConnectionError": "pip cannot reach where packages come from: check the connection and start again.",
    "NameResolutionError": "pip cannot reach where packages come from: check the connection and start again.",
    "ConnectTimeoutError": "pip cannot reach where packages come from: check the connection and start again.",
    "ProxyError": "pip cannot get through the proxy: check pip's configuration and start again.",
    "No matching distribution found for torch": "the tests need PyTorch's CPU build: tell pip where to find "
    "PyTorch's CPU wheels (README.md says how) and start again.",
}


def pip_for(python: str) -> list[str]:
    """The command of the environment's own pip or, before it has one, of ours working on it."""
    status, _ = output_of([python, "-c", "import pip"])
    return [sys.executable, "-m", "pip", "--python", python] if status else [python, "-m", "pip"]


def run_pip(pip: list[str], arguments: list[str], environment: dict[str, str] | None = None) -> None:
    """Run pip, passing on what it is busy with.

    Raises:
        SetupError: what can be done, and the end of what pip said.
    """
    command = [*pip, "--disable-pip-version-check", "--no-input", *arguments]
    # A terminal's width would fold the lines that are recognised here.
    with child(command, {"COLUMNS": "200", **(environment or {})}) as process:
        tail = deque(_told(process.stdout or ()), maxlen=TAIL_LINES)
    if process.returncode:
        said = "\n".join(tail)
        raise SetupError(f"{explained(said)} The end of what pip said:\n{said}")


def _told(lines: Iterable[str]) -> Iterable[str]:
    for line in lines:
        if TOLD_ON.match(line):
            say(f"  {line.strip()[:100]}")
        yield line.rstrip()


def explained(output: str) -> str:
    found = (explanation for sign, explanation in PROBLEMS.items() if sign in output)
    return next(found, "pip could not get what Carrel needs.")
