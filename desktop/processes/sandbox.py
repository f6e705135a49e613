"""What a process may do, and what of it the system at hand can enforce.

Linux: system-call filter, limits on memory, files and open files, death with the app. macOS: limits on
files and open files. Windows: nothing without native code of our own. `Confinement` says which is true.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from desktop.processes.seccomp import SeccompUnavailable, deny_network, deny_network_telling
from desktop.processes.service import Limits

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NAME = 1, 4, 15


@dataclass(frozen=True, slots=True)
class Confinement:
    """What is in force in a process. `reason` says why the network is not blocked, where it is not."""

    network_blocked: bool = False
    memory_limited: bool = False
    files_limited: bool = False
    reason: str = ""

    @property
    def words(self) -> str:
        """A phrase for the person: what the system enforces."""
        if self.network_blocked:
            return "the system blocks the network for this process"
        return f"the system does not block the network for this process: {self.reason}"


def confine(limits: Limits, *, told_above: bool = False) -> Confinement:
    """Apply the limits to this process, for good; called before anything foreign is imported or opened.

    `told_above`: the app's own filter, which this process has inherited, refuses the network and tells of it.
    """
    memory_limited, files_limited = _limit_resources(limits)
    if limits.sacrificed:
        _offer_to_the_memory_killer()
    network_blocked, reason = False, "it may use the network"
    if not limits.network:
        network_blocked, reason = block_network(local_sockets=False, told_above=told_above)
    return Confinement(network_blocked, memory_limited, files_limited, reason)


def _offer_to_the_memory_killer(path: Path = Path("/proc/self/oom_score_adj")) -> None:
    """Source: proc(5): the highest score; a process may raise its own without any privilege."""
    with contextlib.suppress(OSError):  # no Linux, or a container that shows no /proc
        path.write_text("1000", encoding="ascii")


def block_network_telling(listen: Callable[[int], None]) -> bool:
    """Block the network for this process, and have `listen` see to it that whoever is refused is told of.

    `listen` takes over the kernel's listener, and may not wait. False where the kernel has none to give: then
    nothing is blocked yet.
    """
    try:
        listener = deny_network_telling()
    except SeccompUnavailable:
        return False
    with contextlib.suppress(OSError):  # then nobody holds it, and the kernel refuses by itself
        listen(listener)
    return True


def block_network(*, local_sockets: bool, told_above: bool = False) -> tuple[bool, str]:
    """Whether the system now blocks the network for this process, and why not where it does not."""
    try:
        deny_network(local_sockets=local_sockets, told_above=told_above)
    except SeccompUnavailable as error:
        return False, str(error)
    return True, ""


def die_with(app_pid: int) -> None:
    """Let Linux end this process with the thread that started it; elsewhere the closed pipe has to do."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL))
    if os.getppid() != app_pid:  # it died before the call above
        os._exit(1)


def call_itself(name: str) -> None:
    """Stand in the system's list of processes, and in the log of attempts, under this name (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_NAME, ctypes.c_char_p(f"carrel-{name}".encode()))


def hide() -> None:
    """Close this process's memory and environment to others of the same person, and leave no core file."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, ctypes.c_ulong(0))


if sys.platform == "win32":

    def _limit_resources(limits: Limits) -> tuple[bool, bool]:
        return False, False

else:
    import resource

    def _limit_resources(limits: Limits) -> tuple[bool, bool]:
        """Whether memory, and whether files, are limited now."""
        _lower(resource.RLIMIT_CORE, 0)  # a core file would hold the person's documents
        _lower(resource.RLIMIT_FSIZE, limits.file_bytes)
        _lower(resource.RLIMIT_NOFILE, limits.open_files)
        memory_limited = sys.platform == "linux" and limits.memory_bytes is not None
        if memory_limited:  # macOS accepts this limit and does not enforce it
            _lower(resource.RLIMIT_AS, limits.memory_bytes)
        return memory_limited, limits.file_bytes is not None

    def _lower(kind: int, limit: int | None) -> None:
        """Lower a limit for good; one that is lower already stays."""
        if limit is None:
            return
        _, hard = resource.getrlimit(kind)
        lowered = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (lowered, lowered))
