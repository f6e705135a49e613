"""Brings a person's own GGUF file into Carrel: copied, or used where it lies."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterator
from io import FileIO
from pathlib import Path

from engine.errors import ModelChanged, ModelDamaged, ModelMissing, NoChatTemplate
from engine.models.folder import ModelFolder, free_id, safe_id
from engine.models.gguf import GgufHeader, inspect
from engine.models.installed import InstalledModel, InstalledModels
from engine.models.register import Register, reference_to
from engine.models.values import Copying, ModelAdded

# Some 5 ms from a solid-state disk: progress and cancelling come as often.
CHUNK_BYTES = 8 << 20
_FICLONE = 0x40049409  # linux/fs.h; Python 3.11 does not name it

Cancelled = Callable[[], bool]


class Importer:
    """Adds models to the folder and the register."""

    def __init__(self, installed: InstalledModels, folder: ModelFolder, register: Register) -> None:
        self._installed = installed
        self._folder = folder
        self._register = register

    def run(self, path: Path, *, copy: bool, cancelled: Cancelled) -> Iterator[Copying | ModelAdded]:
        """Add the model in this file. Ends without ModelAdded when it was cancelled; then nothing stays.

        A model that is here already is not added again: ModelAdded then names the one that is. Only a
        reference becomes a copy, when a copy is wanted.

        Raises:
            ModelMissing, ModelDamaged, ModelUnsupported: no file that llama.cpp may be given.
            NoChatTemplate: it would continue questions, not answer them. Nothing here could use it.
            ModelChanged: the file was written to meanwhile.
            NotEnoughSpace, ModelUnwritable: it cannot be kept.
        """
        path = path.expanduser().absolute()
        header = _checked(path)
        twin = yield from self._twin(path, header.size_bytes, cancelled)
        if cancelled():
            return
        if twin and not (copy and twin.referenced):
            yield ModelAdded(twin.id)
        elif copy:
            yield from self._copy(path, header, twin, cancelled)
        else:
            yield self._refer(path, header)

    def _twin(
        self, path: Path, size_bytes: int, cancelled: Cancelled
    ) -> Generator[Copying, None, InstalledModel | None]:
        """The installed model that is this file, or equal to it byte for byte."""
        for model in self._installed.list():
            if model.problem or model.size_bytes != size_bytes:
                continue
            if (yield from _equal(path, model.path, size_bytes, cancelled)):
                return model
        return None

    def _copy(
        self, path: Path, header: GgufHeader, twin: InstalledModel | None, cancelled: Cancelled
    ) -> Iterator[Copying | ModelAdded]:
        wanted = twin.id if twin else safe_id(path.name, header.name)
        taken = {model.id for model in self._installed.list() if twin is None or model.id != twin.id}
        with self._folder.incomplete(header.size_bytes) as temporary:
            if not (yield from _copied(path, temporary, cancelled)):
                return
            _checked_copy(path, temporary)
            model_id = self._folder.place(temporary, wanted, taken)
        if twin:
            self._register.forget(twin.id)
        yield ModelAdded(model_id)

    def _refer(self, path: Path, header: GgufHeader) -> ModelAdded:
        try:
            reference = reference_to(path)
        except OSError as error:
            raise ModelMissing(str(path)) from error
        known = self._register.read().references
        same_place = next((key for key, value in known.items() if value.path == str(path)), None)
        taken = {model.id for model in self._installed.list()}
        model_id = same_place or free_id(safe_id(path.name, header.name), taken)
        self._register.put_reference(model_id, reference)
        return ModelAdded(model_id)


def _checked(path: Path) -> GgufHeader:
    if not path.is_file():  # a pipe would be waited on for ever
        raise ModelMissing(str(path))
    header = inspect(path)
    if not header.chat_template:
        raise NoChatTemplate(str(path))
    return header


def _checked_copy(path: Path, copy: Path) -> None:
    """The copy is what will be loaded, so it is looked at too: the file may have changed since the first
    look without its date telling."""
    try:
        _checked(copy)
    except (ModelDamaged, NoChatTemplate) as error:
        raise ModelChanged(str(path)) from error


def _equal(one: Path, other: Path, size_bytes: int, cancelled: Cancelled) -> Generator[Copying, None, bool]:
    """Whether two files of that size hold the same; False when cancelled or where one cannot be read.

    Different models differ in their first bytes, so this takes long only where it is worth it.
    """
    try:
        if one.samefile(other):
            return True
        with one.open("rb", buffering=0) as first, other.open("rb", buffering=0) as second:
            done = 0
            while done < size_bytes:
                block = first.read(CHUNK_BYTES)
                if not block or block != second.read(CHUNK_BYTES) or cancelled():
                    return False
                done += len(block)
                yield Copying(done, size_bytes)
            return True
    except OSError:
        return False


def _copied(path: Path, target: Path, cancelled: Cancelled) -> Generator[Copying, None, bool]:
    """Copy a file; False when cancelled.

    Raises:
        ModelMissing: it can no longer be read.
        ModelChanged: it was written to meanwhile.
        OSError: the target cannot be written.
    """
    with _opened(path) as source, target.open("xb", buffering=0) as copy:
        before = os.fstat(source.fileno())
        yield Copying(0, before.st_size)
        if not _cloned(source, copy):
            done = 0
            for block in _blocks(source, path):
                if cancelled():
                    return False
                done += _write_all(copy, block)
                yield Copying(done, max(done, before.st_size))
        after = os.fstat(source.fileno())
        unchanged = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
        if not unchanged or os.fstat(copy.fileno()).st_size != before.st_size:
            raise ModelChanged(str(path))
    return True


def _opened(path: Path) -> FileIO:
    try:
        return path.open("rb", buffering=0)
    except OSError as error:
        raise ModelMissing(str(path)) from error


def _blocks(source: FileIO, path: Path) -> Iterator[memoryview]:
    """The file in pieces, each good until the next is asked for."""
    buffer = memoryview(bytearray(CHUNK_BYTES))
    while True:
        try:
            count = source.readinto(buffer)
        except OSError as error:  # a stick that was pulled out
            raise ModelMissing(str(path)) from error
        if not count:
            return
        yield buffer[:count]


def _write_all(target: FileIO, block: memoryview) -> int:
    written = 0
    while written < len(block):  # a raw file may take less than it is given
        written += target.write(block[written:])
    return written


def _cloned(source: FileIO, copy: FileIO) -> bool:
    """Let both files share their blocks, where the file system can (Btrfs, XFS): at once, in no space."""
    if sys.platform != "linux":
        return False
    import fcntl

    try:
        fcntl.ioctl(copy.fileno(), _FICLONE, source.fileno())
    except OSError:
        return False
    return True
