"""What lies over the window while files are dragged over it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop.theme.controls import Icon, label
from desktop.theme.layouts import column, row
from desktop.theme.theme import Theme
from desktop.theme.tokens import Radius, Space


class DropOverlay(QWidget):
    """“Drop to add”, over everything."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        title = label("Drop to add", size="title", weight="semibold")
        words = label("They stay on this computer.", tone="muted")
        for each in (title, words):
            each.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        icon = row(None, Icon(theme, "download", "accent", 34), None)
        self.setLayout(column(None, icon, 6, title, words, None, spacing=6))
        self.hide()

    def cover(self) -> None:
        self.setGeometry(self._window.rect())
        self.show()
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(self._theme.palette.background)
        ground.setAlphaF(0.97)  # a hint of what lies below, and no words through the outline
        painter.fillRect(self.rect(), ground)
        pen = QPen(self._theme.colour("accent"), 2)
        pen.setDashPattern([4, 4])
        painter.setPen(pen)
        edge = Space.M
        painter.drawRoundedRect(
            self.rect().toRectF().adjusted(edge, edge, -edge, -edge), Radius.COMPOSER, Radius.COMPOSER
        )
