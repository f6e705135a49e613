"""The recipes that Carrel comes with, as cards; each is tried on its own sample with one press."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from desktop.tasks import words
from desktop.theme.controls import ClickableCard, Icon, button, label
from desktop.theme.layouts import column, row
from desktop.theme.theme import Theme
from engine.tasks.values import GalleryRecipe

CARD = 250
"""The least width of a card in pixels; as many stand side by side as there is room for, three at most."""


class GalleryCard(ClickableCard):
    """A press opens the recipe; the link under it also tries it."""

    opened = Signal(object)
    try_asked = Signal(object)

    def __init__(self, theme: Theme, ready: GalleryRecipe) -> None:
        super().__init__()
        self.ready = ready
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(f"Recipe {ready.recipe.name}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        self.pressed.connect(lambda: self.opened.emit(ready))
        name = label(ready.recipe.name, weight="semibold", wrap=True)
        head = row(Icon(theme, words.icon_of(ready), "accent"), name, spacing=9)
        head.setStretch(1, 1)
        said = label(ready.recipe.description, tone="muted", size="label", wrap=True)
        said.setAlignment(Qt.AlignmentFlag.AlignTop)
        tried = button("Try it with the sample", "link", name=f"Try {ready.recipe.name} with its sample")
        tried.clicked.connect(lambda: self.try_asked.emit(ready))
        tried.setVisible(bool(ready.sample))
        layout = column(head, said, None, row(tried, None), spacing=6, margins=(16, 13, 14, 10))
        self.setLayout(layout)


class Gallery(QWidget):
    opened = Signal(object)
    try_asked = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._cards: list[GalleryCard] = []
        self._columns = 3
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(12)

    @property
    def cards(self) -> list[GalleryCard]:
        return list(self._cards)

    def show_recipes(self, ready: Sequence[GalleryRecipe]) -> None:
        if list(ready) == [card.ready for card in self._cards]:
            return
        for card in self._cards:
            card.hide()
            card.deleteLater()
        self._cards = [self._card(each) for each in ready]
        self._arrange()

    def _card(self, ready: GalleryRecipe) -> GalleryCard:
        made = GalleryCard(self._theme, ready)
        made.opened.connect(self.opened)
        made.try_asked.connect(self.try_asked)
        return made

    def _arrange(self) -> None:
        for card in self._cards:
            self._grid.removeWidget(card)
        for position, card in enumerate(self._cards):
            self._grid.addWidget(card, position // self._columns, position % self._columns)
        for index in range(3):
            self._grid.setColumnStretch(index, 1 if index < self._columns else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        columns = min(3, max(1, event.size().width() // CARD))
        if columns != self._columns:
            self._columns = columns
            self._arrange()
