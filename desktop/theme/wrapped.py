"""A text that goes on in the next line where one is too short for it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy

from desktop.theme.controls import TextType, Tone
from desktop.theme.foreign import breakable, plain

MOST = 240
"""Characters: a reason is a sentence, and what is longer comes from foreign hands."""


class WrappedLabel(QLabel):
    """What must not be cut, such as why something stopped; `whole` is what it says."""

    def __init__(self, *, tone: Tone = "", size: TextType = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        for name, value in (("tone", tone), ("type", size)):
            if value:
                self.setProperty(name, value)
        self._whole = ""

    @property
    def whole(self) -> str:
        return self._whole

    def set_whole(self, text: str) -> None:
        self._whole = text
        shown = text if len(text) <= MOST else plain(text, MOST)
        self.setAccessibleName(shown)
        self.setText(breakable(shown))
