"""A theme and a window for the tests of the screens. Qt is imported only where a test asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from desktop.theme.theme import Theme
    from desktop.window.window import Window
    from tests.fakes.application import FakeApplication


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    from desktop.theme.fonts import load_fonts
    from desktop.theme.theme import Theme

    load_fonts()
    made = Theme(qapp, "light")
    yield made
    made.deleteLater()
    qapp.setStyleSheet("")


@pytest.fixture
def application() -> FakeApplication:
    from tests.fakes.application import FakeApplication

    return FakeApplication()


@pytest.fixture
def open_window(qtbot: QtBot, theme: Theme) -> Iterator[Callable[[FakeApplication], Window]]:
    """Opens windows on an application; closes them, and their lanes, at the end."""
    from PySide6.QtCore import QCoreApplication, QEvent

    from desktop.window.window import Window

    opened: list[Window] = []

    def open_one(application: FakeApplication) -> Window:
        window = Window(application, theme)
        opened.append(window)
        window.show()
        qtbot.waitExposed(window)
        return window

    yield open_one
    for window in opened:
        window._close_now()
        assert window.lanes.close()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def window(application: FakeApplication, open_window: Callable[[FakeApplication], Window]) -> Window:
    return open_window(application)
