"""The real networks, on small pictures of known text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rag.formats import draw
from rag.ocr import reading, weights
from rag.ocr.recognition import Recogniser
from tests.fakes.documents import Shown, pdf
from tests.fakes.pictures import below, drawn

pytestmark = pytest.mark.model

LETTER = below(
    "Either party may terminate this agreement",
    "upon ninety (90) days' written notice.",
    "The total of 14,200.50 EUR is due on 3 May.",
    step=60,
)
SMALL = (800, 320)
ACCENTS = ["Übergröße für Ärzte: 50 €", "Où est l'élève? À côté, señor"]


@pytest.fixture(scope="module")
def recogniser() -> Iterator[Recogniser]:
    folder = weights.folder()
    assert folder is not None, "rapidocr is not installed"
    yield Recogniser(folder, 1)


def texts(recogniser: Recogniser, picture: Image.Image) -> list[str]:
    return [line.text for line in reading.lines(recogniser.read(picture, lambda: None))]


def test_printed_text_is_read_to_the_letter(recogniser: Recogniser) -> None:
    assert texts(recogniser, drawn(LETTER, SMALL)) == [text for _, _, text in LETTER]


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_page_scanned_the_wrong_way_round_is_read(recogniser: Recogniser, turned: int) -> None:
    picture = drawn(LETTER, SMALL).rotate(turned, expand=True)
    read = recogniser.read(picture, lambda: None)
    assert read.turns == turned // 90  # Pillow turns anticlockwise, we turn it back
    first = reading.lines(read)[0]
    assert first.text == LETTER[0][2]
    upright = reading.lines(recogniser.read(drawn(LETTER, SMALL), lambda: None))[0].words[0].box
    box = first.words[0].box
    middle = ((upright.left + upright.right) / 2, (upright.top + upright.bottom) / 2)
    x, y = {
        90: (middle[1], 1 - middle[0]),
        180: (1 - middle[0], 1 - middle[1]),
        270: (1 - middle[1], middle[0]),
    }[turned]
    assert ((box.left + box.right) / 2, (box.top + box.bottom) / 2) == pytest.approx((x, y), abs=0.02)


def test_a_tilted_photograph_is_read(recogniser: Recogniser) -> None:
    picture = drawn(LETTER, SMALL).rotate(6, expand=True, fillcolor="white")
    assert texts(recogniser, picture) == [text for _, _, text in LETTER]


def test_letters_with_accents_are_known(recogniser: Recogniser, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([[Shown(72, 800 - 60 * row, text, 24) for row, text in enumerate(ACCENTS)]]))
    page = draw(path, 1, 1000)
    size = page.width_px, page.height_px
    assert texts(recogniser, Image.frombytes("RGB", size, page.pixels, "raw", "BGRX")) == ACCENTS


def test_words_have_boxes_where_their_ink_is(recogniser: Recogniser) -> None:
    (line,) = reading.lines(
        recogniser.read(drawn([(80, 100, "left"), (600, 100, "right")], SMALL), lambda: None)
    )
    assert line.text == "left\tright"
    first, second = (word.box for word in line.words)
    assert (first.left, second.left) == pytest.approx((80 / 800, 600 / 800), abs=0.02)
    assert first.top < 115 / 320 < first.bottom


def test_a_narrow_space_that_the_network_nearly_saw_is_put_in(recogniser: Recogniser) -> None:
    known = {text: index for index, text in enumerate(recogniser._characters)}
    steps = np.zeros((1 + 2 * 5, len(known)), np.float32)
    for place, letter in enumerate("ab cd"):
        steps[2 * place + 1, known[letter]] = 0.9
        steps[2 * place, 0] = 0.9  # blank
    nearly = steps.copy()
    nearly[5] = 0  # the space is not seen any more, only thought possible
    nearly[5, [0, -1]] = 0.9, 0.1
    for seen in (steps, nearly):
        assert "".join(character.text for character in recogniser._decoded(seen, 1.0)) == "ab cd"
    nearly[5, -1] = 0.001
    assert "".join(character.text for character in recogniser._decoded(nearly, 1.0)) == "abcd"


def test_white_paper_says_nothing(recogniser: Recogniser) -> None:
    assert texts(recogniser, Image.new("RGB", (300, 200), "white")) == []


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1), (31, 33)])
def test_a_picture_of_any_shape_is_looked_at(recogniser: Recogniser, size: tuple[int, int]) -> None:
    assert texts(recogniser, Image.new("L", size, 128)) == []


def test_what_is_asked_between_can_end_the_work(recogniser: Recogniser) -> None:
    class Enough(Exception):
        pass

    asked = 0

    def still() -> None:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise Enough

    with pytest.raises(Enough):
        recogniser.read(drawn(LETTER, SMALL), still)
