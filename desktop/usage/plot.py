"""The chart itself, drawn by pyqtgraph. Imported when the screen first opens: it brings numpy, which the
start of the app does without."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QKeyEvent, QMouseEvent, QPen, QWheelEvent

from desktop.theme.theme import Theme
from desktop.theme.tokens import Type
from desktop.usage.series import HERE, Stacks, day_name
from engine.usage.money import MICRO, symbol

BAR = 0.66
"""Of a day's width."""
LABELS = 7
"""Days that are named below the chart, at most."""
PATTERNS = (
    Qt.BrushStyle.SolidPattern,
    Qt.BrushStyle.BDiagPattern,
    Qt.BrushStyle.Dense4Pattern,
    Qt.BrushStyle.HorPattern,
)
"""Parts of a bar differ by pattern as well: colour never tells alone."""


def brush_of(theme: Theme, name: str, number: int) -> QBrush:
    """How a part is filled: what stayed here in the accent, what left in blue, each one in its pattern."""
    colour = theme.colour("accent" if name == HERE else "cloud")
    return QBrush(colour, PATTERNS[0 if name == HERE else number % len(PATTERNS)])


class _Axis(pg.AxisItem):  # type: ignore[misc]
    """Values as a person writes them."""

    def __init__(self, plot: DayPlot) -> None:
        super().__init__("left")
        self._plot = plot

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [self._plot.tick(value, spacing) for value in values]


class DayPlot(pg.PlotWidget):  # type: ignore[misc]
    """Bars of stacked parts, one for each day. Tells the day that is pointed at or reached by arrow keys."""

    day_chosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._stacks: Stacks | None = None
        self._day = -1
        super().__init__(axisItems={"left": _Axis(self)}, background=None)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setFrameShape(self.Shape.NoFrame)
        self.setStyleSheet("background: transparent; border: none;")
        plot = self.getPlotItem()
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setMouseEnabled(x=False, y=False)
        plot.getAxis("bottom").setStyle(tickLength=0, hideOverlappingLabels=False)
        plot.getAxis("left").setStyle(tickLength=0, maxTickLevel=0)
        plot.getAxis("left").setZValue(-1)  # its lines lie behind the bars
        theme.changed.connect(self._draw)

    def show_stacks(self, stacks: Stacks) -> None:
        self._stacks = stacks
        self._day = -1
        self._draw()

    def choose(self, day: int) -> None:
        """Light a day; -1: none."""
        if self._stacks is None or day == self._day or day >= len(self._stacks.days):
            return
        self._day = day
        self._light.setVisible(day >= 0)
        self._light.setOpts(x=[max(0, day)])
        self.day_chosen.emit(day)

    def tick(self, value: float, spacing: float) -> str:
        """“€0.50”, “1,200”, “12k”."""
        assert self._stacks is not None
        if self._stacks.subject == "cost":
            digits = 2 if spacing >= 0.01 else 3
            return f"{symbol(self._stacks.currency)}{value:,.{digits}f}"
        if value != int(value):
            return ""
        return f"{value / 1000:,.0f}k" if spacing >= 1000 else f"{value:,.0f}"

    # Drawing

    def _draw(self) -> None:
        if self._stacks is None:
            return
        plot, stacks = self.getPlotItem(), self._stacks
        plot.clear()
        per = stacks.currency.per_dollar / MICRO if stacks.subject == "cost" else 1.0
        below = [0.0] * len(stacks.days)
        for number, each in enumerate(stacks.series):
            heights = [value * per for value in each.values]
            days = [day for day, height in enumerate(heights) if height]  # one of no height would be a line
            brush = brush_of(self._theme, each.name, number)
            plot.addItem(
                pg.BarGraphItem(
                    x=days,
                    y0=[below[day] for day in days],
                    height=[heights[day] for day in days],
                    width=BAR,
                    brush=brush,
                    pen=QPen(brush.color(), 0),  # on all alike: else the hatched parts stand out
                )
            )
            below = [low + height for low, height in zip(below, heights, strict=True)]
        self._scale(max(below, default=0.0))
        self._mark_days()
        self._style()

    def _scale(self, highest: float) -> None:
        top = highest or {"cost": 0.1, "calls": 10.0, "tokens": 1000.0}[self._stacks.subject]  # type: ignore[union-attr]
        plot = self.getPlotItem()
        plot.setXRange(-0.6, len(self._stacks.days) - 0.4, padding=0)  # type: ignore[union-attr]
        plot.setYRange(0, top * 1.08, padding=0)
        colour = QColor(self._theme.palette.text)
        colour.setAlphaF(0.07)
        self._light = pg.BarGraphItem(
            x=[0], y0=[0], height=[top * 1.08], width=1.0, brush=QBrush(colour), pen=QPen(Qt.PenStyle.NoPen)
        )
        self._light.setVisible(False)
        plot.addItem(self._light)

    def _mark_days(self) -> None:
        days = self._stacks.days  # type: ignore[union-attr]
        step = max(1, -(-len(days) // LABELS))
        last = len(days) - 1 - min(2, step // 2)  # the name of the very last would be cut off at the edge
        ticks = [(at, day_name(days[at])) for at in range(last, -1, -step)]
        self.getPlotItem().getAxis("bottom").setTicks([ticks])

    def _style(self) -> None:
        plot, palette = self.getPlotItem(), self._theme.palette
        font = self._theme.font(Type.SMALL)
        for name in ("left", "bottom"):
            axis = plot.getAxis(name)
            axis.setTickFont(font)
            axis.setPen(QPen(QColor(palette.line), 0))
            axis.setTextPen(QPen(QColor(palette.muted)))
        plot.getAxis("left").setPen(QPen(Qt.PenStyle.NoPen))
        plot.getAxis("left").setTickPen(QPen(QColor(palette.line), 0))
        plot.showGrid(x=False, y=True, alpha=1.0)

    # The day at hand

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        at = self.getPlotItem().vb.mapSceneToView(self.mapToScene(event.position().toPoint()))
        days = len(self._stacks.days) if self._stacks else 0
        day = round(at.x())
        self.choose(day if 0 <= day < days else -1)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        if not self.hasFocus():
            self.choose(-1)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the page scrolls

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        step = steps.get(Qt.Key(event.key()))
        if step is None or self._stacks is None:
            event.ignore()
            return
        last = len(self._stacks.days) - 1
        self.choose(last if self._day < 0 else min(last, max(0, self._day + step)))
