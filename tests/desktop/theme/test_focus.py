"""desktop/theme/focus.py: Tab goes as the eye does."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop.theme.focus import reading_order
from desktop.window.window import Window
from tests.desktop import preview
from tests.fakes.application import FakeApplication

Open = Callable[[FakeApplication], Window]


def opened(qtbot: QtBot, open_window: Open, state: str) -> Window:
    application = FakeApplication()
    prepare, then = preview.STATES[state]
    prepare(application)
    window = open_window(application)
    then(window)
    qtbot.waitUntil(lambda: not window.lanes.errands.is_busy)
    QApplication.processEvents()
    window.activateWindow()
    return window


def walk(qtbot: QtBot, window: Window) -> list[QWidget]:
    """What Tab reaches within the page, from its beginning until it leaves it."""
    page = window.tasks.page
    page.setFocus(Qt.FocusReason.OtherFocusReason)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is page)
    met: list[QWidget] = []
    while True:
        focused = QApplication.focusWidget()
        assert focused is not None
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        assert now is not None
        if not page.isAncestorOf(now) or now in met:
            return met
        assert not now.visibleRegion().isEmpty(), "it is not scrolled into sight"
        met.append(now)


@pytest.mark.parametrize(
    "state", ["tasks", "tasks-editor", "tasks-route", "tasks-fields", "tasks-setup-table"]
)
def test_tab_reaches_everything_on_the_page_from_top_to_bottom(
    qtbot: QtBot, open_window: Open, state: str
) -> None:
    window = opened(qtbot, open_window, state)
    page = window.tasks.page
    order = list(reading_order(page))
    heights = [
        each.mapTo(page, QPoint(0, 0)).y() for each in order if not page.editor.trial.isAncestorOf(each)
    ]
    if state != "tasks":  # cards stand side by side there
        # Things beside each other differ by a few pixels.
        assert all(later > before - 12 for before, later in pairwise(heights))
    met = walk(qtbot, window)
    assert met == order
    for kind in (QAbstractButton, QLineEdit, QPlainTextEdit):
        for each in page.findChildren(kind):
            if each.isVisible() and each.isEnabled():
                assert each in met, each.accessibleName()


def test_shift_tab_goes_the_same_way_back(qtbot: QtBot, open_window: Open) -> None:
    window = opened(qtbot, open_window, "tasks-route")
    met = walk(qtbot, window)
    met[-1].setFocus(Qt.FocusReason.OtherFocusReason)
    back = [met[-1]]
    for _ in met[1:]:
        focused = QApplication.focusWidget()
        assert focused is not None
        qtbot.keyClick(focused, Qt.Key.Key_Backtab)
        now = QApplication.focusWidget()
        assert now is not None
        back.append(now)
    assert back == met[::-1]
