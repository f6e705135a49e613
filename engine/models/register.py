"""`models.json` in the person's models folder: which models lie elsewhere, and which were made from others.

Identity: a model's id. A reference stands for the file as it was when it was added: its path, its size
and a fingerprint. A file that became another one is not that model any more.
"""

from __future__ import annotations

import hashlib
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from engine.errors import ModelUnwritable

NAME = "models.json"
_ENDS_BYTES = 1 << 20
_SAMPLES, _SAMPLE_BYTES = 64, 4096


@dataclass(frozen=True, slots=True)
class Reference:
    """A model that is used where it lies. `fingerprint`: see `fingerprint`."""

    path: str
    size_bytes: int
    mtime_ns: int
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Entries:
    """`origins`: the id of a model made here, to the id of the model that it was made from."""

    references: dict[str, Reference] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)


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

    def forget(self, model_id: str) -> None:
        """Drop what is known of a model, if anything is."""
        with self._lock:
            entries = self.read()
            known = [entries.references.pop(model_id, None), entries.origins.pop(model_id, None)]
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


def is_unchanged(reference: Reference) -> bool:
    """Whether the file is still what was added. A copy put back with another date is.

    Raises:
        OSError: it cannot be read.
    """
    path = Path(reference.path)
    stat = path.stat()
    if stat.st_size != reference.size_bytes:
        return False
    return stat.st_mtime_ns == reference.mtime_ns or fingerprint(path) == reference.fingerprint


def fingerprint(path: Path) -> str:
    """A SHA-256 over the first and last MiB and 64 blocks spread evenly between: a model's gigabytes are
    not read to see that it is still the same. It tells a replaced file, not a forged one.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        digest.update(file.read(_ENDS_BYTES))
        for number in range(1, _SAMPLES + 1):
            file.seek(size * number // (_SAMPLES + 1))
            digest.update(file.read(_SAMPLE_BYTES))
        file.seek(max(0, size - _ENDS_BYTES))
        digest.update(file.read(_ENDS_BYTES))
    return digest.hexdigest()
