"""Keeps a worker process alive and answers calls through it."""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

from desktop.errors import WorkerLost
from desktop.processes.child import Call, Child, Unsent
from desktop.processes.codec import End, Ready
from desktop.processes.sandbox import Confinement
from desktop.processes.service import ServiceDescription
from desktop.processes.states import Lost, Running, Starting, State, Stopped, WorkerEvent
from desktop.resources import resident_bytes

POLL_S = 0.05
TICK_S = 0.25
FIRST_BACK_OFF_S, LONGEST_BACK_OFF_S = 0.1, 10.0
TERMINATE_S = 0.5

# Python code cannot beat while native code holds the interpreter's lock: importing torch from a slow
# disk was seen to take 25 s.
SILENCE_S = 40.0
# A batch of a long prompt takes this long on a slow processor; nothing sound goes on longer uncancelled.
CANCEL_GRACE_S = 15.0

Listener = Callable[[WorkerEvent], None]


def never() -> bool:
    return False


class Supervisor:
    """A worker process that is started when first needed, and again after it has died.

    Implements the `Worker` of `rag.ports` and `engine.ports`. Thread-safe. A thread of its own, the
    keeper, starts the process and watches it: a death, a missing heartbeat or a cancelled request that
    goes on all end in `WorkerLost` for whoever waits. A process that had been ready is started again at
    once, one that died before that with the next call; each death without a finished request between
    doubles the pause before, up to 10 s.

    Listeners run on the supervisor's threads: they must be quick and must not call back.
    """

    def __init__(
        self,
        description: ServiceDescription,
        log_path: Path,
        on_event: Listener | None = None,
        *,
        silence_s: float = SILENCE_S,
        cancel_grace_s: float = CANCEL_GRACE_S,
    ) -> None:
        self._description = description
        self._log_path = log_path
        self._silence_ticks = silence_s / TICK_S
        self._cancel_grace_s = cancel_grace_s
        self._listeners: list[Listener] = [on_event] if on_event else []
        self._lock = threading.Lock()  # child, keeper
        self._child: Child | None = None
        self._keeper: threading.Thread | None = None
        self._closing = threading.Event()
        self._state: State = "stopped"
        self._deaths = 0  # since a request was finished
        self._died_at = 0.0
        self._began_at = 0.0

    @property
    def name(self) -> str:
        return self._description.name

    @property
    def state(self) -> State:
        return self._state

    @property
    def pid(self) -> int | None:
        child = self._child
        return child.pid if child else None

    @property
    def confinement(self) -> Confinement | None:
        """What the system holds the running process to; None while none is ready."""
        child = self._child
        return child.ready.confinement if child and child.ready else None

    def memory_bytes(self) -> int | None:
        """Resident memory of the process; None without one, or where the system does not tell."""
        pid = self.pid
        return (resident_bytes(pid) or None) if pid else None

    def add_listener(self, listener: Listener) -> None:
        self._listeners.append(listener)

    # Calls

    def call(
        self,
        request: Any,
        *,
        timeout_s: float | None = None,
        cancelled: Callable[[], bool] = never,
    ) -> Iterator[Any]:
        """The replies to a request, which is sent when the first is asked for.

        `timeout_s` counts from there, a start of the process and a wait in the lane included; then, or
        when `cancelled` says so, or when the iterator is closed, the worker is told to stop. A cancelled
        request's last replies still come; one that had not begun ends without any. The process is killed
        when it does not stop within the grace.

        Raises:
            WorkerLost: the process died, hung or took longer than `timeout_s`.
            WorkerBug: an unexpected exception in the worker.
            Exception: the service's expected errors.
        """
        deadline = math.inf if timeout_s is None else time.monotonic() + timeout_s
        for last in (False, False, True):
            child, call = self._begin(request)
            try:
                unsent = yield from self._replies(child, call, deadline, timeout_s, cancelled)
            finally:
                self._cancel(child, call)
            if unsent is None:
                return
            if last:
                raise unsent.lost

    def _begin(self, request: Any) -> tuple[Child, Call]:
        while True:
            child = self._available()
            call = child.begin(request)
            if call is not None:
                return child, call
            child.ended.wait(POLL_S)  # it has just died; then its successor takes the request

    def _replies(
        self,
        child: Child,
        call: Call,
        deadline: float,
        timeout_s: float | None,
        cancelled: Callable[[], bool],
    ) -> Generator[Any, None, Unsent | None]:
        too_slow: WorkerLost | None = None
        told = False
        for outcome, size_bytes in _outcomes(call):
            if isinstance(outcome, Exception):
                raise outcome
            if isinstance(outcome, Unsent):
                return outcome
            if isinstance(outcome, End):
                break
            if outcome is not _NOTHING_YET:
                if not too_slow:
                    yield outcome
                child.taken(call, size_bytes)
            if time.monotonic() > deadline and not too_slow:
                too_slow = WorkerLost(self.name, f"The {self.name} took longer than {timeout_s:g} seconds.")
                self._cancel(child, call, too_slow.reason)
            elif not told and cancelled():
                told = True
                self._cancel(child, call)
        if too_slow:
            raise too_slow
        return None

    def _cancel(self, child: Child, call: Call, reason: str = "") -> None:
        reason = reason or f"The {self.name} did not stop when asked to and was ended."
        child.cancel(call, grace_s=self._cancel_grace_s, reason=reason)

    # Life

    def start(self) -> None:
        """Start the process now, so that the first call need not wait. Returns at once.

        Raises:
            WorkerLost: `stop` has been called.
        """
        self._available().wanted.set()

    def stop(self, grace_s: float = 3.0) -> None:
        """End the process and the supervisor for good: ask, after `grace_s` terminate, then kill.

        Running calls are cancelled, later ones raise WorkerLost. No thread, process or open file is left.
        """
        with self._lock:
            self._closing.set()
            child, keeper = self._child, self._keeper
        if child is not None:
            child.wanted.set()
            self._end(child, grace_s)
        if keeper is not None:
            keeper.join()
        if self._state != "stopped":
            self._enter("stopped", Stopped())

    def _end(self, child: Child, grace_s: float) -> None:
        child.ask_to_end(self._closed().reason)
        if child.ended.wait(grace_s):
            return
        child.terminate()
        if not child.ended.wait(TERMINATE_S):
            child.kill("")

    def _closed(self) -> WorkerLost:
        return WorkerLost(self.name, f"The {self.name} has been closed.")

    def _available(self) -> Child:
        """The process to send to: the present one, or a new one with a keeper."""
        with self._lock:
            if self._closing.is_set():
                raise self._closed()
            if self._child is None:
                self._child = self._new_child()
                self._keeper = threading.Thread(
                    target=self._keep, args=(self._child,), name=f"{self.name} keeper", daemon=True
                )
                self._keeper.start()
            return self._child

    def _new_child(self) -> Child:
        return Child(self._description, self._log_path, self._on_ready)

    # The keeper's thread. It outlives each process that it starts: Linux ends the process with it.

    def _keep(self, child: Child) -> None:
        try:
            while not self._closing.is_set():
                child.wanted.wait()
                self._pause()
                if self._start(child):
                    self._watch(child)
                child = self._succeed(child)
        finally:
            # Reached early only by a bug, here or in a listener: then nobody shall wait for ever.
            with self._lock:
                self._closing.set()
                last = self._child
            if last is not None:
                last.kill(self._closed().reason)
                last.bury()

    def _pause(self) -> None:
        """Wait before a start that follows deaths."""
        if self._deaths:
            back_off_s = min(LONGEST_BACK_OFF_S, FIRST_BACK_OFF_S * 2 ** (self._deaths - 1))
            self._closing.wait(max(0.0, self._died_at + back_off_s - time.monotonic()))

    def _start(self, child: Child) -> bool:
        if self._closing.is_set():
            child.kill(self._closed().reason)
            return False
        self._began_at = time.monotonic()
        self._enter("starting", Starting())
        try:
            child.start()
        except OSError as error:
            child.kill(f"The {self.name} could not be started: {error.strerror}.")
            return False
        return True

    def _on_ready(self, ready: Ready) -> None:
        child = self._child
        if child is not None and child.pid is not None:
            seconds = time.monotonic() - self._began_at
            self._enter("ready", Running(child.pid, ready.confinement, seconds))

    def _watch(self, child: Child) -> None:
        """Return when the process has ended. Silence is counted in looks, not read from a clock: while
        the computer sleeps nobody looks."""
        silent_ticks, heard = 0, child.heard
        while not child.wait(TICK_S):
            silent_ticks = silent_ticks + 1 if child.heard == heard else 0
            heard = child.heard
            if self._closing.is_set():
                child.ask_to_end(self._closed().reason)
            if silent_ticks > self._silence_ticks:
                child.kill(f"The {self.name} no longer responded and was stopped.")
            elif overdue := child.overdue():
                child.kill(overdue)

    def _succeed(self, child: Child) -> Child:
        """Bury the process, after putting its successor in place for the calls that come meanwhile."""
        self._died_at = time.monotonic()
        self._deaths = 1 if child.served else self._deaths + 1
        successor = self._new_child()
        if child.ready or self._closing.is_set():
            successor.wanted.set()
        self._child = successor
        lost = child.bury()
        if not self._closing.is_set():
            self._enter("lost", Lost(lost.reason, lost.detail))
        return successor

    def _enter(self, state: State, event: WorkerEvent) -> None:
        self._state = state
        for listener in tuple(self._listeners):
            listener(event)


_NOTHING_YET = object()


def _outcomes(call: Call) -> Iterator[tuple[Any, int]]:
    """What arrives for a call with its size, and `_NOTHING_YET` each time that nothing has for a moment."""
    while True:
        try:
            yield call.outcomes.get(timeout=POLL_S)
        except queue.Empty:
            yield _NOTHING_YET, 0
