"""A sheet over the dimmed window: a question, a failure, a list. One at a time; Escape closes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from desktop.explain import Explanation
from desktop.theme.controls import ButtonKind, button, label
from desktop.theme.foreign import breakable
from desktop.theme.layouts import ScrollArea, boxed, clear, column, row, scrolled
from desktop.theme.theme import Theme
from desktop.theme.tokens import Space
from desktop.window.cover import Cover

Action = tuple[str, ButtonKind, Callable[[], None] | None]
"""A button: its words, its kind, and what it does after the sheet has closed."""

WIDTH = 440
AROUND_WIDE, AROUND = 80, 170
"""Pixels beside and above and below a list of shortcuts: the rest of the sheet, and the window's edge."""


class Sheet(Cover):
    """A title, some content, and buttons that close it."""

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(theme, window)
        self._card.setFixedWidth(WIDTH)
        self._content = column(spacing=Space.S, margins=(24, 22, 24, 18))
        self._card.setLayout(self._content)

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
        """The list of shortcuts: (keys, what they do); in two columns where the window is low.

        Where two are too wide, as with large text, the list scrolls.
        """
        listed: QWidget = _grid(keys, 1)
        room = self._window.size() - QSize(AROUND_WIDE, AROUND)
        if listed.sizeHint().height() > room.height():
            listed = _grid(keys, 2)
        if listed.sizeHint().width() > room.width():
            one = _grid(keys, 1)
            listed = scrolled(one)
            listed.setFixedSize(one.sizeHint().width() + 2 * ScrollArea.BAR, room.height())
        self.present("Shortcuts", [listed], [("Close", "primary", None)])

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
        wide = min(self._theme.pixels(WIDTH), self._window.width() - AROUND_WIDE)
        self._card.setFixedWidth(max(WIDTH, wide, self._content.minimumSize().width()))
        self.open_over(buttons[0])

    def _button(self, words: str, kind: ButtonKind, action: Callable[[], None] | None) -> QPushButton:
        made = button(words, kind)
        made.setAutoDefault(True)

        def press() -> None:
            self.close_sheet()
            if action is not None:
                action()

        made.clicked.connect(press)
        return made


def _grid(keys: Sequence[tuple[str, str]], columns: int) -> QWidget:
    """What does what, in one column or several."""
    rows = -(-len(keys) // columns)
    grid = QGridLayout()
    grid.setContentsMargins(0, Space.XS, 0, 0)
    grid.setHorizontalSpacing(28)
    grid.setVerticalSpacing(9)
    for number, (combination, words) in enumerate(keys):
        across = 3 * (number // rows)
        grid.addWidget(label(words), number % rows, across)
        made = label(combination, tone="muted", size="label")
        grid.addWidget(made, number % rows, across + 1, Qt.AlignmentFlag.AlignRight)
    listed = QWidget()
    listed.setLayout(grid)
    return listed
