"""The Usage page: spent against its limits, the chart, what it was for, prices, and the last calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QWidget

from desktop.theme.controls import Icon, Surface, ThemedButton, card, label
from desktop.theme.focus import move_focus
from desktop.theme.layouts import Page, boxed, centred, column, row, scrolled
from desktop.theme.segments import Segments
from desktop.theme.theme import Theme
from desktop.theme.tokens import Space
from desktop.usage.call_rows import CallCard
from desktop.usage.chart import ChartCard
from desktop.usage.comparison import Comparison
from desktop.usage.limits import LimitCards
from desktop.usage.price_rows import PriceCard
from desktop.usage.purpose_card import PurposeCard
from desktop.usage.series import whole_day
from desktop.window.header import PageHeader
from engine.usage.money import symbol
from engine.usage.values import CallRow, Currency, PriceRow, Spent, UsageReport

WIDTH = 860
PERIODS = {"7 days": 7, "30 days": 30, "90 days": 90}
USUAL = "30 days"
SYMBOLS = {"EUR": "€ EUR", "USD": "$ USD", "GBP": "£ GBP"}
NOTHING = "Nothing was sent. Everything so far was answered on this computer."
NOTHING_YET = "Nothing was sent, and nothing was answered yet."


class MoneySource(Protocol):
    """What the page asks of `desktop.window.ports.Cloud`."""

    def usage(self, days: int = ...) -> UsageReport: ...
    def spent(self) -> Spent: ...
    def currency(self) -> Currency: ...
    def currencies(self) -> list[str]: ...
    def prices(self) -> list[PriceRow]: ...
    def calls(self, limit: int = ...) -> list[CallRow]: ...


class UsagePage(Surface):
    """Shows what `money` says when it is asked to `refresh`; what the person changes goes out as signals."""

    limits_set = Signal(object)
    price_set = Signal(object, object)
    currency_chosen = Signal(str)
    receipt_asked = Signal(object)
    export_asked = Signal()
    sidebar_asked = Signal()

    def __init__(
        self,
        theme: Theme,
        money: MoneySource,
        names: Callable[[], Mapping[str, str]],
        *,
        today: Callable[[], date] = date.today,
    ) -> None:
        """`names`: how providers are called, by their ids."""
        super().__init__("page")
        self._theme = theme
        self._money = money
        self._names = names
        self._today = today
        self._days = PERIODS[USUAL]
        self.period = Segments("Period", PERIODS)
        self.period.choose(USUAL)
        self.export = ThemedButton(theme, "download", "Export CSV")
        self._header = PageHeader(theme, "Usage", boxed(row(self.period)), self.export)
        self.empty, self._empty_words = _empty(theme)
        self.limits = LimitCards(theme)
        self.chart = ChartCard(theme)
        self.comparison = Comparison(theme)
        self.purposes = PurposeCard()
        self.prices = PriceCard(theme)
        self.calls = CallCard(theme)
        self.currency = Segments(
            "Currency", {SYMBOLS.get(code, code): code for code in sorted(money.currencies())}
        )
        self._rate = label(tone="muted", size="label", wrap=True)
        self._build()
        self._connect()

    def set_sidebar_button(self, shown: bool) -> None:
        self._header.set_sidebar_button(shown)

    def focusNextPrevChild(self, forward: bool) -> bool:
        return move_focus(self, forward) or super().focusNextPrevChild(forward)

    def refresh(self) -> None:
        """Ask for everything anew. Reads the ledger: some milliseconds."""
        names, currency = self._names(), self._money.currency()
        report = self._money.usage(self._days)
        calls = self._money.calls(self.calls.wanted + 1)
        worked = bool(report.days or report.local)
        self.empty.setVisible(not calls)
        self._empty_words.setText(NOTHING if report.local else NOTHING_YET)
        self.limits.show_spent(report.spent, currency)
        for part in (self.chart, self.purposes):
            part.setVisible(worked)
        self.comparison.setVisible(worked)
        self.calls.setVisible(bool(calls))
        self.export.setEnabled(bool(calls))
        if worked:
            self.chart.show_report(report, self._days, self._today(), names)
            self.comparison.show_report(report)
            self.purposes.show_report(report)
        self.prices.show_prices(self._money.prices(), names)
        self.calls.show_calls(calls, names, currency)
        self._show_currency(currency)

    def _show_currency(self, currency: Currency) -> None:
        self.currency.choose(SYMBOLS.get(currency.code, currency.code))
        rate = f"One dollar is {symbol(currency)}{currency.per_dollar:g}, as of {whole_day(currency.as_of)}. "
        self._rate.setText(f"{'' if currency.code == 'USD' else rate}Providers bill in US dollars.")

    def _choose_period(self, name: str) -> None:
        self._days = PERIODS[name]
        self.refresh()

    def _choose_currency(self, name: str) -> None:
        self.currency_chosen.emit(name.split()[-1])

    def _build(self) -> None:
        content = column(
            self.empty,
            self.limits,
            self.chart,
            self.comparison,
            self.purposes,
            self.calls,
            self.prices,
            _currency_card(self._rate, self.currency),
            None,
            spacing=18,
        )
        inside = QWidget()
        inside.setLayout(content)
        inside.setMaximumWidth(WIDTH)
        page = Page()
        page.setLayout(centred(inside, margins=(Space.XL, 22, 22, Space.XL)))
        self.setLayout(column(self._header, scrolled(page), spacing=0))

    def _connect(self) -> None:
        self._header.sidebar_asked.connect(self.sidebar_asked)
        self.period.chosen.connect(self._choose_period)
        self.currency.chosen.connect(self._choose_currency)
        self.export.clicked.connect(self.export_asked)
        self.limits.limits_set.connect(self.limits_set)
        self.prices.price_set.connect(self.price_set)
        self.calls.receipt_asked.connect(self.receipt_asked)
        self.calls.more_asked.connect(self.refresh)


def _empty(theme: Theme) -> tuple[QWidget, QLabel]:
    words = label(NOTHING, wrap=True)
    made = card()
    layout = row(Icon(theme, "lock", "accent", 20), words, spacing=14, margins=(20, 18, 20, 18))
    layout.setStretch(1, 1)
    made.setLayout(layout)
    return made, words


def _currency_card(rate: QWidget, choice: QWidget) -> QWidget:
    made = card()
    words = column(label("Currency"), rate, spacing=3)
    layout = row(words, boxed(row(choice)), spacing=18, margins=(20, 13, 16, 13))
    layout.setStretch(0, 1)
    made.setLayout(layout)
    return made
