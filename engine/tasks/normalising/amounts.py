"""Amounts of money with their currency: 1.940,00 €, $1,234.50, CHF 12.–, RM 60.30."""

from __future__ import annotations

import re

from engine.tasks.normalising.currencies import beside, in_amount, named
from engine.tasks.normalising.normal import Normal, Surroundings
from engine.tasks.normalising.numbers import money

_NEAR = 6  # characters
_BEFORE = re.compile(r"[^\s\d]+[ \u00a0]?$")
_AFTER = re.compile(r"[ \u00a0]?[^\s\d]+")


def normal_amount(words: str, around: Surroundings) -> Normal | None:
    """{"value", "currency"}; the currency is the amount's own, else that beside it in the text, else the only
    one that the text names, else “”."""
    number = money(words, around)
    if number is None:
        return None
    around_it = around.known(currencies_of)
    only = around_it[0] if len(around_it) == 1 else ""
    currency = in_amount(words, around_it) or _beside(number.stated, around) or only
    return Normal(
        {"value": float(number.value), "currency": currency}, number.stated, "number", number.unsure
    )


def currencies_of(around: Surroundings) -> list[str]:
    return named(around.text)


def _beside(stated: str, around: Surroundings) -> str:
    """What stands right before or after the number, wherever the text has it."""
    found = set()
    text, codes = around.text, around.known(currencies_of)
    for start, end in around.locate(stated, "number", text) if codes else ():
        before, after = (
            _BEFORE.search(text, max(0, start - _NEAR), start),
            _AFTER.match(text, end, end + _NEAR),
        )
        for words in (before, after):
            found.add(beside(f"{words.group()} 1" if words else "", codes))
    found.discard("")
    return found.pop() if len(found) == 1 else ""
