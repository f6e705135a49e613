"""No words are cut, and no control lies outside the window, at any text size that a person may choose."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPushButton, QScrollArea, QWidget

from desktop.theme.controls import ElidedLabel
from desktop.theme.elided_link import ElidedLink
from desktop.theme.theme import Theme
from desktop.window.window import Window
from tests.desktop import preview
from tests.fakes.application import FakeApplication, collection

Open = Callable[[FakeApplication], Window]

STATES = (
    "first", "ready", "chat", "long", "states", "failing", "documents", "problems", "collection", "empty",
    "settings", "keys", "models-several", "models-fetching", "models-laid-out", "models-details",
    "models-nothing", "tasks", "tasks-empty", "tasks-watched", "tasks-summary", "tasks-setup-watching",
    "every-plan", "every-answer", "viewer",
)  # fmt: skip
SIZES = ((1.0, 900, 600), (1.3, 900, 600), (2.0, 1280, 800))
"""Text sizes with sizes of the window: as the app comes, the largest of the settings, the largest of all."""

ROUNDING = 2
"""Pixels that a layout may keep from a text that is as wide as its room."""


def cut(window: Window) -> Iterator[str]:
    """What cannot be read whole, or reached. What ends in “…” has its whole text in a tooltip: that may."""
    for made in window.findChildren(QWidget):
        if not made.isVisible() or isinstance(made, ElidedLabel | ElidedLink):
            continue
        if isinstance(made, QLabel) and made.text():
            if made.wordWrap() and made.height() < made.heightForWidth(made.width()) - ROUNDING:
                yield f"{made.text()}: lines are missing"
            if not made.wordWrap() and made.width() < made.sizeHint().width() - ROUNDING:
                yield f"{made.text()}: letters are missing"
        elif isinstance(made, QPushButton) and made.width() < made.sizeHint().width() - ROUNDING:
            yield f"{made.text()}: letters are missing on the button"
        if isinstance(made, QLabel | QAbstractButton) and _is_beyond(made, window):
            yield f"{made.text() or made.accessibleName()}: it lies beyond the edge"


def settled(window: Window) -> list[str]:
    """What is cut once the layouts have come to rest: one that folds asks the others for another round."""
    found: list[str] = []
    for _ in range(20):
        QApplication.processEvents()
        found = list(cut(window))
        if not found:
            break
    return found


def _is_beyond(made: QWidget, window: Window) -> bool:
    area = made.parentWidget()
    while area is not None and not isinstance(area, QScrollArea):
        area = area.parentWidget()
    room: QWidget = area.viewport() if isinstance(area, QScrollArea) else window
    return room.isAncestorOf(made) and made.mapTo(room, QPoint(made.width(), 0)).x() > room.width() + 1


@pytest.mark.parametrize("state", STATES)
def test_words_stand_whole_at_every_text_size(theme: Theme, open_window: Open, state: str) -> None:
    for scale, width, height in SIZES:
        theme.set_scale(scale)
        application = FakeApplication()
        prepare, then = preview.STATES[state]
        prepare(application)
        application.settings["window.size"] = [width, height]
        window = open_window(application)
        window.resize(width, height)
        then(window)
        assert not settled(window), f"at {scale:.0%}"
        window.hide()


def test_long_name_of_a_collection_pushes_nothing_out_of_the_window(open_window: Open) -> None:
    application = FakeApplication()
    name = "Contracts with suppliers in Northern and Western Europe, as amended in 2025 and 2026"
    problems = preview.library()[2].problems
    application.library = [collection(name, 3, passages=9, folder="/home/ada/x", problems=problems)]
    window = open_window(application)
    window.resize(900, 600)
    window.show_place("documents")
    assert not settled(window)


def test_arabic_name_begins_where_the_others_of_its_list_do(open_window: Open) -> None:
    application = FakeApplication()
    application.library = [collection("العقود", 3, passages=9, folder="/home/ada/x")]
    window = open_window(application)
    window.show_place("documents")
    QApplication.processEvents()
    name = next(made for made in window.findChildren(ElidedLabel) if made.whole == "العقود")
    image = name.grab().toImage()
    ground = image.pixelColor(image.width() - 1, 0)
    inked = [
        x for x in range(image.width()) for y in range(image.height()) if image.pixelColor(x, y) != ground
    ]
    assert min(inked) < 12 * image.devicePixelRatio()
