"""The life of the courier: the process that sends to providers while the person is online.

It is started by the doorkeeper when the person goes online, and killed when they go offline. It reads
nothing but requests of the app and the answers to them, tells the app of every request before it goes out,
and ends with the app. Keys are in it while it lives; nobody may look into it, and it leaves no core file.
"""

from __future__ import annotations

import os
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from desktop.egress.key_sources import Keys, SessionKeys
from desktop.egress.messages import (
    KEY_BYTES,
    MESSAGE_BYTES,
    Carry,
    DropKey,
    Here,
    HoldKey,
    Leave,
    Send,
    codec,
)
from desktop.network import Attempt, NetworkLog, quiet_hubs
from desktop.processes.codec import NO_REQUEST, Bug, Cancel, End, Taken
from desktop.processes.sandbox import confine, hide
from desktop.processes.service import Limits
from engine.errors import EngineError

if TYPE_CHECKING:
    from desktop.egress.connections import Passage
    from desktop.egress.sending import Sender

WINDOW_BYTES = 4 << 20
"""Of a reply, so much may be on its way to whoever asked."""

_OPEN_FILES = 512
# Read by libraries below: the first would write down what decrypts the connections.
_UNWANTED = ("SSLKEYLOGFILE", "SSL_CERT_FILE", "SSL_CERT_DIR")


def run(pipe: Connection, request: Carry, session: SessionKeys) -> None:
    """Take requests until the app closes the pipe, and end the process. Does not return."""
    try:
        hide()
        confine(Limits(network=True, open_files=_OPEN_FILES))
        quiet_hubs()
        for name in _UNWANTED:
            os.environ.pop(name, None)
        _Courier(pipe, session).serve(request)
    finally:
        os._exit(0)


class _Courier:
    def __init__(self, pipe: Connection, session: SessionKeys) -> None:
        self._pipe = pipe
        self._keys = Keys(session)
        self._out = _Out(pipe)
        self._codec = codec()
        self._errands: dict[int, _Errand] = {}
        self._leaving = False
        self._lock = threading.Lock()

    def serve(self, request: Carry) -> None:
        try:
            sender = self._sender(request)
        except EngineError as error:
            self._out.fail(NO_REQUEST, error)
            return
        self._out.send(NO_REQUEST, Here(os.getpid()))
        with suppress(EOFError, OSError):
            while True:
                self._take(sender, *self._codec.to_worker.decode(self._pipe.recv_bytes(MESSAGE_BYTES)))

    def _sender(self, request: Carry) -> Sender:
        from desktop.egress.sending import Sender  # HTTP and encryption: only here, and only now

        log = NetworkLog()
        log.add_listener(self._out.tell)
        log.watch()
        return Sender(request.proxy, self._keys, log=log, tell=log.add)

    def _take(self, sender: Sender, number: int, body: Any) -> None:
        if isinstance(body, Send):
            self._begin(_Errand(number, body, self._out, self._over), sender)
        elif isinstance(body, HoldKey):
            self._keys.hold(body.provider_id, body.authority, self._pipe.recv_bytes(KEY_BYTES))
        elif isinstance(body, DropKey):
            self._keys.drop(body.provider_id, body.authority)
        elif isinstance(body, Leave):
            self._leaving = True
            self._over(NO_REQUEST)
        elif errand := self._errands.get(number):
            if isinstance(body, Cancel):
                errand.cancel()
            elif isinstance(body, Taken):
                errand.taken(body.size_bytes)

    def _begin(self, errand: _Errand, sender: Sender) -> None:
        with self._lock:
            self._errands[errand.number] = errand
        errand.begin(sender)

    def _over(self, number: int) -> None:
        with self._lock:
            self._errands.pop(number, None)
            if self._leaving and not self._errands:
                os._exit(0)


class _Errand:
    """One request, on a thread of its own."""

    def __init__(self, number: int, send: Send, out: _Out, over: Callable[[int], None]) -> None:
        from desktop.egress.connections import Passage

        self.number = number
        self._send = send
        self._out = out
        self._over = over
        self._passage: Passage = Passage()
        self._untaken = 0
        self._room = threading.Condition()

    def begin(self, sender: Sender) -> None:
        threading.Thread(target=self._run, args=(sender,), name=f"errand {self.number}", daemon=True).start()

    def _run(self, sender: Sender) -> None:
        try:
            for event in sender.send(self._send, self._passage):
                self._await_room()
                size_bytes = self._out.send(self.number, event)
                self.taken(-size_bytes)
        except BaseException as error:  # the thread's boundary
            self._out.fail(self.number, error)
        else:
            self._out.send(self.number, End())
        finally:
            self._over(self.number)

    def _await_room(self) -> None:
        """Let a reply run no further ahead of whoever reads it than the app has memory for."""
        with self._room:
            self._room.wait_for(lambda: self._untaken < WINDOW_BYTES or self._passage.cancelled.is_set())

    def taken(self, size_bytes: int) -> None:
        with self._room:
            self._untaken -= size_bytes
            self._room.notify()

    def cancel(self) -> None:
        self._passage.cancel()
        with self._room:
            self._room.notify()


class _Out:
    """The pipe to the app, written to by every errand."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._codec = codec()
        self._lock = threading.Lock()

    def send(self, number: int, body: Any) -> int:
        """How large the message is."""
        return self._write(self._codec.to_app.encode(number, body))

    def tell(self, attempt: Attempt) -> None:
        self.send(NO_REQUEST, attempt)

    def fail(self, number: int, error: BaseException) -> None:
        """A bug's words are kept back, for they may hold the key; where it happened is not."""
        if isinstance(error, EngineError):
            self._write(self._codec.encode_failure(number, error, ""))
        else:
            places = "".join(traceback.format_tb(error.__traceback__))
            self._write(self._codec.to_app.encode(number, Bug(f"{places}{type(error).__name__}")))

    def _write(self, data: bytes) -> int:
        with self._lock:
            try:
                self._pipe.send_bytes(data)
            except OSError:
                os._exit(0)  # the app has gone
        return len(data)
