"""A page as text, with the passage lit: where pages have no looks, or the file is not as it was read."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from desktop.chat.lit_text import LitText
from desktop.chat.quotes import Range
from desktop.theme.controls import card
from desktop.theme.layouts import ScrollArea, centred, row
from desktop.theme.theme import Theme
from desktop.theme.tokens import Size, Space, Type

PART = 12_000
"""Characters set at once: a long text is turned like a book, so that setting it never holds up the window."""


SCROLLING = (
    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End,
    Qt.Key.Key_Space,
)  # fmt: skip


class TextPages(ScrollArea):
    """One page of text on paper; a long one in parts."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.text = LitText(theme, "Text of the page", plain="text", size=Type.INTERFACE)
        self._parts: list[Range] = [(0, 0)]
        self._part = 0
        self._all = ""
        self._lit: Sequence[Range] = ()
        self._hits: Sequence[Range] = ()
        self._current: Range | None = None
        paper = card()
        paper.setLayout(row(self.text, margins=(28, 22, 28, 26)))
        paper.setMaximumWidth(Size.COLUMN)
        self._paper = paper
        page = QWidget()
        page.setProperty("kind", "clear")
        layout = centred(paper, margins=(Space.XL, Space.L, Space.XL - self.BAR, Space.XL))
        layout.setAlignment(paper, Qt.AlignmentFlag.AlignTop)
        page.setLayout(layout)
        self.setWidget(page)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.text.installEventFilter(self)

    @property
    def part(self) -> int:
        """Counted from 0."""
        return self._part

    @property
    def parts(self) -> int:
        return len(self._parts)

    def show_page(self, text: str, lit: Sequence[Range]) -> None:
        """A page from its beginning, or from what is lit on it."""
        self._all, self._lit, self._hits, self._current = text, lit, (), None
        self._parts = parts(text)
        self.turn_to(self._part_of(lit[0][0]) if lit else 0)
        QTimer.singleShot(0, self, self._bring_into_view)

    def show_hits(self, hits: Sequence[Range], current: Range | None) -> None:
        self._hits, self._current = hits, current
        if current is not None:
            self._part = self._part_of(current[0])
            QTimer.singleShot(0, self, self._bring_into_view)
        self._show()

    def turn_to(self, part: int) -> None:
        self._part = min(max(0, part), len(self._parts) - 1)
        self._show()
        self.verticalScrollBar().setValue(0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys that scroll do so where the text has the keyboard, too: it is as high as it is long."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in SCROLLING:
            self.keyPressEvent(event)
            return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        bar = self.verticalScrollBar()
        if event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End):
            bar.setValue(0 if event.key() == Qt.Key.Key_Home else bar.maximum())
        elif event.key() == Qt.Key.Key_Space:
            bar.setValue(bar.value() + bar.pageStep())
        else:
            super().keyPressEvent(event)

    def _part_of(self, position: int) -> int:
        return next((n for n, (_, end) in enumerate(self._parts) if position < end), len(self._parts) - 1)

    def _show(self) -> None:
        start, end = self._parts[self._part]
        current = self._inside([self._current] if self._current else [], start, end)
        self.text.show_text(
            self._all[start:end],
            self._inside(self._lit, start, end),
            self._inside(self._hits, start, end),
            current[0] if current else None,
        )

    @staticmethod
    def _inside(ranges: Sequence[Range], start: int, end: int) -> list[Range]:
        """The ranges that begin in this part, counted from its beginning."""
        return [(first - start, last - start) for first, last in ranges if start <= first < end]

    def _bring_into_view(self) -> None:
        top = self.text.current_top() if self._current else self.text.lit_top() if self._lit else 0.0
        top += self._paper.y() + self.text.y()
        bar, seen = self.verticalScrollBar(), self.viewport().height()
        if not bar.value() + 20 <= top <= bar.value() + 0.8 * seen:
            bar.setValue(round(top - 0.3 * seen))


def parts(text: str, size: int = PART) -> list[Range]:
    """The text in pieces of at most `size` characters, that end with a paragraph or a line where they can."""
    made: list[Range] = []
    start = 0
    while len(text) - start > size:
        end = max(text.rfind("\n\n", start, start + size), text.rfind("\n", start + size // 2, start + size))
        end = end + 1 if end > start + size // 2 else start + size
        made.append((start, end))
        start = end
    return [*made, (start, len(text))]
