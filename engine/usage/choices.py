"""What the person chose about money: limits, the currency, prices of their own. Kept in their settings."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from engine.usage.money import of_currency
from engine.usage.prices import named
from engine.usage.values import Currency, Limits, Price

DOLLAR = Currency()
_LIMITS, _CURRENCY, _PRICES = "usage.limits", "usage.currency", "usage.prices"
_USUAL_CURRENCY = "EUR"
# Before the person has said anything: enough to try it out, too little to regret.
_USUAL = {"day": Decimal(2), "month": Decimal(20), "run": Decimal(5)}


class Kept(Protocol):
    """The settings of the profile."""

    def setting(self, key: str, default: Any) -> Any: ...
    def put_setting(self, key: str, value: Any) -> None: ...


class UsageChoices:
    """Usable from any thread."""

    def __init__(self, kept: Kept, currencies: Mapping[str, Currency]) -> None:
        """`currencies` are those that the table of prices has a rate for; dollars need none."""
        self._kept = kept
        self.currencies = {DOLLAR.code: DOLLAR, **currencies}
        self._lock = threading.Lock()

    def currency(self) -> Currency:
        return self.currencies.get(self._kept.setting(_CURRENCY, _USUAL_CURRENCY), DOLLAR)

    def set_currency(self, code: str) -> None:
        """One of `currencies`. What was spent, and limits that were set, stay what they are in dollars."""
        self._kept.put_setting(_CURRENCY, code)

    def limits(self) -> Limits:
        kept = self._kept.setting(_LIMITS, None)
        if kept is None:
            return Limits(**{name: of_currency(value, self.currency()) for name, value in _USUAL.items()})
        return msgspec.convert(kept, Limits)

    def set_limits(self, limits: Limits) -> None:
        self._kept.put_setting(_LIMITS, msgspec.to_builtins(limits))

    def own_price(self, provider_id: str, model: str) -> Price | None:
        return named(self._kept.setting(_PRICES, {}).get(provider_id, {}).get(model, {}))

    def own_prices(self) -> dict[tuple[str, str], Price]:
        kept = self._kept.setting(_PRICES, {})
        every = {
            (provider, model): named(price) for provider, of in kept.items() for model, price in of.items()
        }
        return {which: price for which, price in every.items() if price is not None}

    def set_price(self, provider_id: str, model: str, price: Price | None) -> None:
        """None: back to the table's."""
        with self._lock:
            kept = self._kept.setting(_PRICES, {})
            of_provider = kept.setdefault(provider_id, {})
            of_provider.pop(model, None)
            if price is not None:
                of_provider[model] = msgspec.to_builtins(price)
            self._kept.put_setting(_PRICES, kept)
