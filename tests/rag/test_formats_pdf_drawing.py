from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rag.errors import (
    DocumentProtected,
    DocumentTooLarge,
    DocumentUnreadable,
    DocumentVanished,
    UnsupportedFormat,
)
from rag.formats import draw
from rag.formats.pdf_drawing import MOST_PX
from tests.fakes.documents import paragraph, pdf, with_picture

A4 = "/MediaBox [0 0 595 842]"


def written(tmp_path: Path, **options: str) -> Path:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([paragraph("One."), paragraph("Two.")], **options))  # type: ignore[arg-type]
    return path


def test_a_page_is_drawn_as_wide_as_asked_in_black_on_white(tmp_path: Path) -> None:
    shown = draw(written(tmp_path), 2, 600)
    assert (shown.width_px, shown.height_px, shown.pages) == (600, 850, 2)
    pixels = np.frombuffer(shown.pixels, np.uint8).reshape(850, 600, 4)
    assert pixels[0, 0, :3].tolist() == [255, 255, 255]
    assert pixels[:, :, :3].min() < 50


def test_a_width_that_is_no_multiple_of_anything_is_drawn_without_gaps(tmp_path: Path) -> None:
    shown = draw(written(tmp_path), 1, 333)
    assert len(shown.pixels) == shown.width_px * shown.height_px * 4


@pytest.mark.parametrize("turned", [90, 270])
def test_a_turned_page_is_drawn_as_it_shows(tmp_path: Path, turned: int) -> None:
    shown = draw(written(tmp_path, paper=f"{A4} /Rotate {turned}"), 1, 842)
    assert (shown.width_px, shown.height_px) == (842, 595)


@pytest.mark.parametrize("page", [0, -1, 3, 10**9])
def test_a_page_that_it_does_not_have_is_told(tmp_path: Path, page: int) -> None:
    with pytest.raises(DocumentUnreadable, match=f"It has no page {page}"):
        draw(written(tmp_path), page, 100)


@pytest.mark.parametrize("width", [1, 0, -5])
def test_a_picture_of_no_width_is_a_pixel_wide(tmp_path: Path, width: int) -> None:
    assert draw(written(tmp_path), 1, width).width_px >= 1


@pytest.mark.parametrize(
    "paper", [A4, "/MediaBox [0 0 14400 14400]", "/MediaBox [0 0 3 14400]", "/MediaBox [0 0 14400 3]"]
)
def test_no_picture_is_larger_than_the_limit(tmp_path: Path, paper: str) -> None:
    shown = draw(written(tmp_path, paper=paper), 1, 10**6)
    assert max(shown.width_px, shown.height_px) <= MOST_PX + 1


@pytest.mark.parametrize(
    "paper",
    [
        "/MediaBox [0 0 0 0]",
        "/MediaBox [5 5 5 5]",
        "/MediaBox [0 0 0.001 0.001]",
        "/MediaBox [0 0 0 842]",
        "/MediaBox [0 0 595 0]",
    ],
)
def test_a_page_without_size_is_drawn_or_refused_by_name(tmp_path: Path, paper: str) -> None:
    try:
        shown = draw(written(tmp_path, paper=paper), 1, 100)
    except DocumentUnreadable:
        return
    assert max(shown.width_px, shown.height_px) <= MOST_PX + 1


def test_a_picture_that_takes_gigabytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(with_picture([(b"no JPEG", (60_000, 60_000))]))
    with pytest.raises(DocumentTooLarge, match="too large to be shown"):
        draw(path, 1, 100)


def test_a_pdf_behind_a_password_is_protected(tmp_path: Path) -> None:
    with pytest.raises(DocumentProtected, match="password"):
        draw(written(tmp_path, protected=True), 1, 100)  # type: ignore[arg-type]


def test_what_is_no_pdf_or_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(DocumentVanished):
        draw(tmp_path / "gone.pdf", 1, 100)
    (tmp_path / "a.pdf").write_text("Dear reader,")
    with pytest.raises(UnsupportedFormat, match="not a PDF"):
        draw(tmp_path / "a.pdf", 1, 100)
    (tmp_path / "b.pdf").write_bytes(pdf([[]])[:100])
    with pytest.raises(DocumentUnreadable, match="damaged"):
        draw(tmp_path / "b.pdf", 1, 100)


def test_formats_without_looks_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    with pytest.raises(UnsupportedFormat, match="cannot be shown as pictures"):
        draw(tmp_path / "a.txt", 1, 100)
