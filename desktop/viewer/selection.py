"""Words selected on the picture of a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from desktop.viewer.marks import boxes_of, words_of
from rag.boxes import Box, WordBox
from rag.values import Page


class Selection(QObject):
    """From one word to another of the same page. `page` gives the text of a page, where it is there."""

    changed = Signal()

    def __init__(self, page: Callable[[int], Page | None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._page = page
        self._number = 0
        self._from: WordBox | None = None
        self._to: WordBox | None = None

    @property
    def text(self) -> str:
        page = self._page(self._number)
        start, end = self._range
        return page.text[start:end] if page is not None else ""

    def boxes(self, number: int) -> Sequence[Box]:
        """What to mark on a page."""
        page = self._page(number)
        start, end = self._range
        return boxes_of(page, [(start, end)]) if page is not None and number == self._number and end else ()

    def word_at(self, number: int, x: float, y: float) -> WordBox | None:
        """The word under a point, which is given in shares of the page."""
        inside = (
            word
            for word in self._words(number)
            if word.box.left <= x <= word.box.right and word.box.top <= y <= word.box.bottom
        )
        return next(inside, None)

    def begin(self, number: int, x: float, y: float) -> None:
        self._number = number
        self._from, self._to = self.word_at(number, x, y), None
        self.changed.emit()

    def extend(self, number: int, x: float, y: float) -> None:
        """Up to the word nearest to a point of the page that the selection began on."""
        if self._from is None or number != self._number:
            return
        nearest = min(self._words(number), key=lambda word: _distance(word.box, x, y))
        if nearest != self._to:
            self._to = nearest
            self.changed.emit()

    def take_page(self, number: int) -> None:
        words = self._words(number)
        if words:
            self._number, self._from, self._to = number, words[0], words[-1]
            self.changed.emit()

    def clear(self) -> None:
        self._from = self._to = None
        self.changed.emit()

    @property
    def _range(self) -> tuple[int, int]:
        if self._from is None or self._to is None:
            return 0, 0
        return min(self._from.start, self._to.start), max(self._from.end, self._to.end)

    def _words(self, number: int) -> Sequence[WordBox]:
        page = self._page(number)
        return words_of(page.boxes) if page is not None and page.boxes else ()


def _distance(box: Box, x: float, y: float) -> float:
    """To the nearest side, lines counting more than columns: a pointer beside a line means the line."""
    across = max(box.left - x, 0.0, x - box.right)
    down = max(box.top - y, 0.0, y - box.bottom)
    return across + 4 * down
