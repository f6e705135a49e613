"""A strip of a page around the lit place: where on the page it stands, seen before it is opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.lanes import Lane
from desktop.theme.theme import Theme
from desktop.theme.tokens import LIGHT, Radius
from desktop.viewer.marks import boxes_of, outline
from desktop.viewer.pictures import Picture, picture_of
from desktop.viewer.spot import Spot
from desktop.viewer.texts import look
from desktop.window.ports import Documents
from rag.boxes import Box
from rag.errors import RagError
from rag.formats import DRAWN

WIDTH, HEIGHT = 276, 104
SHARE = 0.9
"""Of the page's width: its margins tell nothing."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The picture of a spot's page, and what is lit on it."""

    spot: Spot
    picture: Picture
    boxes: Sequence[Box]


class Glimpses(QObject):
    """Fetches pictures for what is asked for, one at a time. Where there is none, nothing is said."""

    seen = Signal(object)

    def __init__(self, documents: Documents, lane: Lane, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._documents = documents
        self._lane = lane

    def ask(self, spot: Spot, pixel_ratio: float) -> None:
        source = spot.source
        if source.page is None or PurePath(source.path).suffix.lower() not in DRAWN:
            return
        documents, width_px = self._documents, round(WIDTH / SHARE * pixel_ratio)
        job = self._lane.job(lambda _: iter(_look(documents, spot, width_px)))
        job.happened.connect(self.seen)
        self._lane.start(job)


def _look(documents: Documents, spot: Spot, width_px: int) -> list[Seen]:
    """On the lane's thread; empty where the page cannot be shown as it was read."""
    try:
        seen = look(documents, spot)
        boxes = boxes_of(seen.page, spot.lit_on(seen.page))
        if seen.state != "as read" or not boxes:
            return []
        drawn = documents.draw_page(spot.path, seen.page.number or 1, width_px)
    except RagError:  # the viewer says why, when it is opened
        return []
    return [Seen(spot, picture_of(drawn, width_px), boxes)]


class Glimpse(QWidget):
    """Paints the strip. Says nothing to a screen reader: the passage stands above it as text."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._seen: Seen | None = None
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    @property
    def is_empty(self) -> bool:
        return self._seen is None

    def show_seen(self, seen: Seen) -> None:
        self._seen = seen
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._seen is None:
            return
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        frame = QPainterPath()
        frame.addRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), Radius.CHIP, Radius.CHIP)
        painter.setClipPath(frame)
        page = self._page(self._seen)
        painter.fillPath(frame, QColor(LIGHT.raised))
        painter.drawImage(page, self._seen.picture.image)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        painter.fillPath(outline(page, self._seen.boxes), QColor(LIGHT.lit))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.strokePath(frame, QPen(QColor(self._theme.palette.line), 1))

    def _page(self, seen: Seen) -> QRectF:
        """Where the whole page would be: its lit place a little under the strip's upper edge."""
        width = self.width() / SHARE
        height = width * seen.picture.shape
        top = seen.boxes[0].top * height - self.height() * 0.28
        top = min(max(0.0, top), max(0.0, height - self.height()))
        return QRectF((self.width() - width) / 2, -top, width, height)
