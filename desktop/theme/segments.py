"""A choice among a few, side by side."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QPushButton, QSizePolicy

from desktop.theme.controls import button
from desktop.theme.layouts import row


class Segments(QFrame):
    """The button of what is chosen stands out; `chosen` brings its words."""

    chosen = Signal(str)

    def __init__(self, name: str, choices: Mapping[str, object]) -> None:
        super().__init__()
        self.setProperty("kind", "segments")
        self.setAccessibleName(name)
        self._buttons = {choice: button(choice, "segment", name=f"{name}: {choice}") for choice in choices}
        group = QButtonGroup(self)
        for made in self._buttons.values():
            made.setCheckable(True)
            group.addButton(made)
        group.buttonClicked.connect(self._clicked)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setLayout(row(*self._buttons.values(), spacing=2, margins=(3, 3, 3, 3)))

    def choose(self, choice: str) -> None:
        """Show a choice without announcing it; an unknown one leaves all as it is."""
        if choice in self._buttons:
            self._buttons[choice].setChecked(True)

    def _clicked(self, made: QPushButton) -> None:
        self.chosen.emit(made.text())
