"""What models cost: the table that came with Carrel (`assets/prices.toml`), and the person's own prices.

A price is known or it is not: what stands nowhere costs an unknown amount, never nothing.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import Any, Protocol

import msgspec

from engine.errors import PricesDamaged
from engine.usage.values import Currency, Estimate, Money, Price

FREE = Price(0.0, 0.0, 0.0)
DEAREST = 100_000.0
"""USD per million tokens: above any price there is (600 in 2025), below what a slip of the finger makes."""

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_CODE = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class _Entry:
    provider: str
    model: str
    prompt: float
    completion: float
    as_of: str
    source: str
    cached: float | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Content:
    models: tuple[_Entry, ...]
    currencies: tuple[Currency, ...] = ()


@dataclass(frozen=True, slots=True)
class PriceTable:
    """By provider and model. `families`: the model that a dated name belongs to, where the table says so."""

    prices: Mapping[tuple[str, str], Price] = field(default_factory=dict)
    families: Mapping[tuple[str, str], str] = field(default_factory=dict)
    currencies: Mapping[str, Currency] = field(default_factory=dict)

    def price(self, provider_id: str, model: str) -> Price | None:
        return self.prices.get((provider_id, self.family(provider_id, model)))

    def family(self, provider_id: str, model: str) -> str:
        return self.families.get((provider_id, model), model)


def read(path: Path) -> PriceTable:
    """
    Raises:
        PricesDamaged: the file is missing, or an entry is incomplete or cannot be.
    """
    try:
        content = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _Content)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise PricesDamaged(str(path), str(error)) from error
    for entry in content.models:
        if problem := _problem(entry):
            raise PricesDamaged(str(path), f"{entry.provider}, {entry.model}: {problem}")
    for currency in content.currencies:
        if (
            not _CODE.fullmatch(currency.code)
            or not _is_rate(currency.per_dollar)
            or not _is_day(currency.as_of)
        ):
            raise PricesDamaged(str(path), f"the rate of {currency.code} cannot be")
    names = [(entry.provider, name) for entry in content.models for name in (entry.model, *entry.also)]
    if double := next((name for name in names if names.count(name) > 1), None):
        raise PricesDamaged(str(path), f"{', '.join(double)}: stands there twice")
    return PriceTable(
        {
            (e.provider, e.model): Price(e.prompt, e.completion, e.cached, e.as_of, e.source)
            for e in content.models
        },
        {(e.provider, name): e.model for e in content.models for name in e.also},
        {currency.code: currency for currency in content.currencies},
    )


def _problem(entry: _Entry) -> str:
    """What is wrong with an entry of the right types; “” when nothing is."""
    if not _ID.fullmatch(entry.provider) or not entry.model.strip():
        return "it names no provider and model"
    if not _is_day(entry.as_of) or not entry.source.strip():
        return "it does not say of when and from where it is"
    return price_problem(Price(entry.prompt, entry.completion, entry.cached))


def price_problem(price: Price) -> str:
    """Why this can be no price; “” where it can. Free is one that the person may enter."""
    for amount in (price.prompt, price.completion, price.cached or 0.0):
        if not math.isfinite(amount) or not 0 <= amount <= DEAREST:
            return f"{amount:g} is no price in dollars for a million tokens"
    return ""


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_rate(rate: float) -> bool:
    return math.isfinite(rate) and 0.0001 < rate < 1_000_000


def amount(
    price: Price | None, prompt_tokens: int, completion_tokens: int, cached_tokens: int = 0
) -> Money | None:
    """What these tokens cost, rounded up. `cached_tokens` are among `prompt_tokens`.

    Dollars for a million tokens are micro-dollars for one.
    """
    if price is None:
        return None
    cached = min(cached_tokens, prompt_tokens)
    per_cached = price.prompt if price.cached is None else price.cached
    exactly = (
        _decimal(price.prompt) * (prompt_tokens - cached)
        + _decimal(per_cached) * cached
        + _decimal(price.completion) * completion_tokens
    )
    return int(exactly.to_integral_value(ROUND_CEILING))


def _decimal(price: float) -> Decimal:
    return Decimal(str(price))  # 1.1 is meant as 1.1, not as the float nearest to it


class OwnPrices(Protocol):
    """The prices that the person entered."""

    def own_price(self, provider_id: str, model: str) -> Price | None: ...


class Prices:
    """What a model costs, asked from any thread. The person's own price wins over the table's."""

    def __init__(self, table: PriceTable, own: OwnPrices, *, is_local: Callable[[str], bool]) -> None:
        """`is_local`: whether a provider is a server of the person's own, where nothing is paid."""
        self.table = table
        self._own = own
        self._is_local = is_local

    def price(self, provider_id: str, model: str) -> Price | None:
        """None: it is not known."""
        own = self._own.own_price(provider_id, model)
        if own is None and self._is_local(provider_id):
            return FREE
        return own or self.table.price(provider_id, model)

    def estimate(
        self, provider_id: str, model: str, prompt_tokens: int, completion_tokens: int, max_tokens: int
    ) -> Estimate:
        """`completion_tokens` are expected, `max_tokens` what the reply may have at most."""
        price = self.price(provider_id, model)
        return Estimate(
            prompt_tokens,
            completion_tokens,
            amount(price, prompt_tokens, completion_tokens),
            amount(price, prompt_tokens, max(max_tokens, completion_tokens)),
        )


def named(price: Mapping[str, Any]) -> Price | None:
    """A price as the settings keep it; None where they hold something else."""
    try:
        found = msgspec.convert(price, Price)
    except msgspec.ValidationError:
        return None
    return None if price_problem(found) else found
