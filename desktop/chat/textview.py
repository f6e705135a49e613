"""The one widget that shows text of a model or a document. It loads nothing and leads nowhere."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import QByteArray, QMimeData, QPointF, QRect, QRectF, QSizeF, Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetricsF,
    QImage,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPyTextObject,
    QTextBlock,
    QTextDocument,
    QTextFormat,
    QTextLine,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser

from desktop.theme.controls import Menu
from desktop.theme.theme import Theme
from desktop.theme.tokens import Type

MARK_OBJECT = QTextFormat.ObjectTypes.UserObject + 1
MARK_TEXT = QTextFormat.Property.UserProperty + 1
WAVE = QTextFormat.Property.UserProperty + 2
WAVE_STEP, WAVE_HEIGHT = 4.0, 3.2
BELOW = 2  # a wave under the last line hangs out of it
OBJECT_CHARACTER = "\ufffc"


def nothing(kind: int) -> QImage | QByteArray:
    """What every name in a text leads to.

    Qt's own documents open local and network paths that a text names (on Windows that gives away the
    person's password hash). An empty answer is not enough: for an image without pixels
    QTextImageHandler opens the named file itself (seen in Qt 6.9). So an image is one clear pixel.
    """
    if kind != QTextDocument.ResourceType.ImageResource.value:
        return QByteArray(b"")
    pixel = QImage(1, 1, QImage.Format.Format_ARGB32_Premultiplied)
    pixel.fill(0)
    return pixel


class InertDocument(QTextDocument):
    """A text document to which no name leads anywhere."""

    def loadResource(self, kind: int, name: QUrl | str) -> QImage | QByteArray:
        return nothing(kind)


class TextView(QTextBrowser):
    """Selectable, unchangeable text that is as high as it is long. Links are ours alone: marks to sources."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self.theme = theme
        self.is_on_blue = False
        inert = InertDocument(self)
        inert.setUndoRedoEnabled(False)
        inert.setDocumentMargin(0)
        self.setDocument(inert)
        self.setAccessibleName(name)
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setAcceptDrops(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.viewport().setAutoFillBackground(False)
        self._marks = MarkPainter(self)
        layout = inert.documentLayout()
        layout.registerHandler(MARK_OBJECT, self._marks)
        layout.documentSizeChanged.connect(self._grow)
        self._grow(layout.documentSize())

    def loadResource(self, kind: int, name: QUrl | str) -> QImage | QByteArray:
        return nothing(kind)

    def createMimeDataFromSelection(self) -> QMimeData:
        """Plain text only, without our marks: formats of Carrel's have no business elsewhere."""
        made = QMimeData()
        text = self.textCursor().selection().toPlainText()
        made.setText(text.replace(OBJECT_CHARACTER, ""))
        return made

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the page around it scrolls, not the text in it

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = Menu(self, "Text")
        copy = menu.addAction("Copy", self.copy)
        copy.setEnabled(self.textCursor().hasSelection())
        menu.addAction("Select all", self.selectAll)
        menu.exec(event.globalPos())
        menu.deleteLater()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.theme.colour("warning"), 1.3))
        for left, right, y in self._waves():
            painter.drawPath(_wave(left, right, y))

    def _waves(self) -> Iterator[tuple[float, float, float]]:
        """(left, right, y) of every line of text that carries WAVE, in the viewport.

        Drawn here because Qt's own wavy underline is one pixel of blur at this size.
        """
        block = self.document().begin()
        while block.isValid():
            fragments = block.begin()
            while not fragments.atEnd():
                fragment = fragments.fragment()
                if fragment.charFormat().property(WAVE):
                    start = fragment.position() - block.position()
                    yield from _underlines(block, start, start + fragment.length())
                fragments += 1
            block = block.next()

    def _grow(self, size: QSizeF) -> None:
        self.setFixedHeight(max(1, math.ceil(size.height()) + BELOW))


def _underlines(block: QTextBlock, start: int, end: int) -> Iterator[tuple[float, float, float]]:
    layout = block.layout()
    origin = block.document().documentLayout().blockBoundingRect(block).topLeft()
    for number in range(layout.lineCount()):
        line = layout.lineAt(number)
        first, last = max(start, line.textStart()), min(end, line.textStart() + line.textLength())
        if first < last:
            left, right = (float(_x(line, position)) for position in (first, last))
            right = min(right, line.x() + line.naturalTextWidth())
            yield origin.x() + left, origin.x() + right, origin.y() + line.y() + line.ascent() + 4.5


def _x(line: QTextLine, position: int) -> float:
    answer: Any = line.cursorToX(position)  # PySide gives (x, position), its stubs say float
    return float(answer[0])


def _wave(left: float, right: float, y: float) -> QPainterPath:
    path = QPainterPath(QPointF(left, y))
    up = True
    while left < right:
        step = min(WAVE_STEP, right - left)
        path.quadTo(
            QPointF(left + step / 2, y + (-WAVE_HEIGHT if up else WAVE_HEIGHT)), QPointF(left + step, y)
        )
        left, up = left + step, not up
    return path


class MarkPainter(QPyTextObject):
    """Draws the numbered marks: small pills that stand a little above the line."""

    RAISE, HEIGHT, PADDING, GAP = 2.0, 16.0, 5.0, 2.0

    def __init__(self, view: TextView) -> None:
        super().__init__(view)
        self._theme, self._view = view.theme, view

    def intrinsicSize(self, document: QTextDocument, position: int, look: QTextFormat) -> QSizeF:
        width = QFontMetricsF(self._font()).horizontalAdvance(str(look.property(MARK_TEXT)))
        scale = self._theme.scale
        return QSizeF(max(width + 2 * self.PADDING, self.HEIGHT * scale) + 2 * self.GAP, self.HEIGHT * scale)

    def drawObject(
        self,
        painter: QPainter,
        rect: QRectF | QRect,
        document: QTextDocument,
        position: int,
        look: QTextFormat,
    ) -> None:
        palette = self._theme.palette
        pill = QRectF(rect).adjusted(self.GAP, -self.RAISE, -self.GAP, -self.RAISE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette.raised if self._view.is_on_blue else palette.accent_soft))
        painter.drawRoundedRect(pill, 5, 5)
        painter.setPen(QColor(palette.accent))
        painter.setFont(self._font())
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, str(look.property(MARK_TEXT)))
        painter.restore()

    def _font(self) -> QFont:
        return self._theme.font(Type.SMALL - 1, QFont.Weight.DemiBold)


def plain_lines(text: str) -> str:
    """Text of a document for one block: line breaks stay inside it, other controls vanish."""
    kept = "".join(c for c in text.replace("\r\n", "\n") if c == "\n" or c == "\t" or c.isprintable())
    return kept.replace("\n", "\u2028")
