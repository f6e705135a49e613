"""The head of a page that stands behind another: back, its name, what can be done."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.theme.controls import ElidedLabel, IconButton, line
from desktop.theme.layouts import boxed, column, row
from desktop.theme.theme import Theme
from desktop.theme.tokens import Size, Space
from desktop.window.shortcuts import keys_of


class BackHeader(QWidget):
    """As `PageHeader`, with a way back; the name may change."""

    back_asked = Signal()
    sidebar_asked = Signal()

    def __init__(self, theme: Theme, back_to: str, *actions: QWidget, beside: QWidget | None = None) -> None:
        super().__init__()
        self._sidebar = IconButton(theme, "panel-left", "Show the sidebar", keys=keys_of("sidebar"))
        self._sidebar.clicked.connect(self.sidebar_asked)
        self._sidebar.hide()
        back = IconButton(theme, "arrow-left", f"Back to {back_to}", keys=keys_of("stop"))
        back.clicked.connect(self.back_asked)
        self._name = ElidedLabel(size="reading", weight="semibold")
        names = (self._name, beside) if beside is not None else (self._name,)
        margins = (Space.L, 0, Space.XL, 0)
        bar = boxed(row(self._sidebar, back, *names, None, *actions, spacing=10, margins=margins))
        bar.setFixedHeight(Size.HEADER - 1)
        self.setLayout(column(bar, line(), spacing=0))
        self.setFixedHeight(Size.HEADER)

    def show_name(self, name: str) -> None:
        self._name.set_whole(name)

    def set_sidebar_button(self, shown: bool) -> None:
        self._sidebar.setVisible(shown)
