"""The person's `models/` folder: how a file gets into it whole, under a name that is safe and free.

A file is written under a temporary name, brought to the disk, and renamed. What a killed Carrel left
half-written carries such a name, and `clean` removes it.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import threading
import unicodedata
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engine.errors import ModelUnwritable, NotEnoughSpace

ENDING = ".gguf"
_TEMPORARY_PREFIX, _TEMPORARY_ENDING = ".incomplete-", ".part"
# The databases of the profile go on writing beside a model that just fits.
SPARE_BYTES = 300_000_000
# File systems take 255 bytes; a number and endings are added, and people read these names.
ID_LIMIT_BYTES = 100
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# Windows opens its devices under these names, whatever the ending.
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_OLLAMA_BLOB = re.compile(r"sha256[-:][0-9a-f]{64}")


class ModelFolder:
    """Thread-safe; the profile's lock keeps other processes out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._placing = threading.Lock()

    def file(self, model_id: str) -> Path:
        return self.path / f"{model_id}{ENDING}"

    def clean(self) -> int:
        """Remove what killed imports and conversions left; the bytes gained. Only while none runs."""
        gained = 0
        for path in self.path.glob(f"{_TEMPORARY_PREFIX}*{_TEMPORARY_ENDING}"):
            with suppress(OSError):  # it is tried again at the next start
                size = path.stat().st_size
                path.unlink()
                gained += size
        return gained

    def free_bytes(self) -> int:
        """
        Raises:
            ModelUnwritable: the folder is not there.
        """
        try:
            return shutil.disk_usage(self.path).free
        except OSError as error:
            raise ModelUnwritable(str(self.path), error.strerror or str(error)) from error

    def require_space(self, size_bytes: int) -> None:
        """
        Raises:
            NotEnoughSpace: the disk could not hold so much, or hardly anything beside it.
        """
        free = self.free_bytes()
        if size_bytes + SPARE_BYTES > free:
            raise NotEnoughSpace(str(self.path), size_bytes + SPARE_BYTES, free)

    def temporary(self) -> Path:
        """A path that nothing has, for a file that is not a model yet; `discard` it in the end."""
        return self.path / f"{_TEMPORARY_PREFIX}{secrets.token_hex(8)}{_TEMPORARY_ENDING}"

    def discard(self, path: Path) -> None:
        with suppress(OSError):  # `clean` tries again at the next start
            path.unlink(missing_ok=True)

    @contextmanager
    def incomplete(self, size_bytes: int) -> Iterator[Path]:
        """A temporary path to write a model of about that size to; what is left there at the end goes.

        Raises:
            NotEnoughSpace, ModelUnwritable: also for an OSError that happens inside.
        """
        self.require_space(size_bytes)
        path = self.temporary()
        try:
            yield path
        except OSError as error:
            if error.errno in _FULL:
                raise NotEnoughSpace(str(self.path), size_bytes, self.free_bytes()) from error
            raise ModelUnwritable(str(self.path), error.strerror or str(error)) from error
        finally:
            self.discard(path)

    def place(self, written: Path, wanted_id: str, taken: Collection[str]) -> str:
        """Give a finished file its name: the wanted id, or with a number where that is taken.

        Returns the id. The file appears under it at once and whole, also after a power cut.
        """
        _bring_to_disk(written)
        with self._placing:
            model_id = free_id(wanted_id, {*taken, *(path.stem for path in self.path.glob(f"*{ENDING}"))})
            written.replace(self.file(model_id))
        _bring_to_disk(self.path)
        return model_id

    def remove(self, path: Path) -> int:
        """Delete a model's file; the bytes gained (none for a link: what it points to stays).

        Raises:
            ModelUnwritable: the system does not allow it.
        """
        try:
            gained = 0 if path.is_symlink() else path.stat().st_size
            path.unlink()
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise ModelUnwritable(str(path), error.strerror or str(error)) from error
        return gained


def safe_id(name: str, model_name: str = "") -> str:
    """An id for a model from its file's name: letters, digits, “.”, “_” and “-”, of a bounded length.

    `model_name` is what its header calls it, for files whose own name says nothing.
    """
    stem = name.removesuffix(ENDING)
    if _OLLAMA_BLOB.fullmatch(stem):
        stem = model_name
    text = unicodedata.normalize("NFC", stem).encode("utf-8", "replace").decode("utf-8")
    text = re.sub(r"[^\w.-]+", "-", text).strip(".-_ ")
    text = text.encode()[:ID_LIMIT_BYTES].decode("utf-8", "ignore").rstrip(".-_")
    if not text or _RESERVED.fullmatch(text):
        return f"model-{text}".rstrip("-")
    return text


def free_id(wanted: str, taken: Collection[str]) -> str:
    """The wanted id, or the first of “wanted-2”, “wanted-3”… Disks of Windows and macOS ignore case."""
    folded = {unicodedata.normalize("NFC", name).casefold() for name in taken}
    if wanted.casefold() not in folded:
        return wanted
    number = 2
    while f"{wanted}-{number}".casefold() in folded:
        number += 1
    return f"{wanted}-{number}"


def _bring_to_disk(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return  # Windows opens no folder for that
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
