"""desktop/settings_screen: choices, privacy, profile."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from desktop.theme.theme import Theme
from desktop.theme.tokens import DARK
from desktop.window.window import Window
from tests.fakes.application import FakeApplication


def press(window: Window, name: str) -> None:
    next(b for b in window.settings.findChildren(QPushButton) if b.accessibleName() == name).click()


def test_appearance_is_chosen_and_shown(qtbot: QtBot, window: Window, theme: Theme) -> None:
    press(window, "Appearance: Dark")
    assert theme.palette is DARK
    assert window.settings._appearance._buttons["Dark"].isChecked()


def test_text_size_is_chosen(qtbot: QtBot, window: Window, theme: Theme) -> None:
    press(window, "Text size: Large")
    assert theme.scale == 1.15


@pytest.mark.parametrize(
    ("out", "blocked", "words"),
    [(0, 0, "no connections went out."), (1, 0, "1 connection went out."),
     (2, 1, "2 connections went out, and 1 was blocked."),
     (0, 3, "no connections went out, and 3 were blocked.")],
)  # fmt: skip
def test_connections_are_counted_in_words(
    qtbot: QtBot, window: Window, application: FakeApplication, out: int, blocked: int, words: str
) -> None:
    application.state = replace(application.state, connections=out, blocked=blocked)
    window.show_place("settings")
    assert words in window.settings._connections.text()


def test_profile_folder_is_opened(
    qtbot: QtBot, window: Window, application: FakeApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    press(window, "Open folder")
    assert opened == [str(application.profile.folder)]
