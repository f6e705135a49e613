"""One of a few that exclude each other: its name, and what choosing it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QSizePolicy, QWidget

from desktop.theme.controls import label
from desktop.theme.layouts import column, row, wrapping
from desktop.theme.theme import Theme
from desktop.theme.tokens import Type

DISC, GAP = 18, 11


class Option(QAbstractButton):
    """A disc that is filled where it is chosen, and a name. Up and Down go through those of a group."""

    def __init__(self, theme: Theme, text: str, meaning: str) -> None:
        super().__init__()
        self._theme = theme
        self.setText(text)
        self.setAccessibleName(text)
        self.setAccessibleDescription(meaning)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        self.setFont(self._theme.font(Type.INTERFACE))
        words = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(2 + DISC + GAP + words + 6, max(DISC + 6, self.fontMetrics().height() + 6))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, on = self._theme.palette, self.isChecked()
        centre = QPointF(2 + DISC / 2, self.height() / 2)
        painter.setPen(QPen(QColor(palette.accent if on else palette.focus_line), 1.5))
        painter.setBrush(QColor(palette.raised))
        painter.drawEllipse(centre, DISC / 2 - 1, DISC / 2 - 1)
        if on:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(palette.accent))
            painter.drawEllipse(centre, DISC / 2 - 5, DISC / 2 - 5)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(palette.accent), 2))
            painter.drawEllipse(centre, DISC / 2, DISC / 2)
        painter.setPen(self._theme.colour("text"))
        words = self.rect().adjusted(2 + DISC + GAP, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())


class Options(QWidget):
    """A choice of which every possibility says what it means. `chosen` carries its key."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, name: str, choices: Mapping[Any, tuple[str, str]]) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._options: dict[str, Option] = {}
        group = QButtonGroup(self)
        content = column(spacing=13)
        for key, (title, meaning) in choices.items():
            option = Option(theme, title, meaning)
            group.addButton(option)
            self._options[key] = option
            words = label(meaning, tone="muted", size="label", wrap=True)
            under = wrapping(row(words, margins=(2 + DISC + GAP, 0, 0, 0)))
            content.addLayout(column(row(option, None), under, spacing=1))
        group.buttonClicked.connect(self._clicked)
        self.setLayout(content)

    @property
    def value(self) -> str:
        return next((key for key, option in self._options.items() if option.isChecked()), "")

    def choose(self, key: str) -> None:
        """Show a choice without announcing it."""
        if key in self._options:
            self._options[key].setChecked(True)

    def option(self, key: str) -> Option:
        return self._options[key]

    def _clicked(self, _: QAbstractButton) -> None:
        self.chosen.emit(self.value)
