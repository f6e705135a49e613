"""`desktop/theme/layouts.py`."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel, QVBoxLayout
from pytestqt.qtbot import QtBot

from desktop.theme.controls import label
from desktop.theme.layouts import PageArea, boxed, column, reading_column

pytestmark = pytest.mark.window

WORDS = "What stands here takes one line in a wide window, and several in a narrow one. " * 2


@pytest.mark.parametrize("width", [500, 900])
def test_a_page_ends_below_what_stands_last_on_it(qtbot: QtBot, width: int) -> None:
    last = label(WORDS, wrap=True)
    texts = (boxed(column(label(WORDS, wrap=True))) for _ in range(20))
    area = reading_column(column(*texts, last, None))
    qtbot.addWidget(area)
    area.resize(width, 200)
    area.show()
    page = area.widget()
    qtbot.waitUntil(lambda: page.height() > 200)
    below = page.height() - last.mapTo(page, last.rect().bottomLeft()).y()
    assert below < 40, "no blank space below, where nothing is"


@pytest.fixture
def long_page(qtbot: QtBot) -> tuple[PageArea, QVBoxLayout, QLabel]:
    above, last = column(*(label(WORDS) for _ in range(30))), label(WORDS)
    area = reading_column(column(boxed(above), last, *(label(WORDS) for _ in range(30))))
    qtbot.addWidget(area)
    area.resize(500, 200)
    area.show()
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 0)
    return area, above, last


def is_in_sight(area: PageArea, part: QLabel) -> bool:
    top = part.mapTo(area.viewport(), part.rect().topLeft()).y()
    return top >= 0 and top + part.height() <= area.viewport().height()


def test_what_was_opened_stays_in_sight_though_the_page_becomes_longer_above_it(
    qtbot: QtBot, long_page: tuple[PageArea, QVBoxLayout, QLabel]
) -> None:
    area, above, part = long_page
    area.bring_into_sight(part)
    assert is_in_sight(area, part)
    for _ in range(20):
        above.addWidget(label(WORDS))
    before = area.verticalScrollBar().maximum()
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > before)
    qtbot.waitUntil(lambda: is_in_sight(area, part))
    qtbot.waitUntil(lambda: not area._settled.isActive())


def test_a_part_that_goes_meanwhile_is_forgotten(
    qtbot: QtBot, long_page: tuple[PageArea, QVBoxLayout, QLabel]
) -> None:
    area, _, part = long_page
    area.bring_into_sight(part)
    part.deleteLater()
    qtbot.waitUntil(lambda: area._part is None)
    qtbot.waitUntil(lambda: not area._settled.isActive())
