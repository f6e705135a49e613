"""A ledger on a file of its own, with the settings and the clock in a test's hands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.database import Database
from engine.usage.choices import UsageChoices
from engine.usage.ledger import Ledger
from engine.usage.migrations import MIGRATIONS
from engine.usage.prices import Prices, PriceTable
from engine.usage.values import Currency, Limits, Money, Price

TABLE = PriceTable(
    {("openai", "gpt-x"): Price(2.0, 8.0, 0.5, "2026-01-01", "OpenAI, API pricing")},
    {("openai", "gpt-x-2026-01-01"): "gpt-x"},
    {"EUR": Currency("EUR", 0.5, "2026-01-01")},
)


class FakeKept:
    """Settings in memory."""

    def __init__(self) -> None:
        self.settings: dict[str, Any] = {}

    def setting(self, key: str, default: Any) -> Any:
        return self.settings.get(key, default)

    def put_setting(self, key: str, value: Any) -> None:
        self.settings[key] = value


class Clock:
    def __init__(self, now: float = 1_790_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def make_ledger(
    path: Path, *, limits: Limits | None = None, clock: Clock | None = None, kept: FakeKept | None = None
) -> Ledger:
    """Of one table, with “ollama” as the one local provider; without limits unless they are given."""
    choices = UsageChoices(kept or FakeKept(), TABLE.currencies)
    choices.set_limits(limits or Limits())
    prices = Prices(TABLE, choices, is_local=lambda provider: provider == "ollama")
    return Ledger(Database(path, MIGRATIONS), prices, choices, clock=clock or Clock())


def dollars(amount: float) -> Money:
    return round(amount * 1_000_000)
