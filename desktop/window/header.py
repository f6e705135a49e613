"""The head of a page: its name at the left, what can be done at the right."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.theme.controls import IconButton, label, line
from desktop.theme.layouts import boxed, column, row
from desktop.theme.theme import Theme
from desktop.theme.tokens import Size, Space
from desktop.window.shortcuts import keys_of


class PageHeader(QWidget):
    """Name, actions, a hairline below; a button brings the sidebar back while it is folded away."""

    sidebar_asked = Signal()

    def __init__(self, theme: Theme, title: str, *actions: QWidget) -> None:
        super().__init__()
        self._sidebar = IconButton(theme, "panel-left", "Show the sidebar", keys=keys_of("sidebar"))
        self._sidebar.clicked.connect(self.sidebar_asked)
        self._sidebar.hide()
        name = label(title, size="reading", weight="semibold")
        bar = boxed(row(self._sidebar, name, None, *actions, spacing=10, margins=(Space.XL, 0, Space.XL, 0)))
        bar.setFixedHeight(Size.HEADER - 1)
        self.setLayout(column(bar, line(), spacing=0))
        self.setFixedHeight(Size.HEADER)

    def set_sidebar_button(self, shown: bool) -> None:
        self._sidebar.setVisible(shown)
