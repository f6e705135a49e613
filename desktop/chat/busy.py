"""A small turning arc beside words that say what is happening."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop.theme.theme import Theme


class Busy(QWidget):
    """A small turning arc beside words. Stands still when the system asks for less motion."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._angle = 0
        self.setFixedSize(16, 16)
        self._timer = QTimer(self, interval=50)
        self._timer.timeout.connect(self._turn)

    def showEvent(self, event: QEvent) -> None:
        if self._theme.motion_ms:
            self._timer.start()

    def hideEvent(self, event: QEvent) -> None:
        self._timer.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(2, 2, 12, 12)
        painter.setPen(QPen(self._theme.colour("line"), 2))
        painter.drawEllipse(box)
        pen = QPen(self._theme.colour("accent"), 2)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawArc(box, -self._angle * 16, 100 * 16)

    def _turn(self) -> None:
        self._angle = (self._angle + 20) % 360
        self.update()
