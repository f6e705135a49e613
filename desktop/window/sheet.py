"""A sheet over the dimmed window: a question, a failure, a list. One at a time; Escape closes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from desktop.explain import Explanation
from desktop.theme.controls import ButtonKind, button, label
from desktop.theme.foreign import breakable
from desktop.theme.layouts import boxed, clear, column, row
from desktop.theme.theme import Theme
from desktop.theme.tokens import Space
from desktop.window.cover import Cover

Action = tuple[str, ButtonKind, Callable[[], None] | None]
"""A button: its words, its kind, and what it does after the sheet has closed."""

WIDTH = 440
KEY_HEIGHT, AROUND = 28, 170
"""Pixels that a line of the list of shortcuts needs, and what stands around the list."""


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
