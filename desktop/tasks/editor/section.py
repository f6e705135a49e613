"""A part of the form: its name, a word of help, what is filled in, and what is wrong with it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from desktop.theme.controls import Icon, label
from desktop.theme.foreign import breakable, plain
from desktop.theme.layouts import column, row, wrapping
from desktop.theme.theme import Theme


class Section(QWidget):
    """`place` is what a RecipeInvalid calls this part."""

    def __init__(self, theme: Theme, place: str, title: str, hint: str, *parts: QWidget) -> None:
        super().__init__()
        self.place = place
        self._title = label(title, weight="semibold")
        self._title.setVisible(bool(title))
        self._hint = label(hint, tone="muted", size="label", wrap=True)
        self._hint.setVisible(bool(hint))
        self._error = label(tone="danger", size="label", wrap=True)
        icon = Icon(theme, "circle-alert", "danger", 15)
        self._wrong = wrapping(row(icon, self._error, spacing=7), stretch=1)
        self._wrong.hide()
        self.setLayout(column(self._title, self._hint, self._wrong, *parts, spacing=7))

    @property
    def error(self) -> str:
        return self._error.text()

    def show_error(self, said: str) -> None:
        self._error.setText(breakable(plain(said, 400)))
        self._wrong.setVisible(bool(said))
