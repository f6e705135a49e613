"""Freed memory overwritten: what Qt and the window system copied a key into, and gave back as it was.

A paste comes through buffers that are not ours: what the X server sent, what Qt made of it. They are freed,
not wiped, and the bytes stay until somebody is given the same place again. glibc can be told to overwrite
what is freed (M_PERTURB), but not the few blocks of each size that a thread keeps for itself; those are taken
once more, overwritten, and given back. Elsewhere than on glibc nothing is done, and a copy of what was
pasted may stay until its place is used again.

Measured on pastes from another program under X11: two or three copies without; with it none, or one in the
buffer in which libxcb receives, until something else arrives there (a window that is drawn does it).
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_M_PERTURB = -6
_FILLING = 0xA5
# Source: malloc/malloc.c of glibc: blocks up to 1,032 bytes are kept by the thread, seven of each size.
_KEPT_SIZES = range(24, 1033, 16)
_KEPT_OF_EACH = 7


@contextmanager
def freed_is_overwritten() -> Iterator[None]:
    """While in it, and at its end for what this thread keeps by then. Costs a few milliseconds."""
    libc = _glibc()
    if libc is None:
        yield
        return
    libc.mallopt(_M_PERTURB, _FILLING)
    try:
        yield
    finally:
        _overwrite_kept(libc)
        libc.mallopt(_M_PERTURB, 0)


def _overwrite_kept(libc: Any) -> None:
    for size in _KEPT_SIZES:
        blocks = [libc.malloc(size) for _ in range(_KEPT_OF_EACH)]
        for block in blocks:
            ctypes.memset(block, 0, size)
        for block in blocks:
            libc.free(block)


def _glibc() -> Any:
    """The C library, where it is glibc; None elsewhere."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "gnu_get_libc_version"):
        return None
    libc.malloc.restype = ctypes.c_void_p
    libc.malloc.argtypes = [ctypes.c_size_t]
    libc.free.argtypes = [ctypes.c_void_p]
    libc.free.restype = None
    return libc
