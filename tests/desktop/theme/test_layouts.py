"""`desktop/theme/layouts.py`."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from desktop.theme.controls import label
from desktop.theme.layouts import boxed, column, reading_column

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
