"""The card with the chart: cost by provider, or calls and tokens by where they were answered, day by day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QWidget

from desktop.theme.controls import ElidedLabel, label
from desktop.theme.layouts import boxed, clear, column, row
from desktop.theme.segments import Segments
from desktop.theme.theme import Theme
from desktop.usage.series import Stacks, Subject, stacks
from engine.usage.values import UsageReport

if TYPE_CHECKING:
    from desktop.usage.plot import DayPlot

SUBJECTS: dict[str, Subject] = {"Cost": "cost", "Answers": "calls", "Tokens": "tokens"}
TITLES = {"cost": "Cost per day", "calls": "Answers per day", "tokens": "Tokens per day"}
NONE = {
    "cost": "Nothing was paid in these days.",
    "calls": "No answers in these days.",
    "tokens": "No tokens in these days.",
}
HINT = "Point at a day, or press ← and →."
HEIGHT = 210


class Swatch(QWidget):
    """A part of the bars as it is filled."""

    def __init__(self, theme: Theme, name: str, number: int) -> None:
        super().__init__()
        self._theme, self._name, self._number = theme, name, number
        self.setFixedSize(14, 14)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        from desktop.usage.plot import brush_of

        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        brush = brush_of(self._theme, self._name, self._number)
        painter.setPen(QPen(brush.color(), 1))
        painter.setBrush(brush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 3, 3)


class ChartCard(QFrame):
    """One chart at a time: three at once would say less."""

    subject_chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._theme = theme
        self._plot: DayPlot | None = None
        self._stacks: Stacks | None = None
        self._given: tuple[UsageReport, int, date, Mapping[str, str]] | None = None
        self._subject: Subject = "cost"
        self._title = label(TITLES["cost"], weight="semibold")
        self._choice = Segments("Chart", SUBJECTS)
        self._choice.choose("Cost")
        self._choice.chosen.connect(self._choose)
        self._day = ElidedLabel(tone="muted", size="label")
        self._legend = row(spacing=6)
        self._holder = column(spacing=0)
        head = boxed(row(self._title, None, self._choice))
        legend = boxed(row(boxed(self._legend), None))
        self.setLayout(column(head, self._holder, legend, self._day, spacing=10, margins=(20, 16, 20, 14)))

    @property
    def plot(self) -> DayPlot:
        """Made when it is first shown: with it comes numpy."""
        if self._plot is None:
            from desktop.usage.plot import DayPlot

            self._plot = DayPlot(self._theme)
            self._plot.setFixedHeight(HEIGHT)
            self._plot.day_chosen.connect(self._tell)
            self._holder.addWidget(self._plot)
        return self._plot

    def show_report(self, report: UsageReport, days: int, today: date, names: Mapping[str, str]) -> None:
        """Where nothing was paid, it begins with the answers."""
        if self._given is None and not any(day.amount for day in report.days):
            self._subject = "calls"
            self._choice.choose("Answers")
        self._given = (report, days, today, names)
        self._show()

    def _choose(self, name: str) -> None:
        self._subject = SUBJECTS[name]
        self._show()

    def _show(self) -> None:
        if self._given is None:
            return
        report, days, today, names = self._given
        made = self._stacks = stacks(report, self._subject, days, today, names)
        self._title.setText(TITLES[self._subject])
        self.plot.show_stacks(made)
        self.plot.setAccessibleName(TITLES[self._subject])
        told = [
            made.words(day) for day in range(len(made.days)) if any(each.values[day] for each in made.series)
        ]
        self.plot.setAccessibleDescription(". ".join(told) or NONE[self._subject])
        self._show_legend(made)
        self._tell(-1)

    def _show_legend(self, made: Stacks) -> None:
        clear(self._legend)
        for number, each in enumerate(made.series):
            total = made.value(sum(each.values)) if made.subject == "cost" else f"{sum(each.values):,.0f}"
            self._legend.addWidget(Swatch(self._theme, each.name, number))
            self._legend.addWidget(label(f"{each.name}  {total}", size="label"))
            self._legend.addSpacing(12)

    def _tell(self, day: int) -> None:
        if self._stacks is None:
            return
        hint = HINT if _any(self._stacks) else NONE[self._subject]
        self._day.set_whole(self._stacks.words(day) if day >= 0 else hint)


def _any(made: Stacks) -> bool:
    return any(any(each.values) for each in made.series)
