from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from installers.checkout import environment
from tests.installers.packages import FakePip


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that real pip takes packages from, and the only one; pip is that of the tests' own Python."""
    folder = tmp_path / "registry"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setattr("installers.checkout.fetch.program", lambda _: sys.executable)
    return folder


@pytest.fixture
def pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakePip:
    folder = tmp_path / "registry"
    folder.mkdir()
    fake = FakePip(folder)
    monkeypatch.setattr("installers.checkout.fetch.run_pip", fake)
    return fake


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty checkout with requirements that need no package; environments are made in it."""
    root = tmp_path / "checkout"
    (root / "requirements").mkdir(parents=True)
    (root / "pyproject.toml").write_text("")
    for name in ("build", "app", "test"):
        (root / "requirements" / f"{name}.txt").write_text("")
    monkeypatch.setattr(environment, "ROOT", root)
    monkeypatch.setattr(environment, "REQUIREMENTS", root / "requirements")
    monkeypatch.setattr(environment, "FOLDER", root / ".venv")
    monkeypatch.setattr(environment, "RECORD", root / ".venv" / "carrel-setup.json")
    return root
