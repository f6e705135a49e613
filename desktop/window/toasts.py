"""Short words that float over the foot of the page and go by themselves; some offer to undo or go on."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QTimer
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QWidget

from desktop.theme.controls import FloatingCard, IconButton, button, label, menu_text
from desktop.theme.layouts import row
from desktop.theme.theme import Theme
from desktop.theme.tokens import Radius

SHOWN_MS = 6_000
UNDO_MS = 10_000


class Toast(FloatingCard):
    """One message at a time; a new one takes the place of the former, whose button is gone.

    `floor` gives the point in the window on which its middle stands: in the middle of the page, and covering
    nothing that is written in.
    """

    def __init__(self, theme: Theme, window: QWidget, floor: Callable[[], QPoint]) -> None:
        super().__init__(theme, Radius.CONTROL, window)
        self._window = window
        self._floor = floor
        self._action: Callable[[], None] | None = None
        self._words = label(size="label")
        self._button = button("Undo", "link")
        self._button.clicked.connect(self._press)
        close = IconButton(theme, "x", "Close this message", size=15)
        close.clicked.connect(self.hide)
        edge = self.SHADOW
        self.setLayout(
            row(self._words, self._button, close, margins=(edge + 14, edge + 5, edge + 6, edge + 5))
        )
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.hide)
        self.setAccessibleName("Message")
        window.installEventFilter(self)
        self.hide()

    @property
    def words(self) -> str:
        return self._words.text()

    def say(self, text: str) -> None:
        self._show(text, None, SHOWN_MS)

    def offer_undo(self, text: str, undo: Callable[[], None]) -> None:
        self.offer(text, "Undo", undo)

    def offer(self, text: str, button_text: str, action: Callable[[], None]) -> None:
        """Words with a button for what may come next."""
        self._button.setText(menu_text(button_text))
        self._button.setAccessibleName(button_text)
        self._show(text, action, UNDO_MS)

    def _show(self, text: str, action: Callable[[], None] | None, milliseconds: int) -> None:
        self._action = action
        self._words.setText(text)
        self._button.setVisible(action is not None)
        self.show()
        self._place()
        self.raise_()
        self._timer.start(milliseconds)

    def _press(self) -> None:
        action, self._action = self._action, None
        self.hide()
        if action is not None:
            action()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _place(self) -> None:
        self.adjustSize()
        floor = self._floor()
        beside = self._window.width() - self.width()  # a long one would stand out of the window
        self.move(max(0, min(floor.x() - self.width() // 2, beside)), floor.y() - self.height())
