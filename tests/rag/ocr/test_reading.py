from __future__ import annotations

import math

import pytest

from rag.ocr.reading import lines
from rag.ocr.recognition import Character, ReadLine, ReadPicture
from rag.ocr.regions import Region

LETTER = 10  # pixels wide


def line(x: float, y: float, text: str, height: float = 20, angle: float = 0.0) -> ReadLine:
    """A line that begins at `x` with its middle at the height of `y`."""
    length = LETTER * len(text)
    places = [(number + 0.5) / len(text) for number in range(len(text))]
    characters = tuple(Character(letter, at) for letter, at in zip(text, places, strict=True))
    return ReadLine(Region(x + length / 2, y, length, height, angle), characters)


def read(*found: ReadLine, turns: int = 0, size: tuple[int, int] = (1000, 1000)) -> list[str]:
    return [line.text for line in lines(ReadPicture(found, *size, turns))]


def test_lines_come_from_top_to_bottom() -> None:
    assert read(line(0, 90, "third"), line(0, 30, "first"), line(300, 60, "second")) == [
        *("first", "second", "third"),
    ]


def test_cells_of_a_row_are_one_line() -> None:
    assert read(line(400, 33, "12.50"), line(0, 30, "Total"), line(60, 31, "sum")) == ["Total sum\t12.50"]


def test_columns_of_prose_are_read_one_after_the_other() -> None:
    words = "a long line of prose with many words"
    left = [line(0, 100 + 30 * row, f"left {row} {words}") for row in range(6)]
    right = [line(520, 100 + 30 * row, f"right {row} {words}") for row in range(6)]
    title = line(100, 40, "A title that runs over both of the two columns, from left to right")
    found = read(*(one for pair in zip(right, left, strict=True) for one in pair), title)
    assert [text[:5] for text in found] == ["A tit", *["left "] * 6, *["right"] * 6]


def test_a_tilted_page_is_read_as_if_it_lay_straight() -> None:
    tilt = 0.08
    rows = [("Item number one of the list", "12"), ("Item number two of the list", "34")]
    placed = []
    for row, cells in enumerate(rows):
        for column, text in enumerate(cells):
            straight = line(600 * column, 100 + 30 * row, text).region
            x = straight.x * math.cos(tilt) - straight.y * math.sin(tilt)
            y = straight.x * math.sin(tilt) + straight.y * math.cos(tilt)
            placed.append(line(x - straight.length / 2, y, text, angle=tilt))
    assert read(*placed) == ["Item number one of the list\t12", "Item number two of the list\t34"]


def test_words_have_their_share_of_the_line() -> None:
    (found,) = lines(ReadPicture((line(100, 50, "two words"),), 1000, 1000, 0))
    first, second = found.words
    assert (first.start, first.end, second.start, second.end) == (0, 3, 4, 9)
    assert (first.box.left, first.box.right) == pytest.approx((0.1, 0.13), abs=0.001)
    assert (second.box.left, second.box.right) == pytest.approx((0.14, 0.19), abs=0.001)
    assert (first.box.top, first.box.bottom) == pytest.approx((0.04, 0.06))


def test_every_chinese_sign_is_a_word_and_no_space_is_put_between() -> None:
    (found,) = lines(ReadPicture((line(0, 50, "三得利 2024年"),), 1000, 1000, 0))
    assert found.text == "三得利 2024年"
    assert [found.text[word.start : word.end] for word in found.words] == ["三", "得", "利", "2024", "年"]


@pytest.mark.parametrize(
    ("turns", "corner"), [(0, "top left"), (1, "bottom left"), (2, "bottom right"), (3, "top right")]
)
def test_boxes_are_on_the_picture_as_it_was_before_it_was_turned(turns: int, corner: str) -> None:
    """A word at the top left of the turned picture: where that corner was before."""
    (found,) = lines(ReadPicture((line(0, 20, "word"),), 1000, 1000, turns))
    box = found.words[0].box
    vertical, horizontal = corner.split()
    assert (box.top < 0.1) == (vertical == "top")
    assert (box.left < 0.1) == (horizontal == "left")


def test_what_is_written_up_the_margin_comes_last_and_is_boxed_from_below() -> None:
    text = "side note"
    places = [(number + 0.5) / len(text) for number in range(len(text))]
    characters = tuple(Character(letter, at) for letter, at in zip(text, places, strict=True))
    upright = ReadLine(Region(50, 500, 20, 900, 0.0), characters)
    found = lines(ReadPicture((upright, line(100, 500, "a line beside it")), 1000, 1000, 0))
    assert [line.text for line in found] == ["a line beside it", text]
    first, second = found[1].words
    assert first.box.top > second.box.bottom


def test_type_of_nearly_one_size_is_taken_for_the_same() -> None:
    found = lines(
        ReadPicture(
            (line(0, 20, "one", 20), line(0, 50, "two", 24), line(0, 120, "Title", 50)), 1000, 1000, 0
        )
    )
    assert found[0].size == found[1].size < 0.6 * found[2].size


def test_nothing_read_is_no_line() -> None:
    assert read() == read(line(0, 0, " ")) == []
