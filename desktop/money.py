"""The part of `desktop.window.ports.Cloud` that is about money, on the ledger of the profile."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from engine.usage import export
from engine.usage.choices import UsageChoices
from engine.usage.ledger import Ledger
from engine.usage.local_work import LocalWork
from engine.usage.prices import Prices
from engine.usage.values import (
    CallRow,
    Currency,
    Limits,
    OriginKind,
    Price,
    PriceRow,
    Receipt,
    Spent,
    UsageReport,
)

EVERY = 10_000_000


class Money:
    """Usable from any thread."""

    def __init__(
        self,
        ledger: Ledger,
        prices: Prices,
        choices: UsageChoices,
        *,
        hard: Callable[[], tuple[str, str]] = lambda: ("", ""),
        suggested: Callable[[], Iterable[tuple[str, str]]] = lambda: (),
    ) -> None:
        """`hard`: provider and model for hard questions, “” where none is chosen; `suggested`: provider and
        model of what else could be asked."""
        self.work = LocalWork(ledger)
        self._ledger = ledger
        self._prices = prices
        self._choices = choices
        self._hard = hard
        self._suggested = suggested

    def usage(self, days: int = 30) -> UsageReport:
        provider_id, model = self._hard()
        return self._ledger.report(days, provider_id=provider_id, model=model)

    def spent(self) -> Spent:
        return self._ledger.spent()

    def currency(self) -> Currency:
        return self._choices.currency()

    def currencies(self) -> list[str]:
        return list(self._choices.currencies)

    def set_currency(self, code: str) -> None:
        self._choices.set_currency(code)

    def limits(self) -> Limits:
        return self._choices.limits()

    def set_limits(self, limits: Limits) -> None:
        self._choices.set_limits(limits)

    def price(self, provider_id: str, model: str) -> Price | None:
        return self._prices.price(provider_id, model)

    def prices(self) -> list[PriceRow]:
        return self._ledger.price_rows(self._suggested())

    def set_price(self, provider_id: str, model: str, price: Price | None) -> None:
        self._ledger.set_price(provider_id, model, price)

    def calls(self, limit: int = 100) -> list[CallRow]:
        return self._ledger.calls(limit)

    def receipt(self, message_id: int) -> Receipt | None:
        return self._ledger.receipt_of_message(message_id)

    def receipt_of_call(self, call_id: int) -> Receipt | None:
        return self._ledger.receipt(call_id)

    def forget_all_but(self, kind: OriginKind, subjects: Iterable[int]) -> int:
        """Receipts of chats or runs that there are no more."""
        return self._ledger.forget_all_but(kind, subjects)

    def export_usage(self, path: Path) -> None:
        """Raises: ExportFailed."""
        export.write(path, reversed(self._ledger.calls(EVERY)), self._choices.currency())
