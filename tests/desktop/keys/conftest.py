"""A real keyring for the tests that need one; they are skipped, with the reason, where it cannot be."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.secret_service import RunningKeyring, absent, running_keyring


@pytest.fixture
def gnome_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningKeyring]:
    if reason := absent():
        if os.environ.get("CARREL_WEIGHTS_REQUIRED"):  # run.py test sets it, so that CI cannot skip quietly
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path / "keyring"
    folder.mkdir()
    with running_keyring(folder) as running:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", running.address)
        yield running
