"""A ledger on a file of its own, with the settings and the clock in a test's hands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from desktop.money import Money
from desktop.window.ports import ProviderRow
from engine.database import Database
from engine.frontier.values import Provider, ReplyUsage
from engine.usage.choices import UsageChoices
from engine.usage.ledger import Ledger
from engine.usage.migrations import MIGRATIONS
from engine.usage.prices import Prices, PriceTable
from engine.usage.values import CallState, Currency, Limits, Origin, Price
from engine.usage.values import Money as Micro

TABLE = PriceTable(
    {("openai", "gpt-x"): Price(2.0, 8.0, 0.5, "2026-01-01", "OpenAI, API pricing")},
    {("openai", "gpt-x-2026-01-01"): "gpt-x"},
    {"EUR": Currency("EUR", 0.5, "2026-01-01")},
)


NAMES = (("openai", "OpenAI"), ("anthropic", "Anthropic"), ("mistral", "Mistral"), ("ollama", "Ollama"))


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


def dollars(amount: float) -> Micro:
    return round(amount * 1_000_000)


class FakeMoney(Money):
    """The methods of `desktop.window.ports.Cloud` that are about money, on a ledger in a folder."""

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock | None = None,
        hard: tuple[str, str] = ("", ""),
        table: PriceTable = TABLE,
    ) -> None:
        self.kept = FakeKept()
        self.choices = UsageChoices(self.kept, table.currencies)
        known = Prices(table, self.choices, is_local=lambda provider: provider == "ollama")
        self.file = folder / "usage.db"
        self.ledger = Ledger(Database(self.file, MIGRATIONS), known, self.choices, clock=clock or Clock())
        self.hard = hard
        self.rows = [
            ProviderRow(Provider(id_, name, "openai", f"https://{id_}.example")) for id_, name in NAMES
        ]
        super().__init__(self.ledger, known, self.choices, hard=lambda: self.hard)

    def providers(self) -> list[ProviderRow]:
        return self.rows

    def ask(
        self,
        origin: Origin,
        provider: str,
        model: str,
        prompt: int,
        completion: int,
        state: CallState = "done",
        **more: Any,
    ) -> int:
        """A call from beginning to end."""
        estimate = self._prices.estimate(provider, model, prompt, completion, completion * 2)
        call_id = self.ledger.reserve(origin, provider, model, estimate, automatic=False)
        usage = ReplyUsage(prompt, completion) if state == "done" else None
        self.ledger.settle(call_id, state, usage=usage, **more)
        return call_id
