"""desktop/viewer/outside.py: what is given to the system to open."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QDesktopServices

from desktop.viewer.outside import open_outside, show_in_folder


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    seen: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: seen.append(url.toLocalFile()) or True)
    return seen


def test_document_opens_in_its_own_program(opened: list[str]) -> None:
    assert open_outside("/docs/a #1.pdf")
    assert opened == ["/docs/a #1.pdf"]


@pytest.mark.parametrize("name", ["run.BAT", "tool.py", "page.hta", "link.desktop", "macro.js"])
def test_what_the_system_might_run_is_shown_in_its_folder_instead(opened: list[str], name: str) -> None:
    open_outside(f"/docs/{name}")
    assert opened == ["/docs"]


def test_folder_is_shown_and_nothing_in_it_opened(opened: list[str]) -> None:
    show_in_folder("/docs/a.pdf")
    assert opened == ["/docs"]
