"""A worker service that misbehaves on request."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import engine.errors
import rag.errors
from desktop.processes.service import Limits, ServiceDescription


class EverythingError(Exception):
    """Root of the errors that this service may raise."""


@dataclass(eq=False)
class Refused(EverythingError):
    path: str
    limit: int = 3


@dataclass(frozen=True, slots=True)
class Echo:
    text: str
    times: int = 1
    lane: str | None = "main"


@dataclass(frozen=True, slots=True)
class Echoed:
    text: str


@dataclass(frozen=True, slots=True)
class Large:
    data: bytes


@dataclass(frozen=True, slots=True)
class Tick:
    """Replies Ticked every `pause_s` until cancelled, `count` times at most."""

    pause_s: float
    count: int
    lane: str | None = "main"


@dataclass(frozen=True, slots=True)
class Ticked:
    number: int


@dataclass(frozen=True, slots=True)
class Sleep:
    """Sleeps in one piece, as native code that looks at nothing would."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Compute:
    """Works for `seconds` in steps of that length, telling of each."""

    seconds: float
    step_s: float


@dataclass(frozen=True, slots=True)
class Die:
    """How: abort, segv, exit, kill, stop (the whole process stands still), memory, garbage, flood."""

    how: str


@dataclass(frozen=True, slots=True)
class Raise:
    name: str


@dataclass(frozen=True, slots=True)
class Reach:
    """Try to reach 127.0.0.1:`port`. How: python, libc, child, udp, unix, uring, pair."""

    how: str
    port: int


@dataclass(frozen=True, slots=True)
class Reached:
    yes: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Report:
    """What the process knows of itself."""


@dataclass(frozen=True, slots=True)
class Reported:
    open_files: int
    file_bytes: int
    environment: dict[str, str]
    modules: tuple[str, ...]
    oom_score: str = ""


NO_LIMITS = Limits()
REQUESTS = (Echo, Large, Tick, Sleep, Compute, Die, Raise, Reach, Report)
REPLIES = (Echoed, Large, Ticked, Reached, Reported)


def describe(
    *,
    limits: Limits = NO_LIMITS,
    factory: str = "build",
    errors: type[Exception] = EverythingError,
    **further: Any,
) -> ServiceDescription:
    return ServiceDescription(
        name="model",
        factory=f"tests.fakes.service:{factory}",
        settings=None,
        requests=REQUESTS,
        replies=REPLIES,
        errors=errors,
        limits=limits,
        **further,
    )


def build(settings: Any) -> Misbehaving:
    return Misbehaving()


def build_refused(settings: Any) -> Misbehaving:
    raise Refused("/weights/missing")


def build_broken(settings: Any) -> Misbehaving:
    raise ZeroDivisionError("a bug in the factory")


def build_dead(settings: Any) -> Misbehaving:
    os.abort()


class Misbehaving:
    def __init__(self) -> None:
        self._step: int | None = None

    def lane(self, request: Any) -> str | None:
        return request.lane if isinstance(request, Tick | Echo) else "main"

    def step(self) -> int | None:
        return self._step

    def close(self) -> None:
        print("service closed")  # noqa: T201 - the log has it

    def handle(self, request: Any, cancelled: Callable[[], bool]) -> Iterator[Any]:
        match request:
            case Echo(text, times, _):
                yield from (Echoed(text) for _ in range(times))
            case Large():
                yield request
            case Tick(pause_s, count):
                yield from _tick(pause_s, count, cancelled)
            case Sleep(seconds):
                time.sleep(seconds)
                yield Echoed("awake")
            case Compute(seconds, step_s):
                self._compute(seconds, step_s)
                yield Echoed("computed")
            case Die(how):
                yield Echoed("about to die")
                _DEATHS[how]()
            case Raise(name):
                raise _error(name)
            case Reach(how, port):
                yield _reach(how, port)
            case Report():
                yield _report()

    def _compute(self, seconds: float, step_s: float) -> None:
        for number in range(int(seconds / step_s)):
            self._step = number
            time.sleep(step_s)
        self._step = None


def _tick(pause_s: float, count: int, cancelled: Callable[[], bool]) -> Iterator[Ticked]:
    for number in range(count):
        yield Ticked(number)
        until = time.monotonic() + pause_s
        while time.monotonic() < until:
            if cancelled():
                return
            time.sleep(0.002)


# --- deaths ---------------------------------------------------------------------------------------------


def _hog_memory() -> None:
    hoard = []
    while True:
        hoard.append(bytearray(64 << 20))


def _write_on_the_pipe(data: bytes) -> None:
    """As whoever has taken the process over could: to every pipe that it holds, past the host."""
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            if str(descriptor.readlink()).startswith("pipe:"):
                os.write(int(descriptor.name), data)
        except OSError:
            continue
    time.sleep(60)


_DEATHS: dict[str, Callable[[], Any]] = {
    "abort": os.abort,
    "segv": lambda: ctypes.string_at(0),
    "exit": lambda: os._exit(3),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    # The threads do not stop at once: one that ran on might end its request.
    "stop": lambda: (os.kill(os.getpid(), signal.SIGSTOP), time.sleep(60)),
    "memory": _hog_memory,
    "garbage": lambda: _write_on_the_pipe(b"\x00\x00\x00\x04\xde\xad\xbe\xef"),
    "flood": lambda: _write_on_the_pipe(b"\x7f\xff\xff\xff"),
}


# --- errors ---------------------------------------------------------------------------------------------


class NotOfTheTreeError(Exception):
    pass


def sample(kind: type[Exception]) -> Exception:
    """An error of this class with a plausible value for each fact."""
    samples = {
        "str": "a/b — ü",
        "int": 7,
        "tuple[str, ...]": ("one", "two"),
        "float": 0.5,
        "int | None": None,
        "float | None": 1.5,
        "bool": True,
    }
    fields = getattr(kind, "__dataclass_fields__", {})
    return kind(*(samples[str(field.type)] for field in fields.values()))


def _error(name: str) -> Exception:
    for module in (rag.errors, engine.errors, sys.modules[__name__]):
        kind = getattr(module, name, None)
        if kind is not None:
            return sample(kind)
    return {"ValueError": ValueError("a bug"), "SystemExit": SystemExit(4)}[name]  # type: ignore[return-value]


# --- the network ----------------------------------------------------------------------------------------


def _reach(how: str, port: int) -> Reached:
    try:
        _WAYS[how](port)
    except Exception as error:
        return Reached(False, f"{type(error).__name__}: {error}")
    return Reached(True, "")


def _by_libc(port: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK, 17):  # 17: AF_PACKET
        if libc.socket(int(family), 2, 0) >= 0:
            return
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _by_uring(port: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(425, 4, ctypes.create_string_buffer(256)) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _by_child(port: int) -> None:
    code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=20, stdin=subprocess.DEVNULL)


def _by_udp(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.sendto(b"x", ("127.0.0.1", port))


_WAYS: dict[str, Callable[[int], Any]] = {
    "python": lambda port: socket.create_connection(("127.0.0.1", port), 2).close(),
    "libc": _by_libc,
    "child": _by_child,
    "udp": _by_udp,
    "unix": lambda port: socket.socket(socket.AF_UNIX).close(),
    "uring": _by_uring,
    "pair": lambda port: [end.close() for end in socket.socketpair()],
}


def _report() -> Reported:
    import resource

    return Reported(
        open_files=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        file_bytes=resource.getrlimit(resource.RLIMIT_FSIZE)[0],
        environment=dict(os.environ),
        modules=tuple(sorted(sys.modules)),
        oom_score=Path("/proc/self/oom_score_adj").read_text().strip() if sys.platform == "linux" else "",
    )


def log_text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
