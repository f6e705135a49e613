"""What else can be done with a collection."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from desktop.theme.controls import Menu
from desktop.theme.theme import Theme


class CollectionMenu(Menu):
    """Deletes itself when it closes. Connect its actions, then show it."""

    def __init__(self, parent: QWidget, theme: Theme, name: str, *, busy: bool, has_folder: bool) -> None:
        super().__init__(parent, f"Collection {name}")
        self.aboutToHide.connect(self.deleteLater)
        self.ask = self.addAction(theme.icon("message-square"), "Ask about it")
        self.look = self.addAction(theme.icon("search"), "Look for changes now")
        self.look.setEnabled(has_folder)
        self.rebuild = self.addAction(theme.icon("refresh-cw"), "Read everything anew…")
        self.rebuild.setEnabled(not busy)
        self.addSeparator()
        self.remove = self.addAction(theme.icon("trash-2", "danger"), "Remove from Carrel…")
        self.remove.setEnabled(not busy)
