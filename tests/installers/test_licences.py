from __future__ import annotations

from importlib.metadata import distribution
from pathlib import Path

import pytest

from installers import licences

SHIPPED = [
    "pyqtgraph.Qt",
    "httpcore",
    "h11",
    "certifi/cacert.pem",
    "keyring.backends",
    "PySide6/QtCore.so",
    "desktop",
]


def test_each_package_comes_with_its_licence_and_a_line_of_the_list(tmp_path: Path) -> None:
    entries = licences.collected(SHIPPED, tmp_path / "licences.txt")
    lines = (tmp_path / "licences.txt").read_text(encoding="utf-8").splitlines()
    for name in ("pyqtgraph", "httpcore", "h11", "certifi", "keyring"):
        assert any(line.startswith(f"{name} ") for line in lines)
        texts = [source for target, source, _ in entries if target.startswith(f"licences/{name}/")]
        assert texts and all(Path(text).is_file() for text in texts)
    assert not any(line.startswith("carrel ") for line in lines)


def test_the_licence_is_what_the_package_says() -> None:
    assert licences.licence_of(distribution("httpcore")) == "BSD-3-Clause"
    assert "Mozilla" in licences.licence_of(distribution("certifi"))


@pytest.mark.parametrize(
    ("name", "licence", "permitted"),
    [
        ("one", "MIT", True),
        ("one", "MPL-2.0 AND MIT", True),
        ("one", "GPL-3.0-only", False),
        ("one", "AGPL-3.0", False),
        ("one", "LGPL-3.0-only OR GPL-2.0-only", False),
        ("one", "GNU General Public License v3 (GPLv3)", False),
        ("one", "GPL-2.0 OR Apache-2.0", True),
        ("one", "MIT AND GPL-3.0", False),
        ("PySide6_Essentials", "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only", True),
    ],
)
def test_copyleft_of_a_whole_program_is_not_permitted(name: str, licence: str, permitted: bool) -> None:
    assert licences.is_permitted(name, licence) is permitted
