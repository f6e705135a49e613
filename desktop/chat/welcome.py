"""What stands where no conversation is yet: the welcome of the first start, later suggested questions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from desktop.theme.controls import Icon, Mark, ThemedButton, button, label
from desktop.theme.layouts import (
    FoldingRow,
    ScrollArea,
    boxed,
    centred,
    clear,
    column,
    row,
    scrolled,
)
from desktop.theme.theme import Theme
from desktop.theme.tokens import Space

PROMISES = (
    ("lock", "Offline", "Nothing leaves this computer. No account, no tracking."),
    ("shield-check", "Checked", "Each sentence is matched to the words it rests on."),
    ("book-open", "Cited", "One click shows the page, with the passage lit."),
)


WIDTH = 600
"""Pixels at text size 100 %."""


class Welcome(QWidget):
    """The empty chat. `show_first_start` while there are no documents, else `show_ready`."""

    samples_asked = Signal()
    files_asked = Signal()
    folder_asked = Signal()
    question_chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._layout = column(spacing=Space.L)
        self._shown: tuple[str, ...] | None = None
        self._activity: QLabel | None = None
        self._inside = QWidget()
        self._inside.setLayout(self._layout)
        middle = centred(self._inside, margins=(Space.XL, Space.S, Space.XL - ScrollArea.BAR, Space.S))
        page = QWidget()
        page.setLayout(column(None, middle, None, spacing=0))
        self.setLayout(column(scrolled(page), spacing=0))
        theme.changed.connect(self._fit)
        self._fit()

    def show_first_start(self) -> None:
        self._begin(None)
        self._head(
            "Your documents stay on this computer",
            "Add some, ask a question, and see where each sentence of the answer stands.",
        )
        samples = button("Try it with sample documents", "primary")
        samples.clicked.connect(self.samples_asked)
        files = ThemedButton(self._theme, "file-plus", "Add files")
        files.clicked.connect(self.files_asked)
        folder = ThemedButton(self._theme, "folder-plus", "Add a folder")
        folder.clicked.connect(self.folder_asked)
        self._layout.addWidget(FoldingRow(samples, files, folder, spacing=10, centred=True))
        self._layout.addSpacing(Space.L)
        promises = (self._promise(*promise) for promise in PROMISES)
        self._layout.addLayout(row(*promises, spacing=Space.L))

    def show_ready(self, questions: Sequence[str]) -> None:
        if self._shown == tuple(questions):
            return
        self._begin(tuple(questions))
        self._head(
            "What would you like to know?", "Answers come from your documents, with the page they stand on."
        )
        for question in questions:
            suggestion = ThemedButton(self._theme, "message-square", question, "suggestion", size=16)
            suggestion.clicked.connect(partial(self.question_chosen.emit, question))
            self._layout.addWidget(suggestion)
        self._activity = label(tone="muted", size="label", wrap=True)
        self._layout.addWidget(_centred(self._activity))

    def show_activity(self, words: str) -> None:
        """What is being read meanwhile, under the questions."""
        if self._activity is not None:
            self._activity.setText(words)

    def _fit(self) -> None:
        """As wide as its words need at the person's text size."""
        self._inside.setMaximumWidth(self._theme.pixels(WIDTH))

    def _begin(self, shown: tuple[str, ...] | None) -> None:
        clear(self._layout)
        self._shown, self._activity = shown, None

    def _head(self, title: str, words: str) -> None:
        self._layout.addWidget(boxed(row(None, Mark(self._theme, 44), None)))
        self._layout.addWidget(_centred(label(title, size="display", weight="semibold", wrap=True)))
        self._layout.addWidget(_centred(label(words, tone="muted", size="reading", wrap=True)))
        self._layout.addSpacing(Space.S)

    def _promise(self, icon: str, title: str, words: str) -> QWidget:
        head = row(
            Icon(self._theme, icon, "accent", 17),
            label(title, weight="semibold", size="label"),
            None,
            spacing=7,
        )
        text = label(words, tone="muted", size="label", wrap=True)
        text.setAlignment(Qt.AlignmentFlag.AlignTop)
        made = QWidget()
        made.setLayout(column(head, text, None, spacing=5))
        made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        return made


def _centred(made: QLabel) -> QLabel:
    made.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    return made
