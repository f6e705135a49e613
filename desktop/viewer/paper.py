"""Pages drawn as pictures, one under the other, with words lit, found and selected on them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame

from desktop.theme.controls import Menu
from desktop.theme.theme import Theme
from desktop.theme.tokens import LIGHT, Type
from desktop.viewer.marks import PageMarks, outline
from desktop.viewer.pictures import Picture
from desktop.viewer.selection import Selection
from desktop.viewer.sheets import Sheets

MARGIN = 24
WIDEST = 900
"""A page that fits the view is not wider than this: longer lines are hard to read."""

STEP_PX = 60
SETTLED_MS = 120
"""Pages are drawn for a new width when it has stayed that long."""


class PaperView(QAbstractScrollArea):
    """Shows what `picture` gives, light paper where there is nothing yet, and says which pages are `wanted`.

    Paper stays paper in the dark: pictures and marks have the same colours in both appearances.
    """

    wanted = Signal(list, int)
    page_changed = Signal(int)
    zoom_asked = Signal(int)

    def __init__(
        self,
        theme: Theme,
        picture: Callable[[int], Picture | None],
        marks: Callable[[int], PageMarks],
        selection: Selection,
    ) -> None:
        super().__init__()
        self._theme = theme
        self._picture = picture
        self._marks = marks
        self._selection = selection
        self._sheets = Sheets(1, WIDEST)
        self._zoom = 1.0
        self._page = 1
        self._goal: tuple[int, float] | None = None
        self._steering = False
        self._shows_focus = False
        self.setProperty("kind", "desk")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.verticalScrollBar().setSingleStep(STEP_PX)
        self.horizontalScrollBar().setSingleStep(STEP_PX)
        self._settled = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._settled.timeout.connect(self._ask)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        selection.changed.connect(self.viewport().update)
        theme.changed.connect(self.viewport().update)

    # What it shows

    @property
    def page(self) -> int:
        """The page that most of the view shows."""
        return self._page

    @property
    def zoom(self) -> float:
        """1 is as wide as the view."""
        return self._zoom

    def show_document(self, pages: int) -> None:
        """Begin anew with a document of so many pages."""
        self._page, self._goal = 0, None
        self._sheets = Sheets(max(1, pages), self._width())
        self._fit_bars()
        self.verticalScrollBar().setValue(0)
        self._moved()

    def set_pages(self, pages: int) -> None:
        """The drawer says how many there really are."""
        if pages != self._sheets.count:
            self._sheets = Sheets(max(1, pages), self._width())
            self._fit_bars()

    def go_to(self, number: int, share: float = 0.0) -> None:
        """Bring a page to the top, or the place at `share` of its height to the upper third of the view.

        Stays there while pages above turn out to be of another height.
        """
        self._goal = (min(max(1, number), self._sheets.count), share)
        self._keep_goal()
        self._moved()

    def picture_drawn(self, number: int) -> None:
        """A picture has come: its page has its true height now."""
        picture = self._picture(number)
        if picture is None:
            return
        anchor, offset = self._page, self.verticalScrollBar().value() - self._sheets.top(max(1, self._page))
        self.set_pages(picture.pages)
        if self._sheets.set_shape(number, picture.shape):
            self._fit_bars()
            if self._goal is not None:
                self._keep_goal()
            else:
                self.verticalScrollBar().setValue(round(self._sheets.top(max(1, anchor)) + offset))
        self.viewport().update()

    def set_zoom(self, zoom: float) -> None:
        self._resize_pages(zoom)

    # Geometry

    def _width(self) -> int:
        fitting = min(WIDEST, self.viewport().width() - 2 * MARGIN)
        return max(120, round(fitting * self._zoom))

    def _resize_pages(self, zoom: float) -> None:
        """Lay the pages out for a new width; what is at the top of the view stays there."""
        bar, before = self.verticalScrollBar(), self._sheets.width
        at = bar.value()
        self._zoom = zoom
        self._sheets.set_width(self._width())
        self._fit_bars()
        if self._goal is not None:
            self._keep_goal()
        else:
            bar.setValue(round(at * self._sheets.width / before))
        side = self.horizontalScrollBar()
        side.setValue(side.maximum() // 2)
        self._settled.start()
        self.viewport().update()

    def _fit_bars(self) -> None:
        view = self.viewport().size()
        down, side = self.verticalScrollBar(), self.horizontalScrollBar()
        self._steering = True  # a shorter document moves the bar: that is not the person's doing
        down.setRange(0, max(0, round(self._sheets.total + 2 * MARGIN - view.height())))
        down.setPageStep(max(1, view.height() - STEP_PX))
        side.setRange(0, max(0, self._sheets.width + 2 * MARGIN - view.width()))
        side.setPageStep(max(1, view.width()))
        self._steering = False

    def _keep_goal(self) -> None:
        if self._goal is None:
            return
        number, share = self._goal
        number = min(number, self._sheets.count)
        y = self._sheets.top(number) + share * self._sheets.height(number)
        lead = self.viewport().height() * 0.3 if share else 10
        self._steering = True
        self.verticalScrollBar().setValue(round(y + MARGIN - lead))
        self._steering = False

    def _left(self) -> float:
        free = self.viewport().width() - self._sheets.width
        return free / 2 if free > 2 * MARGIN else MARGIN - self.horizontalScrollBar().value()

    def _rect(self, number: int) -> QRectF:
        """Where a page is in the viewport."""
        top = MARGIN + self._sheets.top(number) - self.verticalScrollBar().value()
        return QRectF(self._left(), top, self._sheets.width, self._sheets.height(number))

    def _visible(self) -> list[int]:
        top = self.verticalScrollBar().value() - MARGIN
        return list(self._sheets.between(top, top + self.viewport().height()))

    def _scrolled(self) -> None:
        if not self._steering:
            self._goal = None
        self._moved()

    def _moved(self) -> None:
        middle = self.verticalScrollBar().value() - MARGIN + self.viewport().height() * 0.4
        page = self._sheets.at(middle)
        if page != self._page:
            self._page = page
            self.page_changed.emit(page)
        if not self._settled.isActive():
            self._settled.start()
        self.viewport().update()

    def _ask(self) -> None:
        """The pages in view, the one at hand first, then its neighbours."""
        seen = self._visible()
        seen.sort(key=lambda number: abs(number - self._page))
        around = [n for n in (seen[-1] + 1, min(seen) - 1, max(seen) + 1) if 1 <= n <= self._sheets.count]
        numbers = list(dict.fromkeys([*seen, *around]))
        self.wanted.emit(numbers, round(self._sheets.width * self.devicePixelRatioF()))

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for number in self._visible():
            self._paint_page(painter, number, self._rect(number))
        if self.hasFocus() and self._shows_focus:
            painter.setPen(QPen(self._theme.colour("accent"), 2))
            painter.drawRect(self.viewport().rect().adjusted(1, 1, -1, -1))

    def _paint_page(self, painter: QPainter, number: int, rect: QRectF) -> None:
        painter.fillRect(rect, QColor(LIGHT.raised))
        picture = self._picture(number)
        if picture is not None:
            painter.drawImage(rect, picture.image)
            self._paint_marks(painter, number, rect)
        else:
            painter.setPen(QColor(LIGHT.faint))
            painter.setFont(self._theme.font(Type.LABEL))
            painter.drawText(rect.adjusted(0, 40, 0, 0), Qt.AlignmentFlag.AlignHCenter, f"Page {number}")
        painter.setPen(QPen(QColor(self._theme.palette.line), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(rect)

    def _paint_marks(self, painter: QPainter, number: int, rect: QRectF) -> None:
        marks = self._marks(number)
        layers = (
            (marks.lit, QColor(LIGHT.lit)),
            (marks.hits, QColor(LIGHT.accent_soft).darker(106)),
            (marks.current, _tinted(LIGHT.accent, 0.3)),
            (self._selection.boxes(number), _tinted(LIGHT.cloud, 0.3)),
        )
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # As a marker pen does: the paper takes the colour, what is printed stays as dark as it is.
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        for boxes, colour in layers:
            painter.fillPath(outline(rect, boxes), colour)
        painter.restore()
        self._paint_current(painter, outline(rect, marks.current))

    def _paint_current(self, painter: QPainter, outline: QPainterPath) -> None:
        """A line around the hit at hand: it is seen on dark ground, too."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.strokePath(outline, QPen(QColor(LIGHT.accent), 1.5))
        painter.restore()

    # The person's hands

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._resize_pages(self._zoom)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_asked.emit(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
            return
        super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        bar = self.verticalScrollBar()
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End):
            bar.setValue(0 if event.key() == Qt.Key.Key_Home else bar.maximum())
        elif event.key() == Qt.Key.Key_Space:
            back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            bar.setValue(bar.value() + (-bar.pageStep() if back else bar.pageStep()))
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._selection.begin(*self._on_page(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        number, x, y = self._on_page(event.position())
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._selection.extend(number, x, y)
        over = self._selection.word_at(number, x, y) is not None
        self.viewport().setCursor(Qt.CursorShape.IBeamCursor if over else Qt.CursorShape.ArrowCursor)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = Menu(self, "Page")
        menu.addAction("Copy", self.copy).setEnabled(bool(self._selection.text))
        menu.addAction("Select the page", lambda: self._selection.take_page(self._page))
        menu.exec(event.globalPos())
        menu.deleteLater()

    def copy(self) -> None:
        if self._selection.text:
            QGuiApplication.clipboard().setText(self._selection.text)

    def _on_page(self, position: QPointF | QPoint) -> tuple[int, float, float]:
        """The page under a point, and the point as shares of the page."""
        number = self._sheets.at(position.y() - MARGIN + self.verticalScrollBar().value())
        rect = self._rect(number)
        return (
            number,
            (position.x() - rect.left()) / rect.width(),
            (position.y() - rect.top()) / rect.height(),
        )

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._shows_focus = event.reason() in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
        )

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()


def _tinted(colour: str, share: float) -> QColor:
    made = QColor(colour)
    made.setAlphaF(share)
    return made
