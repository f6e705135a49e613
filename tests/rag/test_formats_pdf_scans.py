"""Pages of a PDF that are pictures are read by OCR, and only those."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest
from PIL import Image

from rag.boxes import unpack
from rag.errors import DocumentEmpty, DocumentUnreadable
from rag.formats import draw, read
from rag.ocr import pages
from rag.ocr.recognition import ReadPicture
from rag.settings import ReadLimits
from tests.fakes.documents import paragraph, pdf, read_file, with_picture
from tests.fakes.pictures import below, drawn, scanned

SAID = "The notice period is ninety days."
PICTURE = drawn(below(SAID, "It ends on 30 June 2027."))
SENTENCE = "The notice period is ninety days. It ends on 30 June 2027."


@pytest.fixture
def without_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages.weights, "folder", lambda: None)


@pytest.mark.model
def test_a_scanned_page_is_read_beside_others(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(scanned(PICTURE, None))
    told: list[tuple[int, int | None]] = []
    document = read(path, ReadLimits(), lambda done, total: told.append((done, total)))
    assert [page.text for page in document.pages] == [SENTENCE, ""]
    assert document.warnings == ("1 of 2 pages were read from pictures; check important numbers.",)
    assert told[-2:] == [(1, 2), (2, 2)]
    assert (0, 2) in told, "a page takes seconds: it must be possible to stop meanwhile"


@pytest.mark.model
def test_words_of_a_scanned_page_have_their_places(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(scanned(PICTURE))
    (page,) = read_file(path).pages
    words = list(unpack(page.boxes))
    assert [page.text[word.start : word.end] for word in words] == SENTENCE.split()
    assert words[0].box.left == pytest.approx(80 / 1000, abs=0.01)
    assert words[0].box.top < 115 / 1400 < words[0].box.bottom


@pytest.mark.model
def test_a_number_stamped_on_a_scan_does_not_keep_it_from_being_read(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(scanned(PICTURE, text="DOC-000123"))
    (page,) = read_file(path).pages
    assert page.text.startswith(SENTENCE)
    assert "DOC-000123" in page.text


@pytest.mark.model
def test_scan_of_white_paper_holds_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(scanned(drawn([])))
    with pytest.raises(DocumentEmpty, match="not in its pictures either"):
        read_file(path)


@pytest.mark.usefixtures("without_weights")
def test_without_weights_it_may_be_a_scan(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(scanned(PICTURE))
    with pytest.raises(DocumentEmpty, match=r"There is no text in it; it may be a scan\."):
        read_file(path)
    path.write_bytes(scanned(PICTURE, None, text="A stamp"))
    document = read_file(path)
    assert [page.text for page in document.pages] == ["A stamp", "A stamp"]


@pytest.mark.usefixtures("without_weights")
def test_type_turned_into_outlines_may_be_a_scan_and_a_frame_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    letters = "".join(f"\n{72 + 8 * at} 700 m {75 + 8 * at} 710 l {78 + 8 * at} 700 l f" for at in range(50))
    path.write_bytes(pdf([[]], trailing=letters))
    with pytest.raises(DocumentEmpty, match="it may be a scan"):
        read_file(path)
    path.write_bytes(pdf([[]], trailing="\n50 50 400 700 re S"))
    with pytest.raises(DocumentEmpty, match=r"There is no text in it\.$"):
        read_file(path)


def test_pages_beyond_the_time_for_pictures_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(scanned(PICTURE, None, text="A stamp"))
    assert read_file(path, picture_seconds=0).warnings == (
        "1 of 2 pages were not read: there was no time left for more pictures.",
    )


def test_a_picture_too_large_is_not_drawn(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(with_picture([(b"no JPEG", (60_000, 60_000))]))
    with pytest.raises(DocumentEmpty, match="it may be a scan"):
        read_file(path)


@pytest.mark.usefixtures("without_weights")
def test_pages_with_text_are_not_taken_for_scans(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([paragraph("Text.")]))
    assert read_file(path).warnings == ()


def test_a_page_can_be_drawn_while_a_scan_is_being_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PDFium takes one thread at a time, but has no part in the reading of pictures, which takes minutes."""
    shown: list[int] = []

    class Slow:
        def __init__(self, *_: object) -> None:
            pass

        def read(self, picture: Image.Image, still: object) -> ReadPicture:
            thread = Thread(target=lambda: shown.append(draw(path, 1, 50).width_px))
            thread.start()
            thread.join(20)
            return ReadPicture((), picture.width, picture.height, 0)

    path = tmp_path / "a.pdf"
    path.write_bytes(scanned(PICTURE))
    monkeypatch.setattr(pages, "_recogniser", Slow)
    with pytest.raises(DocumentEmpty):
        read_file(path)
    assert shown in ([50], [51])  # PDFium rounds up


def test_a_text_that_takes_too_long_is_given_up_though_pictures_may_take_longer(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([paragraph("Text.")]))
    with pytest.raises(DocumentUnreadable, match="longer than 0 seconds"):
        read_file(path, seconds=0)
