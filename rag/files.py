"""A file as it lies on the disk: its state, its hash, and whether it is really gone."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from rag.errors import DocumentUnreadable, DocumentVanished
from rag.values import FileState

HASH_CHUNK_BYTES = 1 << 20


def file_now(path: str) -> FileState:
    """Raises: DocumentVanished, DocumentUnreadable."""
    try:
        status = Path(path).stat()
    except FileNotFoundError as error:
        raise DocumentVanished(path) from error
    except OSError as error:
        raise _unreadable(path, error) from error
    return FileState(path, status.st_size, status.st_mtime_ns)


def content_hash(path: str, cancelled: Callable[[], bool]) -> str:
    """SHA-256 of the file's bytes; something else when it was cancelled on the way.

    Raises:
        DocumentUnreadable
    """
    digest = hashlib.sha256()
    try:
        with Path(path).open("rb") as file:
            while (chunk := file.read(HASH_CHUNK_BYTES)) and not cancelled():
                digest.update(chunk)
    except OSError as error:
        raise _unreadable(path, error) from error
    return digest.hexdigest()


def is_gone(path: str) -> bool:
    """Whether there is surely no such file: a folder that may not be entered does not prove it."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def is_there(folder: Path, device: int | None) -> bool:
    """Whether a folder can be looked at, and is no empty place where a drive used to be.

    `device` is the disk that it was last seen on, None where that is not known. A drive that is unplugged
    takes its folder along, or leaves an empty one behind, on another disk.
    """
    try:
        return any(folder.iterdir()) or device_of(folder) == device
    except OSError:
        return False


def is_away(path: str) -> bool:
    """Whether a file is missing together with all that lay beside it, as when a drive was unplugged."""
    return is_gone(path) and not is_there(Path(path).parent, None)


def device_of(folder: Path) -> int | None:
    """The disk that a folder lies on; None where it cannot be looked at."""
    try:
        return folder.stat().st_dev
    except OSError:
        return None


def _unreadable(path: str, error: OSError) -> DocumentUnreadable:
    return DocumentUnreadable(path, f"The computer could not read it: {error.strerror or error}.")
