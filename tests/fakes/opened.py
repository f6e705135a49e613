"""Whether anything opens a file, native code and other processes included: asked of the kernel (Linux)."""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

IN_OPEN, IN_ACCESS, IN_NONBLOCK = 0x20, 0x1, os.O_NONBLOCK
_HEAD = struct.Struct("iIII")


class Opened:
    """The names of the watched files that were opened or read since the last look."""

    def __init__(self, files: list[Path]) -> None:
        library = ctypes.CDLL(None, use_errno=True)
        self._descriptor = library.inotify_init1(IN_NONBLOCK)
        self._names = {}
        for file in files:
            watch = library.inotify_add_watch(self._descriptor, os.fsencode(file), IN_OPEN | IN_ACCESS)
            if self._descriptor < 0 or watch < 0:
                raise OSError(ctypes.get_errno(), "inotify")
            self._names[watch] = file.name

    def look(self) -> list[str]:
        try:
            data = os.read(self._descriptor, 65_536)
        except BlockingIOError:
            return []
        names, at = [], 0
        while at < len(data):
            watch, _, _, length = _HEAD.unpack_from(data, at)
            names.append(self._names.get(watch, "?"))
            at += _HEAD.size + length
        return names

    def close(self) -> None:
        os.close(self._descriptor)


@contextmanager
def watching(*files: Path) -> Iterator[Opened]:
    if sys.platform != "linux":
        pytest.skip("only Linux tells who opens a file")
    watch = Opened(list(files))
    try:
        yield watch
    finally:
        watch.close()
