"""Connections that know which request they serve: counted, and closed from outside when it is cancelled.

`httpcore` pools connections and speaks HTTP; what it stands on is ours. `serving` says, for the thread at
work, which `Passage` its connections belong to.
"""

from __future__ import annotations

import queue
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from typing import Any

import httpcore

from engine.frontier.providers import is_local_number

READ_BYTES = 1 << 16

_serving: ContextVar[Passage] = ContextVar("serving")


class TooFar(Exception):
    """An address that may not be spoken to without encryption."""


class Passage:
    """One request on its way: what has crossed its connection, and whether it is to go on.

    `near`: only to this computer and the local network.
    """

    def __init__(self, *, near: bool = False) -> None:
        self.near = near
        self.cancelled = threading.Event()
        self.bytes_out = 0
        self.bytes_in = 0
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    def use(self, connection: socket.socket | None) -> None:
        """This connection serves the request from here on; None: none does any more."""
        with self._lock:
            self._socket = connection
        if connection is not None and self.cancelled.is_set():
            _shut(connection)

    def cancel(self) -> None:
        """End the request at once: whoever waits at its connection finds it closed."""
        self.cancelled.set()
        with self._lock:
            if self._socket is not None:
                _shut(self._socket)


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        # Not SSLSocket's own, which takes the encryption away under the thread that reads.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


@contextmanager
def serving(passage: Passage) -> Iterator[None]:
    """Connections made and used inside, on this thread, belong to the passage."""
    token = _serving.set(passage)
    try:
        yield
    finally:
        passage.use(None)
        _serving.reset(token)


class Backend(httpcore.NetworkBackend):
    """Opens connections for `httpcore`."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        passage = _serving.get()
        deadline = time.monotonic() + (timeout or 60.0)
        with _named(httpcore.ConnectTimeout, httpcore.ConnectError):
            addresses = _look_up(host, port, deadline)
            if passage.near and not all(is_local_number(address[0]) for _, address in addresses):
                raise TooFar(host)
            return Stream(_connect(addresses, deadline, passage))


Address = tuple[socket.AddressFamily, tuple[Any, ...]]


def _look_up(host: str, port: int, deadline: float) -> list[Address]:
    """The system's look-up waits as long as it likes, so it gets a thread that is left behind."""
    found: queue.SimpleQueue[list[Address] | Exception] = queue.SimpleQueue()

    def look() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.put([(family, address) for family, _, _, _, address in answers])
        except Exception as error:  # for whoever waits, whatever it is
            found.put(error)

    threading.Thread(target=copy_context().run, args=(look,), name="look up", daemon=True).start()
    try:
        answer = found.get(timeout=max(0.0, deadline - time.monotonic()))
    except queue.Empty:
        raise TimeoutError("the look-up took too long") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _connect(addresses: list[Address], deadline: float, passage: Passage) -> socket.socket:
    """The first that answers; what time there is is shared among those not yet tried."""
    failure: OSError = OSError("no address")
    for number, (family, address) in enumerate(addresses):
        left = (deadline - time.monotonic()) / (len(addresses) - number)
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(max(0.01, left))
            passage.use(connection)
            connection.connect(address)
            return connection
        except OSError as error:
            passage.use(None)
            connection.close()
            failure = error
    raise failure


class Stream(httpcore.NetworkStream):
    """One connection. Counts, for the request that it serves, what crosses it, encryption aside."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        passage = self._of_this_request()
        with _named(httpcore.ReadTimeout, httpcore.ReadError):
            self._socket.settimeout(timeout)
            data = self._socket.recv(min(max_bytes, READ_BYTES))
        passage.bytes_in += len(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        passage = self._of_this_request()
        view = memoryview(buffer)
        with _named(httpcore.WriteTimeout, httpcore.WriteError):
            self._socket.settimeout(timeout)
            while view:
                written = self._socket.send(view)
                passage.bytes_out += written
                view = view[written:]

    def _of_this_request(self) -> Passage:
        passage = _serving.get()
        passage.use(self._socket)
        return passage

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        passage = _serving.get()
        with _named(httpcore.ConnectTimeout, httpcore.ConnectError):
            self._socket.settimeout(timeout)
            try:
                secured = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname)
            except BaseException:
                self._socket.close()
                raise
        passage.use(secured)
        return Stream(secured)

    def get_extra_info(self, info: str) -> Any:
        """What `httpcore` asks for: whether a resting connection was closed by the other side."""
        return _is_readable(self._socket) if info == "is_readable" else None


def _is_readable(connection: socket.socket) -> bool:
    if connection.fileno() < 0:
        return True
    if not hasattr(select, "poll"):
        return bool(select.select([connection], [], [], 0)[0])
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


@contextmanager
def _named(slow: type[Exception], broken: type[Exception]) -> Iterator[None]:
    """Errors of the system under the names that `httpcore` gives them."""
    try:
        yield
    except TimeoutError as error:
        raise slow(str(error)) from error
    except OSError as error:
        raise broken(str(error)) from error
