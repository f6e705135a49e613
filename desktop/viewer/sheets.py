"""Where the pages of a document stand, one under the other."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

GAP = 14
"""Pixels between two pages."""

A4 = 297 / 210


class Sheets:
    """Pages numbered from 1, all `width` wide; a page that was not drawn yet is as high as the last drawn."""

    def __init__(self, count: int, width: int) -> None:
        self._count = count
        self._width = width
        self._shapes: dict[int, float] = {}
        self._usual = A4
        self._tops: list[float] = []
        self._place()

    @property
    def count(self) -> int:
        return self._count

    @property
    def width(self) -> int:
        return self._width

    @property
    def total(self) -> float:
        """Height of all pages with the gaps between them."""
        return self._tops[-1] - GAP

    def set_width(self, width: int) -> None:
        self._width = width
        self._place()

    def set_shape(self, number: int, shape: float) -> bool:
        """Height of a page by its width, now known; whether that changes anything."""
        if self._shapes.get(number) == shape:
            return False
        changed = self._shape(number) != shape
        self._shapes[number] = shape
        if self._usual != shape:
            self._usual, changed = shape, True
        if changed:
            self._place()
        return changed

    def top(self, number: int) -> float:
        return self._tops[number - 1]

    def height(self, number: int) -> float:
        return self._width * self._shape(number)

    def at(self, y: float) -> int:
        """The page at a height; the gap below a page belongs to it."""
        return min(max(1, bisect_right(self._tops, y)), self._count)

    def between(self, top: float, bottom: float) -> Iterator[int]:
        yield from range(self.at(top), self.at(bottom) + 1)

    def _shape(self, number: int) -> float:
        return self._shapes.get(number, self._usual)

    def _place(self) -> None:
        heights = (self.height(number) + GAP for number in range(1, self._count + 1))
        self._tops = list(accumulate(heights, initial=0.0))
