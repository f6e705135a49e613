"""What is marked on the picture of a page: rectangles for ranges of its text."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainterPath

from desktop.chat.quotes import Range
from rag.boxes import Box, WordBox, lit, unpack
from rag.values import Page


@dataclass(frozen=True, slots=True)
class PageMarks:
    """What was asked for, what was searched, and which of that is at hand."""

    lit: Sequence[Box] = ()
    hits: Sequence[Box] = ()
    current: Sequence[Box] = ()


NOTHING = PageMarks()


def boxes_of(page: Page, ranges: Iterable[Range]) -> list[Box]:
    """The rectangles of these ranges; none where the page does not say where its words stand."""
    if not page.boxes:
        return []
    starts = _starts(page.boxes)
    size = len(page.boxes) // len(starts)
    found: list[Box] = []
    for start, end in ranges:
        # Only the words of the range: with hundreds of hits on a page, looking at all took 0.3 s.
        first, last = max(0, bisect_right(starts, start) - 1), bisect_left(starts, end)
        found += lit(page.boxes[first * size : last * size], start, end)
    return found


def outline(rect: QRectF, boxes: Sequence[Box]) -> QPainterPath:
    """Boxes on a page's rectangle as one shape: where two overlap, the colour is laid on once.

    A little larger than the words, as a marker pen is.
    """
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    for box in boxes:
        height = (box.bottom - box.top) * rect.height()
        left, top = rect.left() + box.left * rect.width(), rect.top() + box.top * rect.height()
        width = (box.right - box.left) * rect.width()
        path.addRoundedRect(QRectF(left - 2, top - 0.12 * height, width + 4, 1.24 * height), 2, 2)
    return path


@lru_cache(maxsize=16)
def words_of(boxes: bytes) -> tuple[WordBox, ...]:
    return tuple(unpack(boxes))


@lru_cache(maxsize=16)
def _starts(boxes: bytes) -> list[int]:
    return [word.start for word in words_of(boxes)]
