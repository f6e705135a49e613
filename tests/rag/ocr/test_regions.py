from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image, ImageDraw

from rag.ocr import regions as module
from rag.ocr.regions import Map, Region, regions


def drawn(*rectangles: tuple[float, float, float, float, float], size: tuple[int, int] = (400, 300)) -> Map:
    """A map with these regions, each x, y, length, height, degrees."""
    picture = Image.new("L", size, 0)
    pen = ImageDraw.Draw(picture)
    for x, y, length, height, degrees in rectangles:
        corners = Region(x, y, length, height, math.radians(degrees)).corners()
        pen.polygon([tuple(corner) for corner in corners.tolist()], fill=255)
    return np.asarray(picture, np.float32) / 255


@pytest.mark.parametrize("degrees", [-40, -10, -1, 0, 2, 15, 44])
def test_a_tilted_line_is_found_as_it_lies(degrees: float) -> None:
    (found,) = regions(drawn((200, 150, 180, 14, degrees)))
    assert math.degrees(found.angle) == pytest.approx(degrees, abs=1)
    assert (found.x, found.y) == pytest.approx((200, 150), abs=2)
    grown = 2 * 180 * 14 * 1.6 / (2 * (180 + 14))
    assert (found.length, found.height) == pytest.approx((180 + grown, 14 + grown), abs=7)


def test_lines_that_do_not_touch_are_apart_and_those_that_touch_are_one() -> None:
    assert len(regions(drawn((100, 50, 90, 10, 0), (100, 70, 90, 10, 0), (300, 50, 90, 10, 0)))) == 3
    assert len(regions(drawn((100, 50, 90, 10, 0), (180, 50, 90, 10, 0)))) == 1


def test_what_is_unlikely_or_tiny_is_left_out() -> None:
    assert regions(drawn((200, 150, 180, 14, 0)) * 0.45) == []
    assert regions(drawn((200, 150, 1, 1, 0))) == []
    assert regions(np.zeros((64, 64), np.float32)) == []


def test_more_regions_than_a_newspaper_has_are_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_REGIONS", 3)
    assert len(regions(drawn(*((100, 30 + 30 * row, 90, 10, 0) for row in range(8))))) == 3


def test_labels_are_those_of_flooding_from_pixel_to_pixel() -> None:
    """Compared with the plain way, on noise."""
    noise = np.random.default_rng(7).random((40, 50)) > 0.6
    pieces = sorted(len(points) // 2 for points in module._outlines(noise))
    seen = np.zeros_like(noise)
    flooded = []
    for start in zip(*np.nonzero(noise), strict=True):
        if seen[start]:
            continue
        stack, runs = [start], 0
        seen[start] = True
        while stack:
            row, column = stack.pop()
            runs += column == 0 or not noise[row, column - 1]
            for near in ((row + y, column + x) for y in (-1, 0, 1) for x in (-1, 0, 1)):
                if 0 <= near[0] < 40 and 0 <= near[1] < 50 and noise[near] and not seen[near]:
                    seen[near] = True
                    stack.append(near)
        flooded.append(runs)
    assert pieces == sorted(flooded)
