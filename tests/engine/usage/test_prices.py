from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from desktop.places import prices as delivered
from engine.errors import PricesDamaged
from engine.usage.choices import UsageChoices
from engine.usage.prices import FREE, Prices, amount, read
from engine.usage.values import Currency, Limits, Price
from tests.fakes.ledger import TABLE, FakeKept

ENTRY = """
[[models]]
provider = "openai"
model = "gpt-x"
also = ["gpt-x-2026-01-01"]
prompt = 2.0
completion = 8
as_of = "2026-01-01"
source = "OpenAI, API pricing"
"""


def prices(kept: FakeKept | None = None) -> Prices:
    return Prices(TABLE, UsageChoices(kept or FakeKept(), {}), is_local=lambda provider: provider == "ollama")


def test_the_delivered_table_is_sound_and_dated() -> None:
    table = read(delivered())
    assert {provider for provider, _ in table.prices} == {
        "openai", "anthropic", "google", "mistral", "deepseek", "groq", "openrouter",
    }  # fmt: skip
    for price in table.prices.values():
        assert date(2025, 1, 1) < date.fromisoformat(price.as_of) <= date.today()
        assert 0 < price.prompt <= price.completion
        assert price.cached is None or price.cached < price.prompt
    assert 0.5 < table.currencies["EUR"].per_dollar < 1.5


def test_a_dated_name_has_the_price_of_its_family_and_an_unwritten_one_has_none() -> None:
    table = read(delivered())
    assert table.price("openai", "gpt-4.1-2025-04-14") == table.price("openai", "gpt-4.1")
    assert table.price("openai", "gpt-4.1-2026-04-14") is None
    assert table.price("openai", "gpt-4.1 ") is None
    assert table.price("openrouter", "gpt-4.1") is None


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ((ENTRY, ""), "models"),
        (("prompt = 2.0", "prompt = -2.0"), "no price"),
        (("prompt = 2.0", "prompt = nan"), "no price"),
        (("prompt = 2.0", "prompt = 2_000_000.0"), "no price"),
        (("prompt = 2.0", ""), "prompt"),
        (("prompt = 2.0", 'prompt = "2"'), "prompt"),
        (('as_of = "2026-01-01"', 'as_of = "lately"'), "of when"),
        (('source = "OpenAI, API pricing"', 'source = ""'), "from where"),
        (('also = ["gpt-x-2026-01-01"]', 'also = ["gpt-x"]'), "twice"),
        (('provider = "openai"', 'provider = "Open AI"'), "names no provider"),
        (("[[models]]", "[[models"), "Expected"),
        (("[[models]]", '[[currencies]]\ncode = "EUR"\nper_dollar = 0\n[[models]]'), "EUR"),
    ],
)
def test_a_damaged_table_is_refused(tmp_path: Path, damage: tuple[str, str], said: str) -> None:
    path = tmp_path / "prices.toml"
    path.write_text(ENTRY.replace(*damage), encoding="utf-8")
    with pytest.raises(PricesDamaged, match=said):
        read(path)


def test_a_missing_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PricesDamaged):
        read(tmp_path / "prices.toml")


def test_amounts_are_exact_and_never_rounded_down() -> None:
    assert amount(Price(0.1, 0.2), 3, 0) == 1
    assert amount(Price(1.1, 0.0), 10, 0) == 11
    assert amount(Price(2.0, 8.0, 0.5), 1_000, 50, 200) == 2_100
    assert amount(Price(2.0, 8.0), 1_000, 50, 200) == 2_400
    assert amount(Price(2.0, 8.0, 0.5), 100, 0, cached_tokens=900) == 50
    assert amount(None, 1, 1) is None


def test_the_persons_own_price_wins_until_it_is_taken_back() -> None:
    kept = FakeKept()
    known, choices = prices(kept), UsageChoices(kept, {})
    assert known.price("openai", "gpt-x") == TABLE.price("openai", "gpt-x")
    choices.set_price("openai", "gpt-x", Price(1.0, 2.0, as_of="2026-11-24"))
    choices.set_price("azure", "my deployment", Price(3.0, 4.0))
    assert known.price("openai", "gpt-x") == Price(1.0, 2.0, as_of="2026-11-24")
    assert choices.own_prices() == {
        ("openai", "gpt-x"): Price(1.0, 2.0, as_of="2026-11-24"),
        ("azure", "my deployment"): Price(3.0, 4.0),
    }
    choices.set_price("openai", "gpt-x", None)
    assert known.price("openai", "gpt-x") == TABLE.price("openai", "gpt-x")


def test_a_server_of_the_persons_own_costs_nothing_unless_they_say_so() -> None:
    kept = FakeKept()
    assert prices(kept).price("ollama", "anything") == FREE
    UsageChoices(kept, {}).set_price("ollama", "anything", Price(0.1, 0.1))
    assert prices(kept).price("ollama", "anything") == Price(0.1, 0.1)


def test_what_is_known_nowhere_has_no_price_and_no_estimate() -> None:
    estimate = prices().estimate("openai", "gpt-y", 100, 10, 1_000)
    assert (estimate.amount, estimate.most) == (None, None)


def test_an_estimate_holds_the_longest_reply_against_the_budget() -> None:
    estimate = prices().estimate("openai", "gpt-x", 100, 10, 1_000)
    assert (estimate.amount, estimate.most) == (100 * 2 + 10 * 8, 100 * 2 + 1_000 * 8)
    assert prices().estimate("ollama", "llama", 100, 10, 1_000).most == 0


def test_limits_stand_before_the_person_has_said_anything() -> None:
    kept = FakeKept()
    choices = UsageChoices(kept, {"EUR": Currency("EUR", 0.5)})
    assert choices.limits() == Limits(4_000_000, 40_000_000, 10_000_000)
    choices.set_currency("USD")
    assert choices.limits() == Limits(2_000_000, 20_000_000, 5_000_000)
    choices.set_limits(Limits(day=None, month=1))
    assert choices.limits() == Limits(None, 1, None)
