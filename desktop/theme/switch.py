"""A switch: something that goes on by itself once it is on."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from desktop.theme.theme import Theme
from desktop.theme.tokens import Type

TRACK, HEIGHT, GAP = 32, 18, 9


class Switch(QAbstractButton):
    """Words with a small track before them; the knob's side and a colour say whether it is on."""

    def __init__(self, theme: Theme, text: str) -> None:
        super().__init__()
        self._theme = theme
        self.setText(text)
        self.setAccessibleName(text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        self.setFont(self._theme.font(Type.LABEL))
        words = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(TRACK + GAP + words + 3, max(HEIGHT + 8, self.fontMetrics().height() + 8))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, on = self._theme.palette, self.isChecked()
        track = QRectF(2, (self.height() - HEIGHT) / 2, TRACK, HEIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette.accent if on else palette.focus_line))
        painter.drawRoundedRect(track, HEIGHT / 2, HEIGHT / 2)
        painter.setBrush(QColor(palette.on_accent if on else palette.raised))
        side = HEIGHT - 6
        left = track.right() - side - 3 if on else track.left() + 3
        painter.drawEllipse(QRectF(left, track.top() + 3, side, side))
        painter.setPen(self._theme.colour("text"))
        words = self.rect().adjusted(TRACK + GAP, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.colour("accent"), 2))
            painter.drawRoundedRect(track.adjusted(-1, -1, 1, 1), HEIGHT / 2, HEIGHT / 2)
