"""Linux's system-call filter, set through ctypes: no network for this process and its children, for good.

Where the kernel can (5.7 and newer), whoever is refused a socket is told of: the filter has a *listener*,
and whoever holds that answers the call and says who it was. While nobody holds it, the kernel refuses.

Source: seccomp(2), seccomp_unotify(2), and linux/filter.h and linux/seccomp.h for the constants. The numbers
of the system calls are those of the kernel's asm/unistd_64.h (x86-64) and asm-generic/unistd.h (aarch64).
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
_ASK_LISTENER = 0x7FC00000
_OFFSET_NUMBER, _OFFSET_ARCHITECTURE, _OFFSET_FIRST_ARGUMENT = 0, 4, 16  # struct seccomp_data

_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_SET_MODE_FILTER = 1
_FLAG_TSYNC, _FLAG_NEW_LISTENER, _FLAG_TSYNC_ESRCH = 1, 8, 16
_AF_UNIX, _AF_NETLINK = 1, 16
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


def deny_network(*, local_sockets: bool, told_above: bool = False) -> None:
    """Deny every thread of this process, and what it starts, all sockets but local ones. Not revocable.

    Without `local_sockets` only unnamed pairs remain: a worker needs neither the desktop's bus nor the
    X server, and whoever reaches those can leave the sandbox through them. `told_above`: this process has
    inherited a filter that has a listener; it is left to that one to refuse what reaches a network.

    Raises:
        SeccompUnavailable: not Linux, an unknown processor, or the kernel refuses.
    """
    machine = _machine()
    local = _ALLOW if local_sockets else _DENY
    _install(machine, _program(machine, local=local, network=_ALLOW if told_above else _DENY), _FLAG_TSYNC)


def deny_network_telling() -> int:
    """As `deny_network` with local sockets; returns the listener, which is to be answered at once.

    Raises:
        SeccompUnavailable: as above, or a kernel that offers no listener.
    """
    machine = _machine()
    flags = _FLAG_TSYNC | _FLAG_NEW_LISTENER | _FLAG_TSYNC_ESRCH
    return _install(machine, _program(machine, local=_ALLOW, network=_ASK_LISTENER), flags)


def _machine() -> _Machine:
    machine = _MACHINES.get(platform.machine()) if sys.platform == "linux" else None
    if machine is None or sys.maxsize < 1 << 32:
        raise SeccompUnavailable(f"there is no filter for {platform.system()} on {platform.machine()}")
    return machine


def _program(machine: _Machine, *, local: int, network: int) -> list[bytes]:
    """The filter: each denied call is one test and one return; all others fall through to the end.

    `local` and `network` are what becomes of sockets of the families. AF_NETLINK, by which the system's
    library asks for this computer's own addresses, is always denied and never told of: it leads nowhere.
    """
    return [
        _operation(_LOAD, _OFFSET_ARCHITECTURE),
        _operation(_IF_EQUAL, machine.architecture, then_skip=1),
        _operation(_RETURN, _DENY),
        _operation(_LOAD, _OFFSET_NUMBER),
        _operation(_IF_AT_LEAST, _X32_BIT, else_skip=1),
        _operation(_RETURN, _DENY),
        *(line for number in machine.detours for line in _deny_call(number)),
        _operation(_IF_EQUAL, machine.socketpair, else_skip=4),
        _operation(_LOAD, _OFFSET_FIRST_ARGUMENT),
        _operation(_IF_EQUAL, _AF_UNIX, then_skip=1),
        _operation(_RETURN, _DENY),
        _operation(_RETURN, _ALLOW),
        _operation(_IF_EQUAL, machine.socket, else_skip=6),
        _operation(_LOAD, _OFFSET_FIRST_ARGUMENT),
        _operation(_IF_EQUAL, _AF_UNIX, else_skip=1),
        _operation(_RETURN, local),
        _operation(_IF_EQUAL, _AF_NETLINK, else_skip=1),
        _operation(_RETURN, _DENY),
        _operation(_RETURN, network),
        _operation(_RETURN, _ALLOW),
    ]


def _deny_call(number: int) -> tuple[bytes, bytes]:
    return _operation(_IF_EQUAL, number, else_skip=1), _operation(_RETURN, _DENY)


def _operation(code: int, value: int, *, then_skip: int = 0, else_skip: int = 0) -> bytes:
    """One struct sock_filter."""
    return struct.pack("<HBBI", code, then_skip, else_skip, value)


class _SockFprog(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _install(machine: _Machine, program: list[bytes], flags: int) -> int:
    """What the kernel returns: 0, or a listener where `flags` ask for one."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    one, zero = ctypes.c_ulong(1), ctypes.c_ulong(0)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, one, zero, zero, zero):
        raise SeccompUnavailable(f"no_new_privs: {os.strerror(ctypes.get_errno())}")
    filter_program = _SockFprog(len(program), b"".join(program))
    # TSYNC: threads that libraries have started by now are held to it as well.
    status: int = libc.syscall(
        ctypes.c_long(machine.seccomp),
        ctypes.c_ulong(_SECCOMP_SET_MODE_FILTER),
        ctypes.c_ulong(flags),
        ctypes.byref(filter_program),
    )
    if status > 0 and not flags & _FLAG_NEW_LISTENER:
        raise SeccompUnavailable(f"thread {status} has a filter of its own")
    if status < 0:
        raise SeccompUnavailable(f"seccomp: {os.strerror(ctypes.get_errno())}")
    return status
