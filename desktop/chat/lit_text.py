"""Text of a document in which some ranges are lit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QTextBlockFormat, QTextCharFormat, QTextCursor, QTextOption

from desktop.chat.quotes import Range, merged, printable
from desktop.chat.textview import TextView
from desktop.theme.theme import Theme
from desktop.theme.tokens import Colour, Type


class LitText(TextView):
    """What is lit stands out of the `plain` rest; hits of a search are marked, the current one strongly."""

    def __init__(self, theme: Theme, name: str, *, plain: Colour = "muted", size: int = Type.LABEL) -> None:
        super().__init__(theme, name)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # to be marked with the mouse; Tab goes to the links
        self._plain = plain
        self._size = size
        self._zoom = 1.0
        self._text = ""
        self._lit: Sequence[Range] = ()
        self._hits: Sequence[Range] = ()
        self._current: Range | None = None
        self._positions: dict[str, int] = {}
        theme.changed.connect(self._write)

    def show_text(
        self,
        text: str,
        lit: Sequence[Range] = (),
        hits: Sequence[Range] = (),
        current: Range | None = None,
    ) -> None:
        shown = (text.rstrip(), lit, hits, current)
        if shown != (self._text, self._lit, self._hits, self._current):
            self._text, self._lit, self._hits, self._current = shown
            self._write()

    def set_zoom(self, zoom: float) -> None:
        if zoom != self._zoom:
            self._zoom = zoom
            self._write()

    def lit_top(self) -> float:
        """Pixels from the top to the first lit line."""
        return self._top("lit")

    def current_top(self) -> float:
        """Pixels from the top to the current hit."""
        return self._top("current")

    def _top(self, look: str) -> float:
        cursor = QTextCursor(self.document())
        cursor.setPosition(self._positions.get(look, 0))
        return float(self.cursorRect(cursor).top())

    def _write(self) -> None:
        document = self.document()
        document.clear()
        document.setDefaultFont(self.theme.font(round(self._size * self._zoom)))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        document.setDefaultTextOption(option)
        cursor = QTextCursor(document)
        cursor.setBlockFormat(self._lines())
        looks = {look: self._look(look) for look in ("plain", "lit", "hit", "current")}
        shown = printable(self._text)
        self._positions = {}
        cursor.beginEditBlock()
        for start, end, look in self._pieces():
            self._positions.setdefault(look, cursor.position())
            cursor.insertText(shown[start:end], looks[look])
        cursor.endEditBlock()
        self._narrow_blank_lines()

    def _pieces(self) -> Iterator[tuple[int, int, str]]:
        """The text from its beginning to its end, cut where its look changes."""
        length = len(self._text)
        ranges = [(*each, "lit") for each in merged(self._lit, length)]
        ranges += [(*each, "hit") for each in merged(self._hits, length)]
        ranges += [(*each, "current") for each in merged([self._current] if self._current else [], length)]
        edges = sorted({0, length, *(edge for start, end, _ in ranges for edge in (start, end))})
        for start, end in pairwise(edges):
            # The last that covers it: what is searched lies over what is lit.
            covering = [look for begin, stop, look in ranges if begin <= start and end <= stop]
            yield start, end, covering[-1] if covering else "plain"

    def _look(self, look: str) -> QTextCharFormat:
        made = QTextCharFormat()
        palette = self.theme.palette
        made.setForeground(self.theme.colour("text" if look in ("lit", "hit") else self._plain))
        if look == "current":
            made.setForeground(QColor(palette.on_accent))
        grounds = {"lit": palette.lit, "hit": palette.accent_soft, "current": palette.accent}
        if look in grounds:
            made.setBackground(QColor(grounds[look]))
        return made

    def _narrow_blank_lines(self) -> None:
        """Documents part their paragraphs by blank lines: half a line is enough."""
        block = self.document().begin()
        while block.isValid():
            if not block.text().strip():
                QTextCursor(block).setBlockFormat(self._lines(0.6))
            block = block.next()

    def _lines(self, share: float = 1.5) -> QTextBlockFormat:
        lines = QTextBlockFormat()
        height = round(self.theme.pixels(round(self._size * self._zoom)) * share)
        lines.setLineHeight(height, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        return lines
