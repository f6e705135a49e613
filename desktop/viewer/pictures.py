"""Pages as pictures: asked for on a lane, a few kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from desktop.lanes import Job, Lane, once
from desktop.window.ports import Documents
from rag.process.messages import PageDrawn

KEPT_BYTES = 96 << 20
"""Of drawn pages: some five of them on a screen of high resolution, twenty on an ordinary one."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn page; `asked_px` is the width it was asked for (a drawer may give less)."""

    image: QImage
    asked_px: int
    pages: int

    @property
    def shape(self) -> float:
        """Height by width."""
        return self.image.height() / self.image.width()


class Pictures(QObject):
    """Pictures of one document. One is drawn at a time; what is wanted now comes before what was wanted."""

    drawn = Signal(int)
    failed = Signal(object)

    def __init__(self, documents: Documents, lane: Lane, path: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._documents = documents
        self._lane = lane
        self._path = path
        self._kept: OrderedDict[int, Picture] = OrderedDict()
        self._wanted: list[int] = []
        self._width_px = 0
        self._job: Job | None = None
        self._number = 0

    def get(self, number: int) -> Picture | None:
        """The picture of a page, at whatever width it was drawn last."""
        found = self._kept.get(number)
        if found is not None:
            self._kept.move_to_end(number)
        return found

    def want(self, numbers: Sequence[int], width_px: int) -> None:
        """Draw these pages next, first things first; what else was wanted is forgotten."""
        self._width_px = width_px
        self._wanted = [number for number in numbers if not self._is_there(number)]
        self._go_on()

    def close(self) -> None:
        """Draw no more; what is being drawn ends unheard."""
        self.blockSignals(True)
        self._wanted = []
        if self._job is not None:
            self._job.cancel()

    def _is_there(self, number: int) -> bool:
        kept = self._kept.get(number)
        return kept is not None and kept.asked_px == self._width_px

    def _go_on(self) -> None:
        if self._job is not None or not self._wanted:
            return
        number, width_px = self._wanted.pop(0), self._width_px
        self._number = number
        documents, path = self._documents, self._path
        job = self._lane.job(once(lambda: picture_of(documents.draw_page(path, number, width_px), width_px)))
        job.happened.connect(self._take)
        job.done.connect(self._ended)
        job.cancelled.connect(self._ended)
        job.failed.connect(self._fail)
        self._job = job
        self._lane.start(job)

    def _take(self, picture: Picture) -> None:
        if self._job is None or self._job.is_cancelled:
            return
        self._kept[self._number] = picture
        self._kept.move_to_end(self._number)
        while (
            len(self._kept) > 1 and sum(kept.image.sizeInBytes() for kept in self._kept.values()) > KEPT_BYTES
        ):
            self._kept.popitem(last=False)
        self.drawn.emit(self._number)

    def _ended(self) -> None:
        self._job = None
        self._wanted = [number for number in self._wanted if not self._is_there(number)]
        self._go_on()

    def _fail(self, error: BaseException) -> None:
        self._job, self._wanted = None, []
        self.failed.emit(error)


def picture_of(drawn: PageDrawn, asked_px: int) -> Picture:
    """On the lane's thread: the image has a copy of the pixels, for Qt keeps no hold of Python's bytes."""
    size = drawn.width_px, drawn.height_px
    image = QImage(drawn.pixels, *size, drawn.width_px * 4, QImage.Format.Format_RGB32).copy()
    return Picture(image, asked_px, drawn.pages)
