"""A person's folder for models beside delivered ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.models.folder import ModelFolder
from engine.models.installed import InstalledModels
from engine.models.register import Register

DELIVERED = """
[[weights]]
id = "delivered"
role = "model"
name = "Delivered"
description = "Came with Carrel."
file = "delivered.gguf"
licence = "MIT"
context_tokens = 512
default = true
"""


@pytest.fixture
def folder(tmp_path: Path) -> ModelFolder:
    (tmp_path / "models").mkdir()
    return ModelFolder(tmp_path / "models")


@pytest.fixture
def register(folder: ModelFolder) -> Register:
    return Register(folder.path)


@pytest.fixture
def installed(folder: ModelFolder, tmp_path: Path) -> InstalledModels:
    (tmp_path / "weights").mkdir()
    (tmp_path / "catalogue.toml").write_text(DELIVERED)
    return InstalledModels(tmp_path / "weights", folder.path, tmp_path / "catalogue.toml")


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Where a person keeps files."""
    (tmp_path / "elsewhere").mkdir()
    return tmp_path / "elsewhere"
