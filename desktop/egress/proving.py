"""Trying to get out, in every way there is, and saying what became of each.

Whoever opens a server of its own on this computer before it gives up the network may have that tried: who is
not stopped reaches it, and nothing leaves the computer. Otherwise a port is tried that nobody listens at.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import queue
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from desktop.network import Attempt, NetworkLog, purpose

_LISTED_S = 2.0
_CONNECT_S = 3.0
_CHILD_S = 60.0
_NAME = "carrel-doctor.invalid"  # RFC 2606: nobody has a name in .invalid
PURPOSE = "A try to get out"
DISCARD = 9
"""RFC 863: a port at which hardly anybody listens."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One way out that was tried. `ok` None: not stopped, where the system cannot stop it."""

    name: str
    ok: bool | None
    blocked: bool
    listed: bool
    detail: str


def prove(network: NetworkLog, port: int = DISCARD) -> Iterator[Proof]:
    """One way after the other. What Python's own hook sees stands under the line of this file that tried."""
    here = f"{__name__}:"
    ways: list[tuple[str, Callable[[int], Any], Callable[[Attempt], bool]]] = [
        ("A socket", _by_python, lambda attempt: attempt.caller.startswith(here)),
        ("A thread", _by_thread, lambda attempt: attempt.caller.startswith(here)),
        ("urllib", _by_urllib, lambda attempt: attempt.caller.startswith(here)),
        ("DNS", _by_name, lambda attempt: attempt.host == _NAME),
        ("A child process", _by_child, lambda attempt: attempt.process != "app"),
    ]
    if os.name == "posix":
        own = f"process {os.getpid()}"
        ways.append(("Native code", _by_native_code, lambda attempt: attempt.caller.startswith(own)))
    for name, way, is_it in ways:
        yield _prove(name, way, is_it, network, port)


def _prove(
    name: str,
    way: Callable[[int], Any],
    is_it: Callable[[Attempt], bool],
    network: NetworkLog,
    port: int,
) -> Proof:
    before = network.count()
    try:
        with purpose(PURPOSE):
            way(port)
        blocked, words = False, "got out"
    except OSError as error:
        blocked, words = True, error.strerror or str(error)
    told = network.told_of or name not in ("A child process", "Native code")
    listed = told and _is_listed(network, before, is_it)
    if blocked and listed:
        return Proof(name, True, blocked, listed, f"blocked, and listed ({words})")
    if blocked:
        return Proof(name, None if not told else False, blocked, listed, f"blocked, not listed ({words})")
    stoppable = network.confinement.network_blocked
    detail = "NOT blocked" if stoppable else f"not blocked: {network.confinement.reason}"
    return Proof(name, False if stoppable else None, blocked, listed, detail)


def _is_listed(network: NetworkLog, before: int, is_it: Callable[[Attempt], bool]) -> bool:
    """What the kernel refuses comes through another process, a moment later."""
    deadline = time.monotonic() + _LISTED_S
    while not (found := any(map(is_it, network.entries()[before:]))) and time.monotonic() < deadline:
        time.sleep(0.005)
    return found


# --- the ways ------------------------------------------------------------------------------------------


def _by_python(port: int) -> None:
    with socket.socket() as connection:
        connection.settimeout(_CONNECT_S)
        connection.connect(("127.0.0.1", port))


def _by_thread(port: int) -> None:
    failures: queue.SimpleQueue[OSError | None] = queue.SimpleQueue()

    def connect() -> None:
        try:
            _by_python(port)
            failures.put(None)
        except OSError as error:
            failures.put(error)

    threading.Thread(target=connect, name="carrel doctor").start()
    if failure := failures.get():
        raise failure


def _by_urllib(port: int) -> None:
    import urllib.error  # with http.client and email: the window need not wait for them
    import urllib.request

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(f"http://127.0.0.1:{port}/", timeout=_CONNECT_S).close()
    except TimeoutError:
        return  # connected: this server never answers
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            return
        raise error.reason if isinstance(error.reason, OSError) else error from None


def _by_name(port: int) -> None:
    try:
        socket.getaddrinfo(_NAME, port)
    except socket.gaierror:
        return  # somebody was asked, and has no answer


def _by_child(port: int) -> None:
    child = multiprocessing.get_context("spawn").Process(target=_connect_and_end, args=(port,), daemon=True)
    child.start()
    child.join(_CHILD_S)
    if child.exitcode is None:
        child.kill()
        child.join()
    if child.exitcode:
        raise OSError(child.exitcode, os.strerror(child.exitcode))


def _connect_and_end(port: int) -> None:
    """In the child, which has no watch of its own: only the system can stop it."""
    try:
        _by_python(port)
    except OSError as error:
        os._exit(error.errno or 1)
    os._exit(0)


def _by_native_code(port: int) -> None:
    """Past everything that Python could see."""
    libc = ctypes.CDLL(None, use_errno=True)
    connection = libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    if connection < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    family = b"\x10\x02" if sys.platform == "darwin" else struct.pack("=H", socket.AF_INET)
    address = family + struct.pack("!HI8x", port, 0x7F000001)
    failed = libc.connect(connection, address, len(address))
    code = ctypes.get_errno()
    os.close(connection)
    if failed:
        raise OSError(code, os.strerror(code))
