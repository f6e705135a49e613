"""What has come of a download so far: a file beside the model to be, which outlives pause, kill and restart.

`NAME.gguf.part` holds bytes from the start of the file, without gaps; `NAME.gguf.part.json` says of which
file they are. Bytes whose note is missing or speaks of another file are thrown away.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec
from filelock import FileLock, Timeout

from engine.errors import DownloadRunning, ModelUnwritable, NotEnoughSpace
from engine.models.values import CatalogueModel

MARGIN_BYTES = 64 << 20
"""Left free on the disk, for everything else that is written meanwhile."""

_READ_BYTES = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, slots=True)
class _Note:
    """Which file the bytes are of. `etag`: the server's own name for that version, when it gives one."""

    sha256: str
    size_bytes: int
    etag: str = ""


class Partial:
    """The unfinished file of one model. One download at a time holds it (`held`)."""

    def __init__(self, model: CatalogueModel, folder: Path) -> None:
        self.model = model
        self.target = folder / model.file
        self.path = folder / f"{model.file}.part"
        self._note_path = folder / f"{model.file}.part.json"
        self._lock_path = folder / f".{model.file}.lock"
        self._file: IO[bytes] | None = None
        self._hash = hashlib.sha256()
        self.done_bytes = 0
        self.etag = ""

    def size_bytes(self) -> int:
        """How much is here from before; 0 when there is nothing that could be gone on with."""
        note = self._read_note()
        if note is None or (note.sha256, note.size_bytes) != (self.model.sha256, self.model.size_bytes):
            return 0
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other download of this model out; the system lets go when the process dies.

        Raises:
            DownloadRunning: another one holds it.
            ModelUnwritable: the folder cannot be made or written.
        """
        lock = FileLock(self._lock_path)
        with self._telling():
            self.target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                lock.acquire(timeout=0)
            except Timeout as error:  # an OSError too
                raise DownloadRunning(self.model.name) from error
        try:
            yield
        finally:
            self.close()
            lock.release()  # its empty file stays: to delete one that somebody waits for would give two locks

    def require_space(self) -> None:
        """
        Raises:
            NotEnoughSpace: the disk does not take what is still to come.
        """
        with self._telling():
            free = shutil.disk_usage(self.target.parent).free
        needed = self.model.size_bytes - self.size_bytes() + MARGIN_BYTES
        if free < needed:
            raise NotEnoughSpace(str(self.target), needed, free)

    # While held

    def open(self) -> Iterator[int]:
        """Take up what is here from before, hashing it once; yields how much has been hashed so far."""
        with self._telling():
            if not 0 < self.size_bytes() <= self.model.size_bytes:
                self._begin_file()
            self._file = self.path.open("r+b", buffering=0)
            note = self._read_note()
            self.etag = note.etag if note else ""
            self.done_bytes = 0
            self._hash = hashlib.sha256()
            while data := self._file.read(_READ_BYTES):
                self._hash.update(data)
                self.done_bytes += len(data)
                yield self.done_bytes

    def begin_anew(self, etag: str) -> None:
        """Throw away what has come; what follows is of the version that the server calls `etag`."""
        assert self._file is not None
        with self._telling():
            self._file.seek(0)
            self._file.truncate()
            self._hash = hashlib.sha256()
            self.done_bytes = 0
            self.note(etag)

    def note(self, etag: str) -> None:
        self.etag = etag
        self._write_note(_Note(self.model.sha256, self.model.size_bytes, etag))

    def write(self, data: bytes) -> None:
        """
        Raises:
            NotEnoughSpace, ModelUnwritable: what was written before stays.
        """
        assert self._file is not None
        with self._telling():
            view = memoryview(data)
            while view:
                written = self._file.write(view) or 0
                self._hash.update(view[:written])
                self.done_bytes += written
                view = view[written:]

    def is_right(self) -> bool:
        return self.done_bytes == self.model.size_bytes and self._hash.hexdigest() == self.model.sha256

    def publish(self) -> None:
        """Make it a model, in one step: no other program ever sees half of it."""
        assert self._file is not None
        with self._telling():
            os.fsync(self._file.fileno())
            self.close()  # Windows renames no open file
            self.path.replace(self.target)
            self._note_path.unlink(missing_ok=True)
            _keep_folder(self.target.parent)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def delete(self) -> int:
        """Throw away what has come; returns the bytes that this frees."""
        self.close()
        with self._telling():
            freed = self.path.stat().st_size if self.path.exists() else 0
            self.path.unlink(missing_ok=True)
            self._note_path.unlink(missing_ok=True)
        return freed

    # Files

    def _begin_file(self) -> None:
        self.path.unlink(missing_ok=True)
        self._write_note(_Note(self.model.sha256, self.model.size_bytes))
        self.path.touch(mode=0o600)

    def _read_note(self) -> _Note | None:
        try:
            return msgspec.json.decode(self._note_path.read_bytes(), type=_Note)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return None

    def _write_note(self, note: _Note) -> None:
        beside = self._note_path.with_suffix(".new")
        beside.write_bytes(msgspec.json.encode(note))
        beside.replace(self._note_path)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """The system's refusals, as errors with words."""
        try:
            yield
        except OSError as error:
            if error.errno in _FULL:
                raise self._no_space() from error
            detail = "files of this size are not possible there" if error.errno == errno.EFBIG else ""
            raise ModelUnwritable(str(self.target.parent), detail or error.strerror or str(error)) from error

    def _no_space(self) -> NotEnoughSpace:
        needed = self.model.size_bytes - self.done_bytes
        free = 0
        with suppress(OSError):
            free = shutil.disk_usage(self.target.parent).free
        return NotEnoughSpace(str(self.target), needed, free)


def _keep_folder(folder: Path) -> None:
    """Have the disk keep a rename too; Windows has no such call for folders."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
