"""A message word for word, in which what stands in place of something is marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from PySide6.QtGui import QColor, QFont, QTextBlockFormat, QTextCharFormat, QTextCursor, QTextOption

from desktop.chat.textview import TextView
from desktop.preview_sheet.visible import visible
from desktop.theme.theme import Theme
from desktop.theme.tokens import Type
from engine.masking.values import Mask


class SentText(TextView):
    """Placeholders stand on blue; what the person lets through, though it could be masked, on amber."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__(theme, name)
        self._text = ""
        self._masks: Sequence[Mask] = ()
        theme.changed.connect(self._write)

    def show_message(self, text: str, masks: Sequence[Mask]) -> None:
        self._text, self._masks = visible(text), masks
        self._write()

    def _write(self) -> None:
        document = self.document()
        document.clear()
        document.setDefaultFont(self.theme.font(Type.INTERFACE))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        document.setDefaultTextOption(option)
        cursor = QTextCursor(document)
        lines = QTextBlockFormat()
        height = round(self.theme.pixels(Type.INTERFACE) * 1.5)
        lines.setLineHeight(height, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor.setBlockFormat(lines)
        looks = {"plain": QTextCharFormat(), "masked": self._masked(), "open": self._open()}
        cursor.beginEditBlock()
        for text, look in pieces(self._text, self._masks):
            cursor.insertText(text.replace("\n", "\u2028"), looks[look])
        cursor.endEditBlock()

    def _masked(self) -> QTextCharFormat:
        look = QTextCharFormat()
        look.setForeground(self.theme.colour("cloud"))
        look.setBackground(QColor(self.theme.palette.cloud_soft))
        look.setFontWeight(QFont.Weight.DemiBold)
        return look

    def _open(self) -> QTextCharFormat:
        look = QTextCharFormat()
        look.setForeground(self.theme.colour("warning"))
        look.setBackground(QColor(self.theme.palette.warning_soft))
        return look


def pieces(text: str, masks: Sequence[Mask]) -> Iterator[tuple[str, str]]:
    """(piece, “plain”, “masked” or “open”) from the beginning to the end; together they are the text."""
    looks = {visible(mask.placeholder if mask.on else mask.original): mask.on for mask in masks}
    looks.pop("", None)
    if not looks:
        yield text, "plain"
        return
    longest_first = sorted(looks, key=len, reverse=True)
    at = 0
    for found in re.finditer("|".join(re.escape(word) for word in longest_first), text):
        yield text[at : found.start()], "plain"
        yield found[0], "masked" if looks[found[0]] else "open"
        at = found.end()
    yield text[at:], "plain"
