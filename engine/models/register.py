"""`models.json` in the person's models folder: which models lie elsewhere, were made from others, or are to
be loaded otherwise than usual.

Identity: a model's id. A reference stands for a file as it was: its path, its size and a fingerprint. A
file that became another one is not that model any more.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from engine.errors import ModelUnwritable
from engine.models.fingerprint import fingerprint

NAME = "models.json"


@dataclass(frozen=True, slots=True)
class Reference:
    """A file as it was. `fingerprint`: see `engine.models.fingerprint`."""

    path: str
    size_bytes: int
    mtime_ns: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Entries:
    """All by the model's id. `references`: where it lies. `origins`: the id of the model that it was made
    from here. `as_stored`: the file that is quicker here when its weights are not repacked."""

    references: dict[str, Reference] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    as_stored: dict[str, Reference] = field(default_factory=dict)


class Register:
    """Read anew at each look; written whole, so that a kill leaves the old or the new one. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._lock = threading.Lock()

    def read(self) -> Entries:
        """What it holds; nothing where there is none, or none that can be read.

        It names no file that would be lost with it, and models must not become unusable by it.
        """
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Entries)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return Entries()

    def put_reference(self, model_id: str, reference: Reference) -> None:
        with self._lock:
            entries = self.read()
            entries.references[model_id] = reference
            self._write(entries)

    def put_origin(self, model_id: str, origin: str) -> None:
        with self._lock:
            entries = self.read()
            entries.origins[model_id] = origin
            self._write(entries)

    def put_as_stored(self, model_id: str, reference: Reference | None) -> None:
        """None: its weights are repacked again, as usual."""
        with self._lock:
            entries = self.read()
            entries.as_stored.pop(model_id, None)
            if reference:
                entries.as_stored[model_id] = reference
            self._write(entries)

    def forget(self, model_id: str) -> None:
        """Drop what is known of a model, if anything is."""
        with self._lock:
            entries = self.read()
            kept: tuple[dict[str, Any], ...] = (entries.references, entries.origins, entries.as_stored)
            known = [of.pop(model_id, None) for of in kept]
            if any(known):
                self._write(entries)

    def _write(self, entries: Entries) -> None:
        """
        Raises:
            ModelUnwritable: the folder cannot be written.
        """
        temporary = self._path.with_suffix(".json.new")
        try:
            with temporary.open("wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(entries), indent=2))
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._path)
        except OSError as error:
            raise ModelUnwritable(str(self._path), error.strerror or str(error)) from error


def reference_to(path: Path) -> Reference:
    """
    Raises:
        OSError: it cannot be read.
    """
    stat = path.stat()
    return Reference(str(path), stat.st_size, stat.st_mtime_ns, fingerprint(path))


def is_unchanged(reference: Reference, path: Path) -> bool:
    """Whether the file at `path` is what the reference stands for. A copy put back with another date is.

    Raises:
        OSError: it cannot be read.
    """
    stat = path.stat()
    if stat.st_size != reference.size_bytes:
        return False
    return stat.st_mtime_ns == reference.mtime_ns or fingerprint(path) == reference.fingerprint
