"""One set-up at a time, and child processes that do not outlive it."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from installers.checkout.console import say
from installers.checkout.places import ROOT, WINDOWS, cache_folder

_inherited: list[int] = []


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    """Hold the set-up of this person's account; waits while another one is at work.

    Children inherit the lock, so that after a `kill -9` the next start waits for a pip left behind
    instead of working in the same folders.
    """
    path = cache_folder() / "setup.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as lock:
        if not _try_lock(lock, wait=False):
            say("Another set-up is at work; waiting for it to end.")
            while not _try_lock(lock, wait=True):
                pass
        _inherited[:] = [] if WINDOWS else [lock.fileno()]
        try:
            yield
        finally:
            _inherited.clear()


def _try_lock(lock: BinaryIO, *, wait: bool) -> bool:
    return _try_windows_lock(lock, wait=wait) if WINDOWS else _try_posix_lock(lock, wait=wait)


def _try_posix_lock(lock: BinaryIO, *, wait: bool) -> bool:
    import fcntl

    try:
        fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


def _try_windows_lock(lock: BinaryIO, *, wait: bool) -> bool:
    import msvcrt

    module: Any = msvcrt  # its functions are unknown to type checkers elsewhere
    lock.seek(0)
    try:
        module.locking(lock.fileno(), module.LK_LOCK if wait else module.LK_NBLCK, 1)
    except OSError as error:
        # Taken: refused at once, or after the ten seconds that Windows waits by itself.
        if error.errno in (errno.EACCES, errno.EDEADLK):
            return False
        raise
    return True


@contextlib.contextmanager
def child(
    command: list[str], environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A process in the checkout whose output, errors included, the caller reads; ended if that fails."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        pass_fds=_inherited,
    )
    with process:
        try:
            yield process
        except BaseException:
            process.terminate()
            raise


def output_of(command: list[str]) -> tuple[int, str]:
    """Exit status and output of a short command."""
    with child(command) as process:
        assert process.stdout is not None  # for type checkers: it is a pipe
        output = process.stdout.read()
    return process.returncode, output
