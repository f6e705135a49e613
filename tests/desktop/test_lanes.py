"""desktop/lanes.py: order, threads, endings, cancelling."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from desktop.errors import Cancelled
from desktop.lanes import Job, Lane, Lanes, once


@pytest.fixture
def lane(qtbot: QtBot) -> Iterator[Lane]:
    made = Lane("test")
    yield made
    assert made.close()


class Heard:
    """Everything that a job emits, in order, with the thread it arrives on."""

    def __init__(self, job: Job) -> None:
        self.events: list[Any] = []
        self.threads: set[int] = set()
        job.happened.connect(self._hear)
        job.done.connect(lambda: self._hear("done"))
        job.cancelled.connect(lambda: self._hear("cancelled"))
        job.failed.connect(lambda error: self._hear(error))

    def _hear(self, event: Any) -> None:
        self.events.append(event)
        self.threads.add(threading.get_ident())


def test_events_come_in_order_on_the_thread_of_the_window(qtbot: QtBot, lane: Lane) -> None:
    worked_on: list[int] = []

    def work(cancelled: Callable[[], bool]) -> Iterator[int]:
        worked_on.append(threading.get_ident())
        yield from range(200)

    job = lane.job(work)
    heard = Heard(job)
    with qtbot.waitSignal(job.done):
        lane.start(job)
    assert heard.events == [*range(200), "done"]
    assert heard.threads == {threading.get_ident()}
    assert worked_on != [threading.get_ident()]


def test_failure_comes_last_and_once(qtbot: QtBot, lane: Lane) -> None:
    def work(cancelled: Callable[[], bool]) -> Iterator[int]:
        yield 1
        raise ValueError("no")

    job = lane.job(work)
    heard = Heard(job)
    with qtbot.waitSignal(job.failed):
        lane.start(job)
    assert heard.events[0] == 1
    assert isinstance(heard.events[1], ValueError)
    assert len(heard.events) == 2


def test_cancelled_job_ends_as_cancelled_and_cleans_up(qtbot: QtBot, lane: Lane) -> None:
    cleaned = threading.Event()

    def work(cancelled: Callable[[], bool]) -> Iterator[str]:
        try:
            yield "begun"
            while not cancelled():
                threading.Event().wait(0.001)
        finally:
            cleaned.set()

    job = lane.job(work)
    heard = Heard(job)
    with qtbot.waitSignal(job.happened):
        lane.start(job)
    with qtbot.waitSignal(job.cancelled, timeout=1000):
        job.cancel()
    assert heard.events == ["begun", "cancelled"]
    assert cleaned.is_set()


def test_cancelled_raised_by_the_work_is_no_failure(qtbot: QtBot, lane: Lane) -> None:
    def work(cancelled: Callable[[], bool]) -> Iterator[str]:
        raise Cancelled
        yield ""

    job = lane.job(work)
    heard = Heard(job)
    with qtbot.waitSignal(job.cancelled):
        lane.start(job)
    assert heard.events == ["cancelled"]


def test_waiting_job_that_is_cancelled_never_starts(qtbot: QtBot, lane: Lane) -> None:
    go, started = threading.Event(), []

    def slow(cancelled: Callable[[], bool]) -> Iterator[None]:
        go.wait()
        yield None

    def second(cancelled: Callable[[], bool]) -> Iterator[None]:
        started.append(True)
        yield None

    first, waiting = lane.job(slow), lane.job(second)
    lane.start(first)
    lane.start(waiting)
    waiting.cancel()
    with qtbot.waitSignal(waiting.cancelled):
        go.set()
    assert not started


def test_waiting_job_that_is_cancelled_does_not_wait_on_to_say_so(qtbot: QtBot, lane: Lane) -> None:
    go = threading.Event()
    first, waiting = lane.job(once(go.wait)), lane.job(once(lambda: None))
    heard = Heard(waiting)
    lane.start(first)
    lane.start(waiting)
    with qtbot.waitSignal(waiting.cancelled):
        waiting.cancel()
    assert not first.is_over
    with qtbot.waitSignal(first.done):
        go.set()
    qtbot.waitUntil(lambda: not lane.is_busy)
    assert heard.events == ["cancelled"]


def test_jobs_of_a_lane_run_one_after_the_other(qtbot: QtBot, lane: Lane) -> None:
    order: list[str] = []

    def work(name: str) -> Callable[[Callable[[], bool]], Iterator[None]]:
        def run(cancelled: Callable[[], bool]) -> Iterator[None]:
            order.append(f"{name} begins")
            yield None
            order.append(f"{name} ends")

        return run

    jobs = [lane.job(work(name)) for name in "ab"]
    with qtbot.waitSignals([job.done for job in jobs]):
        for job in jobs:
            lane.start(job)
    assert order == ["a begins", "a ends", "b begins", "b ends"]


def test_lane_is_busy_until_its_last_job_is_over(qtbot: QtBot, lane: Lane) -> None:
    job = lane.job(once(lambda: 7))
    heard = Heard(job)
    with qtbot.waitSignal(job.done):
        lane.start(job)
        assert lane.is_busy
    qtbot.waitUntil(lambda: not lane.is_busy)
    assert heard.events == [7, "done"]


def test_closing_cancels_what_runs(qtbot: QtBot) -> None:
    lanes = Lanes()
    begun = threading.Event()

    def endless(cancelled: Callable[[], bool]) -> Iterator[None]:
        begun.set()
        while not cancelled():
            yield None

    lanes.answers.start(lanes.answers.job(endless))
    assert begun.wait(2)
    assert lanes.close()


def test_job_that_does_not_end_in_time_is_told(qtbot: QtBot) -> None:
    release, begun = threading.Event(), threading.Event()
    lane = Lane("stubborn")

    def stubborn(cancelled: Callable[[], bool]) -> Iterator[None]:
        begun.set()
        release.wait()
        yield None

    lane.start(lane.job(stubborn))
    assert begun.wait(2)
    assert not lane.close(0.05)
    release.set()
    assert lane.close()
