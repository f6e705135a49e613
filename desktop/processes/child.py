"""One worker process, seen from the app: its pipes, its calls under way, its death."""

from __future__ import annotations

import itertools
import math
import multiprocessing
import os
import queue
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import connection, resource_tracker
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from desktop.errors import WorkerLost
from desktop.network import told_of
from desktop.processes import deaths, host
from desktop.processes.codec import (
    MESSAGE_BYTES,
    NO_REQUEST,
    REPLY_BYTES,
    WINDOW_BYTES,
    Beat,
    Cancel,
    Codec,
    End,
    MalformedMessage,
    Ready,
    Taken,
)
from desktop.processes.service import ServiceDescription

_SPAWN = multiprocessing.get_context("spawn")
_REAP_S = 1.0


@dataclass(frozen=True, slots=True)
class Unsent:
    """The end of a call that the process died without having been told of: another one may take it."""

    lost: WorkerLost


class Call:
    """A request under way: where its replies arrive, and until when a cancelled one may take to end."""

    def __init__(self, id: int) -> None:  # noqa: A002
        self.id = id
        self.outcomes: queue.SimpleQueue[Any] = queue.SimpleQueue()
        """Pairs of what came and its size: replies, then one End, Unsent or exception."""
        self.over = False
        self.sent = False
        self.untold_bytes = 0
        """Of replies that have been taken; the worker has not been told yet."""
        self.ends_by = math.inf
        self.overdue_reason = ""


class Child:
    """A process from before its start to after its death; never started twice.

    Calls may begin at any time: before the process is ready they wait, after its death they fail.
    `start`, `watch` steps and `bury` belong to the keeper's thread, everything else to any thread.
    """

    def __init__(
        self, description: ServiceDescription, log_path: Path, on_ready: Callable[[Ready], None]
    ) -> None:
        self.heard = 0
        """Messages so far; a healthy process adds one each second."""
        self.ready: Ready | None = None
        self.served = False
        """Whether it has brought a request to its end."""
        self.wanted = threading.Event()
        """Set when somebody needs the process."""
        self.ended = threading.Event()
        self.pid: int | None = None
        self._description = description
        self._codec = Codec(description)
        self._log_path = log_path
        self._on_ready = on_ready
        self._ids = itertools.count(NO_REQUEST + 1)
        self._calls: dict[int, Call] = {}
        self._outbox: queue.SimpleQueue[tuple[int, bytes] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()  # all here that more than one thread writes
        self._ending = False  # the request pipe is closed, or about to be
        self._process: BaseProcess | None = None
        self._requests: connection.Connection | None = None
        self._replies: connection.Connection | None = None
        self._reader: threading.Thread | None = None
        self._sender: threading.Thread | None = None
        self._start_failure: Exception | None = None
        self._verdict = ""
        self._detail = ""
        self._doomed = False

    # Calls

    def begin(self, request: Any) -> Call | None:
        """Post a request; None when the process has died. Never blocks: a worker that reads nothing
        holds up the thread that writes, and nobody who asks."""
        call = Call(next(self._ids))
        data = self._codec.to_worker.encode(call.id, request)
        with self._lock:
            if self.ended.is_set():
                return None
            self._calls[call.id] = call
        self._outbox.put((call.id, data))
        self.wanted.set()
        return call

    def taken(self, call: Call, size_bytes: int) -> None:
        """Whoever reads the call's replies has taken so much; the worker hears of it now and then."""
        call.untold_bytes += size_bytes
        if call.untold_bytes < WINDOW_BYTES // 4 or call.over:
            return
        data = self._codec.to_worker.encode(call.id, Taken(call.untold_bytes))
        call.untold_bytes = 0
        self._outbox.put((call.id, data))

    def cancel(self, call: Call, *, grace_s: float, reason: str) -> None:
        """Ask the worker to end the request; the keeper kills it, for `reason`, when it has not in time."""
        with self._lock:
            if call.over or call.ends_by < math.inf:  # told already: its time goes on running
                return
            if not call.sent:
                del self._calls[call.id]
                self._finish(call, End())
                return
            call.ends_by = time.monotonic() + grace_s
            call.overdue_reason = reason
        self._outbox.put((call.id, self._codec.to_worker.encode(call.id, Cancel())))

    def overdue(self) -> str:
        """Why the process must be killed now: a cancelled request goes on; empty while there is none."""
        now = time.monotonic()
        with self._lock:
            return next((call.overdue_reason for call in self._calls.values() if call.ends_by < now), "")

    def _finish(self, call: Call, outcome: Any) -> None:
        call.over = True
        call.outcomes.put((outcome, 0))

    # Requests, on a thread of their own, once the process is ready

    def _send(self, pipe: connection.Connection) -> None:
        while (item := self._outbox.get()) is not None and not self._ending:
            call_id, data = item
            if not self._mark(call_id, sent=True):
                continue  # over: nobody has to hear of it any more
            try:
                pipe.send_bytes(data)
            except OSError:  # it has died
                self._mark(call_id, sent=False)
                break
        self._close_requests()

    def _mark(self, call_id: int, *, sent: bool) -> bool:
        """Whether the call is still under way."""
        with self._lock:
            call = self._calls.get(call_id)
            if call:
                call.sent = sent
            return call is not None

    # Life

    def start(self) -> None:
        """Start the process; from the thread that will watch it, because Linux ends it with that thread.

        Raises:
            OSError: the system gives no process or no pipe.
        """
        theirs_in, ours_out = _SPAWN.Pipe(duplex=False)
        ours_in, theirs_out = _SPAWN.Pipe(duplex=False)
        process = _SPAWN.Process(
            target=host.main,
            args=(theirs_in, theirs_out, self._description, self._log_path, os.getpid(), told_of()),
            name=f"carrel-{self._description.name}",
            daemon=True,
        )
        try:
            without_interrupts(process.start)
        except BaseException:
            ours_in.close()
            ours_out.close()
            raise
        finally:
            theirs_in.close()
            theirs_out.close()
        self._requests, self._replies = ours_out, ours_in
        with self._lock:
            self.pid, self._process = process.pid, process
            if self._doomed:  # killed while it was being started
                process.kill()
        self._reader = threading.Thread(
            target=self._read, args=(ours_in,), name=f"{self._description.name} replies", daemon=True
        )
        self._reader.start()

    def wait(self, timeout_s: float) -> bool:
        """Whether the process has ended within the time."""
        assert self._process is not None
        return bool(connection.wait([self._process.sentinel], timeout_s))

    def ask_to_end(self, verdict: str) -> None:
        """Close the request pipe: the worker cancels what runs, closes its service and ends."""
        self._judge(verdict)
        with self._lock:
            self._ending = True
            self._outbox.put(None)
            if self._sender is None:
                self._close_requests()

    def terminate(self) -> None:
        with self._lock:
            if self._process is not None:
                self._process.terminate()

    def kill(self, verdict: str) -> None:
        """End the process at once; `verdict` becomes the reason that its calls are given."""
        self._judge(verdict)
        with self._lock:
            self._doomed = True
            if self._process is not None:
                self._process.kill()

    def _judge(self, verdict: str) -> None:
        """Keep the first reason: what follows is its consequence."""
        with self._lock:
            self._verdict = self._verdict or verdict

    def bury(self, verdict: str = "") -> WorkerLost:
        """Collect the dead process and its pipes, fail the calls that it leaves, and say why it died."""
        process = self._process
        exit_code = self._collect(process) if process else None
        with self._lock:
            self._verdict = self._verdict or verdict or deaths.sentence(self._description.name, exit_code)
            self._detail = deaths.detail(exit_code)
            calls, self._calls = list(self._calls.values()), {}
            self.ended.set()
            for call in calls:
                self._finish(call, self._end_of(call))
        return self._lost()

    def _end_of(self, call: Call) -> Exception | Unsent:
        if self.ready and not call.sent:
            return Unsent(self._lost())
        return self._start_failure or self._lost()

    def _collect(self, process: BaseProcess) -> int | None:
        process.join(_REAP_S)
        if process.is_alive():  # it has only closed its end of the pipe that tells of its death
            process.kill()
            process.join()
        with self._lock:
            self._process = None
        if self._reader is not None:
            self._reader.join(_REAP_S)
        self._ending = True
        self._outbox.put(None)
        if self._sender is not None:
            self._sender.join(_REAP_S)
        self._close_requests()
        if self._replies is not None:
            self._replies.close()
        exit_code = process.exitcode
        process.close()
        return exit_code

    def _close_requests(self) -> None:
        if self._requests is not None:
            self._requests.close()
            self._requests = None

    def _lost(self) -> WorkerLost:
        return WorkerLost(self._description.name, self._verdict, self._detail)

    # Replies, on a thread of their own

    def _read(self, pipe: connection.Connection) -> None:
        while True:
            try:
                data = pipe.recv_bytes(MESSAGE_BYTES)
                request_id, body = self._codec.decode_reply(data)
            except EOFError:
                return
            except (MalformedMessage, OSError):  # an OSError: too long
                name = self._description.name
                self.kill(f"The {name} sent what Carrel does not understand and was stopped.")
                return
            self.heard += 1
            self._take(request_id, body, len(data) + REPLY_BYTES)

    def _take(self, request_id: int, body: Any, size_bytes: int) -> None:
        if request_id != NO_REQUEST:
            self._deliver(request_id, body, size_bytes)
        elif isinstance(body, Ready):
            self._open(body)
        elif not isinstance(body, Beat):
            self._start_failure = body if isinstance(body, Exception) else None

    def _open(self, ready: Ready) -> None:
        with self._lock:
            self.ready = ready
            if self._requests is not None and not self._ending:
                self._sender = threading.Thread(
                    target=self._send,
                    args=(self._requests,),
                    name=f"{self._description.name} requests",
                    daemon=True,
                )
                self._sender.start()
        self._on_ready(ready)

    def _deliver(self, request_id: int, body: Any, size_bytes: int) -> None:
        with self._lock:
            call = self._calls.get(request_id)
            if call is None:
                return  # closed early: what still comes is for nobody
            last = isinstance(body, End | Exception)
            if last:
                self.served = True
                del self._calls[request_id]
                self._finish(call, body)
            else:
                call.outcomes.put((body, size_bytes))


def without_interrupts(start: Callable[[], None]) -> None:
    """Start a process that Ctrl-C does not reach before it can say that it ignores it."""
    if os.name != "posix":
        start()
        return
    # Would be started by the first process, and unblocks the signals of the thread that starts it.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
