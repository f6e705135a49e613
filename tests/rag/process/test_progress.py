from __future__ import annotations

import threading

import pytest

from rag.process import progress
from rag.process.progress import Report, Stopped, with_progress

Step = tuple[int, int | None]


def pair(done: int, total: int | None) -> Step:
    return done, total


def never() -> bool:
    return False


@pytest.fixture(autouse=True)
def _every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY_S", 0.0)


def test_steps_come_in_order_and_then_the_result() -> None:
    def work(report: Report) -> str:
        for page in range(3):
            report(page, 3)
        return "result"

    steps = with_progress(work, pair, never)
    seen = []
    with pytest.raises(StopIteration) as end:
        while True:
            seen.append(next(steps))
    assert seen == [(0, 3), (1, 3), (2, 3)]
    assert end.value.value == "result"


def test_steps_that_follow_too_quickly_are_left_out_but_not_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(report: Report) -> None:
        for page in range(1000):
            report(page + 1, 1000)

    monkeypatch.setattr(progress, "EVERY_S", 3600.0)
    assert list(with_progress(work, pair, never)) == [(1, 1000), (1000, 1000)]


def test_what_the_work_raises_comes_out() -> None:
    class Panic(BaseException):
        """As a panic in native code: no Exception."""

    def work(report: Report) -> None:
        report(1, None)
        raise Panic

    with pytest.raises(Panic):
        list(with_progress(work, pair, never))


def test_cancelling_stops_the_work_at_its_next_report() -> None:
    cancelled = threading.Event()
    reported: list[int] = []

    def work(report: Report) -> None:
        for page in range(1000):
            report(page, None)
            reported.append(page)
            if page == 4:
                cancelled.set()

    with pytest.raises(Stopped):
        list(with_progress(work, pair, cancelled.is_set))
    assert reported == [0, 1, 2, 3, 4]


def test_closing_the_generator_stops_the_work_and_waits_for_its_end() -> None:
    ended = threading.Event()
    go_on = threading.Event()

    def work(report: Report) -> None:
        try:
            report(1, None)
            go_on.wait(30)
            while True:
                report(2, None)
        finally:
            ended.set()

    steps = with_progress(work, pair, never)
    assert next(steps) == (1, None)
    go_on.set()
    steps.close()
    assert ended.is_set()
