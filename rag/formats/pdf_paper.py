"""A PDF page as it shows: its size, and where on it the file's own coordinates lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import pypdfium2.raw as raw

from rag.boxes import Box


class Rectangle(NamedTuple):  # made twice for every word: as a frozen dataclass it took three times as long
    """On the page as it shows, in points from its lower left corner, y upwards."""

    left: float
    bottom: float
    right: float
    top: float

    def is_level_with(self, other: Rectangle) -> bool:
        middle, others = (self.bottom + self.top) / 2, (other.bottom + other.top) / 2
        return self.bottom < others < self.top or other.bottom < middle < other.top


_LETTER = (612.0, 792.0)  # what PDFium takes for a page that says nothing


@dataclass(frozen=True, slots=True)
class Paper:
    """The part of a page that shows (`width` × `height` points), turned clockwise by 90° so many times.

    `left` and `bottom` are where that part begins in the file's coordinates, which are not turned.
    `on_side` of the turns are ours, to read what is written upwards or upside down; its picture is without.
    """

    width: float
    height: float
    left: float = 0.0
    bottom: float = 0.0
    turns: int = 0
    on_side: int = 0

    @classmethod
    def of(cls, page: Any) -> Paper:
        """Of PDFium's page: the same part that it draws."""
        left, bottom, right, top = page.get_bbox()
        turns = raw.FPDFPage_GetRotation(page.raw) % 4
        width, height = right - left, top - bottom
        if not (width > 0 and height > 0):
            width, height = page.get_size()  # PDFium's own choice, where it has one
            return cls(width if width > 0 else _LETTER[0], height if height > 0 else _LETTER[1])
        return cls(*((height, width) if turns % 2 else (width, height)), left, bottom, turns)

    def shown(self, left: float, bottom: float, right: float, top: float) -> Rectangle:
        """Where a rectangle of the file's coordinates shows."""
        left, right = left - self.left, right - self.left
        bottom, top = bottom - self.bottom, top - self.bottom
        match self.turns:
            case 0:
                return Rectangle(left, bottom, right, top)
            case 1:
                return Rectangle(bottom, self.height - right, top, self.height - left)
            case 2:
                return Rectangle(
                    self.width - right, self.height - top, self.width - left, self.height - bottom
                )
            case _:
                return Rectangle(self.width - top, left, self.width - bottom, right)

    def turned(self, turns: int) -> Paper:
        """The same, looked at after so many turns clockwise."""
        width, height = (self.height, self.width) if turns % 2 else (self.width, self.height)
        turned, on_side = (self.turns + turns) % 4, (self.on_side + turns) % 4
        return Paper(width, height, self.left, self.bottom, turned, on_side)

    def holds(self, place: Rectangle) -> bool:
        """Whether it lies on the paper, at least in part."""
        return place.left < self.width and place.right >= 0 and place.bottom < self.height and place.top >= 0

    def box(self, first: Rectangle, last: Rectangle) -> Box:
        """What holds both, as shares of the picture of the page."""
        left = first.left if first.left < last.left else last.left
        right = last.right if first.right < last.right else first.right
        bottom = first.bottom if first.bottom < last.bottom else last.bottom
        top = last.top if first.top < last.top else first.top
        box = Box(left / self.width, 1 - top / self.height, right / self.width, 1 - bottom / self.height)
        for _ in range(self.on_side):
            box = Box(box.top, 1 - box.right, box.bottom, 1 - box.left)
        return box
