"""Every state that the window can be brought into: drawn, named, and showing foreign text as text."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QLineEdit,
    QListView,
    QPlainTextEdit,
    QTextBrowser,
)

from desktop.theme.theme import Appearance, Theme
from desktop.window.window import Window
from tests.desktop import preview
from tests.fakes.application import FakeApplication

Open = Callable[[FakeApplication], Window]

# Each appearance and each size once: drawing is what takes the time.
LOOKS: tuple[tuple[Appearance, int, int], ...] = (
    ("light", 1280, 800),
    ("light", 640, 480),
    ("dark", 900, 600),
)


@pytest.mark.parametrize("state", sorted(preview.STATES))
def test_state_fits_and_names_its_controls_and_shows_plain_text(
    theme: Theme, open_window: Open, state: str
) -> None:
    application = FakeApplication()
    prepare, then = preview.STATES[state]
    prepare(application)
    window = open_window(application)
    window.activity.resume_at_start()
    then(window)
    for appearance, width, height in LOOKS:
        theme.set_appearance(appearance)
        window.resize(width, height)
        QApplication.processEvents()
        assert not window.grab().isNull()
        assert (window.width(), window.height()) == (width, height), "something is too wide to fit"
    for kind in (QAbstractButton, QLineEdit, QPlainTextEdit, QListView, QTextBrowser):
        for made in window.findChildren(kind):
            assert made.accessibleName(), f"{made} has no name"
    for made in window.findChildren(QLabel):
        assert made.textFormat() == Qt.TextFormat.PlainText, made.text()
    popup = QApplication.activePopupWidget()
    if popup is not None:
        popup.close()
