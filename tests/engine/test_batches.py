"""Rows through a real process that dies, hangs and is refused; and through the real model."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.errors import WorkerBug, WorkerLost
from desktop.processes import supervisor as supervising
from desktop.processes.supervisor import Supervisor
from engine import batches
from engine.batches import RowResult, run, run_with_pauses
from engine.errors import ModelMissing, PromptTooLong
from tests.conftest import SMALL_MODEL
from tests.fakes.rows import Row, describe, taken_up

LONG_S = 60.0

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the deaths are signals")


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    monkeypatch.setattr(supervising, "LONGEST_BACK_OFF_S", 0.2)
    supervisor = Supervisor(describe(), tmp_path / "model.log", silence_s=2.0, cancel_grace_s=3.0)
    yield supervisor
    supervisor.stop(grace_s=1.0)


@pytest.fixture
def rows(tmp_path: Path) -> Callable[..., Row]:
    def make(number: int, trouble: str = "", **facts: Any) -> Row:
        return Row(number, str(tmp_path), trouble, **facts)

    return make


def results_of(worker: Supervisor, requests: Any, **options: Any) -> dict[int, RowResult]:
    """The results by index; fails when a row has two."""
    results = list(run(worker, requests, lost=(WorkerLost,), **options))
    by_index = {result.index: result for result in results}
    assert len(by_index) == len(results), "a row has two results"
    return by_index


def text(result: RowResult) -> str:
    assert result.value is not None, result.error
    return result.value.text


def test_every_row_has_its_own_result(worker: Supervisor, rows: Callable[..., Row]) -> None:
    results = results_of(worker, (rows(number) for number in range(200)))
    assert {index: text(result) for index, result in results.items()} == {
        number: f"row {number}" for number in range(200)
    }


def test_whoever_asks_for_it_gets_a_word_while_no_row_finishes(
    worker: Supervisor, rows: Callable[..., Row]
) -> None:
    moments = list(run_with_pauses(worker, [rows(0, pause_s=0.5), rows(1)], lost=(WorkerLost,), in_flight=1))
    assert [moment.index for moment in moments if moment is not None] == [0, 1]
    assert moments[0] is None


def test_no_rows_are_no_results_and_no_process(worker: Supervisor) -> None:
    assert results_of(worker, []) == {}
    assert worker.pid is None


def test_rows_run_side_by_side_up_to_the_number_allowed(
    worker: Supervisor, rows: Callable[..., Row], tmp_path: Path
) -> None:
    results = run(
        worker, (rows(number, pause_s=60) for number in range(100)), in_flight=5, lost=(WorkerLost,),
        cancelled=lambda: all(taken_up(tmp_path, number) for number in range(5)),
    )  # fmt: skip
    assert list(results) == []
    assert taken_up(tmp_path, 5) == 0


def test_rows_are_pulled_only_as_there_is_room(worker: Supervisor, rows: Callable[..., Row]) -> None:
    pulled: list[int] = []

    def source() -> Iterator[Row]:
        for number in range(10_000):
            pulled.append(number)
            yield rows(number)

    results = run(worker, source(), in_flight=8, lost=(WorkerLost,))
    for count in range(1, 50):
        next(results)
        assert len(pulled) <= count + 8
    results.close()  # type: ignore[attr-defined]
    assert len(pulled) < 100


def test_rows_in_order_when_asked_for(worker: Supervisor, rows: Callable[..., Row]) -> None:
    pulled: list[int] = []

    def source() -> Iterator[Row]:
        for number in range(60):
            pulled.append(number)
            yield rows(number, pause_s=1.0 if number == 0 else 0.0)

    results = run(worker, source(), in_flight=4, lost=(WorkerLost,), ordered=True)
    assert next(results).index == 0
    assert len(pulled) <= 20  # one slow row does not let all others pile up behind it
    assert [result.index for result in results] == list(range(1, 60))


# --- errors of a row ----------------------------------------------------------------------------------------


def test_an_expected_error_is_the_result_of_its_row(worker: Supervisor, rows: Callable[..., Row]) -> None:
    results = results_of(worker, [rows(number, "long" if number == 3 else "") for number in range(8)])
    assert isinstance(results[3].error, PromptTooLong)
    assert [text(results[number]) for number in range(8) if number != 3]


def test_a_busy_model_is_asked_again(worker: Supervisor, rows: Callable[..., Row], tmp_path: Path) -> None:
    assert text(results_of(worker, [rows(0, "busy", times=3)])[0]) == "row 0"
    assert taken_up(tmp_path, 0) == 4


def test_a_model_that_cannot_be_used_ends_the_batch(worker: Supervisor, rows: Callable[..., Row]) -> None:
    given: list[RowResult] = []
    with pytest.raises(ModelMissing):
        given.extend(run(worker, (rows(n, "missing", times=9) for n in range(10_000)), lost=(WorkerLost,)))
    assert not given


def test_a_bug_travels_up_and_what_had_finished_is_given_first(
    worker: Supervisor, rows: Callable[..., Row]
) -> None:
    requests = [rows(0, "bug"), rows(1, pause_s=0.5), rows(2, pause_s=0.5)]
    given: list[int] = []
    with pytest.raises(WorkerBug):
        for result in run(worker, requests, lost=(WorkerLost,)):
            given.append(result.index)
    assert sorted(given) == [1, 2]


# --- deaths -------------------------------------------------------------------------------------------------


def test_a_row_that_killed_the_process_once_is_done_all_the_same(
    worker: Supervisor, rows: Callable[..., Row]
) -> None:
    requests = [rows(number, "kill" if number == 5 else "", pause_s=0.02) for number in range(20)]
    assert len([text(result) for result in results_of(worker, requests).values()]) == 20


def test_a_row_that_kills_the_process_whenever_it_is_alone_fails_and_the_others_go_on(
    worker: Supervisor, rows: Callable[..., Row], tmp_path: Path
) -> None:
    requests = [rows(number, "memory" if number == 5 else "", times=99) for number in range(20)]
    results = results_of(worker, requests)
    assert isinstance(results[5].error, WorkerLost)
    assert "ran out of memory" in results[5].error.reason
    assert taken_up(tmp_path, 5) == 3  # among others, and twice alone
    assert len([text(results[number]) for number in range(20) if number != 5]) == 19


def test_when_every_row_kills_the_process_the_batch_ends(
    worker: Supervisor, rows: Callable[..., Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "HOPELESS_ROWS", 3)
    given: list[RowResult] = []
    with pytest.raises(WorkerLost):
        given.extend(run(worker, (rows(n, "kill", times=99) for n in range(10_000)), lost=(WorkerLost,)))
    assert len(given) == 2


def test_whatever_befalls_the_process_every_row_has_exactly_one_result(
    worker: Supervisor, rows: Callable[..., Row], tmp_path: Path
) -> None:
    """300 rows: some kill it, exhaust its memory or make it stand still, and it is killed from outside."""
    chance = random.Random(11)
    troubles = dict(zip(chance.sample(range(300), 6), ["kill", "memory", "hang"] * 2, strict=True))
    poison = chance.choice([number for number in range(300) if number not in troubles])
    killed_at = set(chance.sample(range(280), 5))

    def source() -> Iterator[Row]:
        for number in range(300):
            if number in killed_at and worker.state == "ready" and worker.pid:
                os.kill(worker.pid, signal.SIGKILL)
            trouble = "kill" if number == poison else troubles.get(number, "")
            yield rows(number, trouble, times=99 if number == poison else 1, pause_s=chance.random() / 50)

    results = results_of(worker, source())
    assert sorted(results) == list(range(300))
    failed = {number for number, result in results.items() if result.error}
    # A kill from outside may meet a row that is alone with its own trouble: then it has had its two.
    assert poison in failed
    assert len(failed) <= 3
    assert all(text(results[number]) == f"row {number}" for number in range(300) if number not in failed)


def test_a_worker_that_is_closed_ends_the_batch_with_the_reason(
    worker: Supervisor, rows: Callable[..., Row]
) -> None:
    results = run(worker, (rows(number, pause_s=0.05) for number in range(10_000)), lost=(WorkerLost,))
    next(results)
    worker.stop()
    with pytest.raises(WorkerLost, match="closed"):
        list(results)


# --- stopping -----------------------------------------------------------------------------------------------


@pytest.mark.alone
def test_cancelling_takes_effect_within_100_ms(worker: Supervisor, rows: Callable[..., Row]) -> None:
    cancel = threading.Event()
    at: list[float] = []

    def cancelled() -> bool:
        return cancel.is_set()

    def source() -> Iterator[Row]:
        yield rows(0)
        for number in range(1, 10_000):
            yield rows(number, pause_s=60)

    for _ in run(worker, source(), lost=(WorkerLost,), cancelled=cancelled):
        cancel.set()
        at.append(time.monotonic())
    assert time.monotonic() - at[0] < 0.5  # 60 ms on a quiet computer
    assert len(at) == 1


def test_closing_the_iterator_leaves_no_thread(worker: Supervisor, rows: Callable[..., Row]) -> None:
    results = run(worker, (rows(number, pause_s=0 if number < 3 else 60) for number in range(99)), lost=())
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name == "batch row"]


def test_an_error_of_the_source_travels_up_and_leaves_no_thread(
    worker: Supervisor, rows: Callable[..., Row]
) -> None:
    def source() -> Iterator[Row]:
        yield rows(0, pause_s=60)
        raise FileNotFoundError("the table is gone")

    with pytest.raises(FileNotFoundError):
        list(run(worker, source(), lost=(WorkerLost,)))
    assert not [thread for thread in threading.enumerate() if thread.name == "batch row"]


# --- the real model -------------------------------------------------------------------------------------


@pytest.mark.model
def test_no_row_of_the_real_model_is_lost_when_its_process_is_killed(weights: Path, tmp_path: Path) -> None:
    from desktop.compose import model_description
    from desktop.places import Profile
    from engine.process.messages import Generate
    from engine.values import Message, Sampling

    def request(number: int) -> Generate:
        question = (Message("user", f"Count from {number} to {number + 3}."),)
        return Generate(str(weights / SMALL_MODEL), 512, question, Sampling(max_tokens=12), priority="batch")

    worker = Supervisor(model_description(Profile(tmp_path)), tmp_path / "model.log")
    try:
        by_index: dict[int, RowResult] = {}
        for result in run(worker, map(request, range(12)), lost=(WorkerLost,)):
            assert result.index not in by_index
            by_index[result.index] = result
            if len(by_index) == 4:
                os.kill(worker.pid or 0, signal.SIGKILL)
    finally:
        worker.stop()
    assert sorted(by_index) == list(range(12))
    assert all(text(result) for result in by_index.values())
