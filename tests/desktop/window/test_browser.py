"""desktop/window/browser.py: an address goes to the desktop's portal, else to the system."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from desktop.chat.addresses import read
from desktop.window import browser

ADDRESS = "https://example.org/a?b=c%20d"


@pytest.mark.skipif(not shutil.which("dbus-run-session"), reason="there is no D-Bus to run a portal on")
def test_the_portal_is_asked_so_that_the_browser_is_no_child_without_a_network() -> None:
    done = subprocess.run(
        ["dbus-run-session", "--", sys.executable, "-m", "tests.fakes.portal", ADDRESS],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(done.stdout) == {"asked": ["OpenURI", "", ADDRESS, {}], "took": "True"}


def test_without_a_portal_the_system_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[QUrl] = []
    monkeypatch.setattr(browser, "ask_portal", lambda url: False)
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: handed.append(url) or True)
    address = read(ADDRESS)
    assert address is not None
    assert browser.open_address(address)
    assert [url.toString(QUrl.ComponentFormattingOption.FullyEncoded) for url in handed] == [ADDRESS]
