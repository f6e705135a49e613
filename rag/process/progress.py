"""Blocking work seen as a generator: its progress is yielded, its result returned."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

EVERY_S = 0.1  # more progress than a screen can show is not passed on

Report = Callable[[int, int | None], None]
_Event = TypeVar("_Event")
_Result = TypeVar("_Result")


class Stopped(Exception):
    """The work was cancelled, or nobody listens any more."""


def with_progress(
    work: Callable[[Report], _Result],
    event: Callable[[int, int | None], _Event],
    cancelled: Callable[[], bool],
) -> Generator[_Event, None, _Result]:
    """Run `work` in a thread; yields an `event` of what it reports (done, total) and returns its result.

    The work cannot yield by itself, because it reports from deep inside a parser. Its calls of `report`
    raise Stopped as soon as it is cancelled or the generator is closed; the generator ends when the work
    has.

    Raises:
        Stopped, and whatever `work` raises.
    """
    events: SimpleQueue[_Event | None] = SimpleQueue()
    closed = threading.Event()
    report = _reporter(
        lambda done, total: events.put(event(done, total)), lambda: closed.is_set() or cancelled()
    )
    with ThreadPoolExecutor(1, "progress") as executor:
        future = executor.submit(work, report)
        future.add_done_callback(lambda _future: events.put(None))
        try:
            while (reported := events.get()) is not None:
                yield reported
        finally:
            closed.set()
        return future.result()


def _reporter(pass_on: Report, stopped: Callable[[], bool]) -> Report:
    last = -EVERY_S

    def report(done: int, total: int | None) -> None:
        nonlocal last
        if stopped():
            raise Stopped
        now = time.monotonic()
        if now - last >= EVERY_S or done == total:
            last = now
            pass_on(done, total)

    return report
