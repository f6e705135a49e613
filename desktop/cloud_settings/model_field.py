"""The model of a provider: typed, or found among those it lists."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QStringListModel, Qt, Signal
from PySide6.QtWidgets import QCompleter, QListView, QWidget

from desktop.theme.controls import IconButton
from desktop.theme.foreign import plain
from desktop.theme.inputs import show_text, text_line
from desktop.theme.layouts import row
from desktop.theme.theme import Theme

CHEVRON = 27
"""Pixels of the field that the arrow stands in."""
MOST = 2_000
"""Names of models that are taken from a provider's list."""


class ModelField(QWidget):
    """`chosen` once a name is typed to its end, or picked out of the list."""

    chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._names: list[str] = []
        self.line = text_line("Model", "Choose or type a model")
        self._list = QStringListModel(self)
        self._completer = QCompleter(self._list, self)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self._completer.setMaxVisibleItems(9)
        popup = QListView()
        popup.setProperty("kind", "popup")
        popup.setAccessibleName("Models")
        self._completer.setPopup(popup)
        self.line.setCompleter(self._completer)
        self._all = IconButton(theme, "chevron-down", "Show all models", size=16)
        self._all.clicked.connect(self._show_all)
        self._all.setFixedHeight(CHEVRON)
        self.line.setLayout(row(None, self._all, margins=(0, 0, 3, 0)))
        self.setLayout(row(self.line))
        self.line.editingFinished.connect(self._finished)
        self._completer.activated.connect(self._finished)
        self._shown = ""

    @property
    def model(self) -> str:
        return self.line.text().strip()

    def show_model(self, model: str, names: Sequence[str]) -> None:
        """The one that is chosen, and those to choose from, which are foreign texts."""
        kept = [plain(each, 120) for each in names[:MOST]]
        if kept != self._names:
            self._names = kept
            self._list.setStringList(kept)
        self._all.setVisible(bool(kept))
        self.line.setTextMargins(0, 0, CHEVRON if kept else 0, 0)
        if model != self._shown or not self.line.hasFocus():
            self._shown = model
            show_text(self.line, model)

    def _show_all(self) -> None:
        self._completer.setCompletionPrefix("")
        self.line.setFocus()
        self._completer.complete(self.line.rect().translated(QPoint(0, 3)))

    def _finished(self, *_: object) -> None:
        if self.model and self.model != self._shown:
            self._shown = self.model
            self.chosen.emit(self.model)
