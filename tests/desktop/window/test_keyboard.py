"""With Tab alone: through every part of the window in the order in which it is read."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.theme.focus import reading_order
from desktop.window.shortcuts import keys_of, listed
from desktop.window.window import Window
from tests.desktop import preview
from tests.fakes.application import FakeApplication

Open = Callable[[FakeApplication], Window]


def opened(qtbot: QtBot, open_window: Open, state: str) -> Window:
    application = FakeApplication()
    prepare, then = preview.STATES[state]
    prepare(application)
    application.settings["window.size"] = [1280, 800]
    window = open_window(application)
    window.resize(1280, 800)
    then(window)
    qtbot.waitUntil(lambda: not window.lanes.errands.is_busy)
    QApplication.processEvents()
    window.activateWindow()
    return window


def pressed(qtbot: QtBot, key: Qt.Key) -> QWidget:
    focused = QApplication.focusWidget()
    assert focused is not None
    qtbot.keyClick(focused, key)
    now = QApplication.focusWidget()
    assert now is not None
    return now


@pytest.mark.parametrize("state", ["chat", "viewer-text", "collection", "settings", "models"])
def test_tab_goes_once_around_the_window_as_it_is_read(qtbot: QtBot, open_window: Open, state: str) -> None:
    window = opened(qtbot, open_window, state)
    first = next(reading_order(window))
    first.setFocus(Qt.FocusReason.OtherFocusReason)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is first)
    met = [first]
    while (now := pressed(qtbot, Qt.Key.Key_Tab)) is not first:
        if now is not met[-1]:  # the marks of an answer are stops within it
            met.append(now)
        assert len(met) < 100, "it does not come round"
    # Read now: of a choice side by side only the chosen one takes Tab, which Qt settles as it comes there.
    order = list(reading_order(window))
    assert met == order
    assert pressed(qtbot, Qt.Key.Key_Backtab) is order[-1]


def test_sources_come_after_the_composer_and_before_the_strip_at_the_foot(
    qtbot: QtBot, open_window: Open
) -> None:
    window = opened(qtbot, open_window, "chat")
    order = list(reading_order(window))
    source = next(each for each in order if each.accessibleName().startswith("Source 1"))
    composer = next(each for each in order if each.accessibleName() == "Add documents")
    foot = next(each for each in order if window.status.isAncestorOf(each))
    assert order.index(composer) < order.index(source) < order.index(foot)


def test_button_of_a_message_is_reached_by_keyboard(qtbot: QtBot, open_window: Open) -> None:
    window = opened(qtbot, open_window, "chat")
    window.toast.offer_undo("Chat deleted", lambda: None)
    undo = next(each for each in window.toast.findChildren(QPushButton) if each.text() == "Undo")
    assert undo in list(reading_order(window))


def test_keys_are_written_the_same_way_everywhere() -> None:
    written = {words: keys for keys, words in listed()}
    assert written["Copy the last answer"] == "Ctrl Shift C"
    assert written["Larger text or page"] == "Ctrl +"  # the last plus is the key itself
    assert keys_of("new_chat") == written["New chat"] == "Ctrl N"
