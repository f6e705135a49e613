"""The field a question is written in: grows with its text, takes plain text only."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, QUrl, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QPlainTextEdit

from desktop.theme.theme import Theme

MOST_LINES = 9


class Editor(QPlainTextEdit):
    """Enter sends, Shift+Enter makes a line, Up in an empty field brings earlier questions back."""

    submitted = Signal()
    files_pasted = Signal(list)
    focused = Signal(bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._earlier: list[str] = []
        self._recalled = 0
        self.setProperty("kind", "composer")
        self.setAccessibleName("Your question")
        self.setPlaceholderText("Ask about your documents, or anything else")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(2)
        self.viewport().setAutoFillBackground(False)
        self.textChanged.connect(self._grow)
        theme.changed.connect(self._grow)
        self._grow()

    def remember(self, questions: list[str]) -> None:
        """What Up recalls, oldest first."""
        self._earlier = questions
        self._recalled = 0

    def set_text(self, text: str) -> None:
        self.setPlainText(text)
        self.moveCursor(QTextCursor.MoveOperation.End)

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, modifiers = event.key(), event.modifiers()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if modifiers & Qt.KeyboardModifier.ShiftModifier:
                self.insertPlainText("\n")
            else:
                self.submitted.emit()
            return
        if key == Qt.Key.Key_Up and self._recall(1):
            return
        if key == Qt.Key.Key_Down and self._recalled and self._recall(-1):
            return
        super().keyPressEvent(event)

    def _recall(self, step: int) -> bool:
        """Show an earlier question, unless the person is writing something of their own."""
        shown = self._earlier[-self._recalled] if self._recalled else ""
        if self.toPlainText() != shown:
            return False
        position = self._recalled + step
        if not 0 <= position <= len(self._earlier):
            return step > 0 and bool(self._earlier)
        self._recalled = position
        self.set_text(self._earlier[-position] if position else "")
        return True

    # Foreign content

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText() and not source.hasUrls()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Files become documents to add; everything else comes in as the plain text it carries."""
        files = local_files(source.urls())
        if files:
            self.files_pasted.emit(files)
        elif source.hasText():
            self.insertPlainText(source.text())

    # Size

    def _grow(self) -> None:
        line = self.fontMetrics().lineSpacing()
        lines = max(1, min(MOST_LINES, self._visual_lines()))
        self.setFixedHeight(lines * line + 8)
        scrolls = self._visual_lines() > MOST_LINES
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(policy.ScrollBarAsNeeded if scrolls else policy.ScrollBarAlwaysOff)

    def _visual_lines(self) -> int:
        count, block = 0, self.document().begin()
        while block.isValid():
            count += max(1, block.layout().lineCount())
            block = block.next()
        return count

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._grow()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focused.emit(False)


def local_files(urls: list[QUrl]) -> list[Path]:
    """The files and folders among dropped or pasted addresses; all others are passed over."""
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
