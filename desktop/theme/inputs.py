"""What a form is made of: texts that grow with what is written, and choices out of a list."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QIcon, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QSizePolicy

from desktop.theme.controls import Menu, ThemedButton, menu_text
from desktop.theme.theme import Theme
from desktop.theme.tokens import Type

LONGEST = 20_000
"""Characters that a field of a form takes: what is longer is no instruction but a document."""


def text_line(name: str, placeholder: str = "", *, small: bool = False) -> QLineEdit:
    """One line; `name` is what a screen reader says."""
    made = QLineEdit()
    made.setAccessibleName(name)
    made.setPlaceholderText(placeholder)
    made.setMaxLength(LONGEST)
    if small:
        made.setProperty("kind", "small")
    return made


def show_text(line: QLineEdit, text: str) -> None:
    """Put a text into a line, with its beginning in sight."""
    line.setText(text)
    line.setCursorPosition(0)


class TextArea(QPlainTextEdit):
    """Several lines, as high as they need within bounds; Tab leads on, as in every other field."""

    changed = Signal()

    def __init__(
        self,
        theme: Theme,
        name: str,
        placeholder: str = "",
        *,
        lines: int = 2,
        most: int = 9,
        code: bool = False,
    ) -> None:
        super().__init__()
        self._theme, self._lines, self._most, self._code = theme, lines, most, code
        self.setProperty("kind", "text")
        self.setProperty("code", code)
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.textChanged.connect(self._written)
        theme.changed.connect(self._restyle)
        self._restyle()

    @property
    def text(self) -> str:
        return self.toPlainText()

    def set_text(self, text: str) -> None:
        if text != self.toPlainText():
            self.setPlainText(text)

    def _restyle(self) -> None:
        font = self._theme.code_font() if self._code else self._theme.font(Type.INTERFACE)
        self.document().setDefaultFont(font)
        self._fit()

    def _written(self) -> None:
        self._fit()
        self.changed.emit()

    def _fit(self) -> None:
        height = QFontMetricsF(self.document().defaultFont()).lineSpacing()
        rows = min(self._most, max(self._lines, round(self.document().size().height())))
        self.setFixedHeight(round(rows * height) + 18)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()


class Picker(ThemedButton):
    """A choice out of a list that opens under it. `value` is the key of what is chosen."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, name: str, choices: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(theme, "chevron-down", "", "picker", size=14)
        self._name = name
        self._choices: list[tuple[str, str]] = []
        self._value = ""
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)  # the chevron stands behind the words
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._open)
        self.set_choices(choices)

    @property
    def value(self) -> str:
        return self._value

    @property
    def choices(self) -> list[tuple[str, str]]:
        return list(self._choices)

    def set_choices(self, choices: Sequence[tuple[str, str]]) -> None:
        """(key, words) of each; what was chosen stays chosen where it still is one."""
        self._choices = list(choices)
        keys = [key for key, _ in choices]
        self.choose(self._value if self._value in keys else next(iter(keys), ""))

    def choose(self, key: str) -> None:
        """Show a choice without announcing it."""
        self._value = key
        words = next((words for known, words in self._choices if known == key), key)
        self.set_text(words)
        self.setAccessibleName(f"{self._name}: {words}")

    def pick(self, key: str) -> None:
        """Choose as the person does."""
        self.choose(key)
        self.chosen.emit(key)

    def menu_of_choices(self) -> Menu:
        menu = Menu(self, self._name)
        menu.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        menu.aboutToHide.connect(menu.deleteLater)
        for key, words in self._choices:
            action = menu.addAction(menu_text(words))
            action.setCheckable(True)
            action.setChecked(key == self._value)
            action.triggered.connect(lambda _=False, key=key: self.pick(key))
        return menu

    def _open(self) -> None:
        self.menu_of_choices().popup(self.mapToGlobal(QPoint(0, self.height() + 2)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down change the choice, as in a list."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is None or not self._choices:
            super().keyPressEvent(event)
            return
        keys = [key for key, _ in self._choices]
        at = keys.index(self._value) if self._value in keys else -step
        self.pick(keys[min(len(keys) - 1, max(0, at + step))])


class Toggle(ThemedButton):
    """A chip that is on or off: a tick says that it is on. It keeps its width."""

    def __init__(self, theme: Theme, text: str, *, name: str = "") -> None:
        super().__init__(theme, "check", text, "toggle", colour="accent", size=13)
        self.setCheckable(True)
        self.setAccessibleName(name or text)

    def _draw(self) -> None:
        super()._draw()
        if not self.isChecked():
            self.setIcon(QIcon())

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return hint if self.isChecked() else QSize(hint.width() + self.iconSize().width() + 4, hint.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()
