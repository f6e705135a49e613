"""By task and by where it was answered."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame

from desktop.theme.controls import label
from desktop.theme.foreign import plain
from desktop.theme.layouts import boxed, column, row
from desktop.usage.grid import Grid
from desktop.usage.series import Purpose, purposes
from engine.usage.money import shown
from engine.usage.values import Currency, UsageReport

MOST = 10
NAMES = ("", "On this computer", "Cloud", "Tokens", "Cost")


class PurposeCard(QFrame):
    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._grid = Grid(NAMES)
        self._energy = label(tone="faint", size="small", wrap=True)
        self._energy.setContentsMargins(20, 0, 20, 10)
        title = boxed(row(label("What it was for", weight="semibold"), margins=(20, 16, 20, 0)))
        self.setLayout(column(title, self._grid, self._energy, spacing=4, margins=(0, 0, 0, 4)))

    def show_report(self, report: UsageReport) -> None:
        found = purposes(report)
        shown_ones, others = (found, []) if len(found) <= MOST else (found[: MOST - 1], found[MOST - 1 :])
        if others:
            shown_ones = [*shown_ones, _together(others)]
        self._energy.setText(_energy(report))
        self._grid.show_rows([_cells(each, report.currency) for each in shown_ones])


def _energy(report: UsageReport) -> str:
    if not report.local:
        return ""
    if report.energy_wh is None:
        return "How much electricity the work on this computer took is not known: the system does not tell."
    return f"The processor took about {report.energy_wh:,.1f} Wh while this computer answered."


def _cells(each: Purpose, currency: Currency) -> tuple[str, ...]:
    unknown = each.unpriced and not each.amount
    cost = "not known" if unknown else shown(each.amount, currency) if each.cloud else "–"
    at_least = "at least " if each.unpriced and not unknown else ""
    return (
        plain(each.name),
        _number(each.here),
        _number(each.cloud),
        f"{each.tokens:,}",
        f"{at_least}{cost}",
    )


def _number(count: int) -> str:
    return f"{count:,}" if count else "–"


def _together(others: list[Purpose]) -> Purpose:
    return Purpose(
        f"{len(others):,} others",
        sum(each.here for each in others),
        sum(each.cloud for each in others),
        sum(each.tokens for each in others),
        sum(each.amount for each in others),
        sum(each.unpriced for each in others),
    )
