"""Linux's system-call filter, set through ctypes: no network for this process and its children, for good.

Source: seccomp(2), and linux/filter.h and linux/seccomp.h for the constants. The numbers of the system
calls are those of the kernel's asm/unistd_64.h (x86-64) and asm-generic/unistd.h (aarch64).
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from dataclasses import dataclass

_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW = 0x7FFF0000
_DENY = 0x00050000 | errno.EPERM
_OFFSET_NUMBER, _OFFSET_ARCHITECTURE, _OFFSET_FIRST_ARGUMENT = 0, 4, 16  # struct seccomp_data

_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_SET_MODE_FILTER = 1
_SECCOMP_FILTER_FLAG_TSYNC = 1
_AF_UNIX = 1
# On x86-64 the same calls exist a second time, for the x32 ABI, with this bit set.
_X32_BIT = 0x40000000


@dataclass(frozen=True, slots=True)
class _Machine:
    """What differs between processors: AUDIT_ARCH_* and the numbers of the calls."""

    architecture: int
    seccomp: int
    socket: int
    socketpair: int
    # Ways to a socket, or to another process's memory, that pass by socket(): io_uring_setup, _enter
    # and _register, ptrace, process_vm_readv, process_vm_writev, pidfd_getfd.
    detours: tuple[int, ...]


_MACHINES = {
    "x86_64": _Machine(0xC000003E, 317, 41, 53, (425, 426, 427, 101, 310, 311, 438)),
    "aarch64": _Machine(0xC00000B7, 277, 198, 199, (425, 426, 427, 117, 270, 271, 438)),
}


class SeccompUnavailable(Exception):
    """The filter could not be set; the message says why."""


def deny_network(*, local_sockets: bool) -> None:
    """Deny every thread of this process, and what it starts, all sockets but local ones. Not revocable.

    Without `local_sockets` only unnamed pairs remain: a worker needs neither the desktop's bus nor the
    X server, and whoever reaches those can leave the sandbox through them.

    Raises:
        SeccompUnavailable: not Linux, an unknown processor, or the kernel refuses.
    """
    machine = _MACHINES.get(platform.machine()) if sys.platform == "linux" else None
    if machine is None or sys.maxsize < 1 << 32:
        raise SeccompUnavailable(f"there is no filter for {platform.system()} on {platform.machine()}")
    _install(machine, _program(machine, local_sockets=local_sockets))


def _program(machine: _Machine, *, local_sockets: bool) -> list[bytes]:
    """The filter: each denied call is one test and one return; all others fall through to the end."""
    denied = machine.detours if local_sockets else (*machine.detours, machine.socket)
    return [
        _operation(_LOAD, _OFFSET_ARCHITECTURE),
        _operation(_IF_EQUAL, machine.architecture, then_skip=1),
        _operation(_RETURN, _DENY),
        _operation(_LOAD, _OFFSET_NUMBER),
        _operation(_IF_AT_LEAST, _X32_BIT, else_skip=1),
        _operation(_RETURN, _DENY),
        *(line for number in denied for line in _deny_call(number)),
        _operation(_IF_EQUAL, machine.socket, then_skip=1),
        _operation(_IF_EQUAL, machine.socketpair, else_skip=3),
        _operation(_LOAD, _OFFSET_FIRST_ARGUMENT),
        _operation(_IF_EQUAL, _AF_UNIX, then_skip=1),
        _operation(_RETURN, _DENY),
        _operation(_RETURN, _ALLOW),
    ]


def _deny_call(number: int) -> tuple[bytes, bytes]:
    return _operation(_IF_EQUAL, number, else_skip=1), _operation(_RETURN, _DENY)


def _operation(code: int, value: int, *, then_skip: int = 0, else_skip: int = 0) -> bytes:
    """One struct sock_filter."""
    return struct.pack("<HBBI", code, then_skip, else_skip, value)


class _SockFprog(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _install(machine: _Machine, program: list[bytes]) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    one, zero = ctypes.c_ulong(1), ctypes.c_ulong(0)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, one, zero, zero, zero):
        raise SeccompUnavailable(f"no_new_privs: {os.strerror(ctypes.get_errno())}")
    filter_program = _SockFprog(len(program), b"".join(program))
    # TSYNC: threads that libraries have started by now are held to it as well.
    status = libc.syscall(
        ctypes.c_long(machine.seccomp),
        ctypes.c_ulong(_SECCOMP_SET_MODE_FILTER),
        ctypes.c_ulong(_SECCOMP_FILTER_FLAG_TSYNC),
        ctypes.byref(filter_program),
    )
    if status > 0:
        raise SeccompUnavailable(f"thread {status} has a filter of its own")
    if status < 0:
        raise SeccompUnavailable(f"seccomp: {os.strerror(ctypes.get_errno())}")
