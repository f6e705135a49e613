"""“What should it work on?”: files, a folder, a collection, or what is dropped here."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from desktop.documents.cards import paint_dashed
from desktop.theme.controls import ElidedLabel, Icon, Menu, ThemedButton, button, label, menu_text
from desktop.theme.foreign import plain
from desktop.theme.layouts import column, row, wrapping
from desktop.theme.theme import Theme


class SourceCard(QFrame):
    """Where things may be dropped, and the buttons that choose; with a source chosen, what it is."""

    files_asked = Signal()
    folder_asked = Signal()
    collection_chosen = Signal(str)
    tried_chosen = Signal()
    change_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._collections: Sequence[str] = ()
        self._build()
        self.show_nothing()
        theme.changed.connect(self.update)

    def show_collections(self, names: Sequence[str]) -> None:
        self._collections = names
        self._collection.setVisible(bool(names))

    def show_tried(self, name: str) -> None:
        """The file that the recipe was tried on, as one more choice."""
        self._tried.setText(menu_text(f"The file it was tried on: {plain(name, 40)}"))
        self._tried.setAccessibleName(f"Use {name}")
        self._tried.setVisible(bool(name))

    def show_nothing(self) -> None:
        self._choosing.show()
        self._chosen.hide()

    def show_source(self, name: str, said: str, *, icon: str = "files") -> None:
        self._choosing.hide()
        self._chosen.show()
        self._icon.set_icon(icon, "accent")
        self._name.set_whole(name)
        self._said.setText(said)
        self._said.setVisible(bool(said))

    @property
    def words(self) -> str:
        return self._said.text()

    # Parts

    def _build(self) -> None:
        theme = self._theme
        files = ThemedButton(theme, "files", "Choose files…", "primary", colour="on_accent")
        files.clicked.connect(self.files_asked)
        folder = ThemedButton(theme, "folder-open", "A folder…")
        folder.clicked.connect(self.folder_asked)
        self._collection = ThemedButton(theme, "library", "A collection")
        self._collection.clicked.connect(lambda: self._open(self.collections_menu()))
        self._tried = button("The file it was tried on", "link")
        self._tried.clicked.connect(self.tried_chosen)
        self._tried.hide()
        said = label("A table (CSV, Excel, JSON lines), or documents. Drop them anywhere here.", tone="muted")
        stay = label("They stay on this computer, and are not changed.", tone="faint", size="label")
        for each in (said, stay):
            each.setWordWrap(True)
            each.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        icon = row(None, Icon(theme, "download", "muted", 22), None)
        buttons = row(None, files, folder, self._collection, None, spacing=10)
        tried = row(None, self._tried, None)
        parts = (icon, said, stay, 4, buttons, tried)
        self._choosing = wrapping(column(*parts, spacing=7, margins=(20, 24, 20, 20)))
        self._icon = Icon(theme, "files", "accent", 20)
        self._name = ElidedLabel(weight="semibold", middle=True)
        self._said = label(tone="muted", size="label", wrap=True)
        change = button("Change", name="Choose something else to work on")
        change.clicked.connect(self.change_asked)
        text = column(self._name, self._said, spacing=3)
        self._chosen = wrapping(
            row(self._icon, text, change, spacing=13, margins=(18, 14, 14, 14)), stretch=1
        )
        self.setLayout(column(self._choosing, self._chosen, spacing=0))

    def collections_menu(self) -> Menu:
        menu = Menu(self, "Collections")
        menu.aboutToHide.connect(menu.deleteLater)
        for name in self._collections:
            menu.addAction(menu_text(plain(name, 60)), partial(self.collection_chosen.emit, name))
        return menu

    def _open(self, menu: Menu) -> None:
        menu.popup(self._collection.mapToGlobal(QPoint(0, self._collection.height() + 2)))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        paint_dashed(self, self._theme)


def section(title: str, hint: str, *parts: QWidget) -> QWidget:
    """A titled part of the page."""
    said = label(hint, tone="muted", size="label", wrap=True)
    said.setVisible(bool(hint))
    return wrapping(column(label(title, weight="semibold"), said, *parts, spacing=8))
