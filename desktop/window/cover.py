"""What lies over the whole dimmed window and keeps the keyboard to itself while it is open."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QGridLayout, QWidget

from desktop.theme.controls import card
from desktop.theme.focus import move_focus, reading_order
from desktop.theme.theme import Theme


class Cover(QWidget):
    """A card in the middle; what lies below is out of reach. Escape is the window's shortcut."""

    covered = Signal(bool)

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._before: QWidget | None = None
        self._card = card()
        layout = QGridLayout(self)
        layout.addWidget(self._card, 0, 0, Qt.AlignmentFlag.AlignCenter)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        window.installEventFilter(self)
        self.hide()

    @property
    def title(self) -> str:
        return self.accessibleName()

    def open_over(self, first: QWidget | None = None) -> None:
        """Show it, with the keyboard in `first`."""
        if not self.isVisible():
            self._before = QApplication.focusWidget()
        self._cover()
        self.show()
        self.raise_()
        self.covered.emit(True)
        (first or self).setFocus(Qt.FocusReason.TabFocusReason)

    def close_sheet(self) -> None:
        self.hide()
        self.covered.emit(False)
        if self._before is not None:
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)

    def _cover(self) -> None:
        self.setGeometry(self._window.rect())

    def paintEvent(self, event: QPaintEvent) -> None:
        shade = QColor(0, 0, 0)
        shade.setAlphaF(0.55 if self._theme.palette.dark else 0.28)
        QPainter(self).fillRect(self.rect(), shade)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # what lies below is out of reach

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.accept()  # nothing typed here reaches what lies below

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Keep Tab inside: after the last comes the first."""
        order = list(reading_order(self._card))
        focused = QApplication.focusWidget()
        if order and (focused not in order or focused is order[-1 if forward else 0]):
            order[0 if forward else -1].setFocus(Qt.FocusReason.TabFocusReason)
            return True
        return move_focus(self._card, forward) or True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._cover()
        return False
