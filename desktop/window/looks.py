"""How the window looks: light or dark, and the size of its text; remembered for the next start."""

from __future__ import annotations

from PySide6.QtCore import QObject

from desktop.theme.theme import STEP, Appearance, Theme
from desktop.viewer.viewing import Viewing
from desktop.window.ports import Settings


class Looks(QObject):
    def __init__(self, settings: Settings, theme: Theme, viewing: Viewing, parent: QObject) -> None:
        super().__init__(parent)
        self._settings = settings
        self._theme = theme
        self._viewing = viewing

    def choose_appearance(self, appearance: Appearance) -> None:
        self._theme.set_appearance(appearance)
        self._settings.put_setting("window.appearance", appearance)

    def choose_scale(self, scale: float) -> None:
        self._theme.set_scale(scale)
        self._settings.put_setting("window.scale", self._theme.scale)

    def change_scale(self, steps: int) -> None:
        """The text of the window, or the document that is open; 0 is the normal size."""
        if not self._viewing.zoom(steps):
            self.choose_scale(self._theme.scale + steps * STEP if steps else 1.0)
