"""Small packages made on the spot, for pip to find in a folder in place of a registry."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

from installers.checkout.console import SetupError


def make_wheel(folder: Path, name: str, files: Mapping[str, bytes], version: str = "1.0") -> Path:
    stem = f"{name.replace('-', '_')}-{version}"
    path = folder / f"{stem}-py3-none-any.whl"
    about = f"{stem}.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        for member, content in files.items():
            wheel.writestr(member, content)
        wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")
    return path


class FakePip:
    """`pip download` without a process: copies from `folder`. `asked`: the requirements, in order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []

    def __call__(self, pip: list[str], arguments: list[str]) -> None:
        requirement = arguments[-1]
        self.asked.append(requirement)
        stem = requirement.replace("-", "_").replace("==", "-")
        found = list(self.folder.glob(f"{stem}-*.whl"))
        if not found:
            raise SetupError(f"there is no {requirement}")
        shutil.copy(found[0], arguments[arguments.index("--dest") + 1])
