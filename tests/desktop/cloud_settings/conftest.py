"""The page with its desk, on a scripted cloud."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.cloud_settings.desk import CloudDesk
from desktop.lanes import Lane
from desktop.theme.layouts import column
from desktop.theme.theme import Theme
from desktop.window.sheet import Sheet
from tests.fakes.cloud import FakeCloud

Open = Callable[[FakeCloud], CloudDesk]


@pytest.fixture
def open_page(qtbot: QtBot, theme: Theme) -> Iterator[Open]:
    opened: list[tuple[QWidget, Lane]] = []

    def open_one(cloud: FakeCloud) -> CloudDesk:
        window = QWidget()
        window.resize(1000, 800)
        lane = Lane("errands", window)
        sheet = Sheet(theme, window)
        desk = CloudDesk(
            cloud, theme, lane, sheet, window, collections=lambda: ["Contracts", "Medical letters", "W" * 200]
        )
        window.setLayout(column(desk.page, spacing=0))
        window.show()
        opened.append((window, lane))
        desk.refresh()
        qtbot.waitUntil(lambda: not lane.is_busy)
        return desk

    yield open_one
    for window, lane in opened:
        assert lane.close()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
