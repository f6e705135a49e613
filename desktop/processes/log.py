"""The file that takes what a worker process prints: its own words, native libraries', a crash's traces."""

from __future__ import annotations

import faulthandler
import os
import sys
from pathlib import Path

LIMIT_BYTES = 1 << 20


class LogFile:
    """Standard output and error of this process, in a file of bounded size with one predecessor."""

    def __init__(self, path: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        self._path = path
        self._limit_bytes = limit_bytes

    def take_over(self) -> None:
        """From here on everything printed, by Python or by native code, goes to the file."""
        self._rotate_if_large(self._size())
        self._reopen()
        sys.stdout = open(1, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
        faulthandler.enable(file=2)

    def keep_small(self) -> None:
        """Begin a new file when this one is large; called now and then."""
        if self._rotate_if_large(os.fstat(2).st_size):
            self._reopen()

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except OSError:
            return 0

    def _rotate_if_large(self, size_bytes: int) -> bool:
        if size_bytes <= self._limit_bytes:
            return False
        try:
            self._path.replace(self._path.with_name(f"{self._path.name}.1"))
        except OSError:  # Windows renames no open file; the next start will
            return False
        return True

    def _reopen(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        try:
            file = os.open(self._path, flags, 0o600)
        except OSError:  # a full or read-only disk must not keep the worker from working
            file = os.open(os.devnull, os.O_WRONLY)
        os.dup2(file, 1)
        os.dup2(file, 2)
        os.close(file)
