"""The questions of one command: the argument itself, or one per line from standard input."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from desktop.errors import UsageError


def questions(argument: str) -> Iterator[str]:
    """Raises UsageError for an empty question; empty lines of standard input are passed over."""
    if argument != "-":
        if not argument.strip():
            raise UsageError("The question is empty.")
        yield argument
        return
    for line in sys.stdin:
        if line.strip():
            yield line.strip()
