"""The network as seen from the app's own process: denied while offline, and every attempt written down.

Two walls and a window. On Linux the kernel denies all sockets but local ones to the whole process and to
what it starts (`go_offline`); Python's own attempts are refused everywhere by an audit hook, which is
also what fills the readable log. The hook alone would not do: native code does not pass by it.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import FrameType
from typing import Any, Protocol

from desktop.processes.sandbox import Confinement, block_network, block_network_telling

KEPT = 10_000
"""Attempts kept; the count goes on."""

_QUIET = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
}

_purpose: ContextVar[str] = ContextVar("purpose", default="")
# The host to which the code running now may go, and whether its attempts are to be written down here.
_opened: ContextVar[tuple[str, bool]] = ContextVar("opened", default=("", True))


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to reach a host. `when` is seconds since the epoch.

    `action` is “look up”, “connect”, “send”, or “open” where the system refused a socket before any host
    was named (then `host` is empty). `caller` is the module and line that tried, or, where the system saw
    it, process, thread and kind of socket; `purpose` what for, where the code said so; `port` is None
    where there is none. `process` is which of Carrel's tried (“app”, “courier”, a child's program).
    An attempt with an `id` is told twice, before and after: the later one, with its bytes, replaces it.
    """

    when: float
    action: str
    host: str
    port: int | None
    caller: str
    purpose: str
    allowed: bool
    process: str = "app"
    bytes_out: int = 0
    bytes_in: int = 0
    id: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """Of the attempts since the start. Bytes are those of connections that were let out."""

    out: int = 0
    blocked: int = 0
    bytes_out: int = 0
    bytes_in: int = 0


def count(attempts: Iterable[Attempt]) -> Counts:
    """A look-up of a name goes before its connection and is not counted as another."""
    out = blocked = bytes_out = bytes_in = 0
    for attempt in attempts:
        if not attempt.allowed:
            blocked += 1
        else:
            out += attempt.action != "look up"
            bytes_out += attempt.bytes_out
            bytes_in += attempt.bytes_in
    return Counts(out, blocked, bytes_out, bytes_in)


class NetworkBlocked(PermissionError):
    """Carrel is offline and this went out nevertheless; an OSError, so that libraries handle it."""

    def __init__(self, host: str, port: int | None) -> None:
        place = (host if port is None else f"{host}:{port}") or "another computer"
        super().__init__(errno.EACCES, f"Carrel is offline; the connection to {place} was blocked")
        self.host = host
        self.port = port


Listener = Callable[[Attempt], None]


class NetworkLog:
    """The attempts of this process, newest last. Thread-safe; in memory only."""

    def __init__(self, *, offline: bool = True) -> None:
        self.offline = offline
        self.confinement = Confinement(reason="only Python's own connections are blocked")
        self.told_of = False
        """Whether the system tells of what it refuses to native code and to other processes."""
        self._entries: deque[Attempt] = deque(maxlen=KEPT)
        self._count = 0
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()

    def entries(self) -> list[Attempt]:
        with self._lock:
            return list(self._entries)

    def count(self) -> int:
        return self._count

    def add_listener(self, listener: Listener) -> None:
        """`listener(attempt)` is called on the thread that tried, before it goes on."""
        with self._lock:
            self._listeners.append(listener)

    def add_follower(self, follower: Listener) -> None:
        """A listener that hears of what has been before as well, so that it misses and doubles nothing."""
        with self._lock:
            before = list(self._entries)
            self._listeners.append(follower)
        for attempt in before:
            follower(attempt)

    @contextmanager
    def watching(self) -> Iterator[NetworkLog]:
        """Watch for a while (tests); the app watches to its end with `watch`."""
        before = _Watch.log
        self.watch()
        try:
            yield self
        finally:
            _Watch.log = before

    def watch(self) -> None:
        """From here on this log hears of, and while offline refuses, what this process tries."""
        _Watch.log = self
        _Watch.install()

    @contextmanager
    def opened_to(self, host: str, *, noted: bool = True) -> Iterator[None]:
        """Let the code inside, on this thread, reach `host` although offline; written down under its name.

        Not `noted`: whoever calls writes down one attempt for all that happens inside.
        """
        token = _opened.set((host, noted))
        try:
            yield
        finally:
            _opened.reset(token)

    def add(self, attempt: Attempt) -> None:
        """Write down an attempt: of this process, or one that a process of Carrel's tells of."""
        with self._lock:
            self._put(attempt)
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(attempt)

    def _put(self, attempt: Attempt) -> None:
        if attempt.id:
            # The one told before is among the newest.
            for place in range(len(self._entries) - 1, -1, -1):
                if self._entries[place].id == attempt.id:
                    self._entries[place] = attempt
                    return
        self._entries.append(attempt)
        self._count += 1

    def _note(self, action: str, host: str, port: int | None, frame: FrameType | None) -> None:
        """
        Raises:
            NetworkBlocked: while offline.
        """
        opened, noted = _opened.get()
        if not noted:
            return
        allowed = bool(opened) or not self.offline
        # A connection is made to a number; the name says more.
        self.add(Attempt(time.time(), action, opened or host, port, _caller(frame), _purpose.get(), allowed))
        if not allowed:
            raise NetworkBlocked(host, port)


@contextmanager
def purpose(words: str) -> Iterator[None]:
    """Say what the attempts inside are for; shown in the log."""
    token = _purpose.set(words)
    try:
        yield
    finally:
        _purpose.reset(token)


def quiet_hubs() -> None:
    """Keep libraries from asking hubs and from sending telemetry; they read this when imported."""
    os.environ.update(_QUIET)


class Listening(Protocol):
    """Whoever answers the kernel for us (`desktop/egress/door.py`)."""

    def listen(self, kernel: int, tell: Callable[[Attempt], None]) -> None:
        """Raises OSError."""
        ...


def go_offline(door: Listening | None = None) -> NetworkLog:
    """Deny this process the network for good and log what tries; called first by every entry point.

    Who must be able to go out opens the door for it before (`desktop/egress/door.py`). With one, the log
    also hears of what native code, child processes and workers try (Linux 5.7 and newer).

    Programs that this process starts inherit the denial (Linux): a browser started as a child would have
    no network, so addresses are opened through the desktop's portal. Local sockets go on working: X
    server, Wayland, D-Bus, keyring, worker processes.
    """
    quiet_hubs()
    log = NetworkLog()
    log.watch()
    log.confinement = _confine_app(log, door)
    return log


def _confine_app(log: NetworkLog, door: Listening | None) -> Confinement:
    if _display_is_remote(os.environ.get("DISPLAY", "")):
        return Confinement(reason="the screen is reached through it")
    if door is not None and block_network_telling(lambda kernel: door.listen(kernel, log.add)):
        log.told_of = True
        return Confinement(network_blocked=True)
    blocked, reason = block_network(local_sockets=True)
    return Confinement(network_blocked=blocked, reason=reason)


def told_of() -> bool:
    """Whether this process's filter tells of whom it refuses; what it starts inherits that."""
    return _Watch.log is not None and _Watch.log.told_of


def _display_is_remote(display: str) -> bool:
    """Whether the X server is reached by TCP: `host:0`; not `:0`, `unix:0` or a socket's path."""
    host = display.rpartition(":")[0]
    return bool(host) and host != "unix" and not host.startswith("/")


# --- the audit hook ------------------------------------------------------------------------------------

_LOOK_UPS = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
_SENDS = {"socket.connect": "connect", "socket.sendto": "send", "socket.sendmsg": "send"}
# Families of sockets; the first two where one is made of a descriptor that is there.
_LEADS_NOWHERE = (-1, 0, getattr(socket, "AF_UNIX", -1), getattr(socket, "AF_NETLINK", -1))
# Names of no interest as callers: they carry out what others ask for.
_CARRIERS = (
    "socket",
    "ssl",
    "http",
    "urllib",
    "asyncio",
    "selectors",
    "httpx",
    "httpcore",
    "anyio",
    "urllib3",
)


class _Watch:
    """The one hook of this process. It cannot be taken away, so it looks up whom to tell."""

    log: NetworkLog | None = None
    _installed = False

    @classmethod
    def install(cls) -> None:
        if not cls._installed:
            cls._installed = True
            sys.addaudithook(cls._hear)

    @classmethod
    def _hear(cls, event: str, arguments: tuple[Any, ...]) -> None:
        # Called for every import, open and exec of the process: the cheapest test comes first.
        if not event.startswith("socket.") or cls.log is None:
            return
        if event in _SENDS:
            address = arguments[1]
            if not isinstance(address, tuple) or _is_own_pair(sys._getframe(1)):
                return  # a path (AF_UNIX), or a message on a connection that is already counted
            cls.log._note(_SENDS[event], _text(address[0]), _port(address[1]), sys._getframe(1))
        elif event == "socket.__new__":
            # The system would refuse it as well; here the line that tried is known.
            if cls.log.confinement.network_blocked and arguments[1] not in _LEADS_NOWHERE:
                cls.log._note("open", "", None, sys._getframe(1))
        elif event in _LOOK_UPS:
            port = _port(arguments[1]) if event == "socket.getaddrinfo" else None
            cls.log._note("look up", _text(arguments[0]), port, sys._getframe(1))


def _is_own_pair(frame: FrameType) -> bool:
    """Windows has no socketpair(): Python's connects two ends on the loopback, which goes nowhere."""
    return sys.platform == "win32" and frame.f_code.co_name.endswith("socketpair")


def _text(host: Any) -> str:
    return host.decode(errors="replace") if isinstance(host, bytes) else str(host)


def _port(port: Any) -> int | None:
    try:
        return int(port)
    except (TypeError, ValueError):
        return None


def _caller(frame: FrameType | None) -> str:
    """`module:line` of the nearest frame that is not a carrier."""
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.partition(".")[0] not in _CARRIERS and module != __name__:
            return f"{module}:{frame.f_lineno}"
        frame = frame.f_back
    return ""
