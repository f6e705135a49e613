"""Runs a walk through the real app, under an X server of its own, with the small model."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.desktop.cli_process import SMALL


def walked(module: str, folder: Path, *arguments: str) -> dict[str, Any]:
    """What the walk saw."""
    if not shutil.which("xvfb-run"):
        reason = "xvfb-run is not installed"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    command = ["xvfb-run", "-a", "-s", "-screen 0 1400x900x24", sys.executable, "-m", module]
    done = subprocess.run(
        [*command, str(folder / "profile"), "--model", SMALL, *arguments],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        cwd=Path(__file__).parents[2],
        env=os.environ | {"QT_QPA_PLATFORM": "xcb"},
    )
    assert done.returncode == 0, done.stderr[-4000:]
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen
