"""Pages of paper for the viewer's tests: a text set on A4, its picture and where its words stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from rag.boxes import Box, WordBox, pack
from rag.process.messages import PageDrawn
from rag.values import Page

WIDTH, HEIGHT, MARGIN, SIZE, LINE = 595.0, 842.0, 72.0, 11, 17.0


def paper(number: int, text: str, *, pages: int = 1) -> tuple[Page, Callable[[int], PageDrawn]]:
    """The page as it was read, and what draws it at a width."""
    boxes = pack(WordBox(start, start + len(word), box) for start, word, box, _ in _set(text))
    return Page(number, text, boxes=boxes), lambda width_px: _draw(text, width_px, pages)


def _font() -> QFont:
    font = QFont("Inter")
    font.setPixelSize(SIZE)
    return font


def _set(text: str) -> Iterator[tuple[int, str, Box, QPointF]]:
    """Words with their beginnings in the text, boxes and baselines."""
    metrics = QFontMetricsF(_font())
    x, y = MARGIN, MARGIN + LINE
    for match in re.finditer(r"\n+|[^\s]+", text):
        word = match.group()
        if word.startswith("\n"):
            x, y = MARGIN, y + LINE * (1.6 if len(word) > 1 else 1)
            continue
        width = metrics.horizontalAdvance(word)
        if x + width > WIDTH - MARGIN:
            x, y = MARGIN, y + LINE
        box = Box(x / WIDTH, (y - SIZE) / HEIGHT, (x + width) / WIDTH, (y + 3) / HEIGHT)
        yield match.start(), word, box, QPointF(x, y)
        x += width + metrics.horizontalAdvance(" ")


def _draw(text: str, width_px: int, pages: int) -> PageDrawn:
    """May run on any thread: painting on an image needs no window."""
    scale = width_px / WIDTH
    image = QImage(width_px, round(HEIGHT * scale), QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(scale, scale)
    painter.setFont(_font())
    painter.setPen(QColor("#222222"))
    for _, word, _, baseline in _set(text):
        painter.drawText(baseline, word)
    painter.end()
    return PageDrawn(bytes(image.constBits()), image.width(), image.height(), pages)
