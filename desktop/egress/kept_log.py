"""The log of attempts as it is kept across starts: `logs/network.jsonl` in the profile, one a line.

An attempt that is told twice stands there twice; the later line counts. Two files, so that nothing is ever
written anew: when the one is full it takes the place of the former one. Whoever is killed in the middle of
a line loses that line and no other.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock, Timeout

from desktop.network import KEPT, Attempt, NetworkLog

FILE_BYTES = 4 << 20
"""A full file holds at least as many as are kept: a line is 200 to 400 bytes long."""

_TEXT = 200
"""No word or sentence in a line is longer; what tries to get out may choose long names."""


class KeptLog:
    """Appends and reads. Thread-safe, and safe beside another Carrel that writes to the same file."""

    def __init__(self, path: Path, *, file_bytes: int = FILE_BYTES) -> None:
        self._path = path
        self._former = path.with_suffix(".1.jsonl")
        self._file_bytes = file_bytes
        self._is_whole = False

    def follow(self, network: NetworkLog) -> None:
        """Keep all that stands in this log, and all that will."""
        network.add_follower(self.add)

    def add(self, attempt: Attempt) -> None:
        """A disk that is full, or a folder that cannot be written, costs the line and nothing else."""
        line = msgspec.json.encode(_bounded(attempt)) + b"\n"
        with suppress(OSError):
            self._append(line)

    def _append(self, line: bytes) -> None:
        descriptor = os.open(
            self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600
        )
        try:
            if not self._is_whole:
                self._is_whole = True
                line = _after_torn_line(descriptor) + line
            os.write(descriptor, line)
            size = os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)
        if size > self._file_bytes:
            self._turn()

    def _turn(self) -> None:
        # Two at once would throw away a full file for one that has just begun.
        with suppress(Timeout), FileLock(self._path.with_suffix(".lock"), timeout=1):
            if self._path.stat().st_size > self._file_bytes:
                self._path.replace(self._former)

    def entries(self) -> list[Attempt]:
        """The latest, oldest first. Lines that are none are passed over."""
        found: dict[object, Attempt] = {}
        for number, line in enumerate(self._lines()):
            with suppress(msgspec.DecodeError, UnicodeDecodeError):
                attempt = _DECODER.decode(line)
                found[attempt.id or number] = attempt
        return list(found.values())[-KEPT:]

    def _lines(self) -> Iterable[bytes]:
        for path in (self._former, self._path):
            with suppress(OSError):
                yield from path.read_bytes().splitlines()


_DECODER = msgspec.json.Decoder(Attempt)


def _after_torn_line(descriptor: int) -> bytes:
    """What has to stand before the next line, where the last one was never finished."""
    size = os.fstat(descriptor).st_size
    if not size:
        return b""
    os.lseek(descriptor, size - 1, os.SEEK_SET)
    return b"" if os.read(descriptor, 1) == b"\n" else b"\n"


def _bounded(attempt: Attempt) -> Attempt:
    values = ((one.name, getattr(attempt, one.name)) for one in fields(attempt))
    texts: dict[str, Any] = {name: _clean(value) for name, value in values if isinstance(value, str)}
    return replace(attempt, **texts)


def _clean(text: str) -> str:
    return text[:_TEXT].encode("utf-8", "replace").decode("utf-8")
