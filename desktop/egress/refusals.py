"""Answers the kernel when its filter holds somebody who wants a socket: refused, and written down.

Source: seccomp_unotify(2); linux/seccomp.h for the structures and the numbers of the calls.
"""

from __future__ import annotations

import errno
import os
import struct
import sys
import time
from contextlib import suppress
from pathlib import Path

from desktop.network import Attempt

if sys.platform != "win32":
    import fcntl

# struct seccomp_notif: id, pid, flags, then seccomp_data: nr, arch, instruction pointer, six arguments.
_NOTIFICATION = struct.Struct("=QIIiIQ6Q")
# struct seccomp_notif_resp: id, value, error, flags.
_RESPONSE = struct.Struct("=QqiI")
_RECEIVE, _SEND = 0xC0502100, 0xC0182101

_FAMILIES = {2: "IPv4", 10: "IPv6", 17: "packet", 31: "Bluetooth", 40: "virtual machine"}
_INTERNET = (2, 10)
_KINDS = {1: " TCP", 2: " UDP", 3: " raw"}
_KIND_MASK = 0xF  # above it stand SOCK_NONBLOCK and SOCK_CLOEXEC

REPEAT_S = 0.5
"""The same thread that wants the same again within this time is one attempt."""

_REMEMBERED = 1_000


class Refusals:
    """The kernel's end of one filter, that of `app` and of all that it starts."""

    def __init__(self, kernel: int, app: int) -> None:
        self._kernel = kernel
        self._app = app
        self._told: dict[tuple[int, int, int], float] = {}

    def answer(self) -> Attempt | None:
        """Refuse one call; what is to be written down of it, unless it was just now."""
        held = bytearray(_NOTIFICATION.size)
        try:
            fcntl.ioctl(self._kernel, _RECEIVE, held)
        except OSError:  # it was interrupted meanwhile
            return None
        number, thread, _, _, _, _, family, kind, *_ = _NOTIFICATION.unpack(held)
        # Looked at while it is held: afterwards a short-lived child may be gone.
        attempt = (
            None if self._is_repeated(thread, family, kind) else _attempt(thread, family, kind, self._app)
        )
        try:
            fcntl.ioctl(self._kernel, _SEND, _RESPONSE.pack(number, 0, -errno.EPERM, 0))
        except OSError:
            return None  # it was interrupted, and will try again
        return attempt

    def _is_repeated(self, thread: int, family: int, kind: int) -> bool:
        now = time.monotonic()
        if len(self._told) > _REMEMBERED:
            self._told = {key: at for key, at in self._told.items() if at > now - REPEAT_S}
        before = self._told.get((thread, family, kind), 0.0)
        self._told[thread, family, kind] = now
        return before > now - REPEAT_S

    def close(self) -> None:
        os.close(self._kernel)


def _attempt(thread: int, family: int, kind: int, app: int) -> Attempt:
    pid = _process_of(thread)
    name = "app" if pid == app else _name(pid).removeprefix("carrel-")
    where = f"process {pid}" if thread == pid else f"process {pid}, thread {thread} “{_name(thread)}”"
    return Attempt(
        when=time.time(),
        action="open",
        host="",
        port=None,
        caller=f"{where}: a socket for {_words(family, kind)}",
        purpose="",
        allowed=False,
        process=name,
    )


def _words(family: int, kind: int) -> str:
    name = _FAMILIES.get(family, f"family {family}")
    return name + _KINDS.get(kind & _KIND_MASK, "") if family in _INTERNET else name


def _process_of(thread: int) -> int:
    with suppress(OSError, ValueError, StopIteration):
        lines = Path(f"/proc/{thread}/status").read_text(errors="replace").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Tgid:"))
    return thread


def _name(pid: int) -> str:
    """As the system lists it: a program's, or what a thread calls itself."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text(errors="replace").strip() or str(pid)
    return str(pid)
