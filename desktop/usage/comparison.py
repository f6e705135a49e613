"""What it cost, beside what it would have cost had everything gone to the model for hard questions."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QSizePolicy, QWidget

from desktop.preview_sheet.names import model_name
from desktop.theme.controls import label
from desktop.theme.foreign import plain
from desktop.theme.layouts import column
from desktop.theme.theme import Theme
from desktop.theme.tokens import Colour
from engine.usage.money import shown
from engine.usage.values import UsageReport

NOTHING_CHOSEN = (
    "Choose a model for hard questions in Settings to see what all of this would have cost there."
)
NO_PRICE = "The price of {model} is not known. Enter it below to see what all of this would have cost there."

FREE = "Nothing was paid, and asking {model} about everything would have cost nothing."


class _Measure(QWidget):
    """A bar whose length is an amount."""

    def __init__(self, theme: Theme, colour: Colour) -> None:
        super().__init__()
        self._theme, self._colour, self._share = theme, colour, 0.0
        self.setFixedHeight(12)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_share(self, share: float) -> None:
        self._share = share
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        box = QRectF(self.rect())
        painter.setBrush(QColor(self._theme.palette.panel))
        painter.drawRoundedRect(box, 6, 6)
        if self._share > 0:
            painter.setBrush(self._theme.colour(self._colour))
            box.setWidth(max(12.0, box.width() * self._share))
            painter.drawRoundedRect(box, 6, 6)


class Comparison(QFrame):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._title = label("What it would have cost", weight="semibold")
        self._words = label(tone="muted", size="label", wrap=True)
        self._did, self._would = _Measure(theme, "accent"), _Measure(theme, "cloud")
        self._did_name, self._would_name = label("What it cost", size="label"), label(size="label")
        self._did_amount, self._would_amount = label(weight="semibold"), label(weight="semibold")
        grid = QGridLayout()
        grid.setContentsMargins(0, 4, 0, 4)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(10)
        lines = (
            (self._did_name, self._did, self._did_amount),
            (self._would_name, self._would, self._would_amount),
        )
        for number, (name, bar, amount) in enumerate(lines):
            grid.addWidget(name, number, 0)
            grid.addWidget(bar, number, 1)
            grid.addWidget(amount, number, 2, Qt.AlignmentFlag.AlignRight)
        grid.setColumnStretch(1, 1)
        self._bars = QWidget()
        self._bars.setLayout(grid)
        self.setLayout(column(self._title, self._bars, self._words, spacing=8, margins=(20, 16, 20, 16)))

    def show_report(self, report: UsageReport) -> None:
        paid = sum(day.amount for day in report.days)
        model, name = plain(report.frontier_model, 40), model_name(report.frontier_model)
        self._bars.setVisible(bool(paid or report.frontier_amount))
        if report.frontier_amount is None:
            self._words.setText(NO_PRICE.format(model=model) if model else NOTHING_CHOSEN)
            return
        if not paid + report.frontier_amount:
            self._words.setText(FREE.format(model=name))
            return
        would = paid + report.frontier_amount
        self._would_name.setText(f"Everything with {name}")
        self._did_amount.setText(shown(paid, report.currency))
        self._would_amount.setText(shown(would, report.currency))
        for bar, amount in ((self._did, paid), (self._would, would)):
            bar.show_share(amount / would if would else 0.0)
        self._words.setText(_share(report))
        self.setAccessibleName(
            f"It cost {self._did_amount.text()}; everything with {name}: {self._would_amount.text()}"
        )


def _share(report: UsageReport) -> str:
    here = sum(day.answers for day in report.local)
    cloud = sum(day.calls for day in report.days)
    if not here + cloud:
        return ""
    share = 100 * here / (here + cloud)
    said = "All" if not cloud else f"{min(99, share):.0f} %"
    return (
        f"{said} of {here + cloud:,} answers came from this computer. Another model would have written "
        "longer or shorter ones: take it as about right."
    )
