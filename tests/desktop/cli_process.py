"""Runs `carrel` as others do: a process of its own with a profile of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SMALL = "smollm2-135m"


def carrel(
    *arguments: str, profile: Path, stdin: str = "", timeout_s: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end; never raises on its status."""
    environment = os.environ | {"CARREL_HOME": str(profile)}
    return subprocess.run(
        [sys.executable, "-m", "desktop.cli", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        env=environment,
        check=False,
    )


@contextmanager
def started(*arguments: str, profile: Path) -> Iterator[subprocess.Popen[str]]:
    """A command that goes on, killed at the end if it still does."""
    environment = os.environ | {"CARREL_HOME": str(profile)}
    command = [sys.executable, "-m", "desktop.cli", *arguments]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def carrel_json(*arguments: str, profile: Path, status: int = 0) -> Any:
    """Run one command with --json, insist on its exit status and give back its document."""
    done = carrel(*arguments, "--json", profile=profile)
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout)
