"""Writing into a cell: a line over the cell, or a small page where the value has many lines."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from desktop.tasks.cell_text import Unreadable, value_of, whole_text_of
from desktop.theme.controls import card, label
from desktop.theme.layouts import column as stacked
from desktop.theme.theme import Theme
from desktop.theme.tokens import Type
from engine.tasks.values import Column

LONG = 60
"""Characters from which a text is corrected on a page of its own."""

PAGE_WIDTH, PAGE_HEIGHT = 420, 200
EDGE = 8


def needs_page(column: Column, value: Any) -> bool:
    text = whole_text_of(value, column.type)
    return column.many or column.type == "json" or "\n" in text or len(text) > LONG


class CellEditor(QWidget):
    """Enter takes what is written if it is of the column's type, else says how to write it; Escape leaves.

    On a page Enter makes a line, and Ctrl+Enter takes it. `closed` says that the keyboard is free again.
    """

    written = Signal(object)
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget, column: Column, value: Any) -> None:
        super().__init__(parent)
        self._column = column
        self._is_page = needs_page(column, value)
        self._is_over = False
        self._first = whole_text_of(value, column.type)
        self._field = self._make_field(theme)
        self._note = label(tone="warning", size="label", wrap=True)
        self._note.hide()
        frame = card("popup")
        parts: list[QWidget] = [self._field, self._note]
        if self._is_page:
            how = "One value on each line. " if column.many else ""
            parts.append(label(f"{how}Ctrl+Enter keeps it, Esc leaves it.", tone="faint", size="label"))
        frame.setLayout(stacked(*parts, spacing=6, margins=(EDGE, EDGE, EDGE, EDGE)))
        self.setLayout(stacked(frame))

    def open_over(self, cell: QRect) -> None:
        """Over a cell of the parent, inside it as far as there is room."""
        room = self._room()
        width = PAGE_WIDTH if self._is_page else max(cell.width(), 200)
        self.setFixedWidth(min(width + 2 * EDGE, room.width() - 2 * EDGE))
        self.adjustSize()
        x = max(EDGE, min(cell.left() - EDGE, room.width() - self.width() - EDGE))
        y = max(
            EDGE,
            min(
                cell.center().y() - self._field.sizeHint().height() // 2 - EDGE - 1,
                room.height() - self.height(),
            ),
        )
        self.move(x, y)
        self.show()
        self.raise_()
        self._field.setFocus(Qt.FocusReason.OtherFocusReason)
        self._field.selectAll()

    @property
    def note(self) -> str:
        """Why what is written cannot be taken."""
        return self._note.text() if not self._note.isHidden() else ""

    @property
    def field(self) -> QLineEdit | QPlainTextEdit:
        return self._field

    def take(self) -> None:
        """Keep what is written, if it can be read."""
        if self._take():
            self.closed.emit()

    def _take(self) -> bool:
        try:
            value = value_of(self._text(), self._column)
        except Unreadable as problem:
            self._note.setText(str(problem))
            self._note.show()
            self.adjustSize()
            return False
        self._close()
        if self._text() != self._first:
            self.written.emit(value)
        return True

    def leave(self) -> None:
        if not self._is_over:
            self._close()
            self.closed.emit()

    def _close(self) -> None:
        self._is_over = True
        self.hide()
        self.deleteLater()

    def _text(self) -> str:
        field = self._field
        return field.text() if isinstance(field, QLineEdit) else field.toPlainText()

    def _room(self) -> QRect:
        parent = self.parentWidget()
        return parent.rect() if parent is not None else QRect()

    def _make_field(self, theme: Theme) -> QLineEdit | QPlainTextEdit:
        field: QLineEdit | QPlainTextEdit
        if self._is_page:
            field = QPlainTextEdit()
            field.setProperty("kind", "page-editor")
            field.setPlainText(self._first)
            field.setTabChangesFocus(True)
            field.setFixedHeight(PAGE_HEIGHT)
            is_json = self._column.type == "json"
            field.setFont(theme.code_font(Type.LABEL) if is_json else theme.font())
        else:
            field = QLineEdit(self._first)
            field.setProperty("kind", "small")
        field.setAccessibleName(f"New value of {self._column.name}")
        field.installEventFilter(self)
        return field

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
                event.accept()  # Escape is for this, not for the window
                return True
            if event.type() == QEvent.Type.KeyPress:
                return self._pressed(event)
        elif isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut:
            self._lost_keyboard(event.reason())
        return False

    def _lost_keyboard(self, reason: Qt.FocusReason) -> None:
        """What is written is kept when the person goes elsewhere, as in a spreadsheet, if it can be."""
        stays = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
        if not self._is_over and reason not in stays:
            self._take()
            self._close()

    def _pressed(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
            return True
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        with_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if is_enter and (with_control or not self._is_page):
            self.take()
            return True
        return False
