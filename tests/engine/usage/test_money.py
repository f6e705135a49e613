from __future__ import annotations

import pytest

from engine.usage.money import shown, summed, typed
from engine.usage.values import Currency

EURO, FRANC = Currency("EUR"), Currency("CHF", 0.8)


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "€0.00"),
        (1, "< €0.001"),
        (999, "< €0.001"),
        (1_000, "€0.001"),
        (14_000, "€0.014"),
        (14_499, "€0.014"),
        (20_000, "€0.02"),
        (99_900, "€0.10"),
        (123_456, "€0.12"),
        (12_300_000, "€12.30"),
        (1_234_500_000, "€1,234.50"),
        (None, "price not known"),
    ],
)
def test_money_is_shown_as_exactly_as_it_matters(amount: int | None, words: str) -> None:
    assert shown(amount, EURO) == words


def test_money_is_shown_in_the_persons_currency() -> None:
    assert shown(1_000_000, FRANC) == "CHF 0.80"
    assert shown(1, FRANC) == "< CHF 0.001"


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("2", 2_000_000),
        ("2.50", 2_500_000),
        ("2,50", 2_500_000),
        ("0,125", 125_000),
        ("€ 2", 2_000_000),
        ("2 EUR", 2_000_000),
        ("€1,234.50", 1_234_500_000),
        ("1,234,000", 1_234_000_000_000),
        ("0", 0),
        ("", None),
        (" ", None),
    ],
)
def test_what_a_person_types_is_understood(text: str, amount: int | None) -> None:
    assert typed(text, EURO) == amount


@pytest.mark.parametrize("text", ["two", "-1", "1e99", "nan", "inf", "1.2.3", "$2", "99999999999"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no amount of money"):
        typed(text, EURO)


def test_what_is_shown_can_be_typed_again() -> None:
    for amount in (2_000_000, 12_300_000, 1_234_500_000):
        assert typed(shown(amount, EURO), EURO) == amount


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "€0.00"),
        (1, "< €0.01"),
        (9_999, "< €0.01"),
        (10_000, "€0.01"),
        (98_600, "€0.10"),
        (1_250_000, "€1.25"),
    ],
)
def test_what_was_spent_in_all_is_told_to_the_cent(amount: int, words: str) -> None:
    assert summed(amount, EURO) == words
