"""How things stand beside and under each other, and how a page scrolls."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop.theme.tokens import Size, Space

Area = TypeVar("Area", bound="ScrollArea")
Item = QWidget | QLayout | int | None
"""What a row or column holds: a widget, a layout, a space in pixels, or None for a stretch."""


def row(
    *items: Item, spacing: int = Space.S, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QHBoxLayout:
    """Lay out from left to right."""
    layout = QHBoxLayout()
    _fill(layout, items, spacing, margins)
    return layout


def column(
    *items: Item, spacing: int = Space.S, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QVBoxLayout:
    """Lay out from top to bottom."""
    layout = QVBoxLayout()
    _fill(layout, items, spacing, margins)
    return layout


def boxed(layout: QBoxLayout, *, stretch: int | None = None) -> QWidget:
    """A widget around a layout, to be shown and hidden as one; item number `stretch` takes the free room."""
    box = QWidget()
    if stretch is not None:
        layout.setStretch(stretch, 1)
    box.setLayout(layout)
    box.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    return box


def wrapping(layout: QBoxLayout, *, stretch: int | None = None) -> QWidget:
    """As `boxed`, around texts of several lines: as high as they need at the width that there is."""
    box = boxed(layout, stretch=stretch)
    policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    policy.setHeightForWidth(True)
    box.setSizePolicy(policy)
    return box


def _fill(
    layout: QBoxLayout, items: tuple[Item, ...], spacing: int, margins: tuple[int, int, int, int]
) -> None:
    layout.setSpacing(spacing)
    layout.setContentsMargins(*margins)
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        elif isinstance(item, QWidget):
            layout.addWidget(item)
        else:
            layout.addLayout(item)


def reading_column(content: QBoxLayout) -> PageArea:
    """A page that scrolls, with its content in a column of reading width."""
    inside = QWidget()
    inside.setLayout(content)
    inside.setMaximumWidth(Size.COLUMN)
    page = Page()
    page.setLayout(centred(inside, margins=(Space.XL, 22, Space.XL - ScrollArea.BAR, Space.XL)))
    return _filled(PageArea(), page)


def centred(content: QWidget, *, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QHBoxLayout:
    """`content` in the middle, as wide as it may be."""
    layout = row(None, content, None, spacing=0, margins=margins)
    layout.setStretch(1, 1000)
    return layout


def scrolled(content: QWidget) -> ScrollArea:
    """`content` in an area that scrolls up and down; the keyboard reaches what stands in it, not the area."""
    return _filled(ScrollArea(), content)


def _filled(area: Area, content: QWidget) -> Area:
    content.setProperty("kind", "clear")
    area.setWidget(content)
    return area


class FoldingRow(QWidget):
    """Side by side where there is room for all, else each under the other: no button's words are cut."""

    def __init__(self, *widgets: QWidget, spacing: int = Space.S, centred: bool = False) -> None:
        super().__init__()
        self._widgets = widgets
        self._side = Qt.AlignmentFlag.AlignHCenter if centred else Qt.AlignmentFlag.AlignLeft
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setSpacing(spacing)
        self._box.setContentsMargins(0, 0, 0, 0)
        ends = (None, *widgets, None) if centred else (*widgets, None)
        for each in ends:
            if each is None:
                self._box.addStretch(1)
            else:
                self._box.addWidget(each)
        # Its own width asks for nothing: what it lies in says how much room there is.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._fold()
        return super().event(event)

    def _fold(self) -> None:
        shown = [each for each in self._widgets if not each.isHidden()]
        wanted = sum(each.sizeHint().width() for each in shown) + self._box.spacing() * (len(shown) - 1)
        beside = wanted <= self.width()
        directions = QBoxLayout.Direction
        self._box.setDirection(directions.LeftToRight if beside else directions.TopToBottom)
        for each in self._widgets:
            self._box.setAlignment(each, Qt.AlignmentFlag(0) if beside else self._side)


def clear(layout: QLayout) -> None:
    """Take everything out of a layout; widgets are deleted once the running event is over."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)


class Page(QWidget):
    """What scrolls, exactly as high as its texts need at the width that there is."""

    def minimumSizeHint(self) -> QSize:
        """The least height of a text is that in its narrowest column: with it a page ended in blank space."""
        least = super().minimumSizeHint()
        return QSize(least.width(), 0) if self.hasHeightForWidth() else least


class ScrollArea(QScrollArea):
    """Scrolls up and down; its content keeps its width when the scroll bar comes and goes."""

    BAR = 10

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.verticalScrollBar().rangeChanged.connect(self._keep_width)
        self._keep_width(0, 0)

    def _keep_width(self, minimum: int, maximum: int) -> None:
        self.setViewportMargins(0, 0, 0 if maximum > minimum else self.BAR, 0)


class PageArea(ScrollArea):
    """A page whose parts open and become longer; what was opened stays in sight."""

    SETTLED_MS = 500
    """Until then what was opened may still become longer, and what stands above it as well."""

    def __init__(self) -> None:
        super().__init__()
        self._part: QWidget | None = None
        self._settled = QTimer(self, interval=self.SETTLED_MS, singleShot=True)
        self._settled.timeout.connect(self._let_go)
        self.verticalScrollBar().rangeChanged.connect(self._follow)

    def bring_into_sight(self, part: QWidget) -> None:
        """What was just opened or added, as soon as it is laid out; unless the person scrolls meanwhile."""
        if part is not self._part:
            part.destroyed.connect(self._forget)
        self._part = part
        self._settled.start()
        self._follow()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._forget()
        super().wheelEvent(event)

    def _follow(self, *_: int) -> None:
        if self._part is not None:
            self.ensureWidgetVisible(self._part, 0, Space.XL)

    def _let_go(self) -> None:
        self._follow()
        self._forget()

    def _forget(self) -> None:
        self._part = None
