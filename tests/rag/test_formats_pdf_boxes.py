"""Where a PDF's words stand is where they are drawn: each box holds ink, and the ink is in the boxes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rag.boxes import WordBox, unpack
from rag.formats import draw
from rag.process.messages import PageDrawn
from rag.values import Page
from tests.fakes.documents import Shown, paragraph, pdf, read_file

SAMPLE = Path(__file__).parents[2] / "assets/samples/Brightwave framework agreement.pdf"
LINES = paragraph("Either party may terminate", "this agree-", "ment in writing.")
WHITE = 200


def words_of(page: Page) -> list[tuple[str, WordBox]]:
    return [(page.text[word.start : word.end], word) for word in unpack(page.boxes)]


def ink(picture: PageDrawn) -> np.ndarray:
    pixels = np.frombuffer(picture.pixels, np.uint8).reshape(picture.height_px, picture.width_px, 4)
    return pixels[:, :, :3].min(axis=2) < WHITE


def assert_boxes_hold_the_ink(path: Path, page: Page) -> None:
    black = ink(draw(path, page.number or 1, 1200))
    height, width = black.shape
    drawn = black.sum()
    for text, word in words_of(page):
        box = word.box
        rows = slice(int(box.top * height), int(box.bottom * height) + 1)
        columns = slice(int(box.left * width), int(box.right * width) + 1)
        assert black[rows, columns].any(), text
        black[rows, columns] = False
    assert black.sum() < 0.05 * drawn, "ink outside of the boxes"  # a hyphen, and what hangs over


def test_every_word_of_a_page_has_its_place(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([LINES]))
    (page,) = read_file(path).pages
    assert page.text == "Either party may terminate this agreement in writing."
    assert [text for text, _ in words_of(page)] == [
        *("Either", "party", "may", "terminate", "this", "agree", "ment", "in", "writing."),
    ]
    assert_boxes_hold_the_ink(path, page)


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
@pytest.mark.parametrize("boxes", ["", "/CropBox [40 500 450 760]"])
@pytest.mark.parametrize("media", ["[0 0 595 842]", "[20 30 595 842]", "[-100 -50 595 842]"])
def test_boxes_are_where_the_words_are_drawn(tmp_path: Path, turned: int, boxes: str, media: str) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([LINES], paper=f"/MediaBox {media} {boxes} /Rotate {turned}"))
    (page,) = read_file(path).pages
    assert len(words_of(page)) == 9
    assert_boxes_hold_the_ink(path, page)


def test_what_is_outside_of_the_part_that_shows_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    shown = [Shown(120, 220, "inside"), Shown(20, 220, "left"), Shown(120, 20, "below")]
    path.write_bytes(pdf([shown], paper="/MediaBox [0 0 595 842] /CropBox [100 200 400 400]"))
    assert read_file(path).pages[0].text == "inside"


@pytest.mark.parametrize(
    "paper",
    ["", "/MediaBox [0 0 0 0]", "/MediaBox [0 0 0 842]", "/MediaBox [0 0 595 0]", "/MediaBox [0 0 1 1]"],
)
def test_paper_of_a_senseless_size_is_read(tmp_path: Path, paper: str) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([[Shown(72, 700, "Far out"), Shown(0.2, 0.2, "corner")]], paper=paper))
    (page,) = read_file(path).pages
    assert page.text
    assert list(unpack(page.boxes))


def test_type_without_a_width_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([paragraph("Text.")], trailing="\nBT 0 Tz /F1 10 Tf 72 500 Td (narrow) Tj ET"))
    assert read_file(path).pages[0].text.startswith("Text.")


# Not downwards on a page that is not turned: PDFium itself gives such lines from the last to the first.
@pytest.mark.parametrize(
    ("turned", "upwards"), [(0, True), (90, True), (270, True), (90, False), (270, False)]
)
def test_lines_that_run_up_or_down_the_sheet_are_read(tmp_path: Path, turned: int, upwards: bool) -> None:
    """Whether the page is turned to show them upright, or the reader has to turn their head."""
    matrix = "0 1 -1 0 {} {}" if upwards else "0 -1 1 0 {} {}"
    places = [(200, 100), (212, 100)] if upwards else [(212, 500), (200, 500)]
    drawn = [
        f"\nBT /F1 10 Tf {matrix.format(*place)} Tm ({text}) Tj ET"
        for place, text in zip(places, ["The first line ends with an", "unusual word."], strict=True)
    ]
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([[]], trailing="".join(drawn), paper=f"/MediaBox [0 0 595 842] /Rotate {turned}"))
    (page,) = read_file(path).pages
    assert page.text == "The first line ends with an unusual word."
    assert_boxes_hold_the_ink(path, page)


def test_words_of_a_table_have_their_places_in_its_cells(tmp_path: Path) -> None:
    cells = [("Blend", "Price"), ("Night | Ferry", "15.60")]
    shown = [
        Shown(72 + 150 * column, 700 - 14 * row, cell)
        for row, line in enumerate(cells)
        for column, cell in enumerate(line)
    ]
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([paragraph("Prices of today.", top=760) + shown]))
    (page,) = read_file(path).pages
    assert [text for text, _ in words_of(page)][3:] == ["Blend", "Price", "Night", r"\|", "Ferry", "15.60"]
    assert_boxes_hold_the_ink(path, page)


def test_a_real_agreement_has_a_box_for_every_word_and_none_for_anything_else() -> None:
    for page in read_file(SAMPLE).pages:
        covered = np.zeros(len(page.text), bool)
        for text, word in words_of(page):
            assert text == text.strip() != ""
            assert not covered[word.start : word.end].any()
            covered[word.start : word.end] = True
        left = {page.text[at] for at in np.flatnonzero(~covered)}
        assert left <= set(" \n|-")
