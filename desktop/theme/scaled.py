"""Widths that grow with the person's text size."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.theme.theme import Theme


def keep_width(theme: Theme, widget: QWidget, pixels: int) -> None:
    """`pixels` wide at text size 100 %, wider where the text is larger: its words stay whole."""
    _Width(theme, widget, pixels)


class _Width(QObject):
    """Goes with its widget."""

    def __init__(self, theme: Theme, widget: QWidget, pixels: int) -> None:
        super().__init__(widget)
        self._theme, self._widget, self._pixels = theme, widget, pixels
        theme.changed.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        self._widget.setFixedWidth(max(self._pixels, self._theme.pixels(self._pixels)))
