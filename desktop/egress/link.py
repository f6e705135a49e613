"""One courier, seen from the app: its pipe, the requests under way, its end."""

from __future__ import annotations

import itertools
import os
import queue
import signal
import socket
import struct
import threading
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from desktop.egress.hosts import place
from desktop.egress.messages import MESSAGE_BYTES, DropKey, Here, HoldKey, Leave, Leaving, Send, codec
from desktop.keys.secret import Secret
from desktop.network import Attempt, NetworkLog
from desktop.processes.codec import NO_REQUEST, Cancel, End, MalformedMessage, Taken
from engine.errors import Offline, ProviderUnreachable

_TELL_BYTES = 1 << 20
"""So much of a reply is taken before the courier hears that it was."""


class Call:
    """A request under way, and what has come for it: pairs of an event and its size."""

    def __init__(self, number: int, send: Send) -> None:
        self.number = number
        self.send = send
        self.outcomes: queue.SimpleQueue[tuple[Any, int]] = queue.SimpleQueue()
        self.leaving = False
        self.over = False
        self.untold_bytes = 0

    def finish(self, outcome: Any) -> None:
        if not self.over:
            self.over = True
            self.outcomes.put((outcome, 0))

    @property
    def host(self) -> str:
        return place(self.send.request.url)[0] or self.send.provider.name


class Link:
    """To a courier that was started, from then until its end; calls may begin before it is ready."""

    def __init__(self, pipe: Connection, network: NetworkLog) -> None:
        self.over = False
        self.retired = False
        self.pid: int | None = None
        self.ready = threading.Event()
        """Set when the courier takes requests, and when it never will."""
        self.failure: Exception | None = None
        """Why it could not start."""
        self._pipe = pipe
        self._network = network
        self._codec = codec()
        self._numbers = itertools.count(NO_REQUEST + 1)
        self._calls: dict[int, Call] = {}
        self._killed = False
        self._lock = threading.Lock()  # of all that more than one thread writes
        self._sending = threading.Lock()  # of the pipe's near end
        self._reader = threading.Thread(target=self._read, name="courier", daemon=True)
        self._reader.start()

    # Calls

    def begin(self, send: Send) -> Call | None:
        """Hand a request over; None when the courier is no more."""
        call = Call(next(self._numbers), send)
        with self._lock:
            if self.over or self.retired:
                return None
            self._calls[call.number] = call
        self._say(call.number, send)
        return call

    def taken(self, call: Call, size_bytes: int) -> None:
        """Whoever asked has taken so much; the courier hears of it now and then."""
        call.untold_bytes += size_bytes
        if call.untold_bytes >= _TELL_BYTES:
            self._say(call.number, Taken(call.untold_bytes))
            call.untold_bytes = 0

    def end(self, call: Call) -> None:
        """Nobody reads the call any more; where it still runs, its connection is closed."""
        with self._lock:
            runs = self._calls.pop(call.number, None) is not None
        if runs:
            self._say(call.number, Cancel())

    def hold_key(self, provider_id: str, authority: str, key: Secret) -> None:
        with self._sending, suppress(OSError), key.view() as view:
            self._pipe.send_bytes(self._codec.to_worker.encode(NO_REQUEST, HoldKey(provider_id, authority)))
            _send_uncopied(self._pipe, view)

    def drop_key(self, provider_id: str, authority: str) -> None:
        self._say(NO_REQUEST, DropKey(provider_id, authority))

    def _say(self, number: int, body: Any) -> None:
        data = self._codec.to_worker.encode(number, body)
        with self._sending, suppress(OSError):  # it has died; its reader says so to every call
            self._pipe.send_bytes(data)

    # Its end

    def kill(self) -> None:
        """End the courier now; its calls end with Offline. Returns when it is no more."""
        with self._lock:
            self._killed = True
            self._end_process()
        self._reader.join()

    def _end_process(self) -> None:
        if self.over:
            return
        if self.pid is not None:  # its pipe is open, so the number is still its own
            with suppress(OSError):
                os.kill(self.pid, signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
        _hang_up(self._pipe)

    def retire(self) -> None:
        """Let it finish what it has, and no more."""
        with self._lock:
            told, self.retired = self.retired, True
        if not told:
            self._say(NO_REQUEST, Leave())

    # What it says, on a thread of its own

    def _read(self) -> None:
        with suppress(EOFError, OSError, MalformedMessage):
            while True:
                data = self._pipe.recv_bytes(MESSAGE_BYTES)
                number, body = self._codec.decode_reply(data)
                self._take(number, body, len(data))
        with self._lock:
            self.over = True
            calls, self._calls = list(self._calls.values()), {}
        for call in calls:
            call.finish(self._lost(call))
        self.ready.set()
        with self._sending:
            self._pipe.close()

    def _take(self, number: int, body: Any, size_bytes: int) -> None:
        if isinstance(body, Attempt):
            self._network.add(body)
        elif isinstance(body, Here):
            self._arrive(body.pid)
        elif number == NO_REQUEST:
            self.failure = body if isinstance(body, Exception) else None
        else:
            self._deliver(number, body, size_bytes)

    def _arrive(self, pid: int) -> None:
        with self._lock:
            self.pid = pid
            if self._killed:
                self._end_process()
        self.ready.set()

    def _deliver(self, number: int, body: Any, size_bytes: int) -> None:
        last = isinstance(body, End | Exception)
        with self._lock:
            call = self._calls.pop(number, None) if last else self._calls.get(number)
        if call is None:
            return  # closed early: what still comes is for nobody
        if isinstance(body, Leaving):
            call.leaving = True
        elif last:
            call.finish(body)
        else:
            call.outcomes.put((body, size_bytes))

    def _lost(self, call: Call) -> Exception:
        if self._killed:
            return Offline(call.host, call.leaving)
        if self.failure is not None:
            return self.failure
        name = call.send.provider.name
        return ProviderUnreachable(name, "the process that sends ended unexpectedly", sent=call.leaving)


def _hang_up(pipe: Connection) -> None:
    """Wake whoever reads, on both ends. Elsewhere than here the end of the process does it."""
    if os.name == "posix":
        with suppress(OSError), socket.socket(fileno=os.dup(pipe.fileno())) as connection:
            connection.shutdown(socket.SHUT_RDWR)


def _send_uncopied(pipe: Connection, view: memoryview) -> None:
    """`send_bytes` would make one piece of length and content: a copy that stays in memory."""
    if os.name == "posix":
        os.writev(pipe.fileno(), [struct.pack("!i", len(view)), view])
    else:
        pipe.send_bytes(view)
