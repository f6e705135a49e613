"""Tab goes as the eye does: through a page whose parts come and go, in the order in which they are laid out.

Qt keeps the order in which widgets were made, so a row that is added at the top would be reached last.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLayout, QScrollArea, QStackedWidget, QWidget


def move_focus(page: QWidget, forward: bool) -> bool:
    """For `focusNextPrevChild` of a page: whether the keyboard has gone on within it."""
    order = list(reading_order(page))
    focused = QApplication.focusWidget()
    if focused is page and forward and order:
        return _give(order[0])
    if focused not in order:
        return False
    at = order.index(focused) + (1 if forward else -1)
    return 0 <= at < len(order) and _give(order[at])


def circle_focus(window: QWidget, forward: bool) -> bool:
    """For `focusNextPrevChild` of a window: on to what is read next, and from the end to the beginning."""
    order = list(reading_order(window))
    focused = QApplication.focusWidget()
    if not order:
        return False
    if focused in order:
        at = order.index(focused) + (1 if forward else -1)
        return _give(order[at % len(order)])
    inside = [each for each in order if focused is not None and focused.isAncestorOf(each)]
    return _give((inside or order)[0 if forward else -1])


def reading_order(widget: QWidget) -> Iterator[QWidget]:
    """All within `widget` that Tab may reach now, itself first, as it is laid out."""
    if not widget.isVisible():
        return
    if _takes_tab(widget):
        yield widget
    if isinstance(widget, QScrollArea):
        inside = [widget.widget()]
    elif isinstance(widget, QStackedWidget):
        inside = [widget.currentWidget()]
    else:
        layout = widget.layout()
        inside = [*_widgets(layout), *_floating(widget, layout)] if layout is not None else []
    for each in inside:
        if each is not None:
            yield from reading_order(each)


def _widgets(layout: QLayout) -> Iterator[QWidget]:
    for number in range(layout.count()):
        item = layout.itemAt(number)
        if item is None:
            continue
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            yield widget
        elif inner is not None:
            yield from _widgets(inner)


def _floating(widget: QWidget, layout: QLayout) -> Iterator[QWidget]:
    """What lies over the others, such as a message with a button: last."""
    laid_out = set(_widgets(layout))
    for child in widget.children():
        if isinstance(child, QWidget) and not child.isWindow() and child not in laid_out:
            yield child


def _takes_tab(widget: QWidget) -> bool:
    tab = Qt.FocusPolicy.TabFocus
    return widget.isEnabled() and widget.focusPolicy() & tab == tab


def _give(widget: QWidget) -> bool:
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(widget, 0, 24)
        parent = parent.parentWidget()
    return True
