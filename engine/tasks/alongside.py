"""A run and the asking about its lines in doubt, at the same time: a provider's seconds cost the run none."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from queue import Empty, SimpleQueue

from engine.tasks.values import RowsStored, RunEnded, RunEvent

POLL_S = 0.05

Asking = Callable[[Callable[[], bool], Callable[[], bool]], Iterator[RunEvent]]
"""Called with `more` and `cancelled`, as of `engine.tasks.escalation.escalate`."""


def alongside(
    run: Iterator[RunEvent], put: Callable[[], object], asking: Asking, cancelled: Callable[[], bool]
) -> Iterator[RunEvent]:
    """The events of both; the run's RunEnded comes last, with the counts and the reason of the later end.

    `put` is called when rows were stored: their lines in doubt are to wait. No thread stays behind.

    Raises:
        Exception: a bug of either.
    """
    beside = _Beside(asking, cancelled)
    ended: RunEnded | None = None
    try:
        for event in run:
            if isinstance(event, RunEnded):
                ended = event
                continue
            yield event
            if isinstance(event, RowsStored):
                put()
            yield from beside.events()
        put()
        yield from beside.rest()
    finally:
        beside.stop()
    if ended is not None:
        yield _both(ended, beside.ended)


def _both(run: RunEnded, asking: RunEnded | None) -> RunEnded:
    if asking is None:
        return run
    return replace(run, counts=asking.counts, reason=run.reason or asking.reason)


class _Beside:
    """Drives the asking on a thread of its own."""

    def __init__(self, asking: Asking, cancelled: Callable[[], bool]) -> None:
        self.ended: RunEnded | None = None
        self._found: SimpleQueue[RunEvent | BaseException] = SimpleQueue()
        self._over, self._stop = threading.Event(), threading.Event()
        self._asking = asking
        self._cancelled = cancelled
        self._thread = threading.Thread(target=self._work, name="asking beside a run", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        try:
            for event in self._asking(
                lambda: not self._over.is_set(), lambda: self._stop.is_set() or self._cancelled()
            ):
                self._found.put(event)
        except BaseException as error:  # the thread boundary; raised again by `events`
            self._found.put(error)

    def events(self, wait_s: float = 0.0) -> Iterator[RunEvent]:
        """Those that have come."""
        while True:
            try:
                found = self._found.get(timeout=wait_s) if wait_s else self._found.get_nowait()
            except Empty:
                return
            if isinstance(found, BaseException):
                raise found
            if isinstance(found, RunEnded):
                self.ended = found
            else:
                yield found

    def rest(self) -> Iterator[RunEvent]:
        """To its end: nothing more is put."""
        self._over.set()
        while self._thread.is_alive():
            yield from self.events(POLL_S)
        yield from self.events()

    def stop(self) -> None:
        self._over.set()
        self._stop.set()
        self._thread.join()
