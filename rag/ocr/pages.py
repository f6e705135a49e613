"""Reads pages that are pictures: within the time that one file has for it, and says how many there were."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from rag.formats.pdf_layout import Line
from rag.ocr import weights
from rag.settings import ReadLimits

if TYPE_CHECKING:
    from PIL.Image import Image

    from rag.ocr.recognition import Recogniser

LONGEST_SIDE_PX = 2400  # of a page that is drawn to be read: A4 at 200 dpi
_MOST_THREADS = 4


class PicturePages:
    """Of one file. Nothing is loaded before the first picture."""

    def __init__(self, limits: ReadLimits) -> None:
        self._seconds = limits.picture_seconds
        self.spent_s = 0.0
        self._threads = limits.picture_threads or min(_MOST_THREADS, max(1, (os.cpu_count() or 2) // 2))
        self._folder = weights.folder()
        self._read = 0
        self._unread = 0
        self._blank = 0
        self._late = False

    def lines(self, picture: Callable[[], Image | None], still: Callable[[], None]) -> list[Line]:
        """The lines of a page, none where they cannot be read; `picture` draws it, or cannot.

        `still` is called every second or so; what it raises ends the work.
        """
        self._late = self.spent_s >= self._seconds
        drawn = picture() if self._folder and not self._late else None
        if self._folder is None or drawn is None:
            self._unread += 1
            return []
        from rag.ocr import reading

        started = time.monotonic()
        read = _recogniser(self._folder, self._threads).read(drawn, still)
        self.spent_s += time.monotonic() - started
        found = reading.lines(read)
        if found:
            self._read += 1
        else:
            self._blank += 1
        return found

    @property
    def why_empty(self) -> str:
        """Why there is no text in a file that holds none outside of its pictures."""
        if self._unread:
            return "There is no text in it; it may be a scan."
        if self._blank:
            return "There is no text in it, not in its pictures either."
        return "There is no text in it."

    def warnings(self, pages: int) -> Iterator[str]:
        """Sentences for the person about a file of so many pages."""
        if self._read == pages == 1:
            yield "Its text was read from a picture; check important numbers."
        elif self._read:
            yield f"{_of(self._read, pages)} were read from pictures; check important numbers."
        if self._unread and self._late:
            yield f"{_of(self._unread, pages)} were not read: there was no time left for more pictures."
        elif self._unread:
            yield f"{_of(self._unread, pages)} held a picture and no text; it may be a scan."


@lru_cache(maxsize=1)
def _recogniser(folder: Path, threads: int) -> Recogniser:
    """Kept for the next file: loading takes half a second, and 150 MB."""
    from rag.ocr.recognition import Recogniser

    return Recogniser(folder, threads)


def _of(some: int, pages: int) -> str:
    return f"{some} of {pages} page{'s' if pages != 1 else ''}"
