"""A field for a key that leaves no copy of it behind.

`QLineEdit` keeps what is typed as text that is copied with every change, remembers it for undo, and gives it
out as strings; none of that can be wiped. Here the key stands in one block of bytes that is overwritten, and
the line edit, which brings the looks and what a screen reader hears of a password field, holds as many
dots. The key is edited at its end only. What a paste comes through is overwritten when it is freed.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QInputMethodEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
)
from PySide6.QtWidgets import QLineEdit

from desktop.keys.heap import freed_is_overwritten
from desktop.keys.secret import LONGEST, Secret
from desktop.theme.controls import Menu

DOT = "•"
ENDING = 4
"""So many of the last characters may be shown, to tell one key from another."""

_BLANK = b" \t\r\n\0"

TOO_LONG = f"That is longer than a key: at most {LONGEST:,} characters fit."
NO_KEY = "That is not a key: it holds signs that no key has."
NOTHING = "There is no text in the clipboard."


class KeyField(QLineEdit):
    """`edited` when its length changes, `submitted` by Enter, `refused` with a sentence."""

    edited = Signal()
    submitted = Signal()
    refused = Signal(str)

    def __init__(self, name: str = "Key") -> None:
        super().__init__()
        self._key = bytearray(LONGEST)
        self._length = 0
        self._showing = False
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setAccessibleName(name)
        self.setAcceptDrops(False)
        self.setInputMethodHints(Qt.InputMethodHint.ImhHiddenText | Qt.InputMethodHint.ImhSensitiveData)
        self.textChanged.connect(self._changed_from_outside)

    def __len__(self) -> int:
        return self._length

    def __bool__(self) -> bool:
        return True  # an empty field is a field

    def take(self) -> Secret:
        """The key, to be wiped by whoever takes it; the field is empty then."""
        with memoryview(self._key)[: self._length] as key:
            taken = Secret(bytearray(key))
        self.clear()
        return taken

    def ending(self) -> str:
        """The last characters, of a key that is long enough to keep the rest to itself."""
        if self._length < 3 * ENDING:
            return ""
        return self._key[self._length - ENDING : self._length].decode("ascii")

    def clear(self) -> None:
        """Overwrite what was in it."""
        self._wipe()
        self._show()

    def paste(self) -> None:
        """Take the place of what is there; what is no key leaves the field empty."""
        self._wipe()
        with freed_is_overwritten():
            data = QGuiApplication.clipboard().mimeData().data("text/plain")
            found = not data.isEmpty()
            wrong = self._put(memoryview(data))  # type: ignore[arg-type]
            data.fill(0)
            del data
        if wrong:
            self._wipe()
        self._show()
        self._say("" if found else NOTHING)
        self._say(wrong)

    # Changes

    def _wipe(self) -> None:
        self._key[:] = bytes(LONGEST)
        self._length = 0

    def _put(self, text: memoryview | bytes) -> str:
        """At the end, and why not all of it. Blanks, which come along with copying, are left out."""
        for byte in text:
            if byte in _BLANK:
                continue
            if not 0x21 <= byte <= 0x7E:
                return NO_KEY
            if self._length == LONGEST:
                return TOO_LONG
            self._key[self._length] = byte
            self._length += 1
        return ""

    def _write(self, text: str) -> None:
        wrong = self._put(text.encode("utf-8", "replace"))
        self._show()
        self._say(wrong)

    def _say(self, wrong: str) -> None:
        if wrong:
            self.refused.emit(wrong)

    def _show(self) -> None:
        self._showing = True
        self.setText(DOT * self._length)
        self._showing = False
        self.edited.emit()

    def _changed_from_outside(self, text: str) -> None:
        """By an aid that writes into fields for the person: what is no dot was added."""
        if not self._showing:
            self._write(text.replace(DOT, ""))

    # What the person does

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.submitted.emit()
        elif event.key() == Qt.Key.Key_Backspace and not event.modifiers():
            self._drop_last()
        elif event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
            self.clear()
        elif event.text().isprintable() and event.text() and not _is_command(event):
            self._write(event.text())
        else:
            event.ignore()

    def _drop_last(self) -> None:
        if self._length:
            self._length -= 1
            self._key[self._length] = 0
            self._show()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Committed text only: what is being composed would be kept by the line edit."""
        if event.commitString():
            self._write(event.commitString())
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = Menu(self, self.accessibleName())
        menu.aboutToHide.connect(menu.deleteLater)
        menu.addAction("Paste").triggered.connect(self.paste)
        menu.addAction("Clear").triggered.connect(self.clear)
        menu.popup(event.globalPos())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Takes the focus; there is no place in it to choose."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """X11's middle button would paste past us."""

    def mouseMoveEvent(self, event: QMouseEvent) -> None: ...

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None: ...


def _is_command(event: QKeyEvent) -> bool:
    """Ctrl and a letter; with Alt as well it is AltGr, which writes."""
    held = event.modifiers()
    commands = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.MetaModifier
    return bool(held & commands) and not held & Qt.KeyboardModifier.AltModifier
