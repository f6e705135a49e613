"""What stands behind a painted row of a list: lit under the mouse, a hairline, a ring for the keyboard."""

from __future__ import annotations

from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle

from desktop.theme.theme import Theme


def paint_ground(
    theme: Theme,
    painter: QPainter,
    state: QStyle.StateFlag,
    box: QRect,
    *,
    has_keyboard: bool,
    is_last: bool = False,
) -> None:
    """`has_keyboard`: whether the list has the focus; `is_last`: no row follows to be parted from."""
    palette = theme.palette
    if state & QStyle.StateFlag.State_MouseOver:
        painter.fillRect(box, QColor(palette.hover))
    if not is_last:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # else one pixel spreads over two
        painter.setPen(QPen(QColor(palette.line), 1))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if state & QStyle.StateFlag.State_HasFocus and has_keyboard:
        painter.setPen(QPen(QColor(palette.accent), 2))
        painter.drawRoundedRect(box.toRectF().adjusted(2, 2, -2, -3), 6, 6)
