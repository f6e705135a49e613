"""Runs a service inside its process: confined first, then built, then its requests on threads."""

from __future__ import annotations

import faulthandler
import importlib
import os
import queue
import signal
import threading
import time
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from desktop.network import quiet_hubs
from desktop.processes import sandbox
from desktop.processes.codec import (
    NO_REQUEST,
    REPLY_BYTES,
    WINDOW_BYTES,
    Beat,
    Cancel,
    Codec,
    End,
    Ready,
    Taken,
)
from desktop.processes.log import LogFile
from desktop.processes.service import Service, ServiceDescription, Stepping

BEAT_S = 1.0
CLOSE_S = 5.0
"""How long lanes and service may take to close before the process ends without them."""

EXIT_OUT_OF_MEMORY = 75
EXIT_NOT_BUILT = 76
EXIT_STUCK = 77


def main(
    requests: Connection,
    replies: Connection,
    description: ServiceDescription,
    log_path: Path,
    app_pid: int,
    told_above: bool,
) -> None:
    """The whole life of a worker process, until the app closes the pipe. Does not return."""
    log = LogFile(log_path)
    log.take_over()
    sandbox.call_itself(description.name)
    _leave_interrupts_to_the_app()
    _keep_from_children(requests, replies)
    sandbox.die_with(app_pid)
    confinement = sandbox.confine(description.limits, told_above=told_above)
    quiet_hubs()
    out = Replies(Codec(description), replies)
    heart = Heart(out, log, description.step_limit_s)
    threading.Thread(target=heart.beat, name="heartbeat", daemon=True).start()
    service = _built(description, out)
    heart.watch(service)
    Host(service, out, description.concurrent).serve(requests, Ready(confinement))
    # Not by way of the interpreter's end: a lane may be stuck in native code, and there is nothing to save.
    os._exit(0)


def _leave_interrupts_to_the_app() -> None:
    """Ctrl-C in a terminal reaches every process of the group; the app decides what it means."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if os.name == "posix":  # blocked by the app while it started this process
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _keep_from_children(*pipes: Connection) -> None:
    """A program started here must not hold the pipes open after this process has died."""
    if os.name == "posix":
        for pipe in pipes:
            os.set_inheritable(pipe.fileno(), False)


class Heart:
    """Tells the app every second that the process lives, and ends it where the service does not get on.

    A hang is counted in beats, not read from a clock: while the computer sleeps nothing beats.
    """

    def __init__(self, out: Replies, log: LogFile, step_limit_s: float) -> None:
        self._out = out
        self._log = log
        self._limit_beats = step_limit_s / BEAT_S
        self._service: Stepping | None = None
        self._step: int | None = None
        self._same_beats = 0

    def watch(self, service: Service) -> None:
        self._service = service if isinstance(service, Stepping) else None

    def beat(self) -> None:
        while True:
            self._out.send(NO_REQUEST, Beat())
            self._log.keep_small()
            self._feel()
            time.sleep(BEAT_S)

    def _feel(self) -> None:
        if self._service is None:
            return
        step = self._service.step()
        self._same_beats = self._same_beats + 1 if step is not None and step == self._step else 0
        self._step = step
        if self._same_beats > self._limit_beats:
            faulthandler.dump_traceback(2)
            os._exit(EXIT_STUCK)


def _built(description: ServiceDescription, out: Replies) -> Service:
    """Import and call the factory; what it raises is for whoever asked for the process."""
    module, _, function = description.factory.partition(":")
    try:
        service: Service = getattr(importlib.import_module(module), function)(description.settings)
    except BaseException as error:  # the process boundary
        out.fail(NO_REQUEST, error)
        os._exit(EXIT_NOT_BUILT)
    return service


class Replies:
    """The pipe to the app, shared by lanes and heartbeat."""

    def __init__(self, codec: Codec, pipe: Connection) -> None:
        self.codec = codec
        self._pipe = pipe
        self._lock = threading.Lock()

    def send(self, request: int, body: Any) -> int:
        """How large the reply counts."""
        data = self.codec.to_app.encode(request, body)
        self._write(data)
        return len(data) + REPLY_BYTES

    def fail(self, request: int, error: BaseException) -> None:
        """End the request with an error. A process without memory ends: what native code left is unknown."""
        if isinstance(error, MemoryError):
            faulthandler.dump_traceback(2)
            os._exit(EXIT_OUT_OF_MEMORY)
        trace = "".join(traceback.format_exception(error))
        if not isinstance(error, self.codec.errors):
            print(trace)  # noqa: T201
        self._write(self.codec.encode_failure(request, error, trace))

    def _write(self, data: bytes) -> None:
        with self._lock:
            try:
                self._pipe.send_bytes(data)
            except OSError:
                return  # the app has gone; the main thread notices and ends everything


class _Job:
    """A request on its way through its lane."""

    def __init__(self, id: int, request: Any) -> None:  # noqa: A002
        self.id = id
        self.request = request
        self.cancelled = threading.Event()
        self.state: Literal["waiting", "running", "over"] = "waiting"
        self.sent_bytes = 0  # of replies; written by the request's thread alone
        self.taken_bytes = 0  # of those; written by the host's thread alone

    def has_room(self) -> bool:
        return self.sent_bytes - self.taken_bytes < WINDOW_BYTES or self.cancelled.is_set()


class Host:
    """Sorts requests into lanes and sends back what the service yields."""

    def __init__(self, service: Service, out: Replies, concurrent: int) -> None:
        self._service = service
        self._out = out
        self._jobs: dict[int, _Job] = {}
        self._lanes: dict[str, _Lane] = {}
        self._free = _Lane("request", concurrent, self._work)
        self._lock = threading.Lock()
        self._room = threading.Condition()

    def serve(self, requests: Connection, ready: Ready) -> None:
        """Take requests until the pipe closes; then cancel what runs and close the service."""
        self._out.send(NO_REQUEST, ready)
        while True:
            try:
                data = requests.recv_bytes()
            except (EOFError, OSError):
                break
            request_id, body = self._out.codec.to_worker.decode(data)
            if isinstance(body, Cancel):
                self._cancel(request_id)
            elif isinstance(body, Taken):
                self._make_room(request_id, body.size_bytes)
            else:
                self._accept(_Job(request_id, body))
        self._close()

    def _accept(self, job: _Job) -> None:
        with self._lock:
            self._jobs[job.id] = job
        self._lane(self._service.lane(job.request)).put(job)

    def _lane(self, name: str | None) -> _Lane:
        if name is None:
            return self._free
        if name not in self._lanes:
            self._lanes[name] = _Lane(name, 1, self._work)
        return self._lanes[name]

    def _work(self, job: _Job) -> None:
        with self._lock:
            if job.state == "over":
                return
            job.state = "running"
        self._run(job)
        with self._lock:
            self._jobs.pop(job.id, None)

    def _run(self, job: _Job) -> None:
        try:
            for reply in self._service.handle(job.request, job.cancelled.is_set):
                self._await_room(job)
                job.sent_bytes += self._out.send(job.id, reply)
        except BaseException as error:  # the process boundary; a panic in Rust is no Exception
            self._out.fail(job.id, error)
        else:
            self._out.send(job.id, End())

    def _await_room(self, job: _Job) -> None:
        """Let a request run no further ahead of whoever reads its replies than the app has memory for."""
        if not job.has_room():
            with self._room:
                self._room.wait_for(job.has_room)

    def _make_room(self, request_id: int, size_bytes: int) -> None:
        with self._lock:
            job = self._jobs.get(request_id)
        if job is not None:
            job.taken_bytes += size_bytes
            self._wake()

    def _wake(self) -> None:
        with self._room:
            self._room.notify_all()

    def _cancel(self, request_id: int) -> None:
        """Tell the running request; one that still waits in its lane is over at once."""
        with self._lock:
            job = self._jobs.get(request_id)
            if job is None:
                return
            job.cancelled.set()
            if job.state == "running":
                self._wake()
                return
            job.state = "over"
            del self._jobs[request_id]
        self._out.send(request_id, End())

    def _close(self) -> None:
        deadline = threading.Timer(CLOSE_S, os._exit, args=(0,))
        deadline.daemon = True
        deadline.start()
        with self._lock:
            for job in self._jobs.values():
                job.cancelled.set()
                if job.state == "waiting":
                    job.state = "over"
        self._wake()
        for lane in (self._free, *self._lanes.values()):
            lane.close()
        self._service.close()


class _Lane:
    """Up to `width` threads that take jobs in the order of their coming; started as they are needed.

    `put` and `close` are called from one thread.
    """

    def __init__(self, name: str, width: int, work: Callable[[_Job], None]) -> None:
        self._name = name
        self._width = width
        self._work = work
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._idle = 0  # threads that wait for a job, less the jobs that wait for a thread
        self._lock = threading.Lock()

    def put(self, job: _Job) -> None:
        with self._lock:
            self._idle -= 1
            short = self._idle < 0
        if short and len(self._threads) < self._width:
            self._begin()
        self._jobs.put(job)

    def _begin(self) -> None:
        name = f"{self._name} {len(self._threads) + 1}" if self._width > 1 else self._name
        thread = threading.Thread(target=self._take, name=name, daemon=True)
        self._threads.append(thread)
        with self._lock:
            self._idle += 1
        thread.start()

    def _take(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._work(job)
            with self._lock:
                self._idle += 1

    def close(self) -> None:
        """Let the threads end after what they have, and wait for them."""
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()
