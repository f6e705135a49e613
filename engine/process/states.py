"""States of conversations on disk, so that the next turn is quick after a restart too. All of it disposable.

A file holds what a model remembers of one conversation: the tokens, and the bytes that llama.cpp gives
for them. It is one model's, for one way of using it (`StateKey`). Whatever cannot be used as it is, is
deleted, and the conversation is evaluated anew: nothing here ever fails a request. A full disk, a lost
folder or a damaged file mean “no state”, and a line in the log.

Layout, little-endian: header (`_HEADER`), CRC-32 of the header, tokens (int32), payload.
"""

from __future__ import annotations

import ctypes
import hashlib
import itertools
import logging
import os
import shutil
import stat
import struct
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np
from numpy.typing import NDArray

log = logging.getLogger(__name__)

# What the cache leaves free on the disk for everything else.
RESERVE_BYTES = 1 << 30

Buffer = bytes | bytearray | memoryview | NDArray[np.uint8] | ctypes.Array[ctypes.c_uint8]
_Read = TypeVar("_Read")

_MAGIC = b"CARRELKV"
_VERSION = 1
_HEADER = struct.Struct("<8sI32sQQII")  # magic, version, key, tokens, payload bytes, CRC-32 of both
_CHECK = struct.Struct("<I")
_HEADER_BYTES = _HEADER.size + _CHECK.size
_TOKEN = np.dtype("<i4")
_ENDING, _UNFINISHED = ".state", ".part"
# A link is not followed and a pipe not waited for; Windows has neither flag, but would translate line ends.
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class StateKey:
    """Whose state, and with which model. `settings` names all else that the bytes depend on: build, types."""

    conversation: str
    model: str
    settings: str


@dataclass(frozen=True, slots=True)
class State:
    """`tokens`: (n,) int32, as evaluated. `payload`: (bytes,) uint8, for `llama_state_seq_set_data`."""

    tokens: NDArray[np.int32]
    payload: NDArray[np.uint8]


class StateStore:
    """Keeps the latest states within a limit; the least recently used go first. Usable from any thread.

    One process at a time writes into a folder. 84 MB (3,000 tokens of the default model) take about
    0.2 s to write, most of it until the disk has them, and 0.05 s to read.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder = folder
        self._limit = limit_bytes
        for path in self._files(f"*{_UNFINISHED}"):  # of a process that was killed
            _remove(path)

    def save(self, key: StateKey, tokens: Sequence[int] | NDArray[np.int32], payload: Buffer) -> None:
        """Keep the state in place of what was kept under `key`. `payload` is not copied."""
        held, data = np.asarray(tokens, _TOKEN), _bytes(payload)
        path = self._path(key)
        try:
            self._folder.mkdir(0o700, parents=True, exist_ok=True)
            if self._make_room(_HEADER_BYTES + held.nbytes + data.nbytes, path):
                _write(path, (_header(key, held, data), held.data, data.data))
        except OSError as error:
            log.warning("The state of a conversation was not kept: %s", error)

    def load(self, key: StateKey) -> State | None:
        """The state as it was saved, checked. It counts as used now."""
        state = self._checked(key, lambda file, header: State(header.tokens(file), header.payload(file)))
        if state is not None:
            _touch(self._path(key))
        return state

    def tokens(self, key: StateKey) -> NDArray[np.int32] | None:
        """`(n,)`, checked: whether the state is worth loading. No payload is read: 0.1 ms."""
        return self._checked(key, lambda file, header: header.tokens(file))

    def forget(self, conversation: str) -> None:
        """Delete all states of a conversation."""
        for path in self._files(f"{_digest(conversation)}-*{_ENDING}"):
            _remove(path)

    def clear(self) -> None:
        """Delete all states."""
        for path in self._files(f"*{_ENDING}"):
            _remove(path)

    def _path(self, key: StateKey) -> Path:
        """Tells who sees it neither the conversation nor the model."""
        return self._folder / f"{_digest(key.conversation)}-{_digest(key.model, key.settings)}{_ENDING}"

    def _files(self, pattern: str) -> list[Path]:
        try:
            return list(self._folder.glob(pattern))
        except OSError as error:
            log.warning("The folder of states cannot be read: %s", error)
            return []

    def _checked(self, key: StateKey, read: Callable[[BinaryIO, _Header], _Read]) -> _Read | None:
        """What `read` makes of the file; None where there is none, or none that can be used."""
        path = self._path(key)
        try:
            with _opened(path) as file:
                return read(file, _Header.of(file, key, self._limit))
        except FileNotFoundError:
            return None
        except MemoryError:
            log.warning("There is too little memory to load the state of a conversation.")
            return None
        except (OSError, _Unusable) as error:
            log.warning("The state of a conversation was thrown away: %s", error)
            _remove(path)
            return None

    def _make_room(self, size: int, path: Path) -> bool:
        """Delete the least recently used until `size` more bytes fit; False where they never will."""
        if size > self._limit:
            return False
        others = sorted(_sizes(other for other in self._files(f"*{_ENDING}") if other != path))
        over_limit = sum(other_size for _, other_size, _ in others) + size - self._limit
        # What stands at `path` is replaced only when all has been written, so until then both are there.
        excess = max(over_limit, size + RESERVE_BYTES - shutil.disk_usage(self._folder).free)
        for _, other_size, other in others:
            if excess <= 0:
                return True
            _remove(other)
            excess -= other_size
        return excess <= 0


class _Unusable(Exception):
    """The file is not what was written, or was written for something else."""


@dataclass(frozen=True, slots=True)
class _Header:
    """What a file says of itself, checked: the lengths are those of the file, so they can be believed."""

    token_count: int
    payload_bytes: int
    tokens_check: int
    payload_check: int

    @classmethod
    def of(cls, file: BinaryIO, key: StateKey, limit_bytes: int) -> _Header:
        data = file.read(_HEADER_BYTES)
        if (
            len(data) != _HEADER_BYTES
            or _CHECK.pack(zlib.crc32(data[: _HEADER.size])) != data[_HEADER.size :]
        ):
            raise _Unusable("its header is damaged")
        magic, version, owner, *lengths_and_checks = _HEADER.unpack_from(data)
        if (magic, version, owner) != (_MAGIC, _VERSION, _owner(key)):
            raise _Unusable("it is another version's or another conversation's")
        header = cls(*lengths_and_checks)
        size = os.fstat(file.fileno()).st_size
        if size > limit_bytes or size != header.file_bytes:
            raise _Unusable("its length is not what it says")
        return header

    @property
    def file_bytes(self) -> int:
        return _HEADER_BYTES + self.token_count * _TOKEN.itemsize + self.payload_bytes

    def tokens(self, file: BinaryIO) -> NDArray[np.int32]:
        """To be read first: they stand right behind the header."""
        return _read(file, np.empty(self.token_count, _TOKEN), self.tokens_check)

    def payload(self, file: BinaryIO) -> NDArray[np.uint8]:
        return _read(file, np.empty(self.payload_bytes, np.uint8), self.payload_check)


def _read(file: BinaryIO, array: NDArray[Any], check: int) -> NDArray[Any]:
    room = array.view(np.uint8).data
    if file.readinto(room) != len(room) or zlib.crc32(room) != check:  # type: ignore[attr-defined]
        raise _Unusable("its contents are damaged")
    return array


def _bytes(payload: Buffer) -> NDArray[np.uint8]:
    return payload if isinstance(payload, np.ndarray) else np.frombuffer(memoryview(payload), np.uint8)


def _header(key: StateKey, tokens: NDArray[np.int32], payload: NDArray[np.uint8]) -> bytes:
    checks = zlib.crc32(tokens.data), zlib.crc32(payload.data)
    data = _HEADER.pack(_MAGIC, _VERSION, _owner(key), tokens.size, payload.size, *checks)
    return data + _CHECK.pack(zlib.crc32(data))


def _owner(key: StateKey) -> bytes:
    return bytes.fromhex(_digest(key.conversation, key.model, key.settings, digits=64))


def _digest(*parts: str, digits: int = 32) -> str:
    """Different for different parts, wherever one ends and the next begins."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()[:digits]


def _opened(path: Path) -> BinaryIO:
    descriptor = os.open(path, _READ)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _Unusable("it is no file")
    return open(descriptor, "rb")  # noqa: PTH123 - of a descriptor, and for the caller to close


def _write(path: Path, parts: Iterable[bytes | memoryview]) -> None:
    """The file appears complete or not at all."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}-{next(_numbers)}{_UNFINISHED}")
    try:
        with open(os.open(unfinished, _CREATE, 0o600), "wb") as file:  # noqa: PTH123 - of a descriptor
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        _touch(unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _touch(path: Path) -> None:
    """Note the use, finer than the file system itself would: some count in steps of several milliseconds."""
    now = time.time_ns()
    try:
        os.utime(path, ns=(now, now))
    except OSError as error:
        log.warning("The use of a state could not be noted: %s", error)


def _sizes(paths: Iterable[Path]) -> Iterable[tuple[int, int, Path]]:
    """When each was used last, and its size; those that are gone meanwhile are left out."""
    for path in paths:
        try:
            status = path.lstat()
        except OSError:
            continue
        yield status.st_mtime_ns, status.st_size, path


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("A state could not be deleted: %s", error)
