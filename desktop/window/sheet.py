"""A sheet over the dimmed window: a question, a failure, a list. One at a time; Escape closes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QGridLayout, QPushButton, QWidget

from desktop.explain import Explanation
from desktop.theme.controls import ButtonKind, button, card, label
from desktop.theme.foreign import breakable
from desktop.theme.layouts import boxed, clear, column, row
from desktop.theme.theme import Theme
from desktop.theme.tokens import Space

Action = tuple[str, ButtonKind, Callable[[], None] | None]
"""A button: its words, its kind, and what it does after the sheet has closed."""

WIDTH = 440
KEY_HEIGHT, AROUND = 28, 170
"""Pixels that a line of the list of shortcuts needs, and what stands around the list."""


class Sheet(QWidget):
    """Lies over the whole window and keeps the keyboard to itself while it is open."""

    covered = Signal(bool)

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._window = window
        self._before: QWidget | None = None
        self._card = card()
        self._card.setFixedWidth(WIDTH)
        self._content = column(spacing=Space.S, margins=(24, 22, 24, 18))
        self._card.setLayout(self._content)
        layout = QGridLayout(self)
        layout.addWidget(self._card, 0, 0, Qt.AlignmentFlag.AlignCenter)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        window.installEventFilter(self)
        self.hide()

    # What it shows

    def ask(self, title: str, words: str, actions: Sequence[Action]) -> None:
        """A question; the first action is the safe one and has the focus."""
        self.present(title, [label(breakable(words), tone="muted", wrap=True)], actions)

    def show_failure(self, explanation: Explanation) -> None:
        copy: Action = (
            "Copy details",
            "quiet",
            lambda: QGuiApplication.clipboard().setText(explanation.details),
        )
        words = [
            label(breakable(explanation.what), wrap=True),
            label(explanation.advice, tone="muted", wrap=True),
        ]
        self.present(explanation.title, words, [("Close", "primary", None), copy])

    def show_keys(self, keys: Sequence[tuple[str, str]]) -> None:
        """The list of shortcuts: (keys, what they do); in two columns where the window is low."""
        two = len(keys) * KEY_HEIGHT > self._window.height() - AROUND
        half = -(-len(keys) // 2) if two else len(keys)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(28)
        grid.setVerticalSpacing(9)
        for number, (combination, words) in enumerate(keys):
            across = 3 * (number // half)
            grid.addWidget(label(words), number % half, across)
            made = label(combination, tone="muted", size="label")
            grid.addWidget(made, number % half, across + 1, Qt.AlignmentFlag.AlignRight)
        holder = QWidget()
        holder.setLayout(grid)
        self.present("Shortcuts", [holder], [("Close", "primary", None)])

    @property
    def title(self) -> str:
        return self.accessibleName()

    def close_sheet(self) -> None:
        self.hide()
        self.covered.emit(False)
        if self._before is not None:
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)

    def present(self, title: str, content: Sequence[QWidget], actions: Sequence[Action]) -> None:
        """Anything under a title; the first action is the safe or the usual one and has the focus."""
        clear(self._content)
        self.setAccessibleName(title)
        self._content.addWidget(label(breakable(title), size="title", weight="semibold", wrap=True))
        for part in content:
            self._content.addWidget(part)
        buttons = [self._button(*action) for action in actions]
        self._content.addSpacing(Space.S)
        self._content.addWidget(boxed(row(None, *reversed(buttons))))
        self._card.setFixedWidth(max(WIDTH, self._content.minimumSize().width()))
        if not self.isVisible():
            self._before = QApplication.focusWidget()
        self._cover()
        self.show()
        self.raise_()
        self.covered.emit(True)
        buttons[0].setFocus(Qt.FocusReason.TabFocusReason)

    def _button(self, words: str, kind: ButtonKind, action: Callable[[], None] | None) -> QPushButton:
        made = button(words, kind)
        made.setAutoDefault(True)

        def press() -> None:
            self.close_sheet()
            if action is not None:
                action()

        made.clicked.connect(press)
        return made

    # Over the window

    def paintEvent(self, event: QPaintEvent) -> None:
        shade = QColor(0, 0, 0)
        shade.setAlphaF(0.55 if self._theme.palette.dark else 0.28)
        QPainter(self).fillRect(self.rect(), shade)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # what lies below is out of reach

    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.accept()  # nothing typed here reaches what lies below; Escape is the window's shortcut

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Keep Tab inside the sheet."""
        buttons = self._card.findChildren(QPushButton)
        if not buttons:
            return True
        focused = QApplication.focusWidget()
        at = buttons.index(focused) if isinstance(focused, QPushButton) and focused in buttons else -1
        buttons[(at + (1 if forward else -1)) % len(buttons)].setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._cover()
        return False

    def _cover(self) -> None:
        self.setGeometry(self._window.rect())
