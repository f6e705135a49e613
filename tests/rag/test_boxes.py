from __future__ import annotations

import pytest

from rag.boxes import Box, WordBox, lit, pack, unpack


def word(start: int, end: int, left: float, top: float, right: float, bottom: float) -> WordBox:
    return WordBox(start, end, Box(left, top, right, bottom))


LINES = (
    word(0, 3, 0.1, 0.10, 0.2, 0.12),
    word(4, 9, 0.22, 0.10, 0.4, 0.12),
    word(10, 14, 0.1, 0.14, 0.3, 0.16),
    word(15, 20, 0.32, 0.135, 0.5, 0.16),
)


def test_words_come_back_as_they_were() -> None:
    for before, after in zip(LINES, unpack(pack(LINES)), strict=True):
        assert (after.start, after.end) == (before.start, before.end)
        assert after.box.left == pytest.approx(before.box.left, abs=1e-4)
        assert after.box.bottom == pytest.approx(before.box.bottom, abs=1e-4)


def test_words_are_kept_in_order_of_the_text() -> None:
    assert pack(reversed(LINES)) == pack(LINES)


def test_a_word_outside_of_the_page_is_left_out_and_one_over_its_edge_is_cut() -> None:
    words = list(unpack(pack([word(0, 1, 1.2, 0.1, 1.4, 0.2), word(2, 3, 0.9, 0.1, 1.4, 0.2)])))
    assert [found.start for found in words] == [2]
    assert words[0].box.right == 1.0


def test_cut_off_boxes_are_refused() -> None:
    with pytest.raises(ValueError, match="13 bytes"):
        list(unpack(pack(LINES)[:13]))


def test_a_passage_is_lit_line_by_line_from_its_first_word_to_its_last() -> None:
    first, second = lit(pack(LINES), 4, 20)
    assert first.left == pytest.approx(0.22, abs=1e-4)
    assert (second.left, second.right) == pytest.approx((0.1, 0.5), abs=1e-4)
    assert second.top == pytest.approx(0.135, abs=1e-4)


def test_the_next_column_begins_a_line_of_its_own() -> None:
    columns = [word(0, 4, 0.6, 0.9, 0.9, 0.92), word(5, 9, 0.1, 0.9, 0.3, 0.92)]
    assert len(lit(pack(columns), 0, 9)) == 2


def test_nothing_is_lit_outside_of_the_words() -> None:
    assert lit(pack(LINES), 30, 40) == []
