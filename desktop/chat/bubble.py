"""What the person wrote: a soft bubble at the right."""

from __future__ import annotations

import math

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent, QTextBlockFormat, QTextCursor, QTextOption
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from desktop.chat.textview import TextView, plain_lines
from desktop.theme.controls import card
from desktop.theme.layouts import row
from desktop.theme.theme import Theme
from desktop.theme.tokens import Type

PADDING = (14, 8, 14, 9)
SHARE = 0.95
"""The bubble takes at most this share of the column."""


class Bubble(QWidget):
    """A question, as plain text, as wide as it needs and no wider."""

    def __init__(self, theme: Theme, text: str) -> None:
        super().__init__()
        self._theme = theme
        self._text = text
        self._view = TextView(theme, "Your question")
        self._view.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # to be marked with the mouse
        self._frame = card("bubble")
        self._frame.setLayout(row(self._view, margins=PADDING))
        self._frame.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addStretch(1)
        layout.addWidget(self._frame)
        self._write()
        theme.changed.connect(self._write)

    @property
    def text(self) -> str:
        return self._text

    def _write(self) -> None:
        document = self._view.document()
        document.clear()
        document.setDefaultFont(self._theme.font(Type.READING))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        document.setDefaultTextOption(option)
        lines = QTextBlockFormat()
        height = round(self._theme.pixels(Type.READING) * Type.READING_LINE)
        lines.setLineHeight(height, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor = QTextCursor(document)
        cursor.setBlockFormat(lines)
        cursor.insertText(plain_lines(self._text))
        self._fit(self.width())

    def _fit(self, available: int) -> None:
        """Give the text the width of its longest line, or of the share where that is less."""
        self._view.document().setTextWidth(-1)
        wanted = math.ceil(self._view.document().idealWidth()) + 2
        widest = max(80, int(available * SHARE) - PADDING[0] - PADDING[2])
        self._view.setFixedWidth(min(wanted, widest))
        # Said outright: where the view had this width before, no resize tells its document.
        self._view.document().setTextWidth(min(wanted, widest))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit(event.size().width())

    def minimumSizeHint(self) -> QSize:
        return QSize(120, super().minimumSizeHint().height())
