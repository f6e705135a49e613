"""What a fake does when it is asked for long work: events to yield, gates to wait at, errors to raise."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

Cancelled = Callable[[], bool]


class Gate:
    """Holds a scripted iterator until the test opens it; a cancelled job passes through."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self.reached = threading.Event()

    def open(self) -> None:
        self._open.set()

    def wait(self, cancelled: Cancelled) -> None:
        self.reached.set()
        while not self._open.wait(0.005):
            if cancelled():
                return


Script = Sequence[Any]
"""What an iterator does: events to yield, gates to wait at, exceptions to raise."""


def play(script: Script, cancelled: Cancelled) -> Iterator[Any]:
    for step in script:
        if isinstance(step, Gate):
            step.wait(cancelled)
        elif isinstance(step, BaseException):
            raise step
        else:
            yield step
        if cancelled():
            return
