from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rag.errors import DocumentEmpty, DocumentTooLarge, DocumentUnreadable, UnsupportedFormat
from rag.formats import draw
from rag.ocr import pages
from tests.fakes.documents import read_file
from tests.fakes.pictures import below, drawn, encoded

SMALL = (600, 200)
FORMS = {".png": "PNG", ".jpg": "JPEG", ".tif": "TIFF", ".bmp": "BMP", ".webp": "WEBP"}


def text_picture(*texts: str) -> Image.Image:
    return drawn(below(*texts, top=60), SMALL)


def picture_of(path: Path, page: int = 1, width_px: int = 200) -> Image.Image:
    shown = draw(path, page, width_px)
    return Image.frombytes("RGB", (shown.width_px, shown.height_px), shown.pixels, "raw", "BGRX")


@pytest.mark.model
@pytest.mark.parametrize("suffix", sorted(FORMS))
def test_the_text_of_a_picture_is_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"Receipt{suffix}"
    path.write_bytes(encoded(text_picture("Total 60.30 EUR"), FORMS[suffix]))
    document = read_file(path)
    assert document.title == "Receipt"
    assert [(page.number, page.text) for page in document.pages] == [(1, "Total 60.30 EUR")]
    assert document.pages[0].boxes
    assert document.warnings == ("Its text was read from a picture; check important numbers.",)


@pytest.mark.model
def test_pages_of_a_tiff_are_numbered_and_told_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "a.tiff"
    first, *rest = text_picture("First page"), Image.new("RGB", SMALL, "white"), text_picture("Third page")
    path.write_bytes(encoded(first, "TIFF", save_all=True, append_images=rest))
    document = read_file(path)
    assert [(page.number, page.text) for page in document.pages] == [
        (1, "First page"),
        (2, ""),
        (3, "Third page"),
    ]
    assert document.warnings == ("2 of 3 pages were read from pictures; check important numbers.",)
    assert draw(path, 3, 100).pages == 3


@pytest.mark.model
def test_a_picture_without_text_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded(Image.new("RGB", SMALL, "white"), "PNG"))
    with pytest.raises(DocumentEmpty, match="not in its pictures either"):
        read_file(path)


@pytest.mark.model
def test_a_shade_is_no_text(tmp_path: Path) -> None:
    """The network takes it for a square."""
    path = tmp_path / "a.png"
    picture = Image.new("RGB", (595, 842), "white")
    picture.paste((65, 65, 65), (50, 50, 550, 750))
    path.write_bytes(encoded(picture, "PNG"))
    with pytest.raises(DocumentEmpty):
        read_file(path)


def test_pictures_are_left_when_there_is_no_time(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded(text_picture("Total"), "PNG"))
    with pytest.raises(DocumentEmpty, match="it may be a scan"):
        read_file(path, picture_seconds=0)


def test_a_photograph_is_shown_the_way_it_was_taken(tmp_path: Path) -> None:
    """Telephones store the picture as the sensor lies, and say how to turn it."""
    picture = Image.new("RGB", (40, 20), "white")
    picture.paste("red", (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by 90°
    path = tmp_path / "a.jpg"
    path.write_bytes(encoded(picture, "JPEG", exif=exif, quality=95))
    shown = picture_of(path, width_px=20)
    assert shown.size == (20, 40)
    assert shown.getpixel((10, 5))[0] > 200 > 100 > shown.getpixel((10, 5))[1]  # type: ignore[index, operator]
    assert min(shown.getpixel((10, 35))) > 200  # type: ignore[arg-type, type-var]


def test_what_is_transparent_is_white(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded(Image.new("RGBA", (10, 10), (0, 0, 0, 0)), "PNG"))
    assert picture_of(path).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "I;16", "F", "LA"])
def test_colours_of_any_kind_are_shown(tmp_path: Path, mode: str) -> None:
    if mode == "I;16":
        picture = Image.fromarray(np.linspace(0, 60000, 400).reshape(20, 20).astype(np.uint16))
    elif mode == "F":
        picture = Image.fromarray(np.linspace(-1, 1, 400).reshape(20, 20).astype(np.float32))
    else:
        picture = Image.linear_gradient("L").resize((20, 20)).convert(mode)
    path = tmp_path / ("a.png" if mode in ("I;16", "LA") else "a.tif")
    path.write_bytes(encoded(picture, "PNG" if mode in ("I;16", "LA") else "TIFF"))
    shown = np.asarray(picture_of(path, width_px=20).convert("L"))
    assert shown[0].mean() < 60 and shown[-1].mean() > 190


def test_it_is_drawn_as_wide_as_asked_but_never_too_large(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded(Image.new("L", (100, 1000)), "PNG"))
    shown = draw(path, 1, 50)
    assert (shown.width_px, shown.height_px, len(shown.pixels)) == (50, 500, 50 * 500 * 4)
    assert draw(path, 1, 100_000).height_px == 4000
    assert draw(path, 1, 0).width_px == 1


def test_there_is_no_second_page_of_a_photograph(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded(text_picture("Total"), "PNG"))
    for page in (0, 2, -1):
        with pytest.raises(DocumentUnreadable, match=f"It has no page {page}"):
            draw(path, page, 100)


def test_a_picture_over_the_limit_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded(Image.new("1", (20_000, 20_000)), "PNG"))  # 50 KB
    with pytest.raises(DocumentTooLarge, match="400 megapixels; the limit is 100"):
        read_file(path)
    with pytest.raises(DocumentTooLarge, match="400 megapixels; the limit is 100"):
        draw(path, 1, 100)


def test_too_many_pages_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    one = Image.new("1", (8, 8))
    path.write_bytes(encoded(one, "TIFF", save_all=True, append_images=[one] * 3))
    with pytest.raises(DocumentTooLarge, match="4 pages; the limit is 3"):
        read_file(path, pages=3)


def test_what_is_no_picture_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_text("Dear reader,")
    with pytest.raises(UnsupportedFormat, match="not a picture"):
        read_file(path)
    with pytest.raises(UnsupportedFormat, match="not a picture"):
        draw(path, 1, 100)


def test_other_formats_than_those_read_are_not_tried(tmp_path: Path) -> None:
    """Pillow also knows formats that start programs, or are rarely looked after."""
    path = tmp_path / "a.tif"
    path.write_bytes(b"II*\0" + b"\0" * 100)
    with pytest.raises(DocumentUnreadable, match="damaged"):
        draw(path, 1, 100)


@pytest.mark.parametrize("suffix", sorted(FORMS))
@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_damaged_pictures_are_drawn_or_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, damage: str
) -> None:
    """No exception of Pillow comes out; 40 damages of each kind, always the same."""
    monkeypatch.setattr(pages.weights, "folder", lambda: None)
    good = encoded(text_picture("Total"), FORMS[suffix])
    dice = random.Random(suffix)
    path = tmp_path / f"a{suffix}"
    refused = 0
    for _ in range(40):
        data = bytearray(good[: dice.randrange(12, len(good))] if damage == "cut" else good)
        if damage == "changed":
            for _ in range(8):
                data[dice.randrange(12, min(len(data), 400))] = dice.randrange(256)
        path.write_bytes(data)
        try:
            draw(path, 1, 100)
        except DocumentUnreadable:
            refused += 1
        with pytest.raises(DocumentUnreadable):
            read_file(path)
    assert refused > (20 if damage == "cut" else 2)
