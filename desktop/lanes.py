"""Long work beside the window: one lane per scarce thing, one job at a time on each.

A job is a generator that runs on the lane's thread. What it yields, and then exactly one of done, failed
or cancelled, arrives on the thread that the lane was made on (the window's). Make a job, connect to it,
then start it: what is emitted unheard is lost.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from desktop.errors import Cancelled

Work = Callable[[Callable[[], bool]], Iterator[Any]]
"""Called on the lane's thread with `cancelled`; its iterator does the work."""


class Job(QObject):
    """One piece of long work.

    `cancel` asks it to end; it ends by itself, soon, between two steps. One that still waits for its lane
    never begins, and does not wait on to say so.
    """

    happened = Signal(object)
    done = Signal()
    failed = Signal(object)
    cancelled = Signal()

    _woken = Signal()

    def __init__(self, work: Work, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work = work
        self._cancel = threading.Event()
        self._arrived: deque[Callable[[], None]] = deque()
        self._over = False
        self._begun = False
        self._turn = threading.Lock()  # between beginning and being cancelled before that
        self._woken.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    @property
    def is_over(self) -> bool:
        """Whether done, failed or cancelled has been delivered."""
        return self._over

    def cancel(self) -> None:
        with self._turn:
            ends_now = not self._begun and not self._cancel.is_set()
            self._cancel.set()
        if ends_now:
            self._post(self.cancelled.emit, last=True)

    @property
    def is_cancelled(self) -> bool:
        return self._cancel.is_set()

    def run(self) -> None:
        """Drive the generator to its end. Runs on the lane's thread."""
        with self._turn:
            if self._cancel.is_set():  # it has been said
                return
            self._begun = True
        try:
            self._drive()
        except Cancelled:
            self._post(self.cancelled.emit, last=True)
        except Exception as error:  # the thread's boundary: the window says what happened
            self._post(partial(self.failed.emit, error), last=True)
        else:
            ended = self.cancelled if self._cancel.is_set() else self.done
            self._post(ended.emit, last=True)

    def _drive(self) -> None:
        for event in self._work(self._cancel.is_set):
            self._post(partial(self.happened.emit, event))

    def _post(self, emit: Callable[[], None], *, last: bool = False) -> None:
        if last:
            self._arrived.append(self._end)
        self._arrived.append(emit)
        self._woken.emit()

    def _end(self) -> None:
        self._over = True

    def _deliver(self) -> None:
        """Hand on what has arrived, in order. One wake may bring several events, and a later one none."""
        while self._arrived:
            self._arrived.popleft()()


class Lane(QObject):
    """One thread and the jobs waiting for it, first come, first served."""

    _left = Signal(object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._open: set[Job] = set()
        self._left.connect(self._delete, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._work, name=f"lane-{name}", daemon=True)
        self._thread.start()

    def job(self, work: Work) -> Job:
        """A job for this lane that has not started: connect to it, then `start` it."""
        return Job(work, self)

    def start(self, job: Job) -> None:
        if job.is_over:  # cancelled before it was started
            return
        self._open.add(job)
        for ended in (job.done, job.cancelled):
            ended.connect(self._forget)
        job.failed.connect(self._forget)
        self._jobs.put(job)

    @property
    def is_busy(self) -> bool:
        return bool(self._open)

    def cancel_all(self) -> None:
        for job in tuple(self._open):
            job.cancel()

    def close(self, timeout_s: float = 2.0) -> bool:
        """Cancel what runs, end the thread. False when a job did not end in time; it dies with the app."""
        self.cancel_all()
        self._jobs.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _forget(self, *_: object) -> None:
        for job in [job for job in self._open if job.is_over]:
            self._open.discard(job)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job.run()
            with suppress(RuntimeError):  # the window has gone meanwhile, and the lane with it
                self._left.emit(job)

    @staticmethod
    def _delete(job: Job) -> None:
        """Not sooner: its end may be delivered while this thread is still within the signal that tells of it,
        and what is deleted then brings the process down."""
        job.deleteLater()


def once(function: Callable[[], Any]) -> Work:
    """Work of one step: calls `function` and yields what it returns."""

    def work(_: Callable[[], bool]) -> Iterator[Any]:
        yield function()

    return work


class Lanes(QObject):
    """One for each scarce thing.

    Answers (the model), cloud (questions to providers, which wait for no model of this computer), asking
    (a provider about a run's lines, which may take an hour), tasks
    (the model too, whose scheduler lets questions pass rows), indexing (the reader), drawing (the reader's
    pictures of pages), downloads (the connection), models (copying and converting them: the disk and the
    processor), errands (short ones), warming (at the start).
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.answers = Lane("answers", self)
        self.cloud = Lane("cloud", self)
        self.asking = Lane("asking", self)
        self.tasks = Lane("tasks", self)
        self.indexing = Lane("indexing", self)
        self.drawing = Lane("drawing", self)
        self.downloads = Lane("downloads", self)
        self.models = Lane("models", self)
        self.errands = Lane("errands", self)
        self.warming = Lane("warming", self)

    @property
    def all(self) -> tuple[Lane, ...]:
        return (
            self.answers,
            self.cloud,
            self.asking,
            self.tasks,
            self.indexing,
            self.drawing,
            self.downloads,
            self.models,
            self.errands,
            self.warming,
        )

    def cancel_all(self) -> None:
        for lane in self.all:
            lane.cancel_all()

    def close(self, timeout_s: float = 2.0) -> bool:
        """Close every lane; False when a job did not end within the time that all of them share."""
        deadline = time.monotonic() + timeout_s
        closed = [lane.close(max(0.0, deadline - time.monotonic())) for lane in self.all]
        return all(closed)
