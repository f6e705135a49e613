"""What a person is told while a checkout is set up, and why it could not be."""

from __future__ import annotations

import errno
import sys

MEGABYTE = 1_000_000


class SetupError(Exception):
    """Set-up cannot go on for a reason outside Carrel; the message says it and what can be done."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def os_problem(error: OSError) -> str:
    """What the system refused, in a sentence."""
    if error.errno == errno.ENOSPC:
        return "the disk is full: free some space and start again; what is already there is kept."
    return f"{error.strerror or error} ({error.filename})" if error.filename else str(error)
