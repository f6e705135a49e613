"""Where words stand on the picture of a page, packed: a page has hundreds, a library millions of them.

14 bytes a word, little-endian: where it starts in the page's text (4), how many characters it has (2), and
its left, top, right and bottom (2 each) as shares of the page's width and height, 65,535 being the whole.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter

_WORD = struct.Struct("<IHHHHH")
_WHOLE = 0xFFFF
_start = attrgetter("start")
# A line of a passage is lit as one: words whose middles are this near (share of the lower one's height).
_SAME_LINE = 0.5


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page's picture; every side is a share (0–1) of the page, from its top left corner."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class WordBox:
    """A word's characters `start:end` of the page's text, and where it stands."""

    start: int
    end: int
    box: Box


def pack(words: Iterable[WordBox], before: int = 0) -> bytes:
    """The words in order of `start`. What lies outside of the page is cut off, empty boxes are left out.

    `before` characters stand in the page's text before the one that the words count in.
    """
    return b"".join(_packed(word, before) for word in sorted(words, key=_start))


def _packed(word: WordBox, before: int) -> bytes:
    box = word.box
    left, top, right, bottom = _stored(box.left), _stored(box.top), _stored(box.right), _stored(box.bottom)
    if right <= left or bottom <= top:
        return b""
    return _WORD.pack(word.start + before, min(word.end - word.start, _WHOLE), left, top, right, bottom)


def _stored(side: float) -> int:
    if 0 <= side <= 1:  # nearly always; min and max take twice the time
        return round(side * _WHOLE)
    return _WHOLE if side > 1 else 0


def unpack(boxes: bytes) -> Iterator[WordBox]:
    """
    Raises:
        ValueError: it is cut off.
    """
    if len(boxes) % _WORD.size:
        raise ValueError(f"{len(boxes)} bytes are no whole number of words")
    for start, length, *sides in _WORD.iter_unpack(boxes):
        yield WordBox(start, start + length, Box(*(side / _WHOLE for side in sides)))


def lit(boxes: bytes, start: int, end: int) -> list[Box]:
    """The rectangles to light for characters `start:end`: one for each line, first word to last."""
    lines: list[Box] = []
    for word in unpack(boxes):
        if word.end <= start or word.start >= end:
            continue
        if lines and _on_one_line(lines[-1], word.box):
            lines[-1] = _around(lines[-1], word.box)
        else:
            lines.append(word.box)
    return lines


def _on_one_line(line: Box, word: Box) -> bool:
    """Whether a word goes on with the line: at its height, and to the right of its beginning."""
    middle = (word.top + word.bottom) / 2
    height = min(line.bottom - line.top, word.bottom - word.top)
    return word.left >= line.left and abs((line.top + line.bottom) / 2 - middle) <= height * _SAME_LINE


def _around(one: Box, other: Box) -> Box:
    return Box(
        min(one.left, other.left),
        min(one.top, other.top),
        max(one.right, other.right),
        max(one.bottom, other.bottom),
    )
