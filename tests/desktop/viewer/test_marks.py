"""desktop/viewer/marks.py and selection.py: rectangles for words."""

from __future__ import annotations

import pytest

from desktop.viewer.marks import boxes_of
from desktop.viewer.selection import Selection
from rag.boxes import lit
from rag.values import Page
from tests.fakes.paper import paper

TEXT = "Either party may end this\nAgreement by ninety days of notice.\n\nNothing else ends it."


@pytest.fixture
def page(qapp: object) -> Page:
    return paper(1, TEXT)[0]


def centre(page: Page, word: str) -> tuple[float, float]:
    start = TEXT.index(word)
    box = boxes_of(page, [(start, start + len(word))])[0]
    return (box.left + box.right) / 2, (box.top + box.bottom) / 2


def test_rectangles_are_those_that_the_whole_page_gives(page: Page) -> None:
    ranges = [(start, end) for start in range(0, len(TEXT), 5) for end in (start + 1, start + 20, len(TEXT))]
    for start, end in ranges:
        assert boxes_of(page, [(start, end)]) == lit(page.boxes, start, end)


def test_page_that_does_not_say_where_its_words_stand_has_no_rectangles() -> None:
    assert boxes_of(Page(1, TEXT), [(0, 6)]) == []


def test_words_are_selected_from_where_the_button_went_down(page: Page) -> None:
    selection = Selection(lambda number: page if number == 1 else None)
    selection.begin(1, *centre(page, "Agreement"))
    assert selection.text == ""
    selection.extend(1, *centre(page, "days"))
    assert selection.text == "Agreement by ninety days"
    selection.extend(1, *centre(page, "party"))
    assert selection.text == "party may end this\nAgreement"
    assert len(selection.boxes(1)) == 2
    assert selection.boxes(2) == ()


def test_pointer_beside_a_line_means_that_line(page: Page) -> None:
    selection = Selection(lambda number: page)
    selection.begin(1, *centre(page, "Agreement"))
    selection.extend(1, 0.99, centre(page, "Agreement")[1])
    assert selection.text == "Agreement by ninety days of notice."


def test_nothing_is_selected_from_bare_paper(page: Page) -> None:
    selection = Selection(lambda number: page)
    selection.begin(1, 0.5, 0.99)
    selection.extend(1, *centre(page, "Agreement"))
    assert selection.text == ""
    selection.take_page(1)
    assert selection.text == TEXT
    selection.clear()
    assert selection.text == ""
