"""The sidebar: mark and name, new chat, places, chats by day, search and settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtGui import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from desktop.theme.controls import Icon, IconButton, Mark, Surface, ThemedButton, label
from desktop.theme.layouts import boxed, column, row
from desktop.theme.theme import Theme
from desktop.theme.tokens import Size, Space
from desktop.window.history import HistoryView
from desktop.window.shortcuts import keys_of
from engine.chats.store import ChatRow


@dataclass(frozen=True, slots=True)
class Place:
    """A page that the sidebar leads to."""

    key: str
    name: str
    icon: str


PLACES = (
    Place("chat", "Chat", "message-square"),
    Place("documents", "Documents", "folder-open"),
    Place("tasks", "Tasks", "table"),
    Place("models", "Models", "cpu"),
)
SETTINGS = Place("settings", "Settings", "settings")


WORDS, AROUND_WORDS = 90, 76
"""Pixels that “Search chats” takes at text size 100 %, and what else stands in its row but the keys."""


class Sidebar(Surface):
    """Says what the person chose; shows what it is told."""

    new_chat_asked = Signal()
    place_chosen = Signal(str)
    fold_asked = Signal()
    search_changed = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__("panel")
        self._theme = theme
        self._places: dict[str, ThemedButton] = {}
        self._counts: dict[str, QLabel] = {}
        self._hints: list[QLabel] = []
        self.history = HistoryView(theme)
        self.setFixedWidth(Size.SIDEBAR)
        self._build()
        theme.changed.connect(self._fit_hints)
        self._fit_hints()

    def show_place(self, key: str) -> None:
        """Mark the place that is on the screen."""
        for name, made in self._places.items():
            made.setChecked(name == key)

    def show_count(self, key: str, count: int) -> None:
        self._counts[key].setText(str(count) if count else "")

    def show_chats(self, chats: Sequence[ChatRow]) -> None:
        self.history.show_chats(chats)
        searched = bool(self.search.text().strip())
        self._nothing.setText(f"No chat holds “{self.search.text().strip()}”." if searched else "")
        self._nothing.setVisible(searched and not chats)

    def focus_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    # Parts

    def _build(self) -> None:
        places = column(*(self._place(place) for place in PLACES), spacing=2)
        self._nothing = label(tone="faint", size="label", wrap=True)
        self._nothing.setContentsMargins(10, 8, 10, 0)
        self._nothing.hide()
        parts = (
            self._head(),
            2,
            self._new_chat(),
            2,
            boxed(places),
            2,
            self._nothing,
            self.history,
            self._search_row(),
            self._place(SETTINGS),
        )
        layout = column(*parts, spacing=Space.XS, margins=(12, 12, 12, 12))
        layout.setStretch(7, 1)
        self.setLayout(layout)

    def _head(self) -> QWidget:
        name = label("Carrel", size="reading", weight="semibold")
        fold = IconButton(self._theme, "panel-left", "Hide the sidebar", keys=keys_of("sidebar"))
        fold.clicked.connect(self.fold_asked)
        head = boxed(row(Mark(self._theme), name, None, fold, spacing=9, margins=(8, 0, 0, 0)))
        head.setFixedHeight(36)
        return head

    def _new_chat(self) -> QWidget:
        made = ThemedButton(self._theme, "plus", "New chat", "raised", colour="text")
        made.clicked.connect(self.new_chat_asked)
        layout = QHBoxLayout(made)
        layout.setContentsMargins(0, 0, 10, 0)
        layout.addStretch(1)
        layout.addWidget(self._hint("new_chat"))
        return made

    def _hint(self, action: str) -> QLabel:
        """The keys of an action, at the right of what it does."""
        made = label(keys_of(action), tone="faint", size="small")
        self._hints.append(made)
        return made

    def _fit_hints(self) -> None:
        """No keys beside words that large text makes so long that they would meet them."""
        words = self._theme.pixels(WORDS)
        for hint in self._hints:
            hint.setVisible(words + hint.sizeHint().width() <= Size.SIDEBAR - AROUND_WORDS)
        self.search.setTextMargins(26, 0, 44 if self._hints[-1].isVisibleTo(self.search) else 0, 0)

    def _place(self, place: Place) -> ThemedButton:
        made = ThemedButton(self._theme, place.icon, f"{place.name}", "place")
        made.setCheckable(True)
        made.setAutoExclusive(False)
        made.clicked.connect(lambda: self._choose(place.key))
        count = label(tone="faint", size="label")
        layout = QHBoxLayout(made)
        layout.setContentsMargins(0, 0, 10, 0)
        layout.addStretch(1)
        layout.addWidget(count)
        self._places[place.key], self._counts[place.key] = made, count
        return made

    def _choose(self, key: str) -> None:
        self._places[key].setChecked(True)
        self.place_chosen.emit(key)

    def _search_row(self) -> QWidget:
        self.search = QLineEdit()
        self.search.setProperty("kind", "quiet")
        self.search.setPlaceholderText("Search chats")
        self.search.setAccessibleName("Search chats")
        self.search.textChanged.connect(self.search_changed)
        hint = self._hint("search")
        inside = QHBoxLayout(self.search)
        inside.setContentsMargins(9, 0, 9, 0)
        inside.addWidget(Icon(self._theme, "search", "muted", 18))
        inside.addStretch(1)
        inside.addWidget(hint)
        return self.search
