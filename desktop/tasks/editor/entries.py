"""Lists that the person writes: entries are added, removed and moved, by mouse or by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QWidget

from desktop.theme.controls import IconButton, Menu, ThemedButton
from desktop.theme.layouts import boxed, column, row
from desktop.theme.theme import Theme

Made = TypeVar("Made", bound="Entry")


class Entry(QFrame):
    """One of a list. Alt with Up or Down moves it; the menu does so too, and removes it."""

    changed = Signal()
    remove_asked = Signal()
    moved = Signal(int)
    next_asked = Signal()

    def __init__(self, theme: Theme, noun: str) -> None:
        super().__init__()
        self._theme = theme
        self._noun = noun
        self._more = IconButton(theme, "ellipsis", f"More for this {noun}", size=16)
        self._more.clicked.connect(
            lambda: self.menu().popup(self._more.mapToGlobal(QPoint(0, self._more.height() + 2)))
        )

    def focus(self) -> None:
        """Put the cursor where writing begins."""
        first = next(iter(self.findChildren(QLineEdit)), None)
        if first is not None:
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def menu(self) -> Menu:
        menu = Menu(self, f"This {self._noun}")
        menu.aboutToHide.connect(menu.deleteLater)
        icon = self._theme.icon
        menu.addAction(icon("arrow-up"), "Move up", partial(self.moved.emit, -1))
        menu.addAction(icon("arrow-down"), "Move down", partial(self.moved.emit, 1))
        menu.addSeparator()
        menu.addAction(icon("trash-2", "danger"), f"Remove this {self._noun}", self.remove_asked.emit)
        return menu

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is not None and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.moved.emit(step)
            return
        super().keyPressEvent(event)


class Entries(QWidget, Generic[Made]):
    """Entries under each other, and a button that adds one."""

    changed = Signal()

    def __init__(self, theme: Theme, make: Callable[[], Made], add: str, *, spacing: int = 6) -> None:
        super().__init__()
        self._make = make
        self._entries: list[Made] = []
        self._column = column(spacing=spacing)
        self.add_button = ThemedButton(theme, "plus", add, "quiet", size=15)
        self.add_button.clicked.connect(self.add)
        self.setLayout(column(self._column, boxed(row(self.add_button, None)), spacing=4))

    @property
    def entries(self) -> list[Made]:
        return list(self._entries)

    def fill(self, count: int) -> list[Made]:
        """So many entries, to be filled in."""
        while len(self._entries) > count:
            self._drop(self._entries[-1])
        while len(self._entries) < count:
            self._append()
        return self.entries

    def add(self) -> Made:
        made = self._append()
        made.focus()
        self.changed.emit()
        return made

    def remove(self, entry: Made) -> None:
        if entry in self._entries:
            self._drop(entry)
            self.changed.emit()

    def shift(self, entry: Made, step: int) -> None:
        at = self._entries.index(entry)
        to = min(len(self._entries) - 1, max(0, at + step))
        if to == at:
            return
        self._entries.insert(to, self._entries.pop(at))
        focused = entry.focusWidget()
        self._column.removeWidget(entry)
        self._column.insertWidget(to, entry)
        if focused is not None:
            focused.setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit()

    def _append(self) -> Made:
        made = self._make()
        made.changed.connect(self.changed)
        made.remove_asked.connect(partial(self.remove, made))
        made.moved.connect(partial(self.shift, made))
        made.next_asked.connect(partial(self._go_on, made))
        self._entries.append(made)
        self._column.addWidget(made)
        return made

    def _go_on(self, entry: Made) -> None:
        """Enter: to the next entry, a new one after the last."""
        at = self._entries.index(entry)
        if at + 1 < len(self._entries):
            self._entries[at + 1].focus()
        else:
            self.add()

    def _drop(self, entry: Made) -> None:
        self._entries.remove(entry)
        self._column.removeWidget(entry)
        entry.hide()
        entry.deleteLater()
