import contextlib
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desktop.errors import WorkerBug, WorkerLost
from desktop.processes import supervisor as module
from desktop.processes.codec import WINDOW_BYTES
from desktop.processes.service import Limits
from desktop.processes.states import Lost, Running, Starting, Stopped, WorkerEvent
from desktop.processes.supervisor import Supervisor
from tests.desktop.processes.conftest import Supervise
from tests.fakes.service import (
    Compute,
    Die,
    Echo,
    Echoed,
    Large,
    Raise,
    Refused,
    Report,
    Sleep,
    Tick,
    Ticked,
    describe,
    log_text,
)
from tests.own_time import own_time

linux = pytest.mark.skipif(sys.platform != "linux", reason="enforced by Linux only")
LONG_S = 30.0  # of a test that would otherwise hang; nothing here comes near it


class Events:
    """Listens, and waits for an event of a kind."""

    def __init__(self) -> None:
        self.heard: list[WorkerEvent] = []
        self._changed = threading.Condition()

    def __call__(self, event: WorkerEvent) -> None:
        with self._changed:
            self.heard.append(event)
            self._changed.notify_all()

    def wait(self, kind: type, count: int = 1) -> Any:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._of(kind)) >= count, LONG_S), self.heard
            return self._of(kind)[count - 1]

    def _of(self, kind: type) -> list[WorkerEvent]:
        return [event for event in self.heard if isinstance(event, kind)]


def echo(supervisor: Supervisor, text: str = "x", **options: Any) -> str:
    (reply,) = supervisor.call(Echo(text), timeout_s=LONG_S, **options)
    return reply.text


def lost(supervisor: Supervisor, request: object, **options: Any) -> WorkerLost:
    with pytest.raises(WorkerLost) as caught:
        list(supervisor.call(request, **options))
    return caught.value


def threads_named(name: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith(name)]


# --- calls ----------------------------------------------------------------------------------------------


def test_replies_come_in_order_and_end(supervisor: Supervisor) -> None:
    assert list(supervisor.call(Tick(0, 5))) == [Ticked(number) for number in range(5)]


def test_nothing_is_started_before_the_first_call(supervise: Supervise) -> None:
    supervisor = supervise()
    assert supervisor.state == "stopped"
    assert supervisor.pid is None
    supervisor.call(Echo("x"))  # not iterated: not sent
    assert supervisor.pid is None


def test_replies_are_streamed_while_the_request_runs(supervisor: Supervisor) -> None:
    replies = supervisor.call(Tick(60, 2))
    assert next(replies) == Ticked(0)
    replies.close()  # type: ignore[attr-defined]


def test_large_messages_travel_both_ways(supervisor: Supervisor) -> None:
    data = os.urandom(20 << 20)
    assert list(supervisor.call(Large(data), timeout_s=LONG_S)) == [Large(data)]


def test_lanes_run_side_by_side_and_one_lane_in_order(supervisor: Supervisor) -> None:
    first, second = supervisor.call(Tick(60, 2, lane="a")), supervisor.call(Tick(60, 2, lane="b"))
    assert next(first) == next(second) == Ticked(0)  # both run: neither waits for the other
    third = supervisor.call(Tick(0, 1, lane="a"), timeout_s=0.3)
    with pytest.raises(WorkerLost, match="longer than"):
        next(third)  # waits behind the first
    first.close(), second.close()  # type: ignore[attr-defined]
    assert echo(supervisor) == "x"


def test_many_threads_call_at_once_and_each_gets_its_own_replies(supervisor: Supervisor) -> None:
    wrong: list[object] = []

    def ask(number: int) -> None:
        for turn in range(20):
            text = f"{number}-{turn}"
            replies = list(supervisor.call(Echo(text, times=3), timeout_s=LONG_S))
            if replies != [Echoed(text)] * 3:
                wrong.append(replies)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG_S)
    assert not wrong


def test_a_thousand_quick_calls_take_a_second_at_most(supervisor: Supervisor) -> None:
    echo(supervisor)
    began = time.perf_counter()
    for _ in range(1000):
        list(supervisor.call(Echo("x")))
    assert time.perf_counter() - began < 5  # 0.11 s on a quiet computer


# --- requests without a lane ----------------------------------------------------------------------------


def test_requests_without_a_lane_run_side_by_side(supervisor: Supervisor) -> None:
    running = [supervisor.call(Tick(60, 2, lane=None)) for _ in range(40)]
    assert [next(replies) for replies in running] == [Ticked(0)] * 40  # none waits for another
    assert echo(supervisor) == "x"
    for replies in running:
        replies.close()  # type: ignore[attr-defined]


def test_more_than_may_run_at_a_time_wait_in_order(supervise: Supervise) -> None:
    supervisor = supervise(describe(concurrent=2))
    running = [supervisor.call(Tick(60, 2, lane=None)) for _ in range(2)]
    assert [next(replies) for replies in running] == [Ticked(0)] * 2
    order: list[str] = []

    def ask(name: str) -> None:
        replies = supervisor.call(Tick(60, 2, lane=None), timeout_s=LONG_S)
        next(replies)
        order.append(name)
        replies.close()  # type: ignore[attr-defined]  # only now the next one may run

    threads = []
    for name in "abc":
        threads.append(threading.Thread(target=ask, args=(name,)))
        threads[-1].start()
        _wait_for(lambda: _calls_under_way(supervisor) == 2 + len(threads))
    assert not order
    running[0].close()  # type: ignore[attr-defined]
    for thread in threads:
        thread.join(LONG_S)
    assert order == ["a", "b", "c"]
    running[1].close()  # type: ignore[attr-defined]


def test_a_request_without_a_lane_is_cancelled_alone(supervisor: Supervisor) -> None:
    first, second = supervisor.call(Tick(0.01, 1000, lane=None)), supervisor.call(Tick(0.01, 1000, lane=None))
    assert next(first) == next(second) == Ticked(0)
    first.close()  # type: ignore[attr-defined]
    assert [next(second).number for _ in range(20)] == list(range(1, 21))
    second.close()  # type: ignore[attr-defined]


def test_a_request_that_waits_for_a_thread_is_cancelled_without_running(supervise: Supervise) -> None:
    supervisor = supervise(describe(concurrent=1))
    running = supervisor.call(Tick(60, 2, lane=None))
    assert next(running) == Ticked(0)
    assert list(supervisor.call(Echo("x", lane=None), cancelled=lambda: True)) == []
    running.close()  # type: ignore[attr-defined]
    assert list(supervisor.call(Echo("y", lane=None), timeout_s=LONG_S)) == [Echoed("y")]


def test_a_death_fails_every_request_without_a_lane(supervisor: Supervisor) -> None:
    running = [supervisor.call(Tick(60, 2, lane=None)) for _ in range(8)]
    assert [next(replies) for replies in running] == [Ticked(0)] * 8
    lost(supervisor, Die("exit"))
    for replies in running:
        with pytest.raises(WorkerLost):
            next(replies)
    assert list(supervisor.call(Echo("x", lane=None), timeout_s=LONG_S)) == [Echoed("x")]


def test_stopping_ends_requests_without_a_lane_in_an_orderly_way(
    supervise: Supervise, tmp_path: Path
) -> None:
    supervisor = supervise()
    running = [supervisor.call(Tick(60, 2, lane=None)) for _ in range(8)]
    assert [next(replies) for replies in running] == [Ticked(0)] * 8
    supervisor.stop()
    assert [list(replies) for replies in running] == [[]] * 8
    assert "service closed" in log_text(tmp_path / "model.log")


def test_thousands_of_requests_without_a_lane_cost_little_each(supervisor: Supervisor) -> None:
    echo(supervisor)
    began = time.perf_counter()
    for _ in range(2000):
        list(supervisor.call(Echo("x", lane=None)))
    assert time.perf_counter() - began < 8  # 0.24 s on a quiet computer


# --- errors ---------------------------------------------------------------------------------------------


def test_expected_errors_are_raised_as_they_are(supervisor: Supervisor) -> None:
    with pytest.raises(Refused) as caught:
        list(supervisor.call(Raise("Refused")))
    assert (caught.value.path, caught.value.limit) == ("a/b — ü", 7)
    assert echo(supervisor) == "x"


@pytest.mark.parametrize("name", ["ValueError", "SystemExit", "ModelMissing"])
def test_unexpected_exceptions_are_bugs_with_the_worker_s_traceback(
    supervisor: Supervisor, name: str
) -> None:
    with pytest.raises(WorkerBug) as caught:
        list(supervisor.call(Raise(name)))
    assert name in caught.value.detail
    assert "service.py" in caught.value.detail
    assert echo(supervisor) == "x"


def test_an_expected_error_in_the_factory_reaches_the_caller(supervise: Supervise) -> None:
    supervisor = supervise(describe(factory="build_refused"))
    for _ in range(2):
        with pytest.raises(Refused, match="missing"):
            list(supervisor.call(Echo("x"), timeout_s=LONG_S))


def test_a_bug_in_the_factory_reaches_the_caller(supervise: Supervise) -> None:
    with pytest.raises(WorkerBug, match="ZeroDivisionError"):
        list(supervise(describe(factory="build_broken")).call(Echo("x"), timeout_s=LONG_S))


# --- deaths ---------------------------------------------------------------------------------------------


@linux
@pytest.mark.parametrize(
    ("how", "detail", "words"),
    [
        ("abort", "SIGABRT", "unexpectedly"),
        ("segv", "SIGSEGV", "unexpectedly"),
        ("exit", "exit code 3", "unexpectedly"),
        ("kill", "SIGKILL", "memory"),
    ],
)
def test_a_dead_process_fails_its_calls_and_starts_again(
    supervise: Supervise, how: str, detail: str, words: str
) -> None:
    events = Events()
    supervisor = supervise(on_event=events)
    bystander = supervisor.call(Tick(60, 9, lane="other"))
    assert next(bystander) == Ticked(0)
    error = lost(supervisor, Die(how))
    assert (error.worker, error.detail) == ("model", detail)
    assert words in error.reason
    with pytest.raises(WorkerLost):
        next(bystander)
    assert events.wait(Lost).detail == detail
    events.wait(Running, 2)  # by itself
    assert echo(supervisor) == "x"


def test_a_call_right_after_a_death_goes_to_the_next_process(supervisor: Supervisor) -> None:
    for _ in range(5):
        lost(supervisor, Die("exit"))
        assert echo(supervisor) == "x"


@linux
def test_a_process_that_stands_still_is_killed(supervise: Supervise) -> None:
    supervisor = supervise(silence_s=1.5)
    began = time.monotonic()
    assert "no longer responded" in lost(supervisor, Die("stop")).reason
    assert time.monotonic() - began < 10
    assert echo(supervisor) == "x"


def test_a_lane_that_is_busy_for_long_goes_on_beating(supervise: Supervise) -> None:
    supervisor = supervise(silence_s=1.5)
    assert list(supervisor.call(Sleep(3.5))) == [Echoed("awake")]


def test_a_step_that_does_not_end_ends_the_process_though_it_beats(supervise: Supervise) -> None:
    supervisor = supervise(describe(step_limit_s=1.0))
    began = time.monotonic()
    error = lost(supervisor, Compute(60, step_s=60))
    assert "did not get on" in error.reason
    assert 1.0 < time.monotonic() - began < 15
    assert echo(supervisor) == "x"


def test_work_that_gets_on_may_take_long(supervise: Supervise) -> None:
    supervisor = supervise(describe(step_limit_s=1.0))
    assert list(supervisor.call(Compute(4.0, step_s=0.2))) == [Echoed("computed")]


@linux
def test_memory_beyond_the_limit_ends_the_process_and_says_so(supervise: Supervise) -> None:
    supervisor = supervise(describe(limits=Limits(memory_bytes=1 << 30)))
    assert "ran out of memory" in lost(supervisor, Die("memory"), timeout_s=LONG_S).reason
    assert echo(supervisor) == "x"


@linux
@pytest.mark.parametrize("how", ["garbage", "flood"])
def test_a_process_that_sends_garbage_is_killed(supervise: Supervise, how: str) -> None:
    supervisor = supervise()
    assert "does not understand" in lost(supervisor, Die(how), timeout_s=LONG_S).reason
    assert echo(supervisor) == "x"


def test_deaths_in_a_row_are_followed_by_longer_pauses(
    supervise: Supervise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_BACK_OFF_S", 0.4)
    supervisor = supervise(describe(factory="build_dead"))
    times = []
    for _ in range(6):
        began = time.monotonic()
        assert "stopped" in lost(supervisor, Echo("x"), timeout_s=LONG_S).reason
        times.append(time.monotonic() - began)
    assert times[1] > 0.1
    assert times[4] > 0.4
    assert supervisor.state == "lost"


def test_a_process_that_cannot_start_is_not_started_again_unasked(supervise: Supervise) -> None:
    events = Events()
    supervisor = supervise(describe(factory="build_dead"), on_event=events)
    lost(supervisor, Echo("x"), timeout_s=LONG_S)
    events.wait(Lost)
    assert not threading.Event().wait(0.5)
    assert [type(event) for event in events.heard] == [Starting, Lost]


@linux
def test_a_process_that_reads_nothing_holds_up_nobody_but_its_callers(supervise: Supervise) -> None:
    supervisor = supervise(silence_s=2.0)
    echo(supervisor)
    first = _pid_now(supervisor)
    os.kill(first, signal.SIGSTOP)
    large = threading.Thread(target=lambda: list(supervisor.call(Large(bytes(4 << 20)))))
    large.start()  # more than the pipe holds: whoever writes it is stuck
    _wait_for(lambda: _calls_under_way(supervisor) == 1)
    began = time.monotonic()
    assert list(supervisor.call(Echo("x"), cancelled=lambda: True)) == []
    assert time.monotonic() - began < 1
    large.join(LONG_S)
    assert _pid_now(supervisor) != first


@linux
def test_a_request_that_never_reached_the_dead_process_goes_to_the_next(supervise: Supervise) -> None:
    supervisor = supervise(silence_s=1.5)
    echo(supervisor)
    pid = _pid_now(supervisor)
    os.kill(pid, signal.SIGSTOP)
    data = os.urandom(4 << 20)
    assert list(supervisor.call(Large(data), timeout_s=LONG_S)) == [Large(data)]
    assert _pid_now(supervisor) != pid


def _pid_now(supervisor: Supervisor) -> int:
    pid = supervisor.pid
    assert pid is not None
    return pid


def test_a_request_runs_only_so_far_ahead_of_whoever_reads_its_replies(supervisor: Supervisor) -> None:
    text = "x" * 100_000
    replies = supervisor.call(Echo(text, times=2000, lane=None))  # 200 MB
    next(replies)
    call = next(iter(supervisor._child._calls.values()))  # type: ignore[union-attr]
    _wait_for(lambda: call.outcomes.qsize() * len(text) > WINDOW_BYTES * 0.9)
    assert echo(supervisor) == "x"  # what came after on the same pipe has come: so has all before it
    assert call.outcomes.qsize() * len(text) <= WINDOW_BYTES + len(text)
    assert sum(1 for _ in replies) == 1999


def test_a_request_that_waits_for_its_reader_can_be_cancelled(supervisor: Supervisor) -> None:
    replies = supervisor.call(Echo("x" * 1_000_000, times=1000))
    next(replies)
    call = next(iter(supervisor._child._calls.values()))  # type: ignore[union-attr]
    _wait_for(lambda: call.outcomes.qsize() >= 16)
    replies.close()  # type: ignore[attr-defined]
    assert echo(supervisor) == "x"  # in the same lane


# --- cancelling -----------------------------------------------------------------------------------------


@pytest.mark.alone
def test_cancelling_takes_effect_within_100_ms(supervisor: Supervisor) -> None:
    cancelled_at: list[float] = []

    def cancelled() -> bool:
        if not cancelled_at and time.monotonic() > begun + 0.3:
            cancelled_at.append(time.monotonic())
        return bool(cancelled_at)

    echo(supervisor)
    begun = time.monotonic()
    list(supervisor.call(Tick(0.01, 10_000), cancelled=cancelled))
    assert time.monotonic() - cancelled_at[0] < 0.5  # 4 ms on a quiet computer
    assert echo(supervisor) == "x"


def test_a_silent_request_is_cancelled_as_well(supervisor: Supervisor) -> None:
    seen: list[object] = []
    for reply in supervisor.call(Tick(60, 2), cancelled=lambda: bool(seen)):
        seen.append(reply)
    assert seen == [Ticked(0)]


def test_closing_the_iterator_cancels_the_request(supervisor: Supervisor) -> None:
    for reply in supervisor.call(Tick(0.01, 100_000)):
        assert isinstance(reply, Ticked)
        break
    assert echo(supervisor) == "x"  # same lane: it would wait for 1,000 s


def test_a_request_that_waits_in_its_lane_is_cancelled_without_running(supervisor: Supervisor) -> None:
    running = supervisor.call(Tick(60, 2))
    assert next(running) == Ticked(0)
    assert list(supervisor.call(Echo("x"), cancelled=lambda: True)) == []
    running.close()  # type: ignore[attr-defined]


def test_a_request_that_waits_for_the_start_is_cancelled_without_running(supervise: Supervise) -> None:
    supervisor = supervise(describe(factory="build_dead"))
    for _ in range(3):  # from here on there is a pause before the start
        lost(supervisor, Echo("x"), timeout_s=LONG_S)
    assert list(supervisor.call(Echo("x"), cancelled=lambda: True)) == []


def test_a_request_over_its_time_is_told_to_stop(supervisor: Supervisor) -> None:
    echo(supervisor)
    began = time.monotonic()
    error = lost(supervisor, Tick(0.01, 100_000), timeout_s=0.2)
    assert "longer than 0.2 seconds" in error.reason
    assert time.monotonic() - began < 5
    pid = supervisor.pid
    assert echo(supervisor) == "x"
    assert supervisor.pid == pid  # it stopped by itself: nothing was killed


def test_a_request_over_its_time_in_native_code_is_killed(supervise: Supervise) -> None:
    supervisor = supervise(cancel_grace_s=0.3)
    echo(supervisor)
    pid = supervisor.pid
    began = time.monotonic()
    assert "longer than" in lost(supervisor, Sleep(60), timeout_s=0.2).reason
    assert time.monotonic() - began < 10
    assert echo(supervisor) == "x"
    assert supervisor.pid != pid


def test_a_cancelled_request_in_native_code_is_killed(supervise: Supervise) -> None:
    events = Events()
    supervisor = supervise(cancel_grace_s=0.3, on_event=events)
    echo(supervisor)
    sent_at = time.monotonic()
    error = lost(supervisor, Sleep(60), cancelled=lambda: time.monotonic() > sent_at + 0.5)
    assert "did not stop" in error.reason
    assert events.wait(Lost).detail == "SIGKILL"


# --- life -----------------------------------------------------------------------------------------------


def test_start_warms_up_without_waiting(supervise: Supervise) -> None:
    events = Events()
    supervisor = supervise(on_event=events)
    began = own_time()
    supervisor.start()
    assert own_time() - began < 0.1
    running = events.wait(Running)
    assert supervisor.state == "ready"
    assert running.pid == supervisor.pid
    assert (supervisor.memory_bytes() or 0) > 1 << 20


def test_states_are_heard_in_order(supervise: Supervise) -> None:
    events = Events()
    supervisor = supervise(on_event=events)
    lost(supervisor, Die("exit"))
    events.wait(Running, 2)
    supervisor.stop()
    kinds = [type(event) for event in events.heard]
    assert kinds == [Starting, Running, Lost, Starting, Running, Stopped]
    assert supervisor.state == "stopped"


@linux
def test_stopping_leaves_no_thread_process_or_file(supervise: Supervise) -> None:
    warm = supervise()  # multiprocessing's own tracker starts with the first process and stays
    echo(warm)
    warm.stop()
    gc.collect()  # what earlier tests left to be collected would close its files in between
    before = set(Path("/proc/self/fd").iterdir())
    supervisor = supervise()
    lost(supervisor, Die("exit"))
    echo(supervisor)
    pid = supervisor.pid
    supervisor.stop()
    assert set(Path("/proc/self/fd").iterdir()) <= before
    assert not threads_named("model")
    assert not Path(f"/proc/{pid}").exists()


def test_stopping_is_quick_and_fails_later_calls(supervise: Supervise) -> None:
    supervisor = supervise()
    echo(supervisor)
    began = time.monotonic()
    supervisor.stop()
    supervisor.stop()
    assert time.monotonic() - began < 2  # 4 ms on a quiet computer
    assert "closed" in lost(supervisor, Echo("x")).reason


def test_stopping_cancels_what_runs_and_closes_the_service(supervise: Supervise, tmp_path: Path) -> None:
    supervisor = supervise()
    ends: list[object] = []
    running = supervisor.call(Tick(0.01, 100_000))
    next(running)
    thread = threading.Thread(target=lambda: ends.append(list(running)))
    thread.start()
    supervisor.stop()
    thread.join(LONG_S)
    assert len(ends) == 1
    assert "service closed" in log_text(tmp_path / "model.log")


@linux
@pytest.mark.parametrize("request_", [Sleep(60), Die("stop")], ids=["busy", "standing still"])
def test_stopping_kills_what_does_not_end(supervise: Supervise, request_: object) -> None:
    supervisor = supervise()
    echo(supervisor)
    errors: list[Exception] = []

    def call() -> None:
        try:
            list(supervisor.call(request_))
        except WorkerLost as error:
            errors.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    _wait_for(lambda: _is_under_way(supervisor))
    began = time.monotonic()
    supervisor.stop(grace_s=0.2)
    assert time.monotonic() - began < 5
    thread.join(LONG_S)
    assert "closed" in str(errors[0])


def _is_under_way(supervisor: Supervisor) -> bool:
    return _calls_under_way(supervisor) > 0


def _calls_under_way(supervisor: Supervisor) -> int:
    child = supervisor._child
    return len(child._calls) if child is not None else 0


def test_stopping_during_the_start_leaves_nothing(supervise: Supervise) -> None:
    for _ in range(5):
        supervisor = supervise()
        supervisor.start()
        supervisor.stop()
        assert not threads_named("model")


@linux
def test_a_process_dies_with_the_app(tmp_path: Path) -> None:
    pid = _start_app_that_is_killed(tmp_path)
    deadline = time.monotonic() + LONG_S
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


APP = """
import os, signal, sys
from pathlib import Path
from desktop.processes.supervisor import Supervisor
from tests.fakes.service import Echo, describe
if __name__ == "__main__":
    supervisor = Supervisor(describe(), Path(sys.argv[1]))
    list(supervisor.call(Echo("x")))
    print(supervisor.pid, flush=True)
    if sys.argv[2] == "kill":
        os.kill(supervisor.pid, signal.SIGSTOP)  # so that it cannot notice the closed pipe
        os.kill(os.getpid(), signal.SIGKILL)
    os.killpg(0, signal.SIGINT)  # as Ctrl-C in a terminal does
"""


def _run_app(tmp_path: Path, end: str) -> tuple[int, int, str]:
    """The app's exit status, the worker's id and what the app printed to standard error."""
    script = tmp_path / "app.py"
    script.write_text(APP)
    with subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "model.log"), end],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
        start_new_session=True,
    ) as app:
        out, err = app.communicate(timeout=LONG_S)
    return app.returncode, int(out), err


def _start_app_that_is_killed(tmp_path: Path) -> int:
    status, pid, _ = _run_app(tmp_path, "kill")
    assert status == -signal.SIGKILL
    return pid


@linux
def test_ctrl_c_is_left_to_the_app(tmp_path: Path) -> None:
    _, _, err = _run_app(tmp_path, "interrupt")
    assert err.count("KeyboardInterrupt") == 1
    assert "KeyboardInterrupt" not in log_text(tmp_path / "model.log")


def test_a_storm_of_kills_leaves_no_call_waiting_and_no_answer_wrong(
    supervise: Supervise, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_BACK_OFF_S", 0.05)
    supervisor = supervise()
    storm_over = threading.Event()
    outcomes: list[str] = []

    def ask(number: int) -> None:
        while not storm_over.is_set():
            try:
                outcomes.append("right" if echo(supervisor, str(number)) == str(number) else "wrong")
                for _ in supervisor.call(Tick(0.001, 1000, lane=str(number))):
                    break
            except WorkerLost:
                outcomes.append("lost")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    killed: int | None = None

    def started() -> bool:
        return supervisor.state == "ready" and supervisor.pid not in (None, killed)

    for kill in [signal.SIGTERM, signal.SIGSEGV, signal.SIGABRT] * 4:
        _wait_for(started)
        killed = supervisor.pid
        assert killed
        with contextlib.suppress(ProcessLookupError):
            os.kill(killed, kill)
    _wait_for(started)
    storm_over.set()
    for thread in threads:
        thread.join(LONG_S)
    assert not any(thread.is_alive() for thread in threads)
    assert {"right", "lost"} == set(outcomes)


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONG_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


# --- what the worker writes -----------------------------------------------------------------------------


@linux
def test_a_crash_leaves_its_trace_in_the_log_and_nothing_on_the_terminal(
    supervisor: Supervisor, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lost(supervisor, Die("segv"))
    assert "Segmentation fault" in log_text(tmp_path / "model.log")
    assert capfd.readouterr() == ("", "")


def test_a_large_log_is_set_aside_at_the_start(supervise: Supervise, tmp_path: Path) -> None:
    (tmp_path / "model.log").write_bytes(b"x" * ((1 << 20) + 1))
    supervisor = supervise()
    echo(supervisor)
    supervisor.stop()
    assert (tmp_path / "model.log.1").stat().st_size == (1 << 20) + 1
    assert (tmp_path / "model.log").stat().st_size < 1000


def test_a_log_that_cannot_be_written_keeps_nobody_from_working(tmp_path: Path) -> None:
    supervisor = Supervisor(describe(), tmp_path / "no such folder" / "model.log")
    try:
        assert echo(supervisor) == "x"
    finally:
        supervisor.stop()


def test_the_worker_imports_neither_qt_nor_the_stores(supervisor: Supervisor) -> None:
    (report,) = supervisor.call(Report(), timeout_s=LONG_S)
    heavy = {"PySide6", "sqlite3", "chromadb", "llama_cpp", "torch", "desktop.compose"}
    assert not heavy & set(report.modules)


def test_the_worker_tells_libraries_to_stay_off_the_network(supervisor: Supervisor) -> None:
    (report,) = supervisor.call(Report(), timeout_s=LONG_S)
    assert report.environment["HF_HUB_OFFLINE"] == "1"
    assert report.environment["ANONYMIZED_TELEMETRY"] == "False"
