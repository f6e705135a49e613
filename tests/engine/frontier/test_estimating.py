from __future__ import annotations

import pytest

from engine.frontier.estimating import amount, count, count_messages
from engine.usage.values import Price
from engine.values import Message
from tests.own_time import own_time

# Counted by Qwen2.5's tokenizer (tests/benchmarks/token_estimates.py), which is none of ours.
COUNTED = {
    "The harbour of Genoa has many boats, and the sea is blue.": 15,
    "Die Kündigungsfrist des Arbeitsvertrags beträgt drei Monate.": 18,
    "合同期满前三个月书面通知对方。": 9,
    "Срок аренды помещения составляет шесть месяцев.": 10,
    '{"id": 7, "amount": 37.5, "due": "2026-11-24"}': 30,
    "def count(text: str) -> int:\n    return len(text)\n": 14,
}


@pytest.mark.parametrize("text", COUNTED)
def test_the_estimate_errs_upwards_and_not_far(text: str) -> None:
    assert COUNTED[text] <= count(text) <= 2 * COUNTED[text] + 2


def test_nothing_is_nothing_and_more_is_more() -> None:
    assert count("") == 0
    assert count("a") == 2
    assert count("word " * 10) < count("word " * 11)


def test_every_character_counts_also_odd_ones() -> None:
    for text in ("\x00", "\ud800", "\U0010ffff", "\u200b", "🏳️‍🌈"):
        assert count(text) >= 1


def test_a_long_text_is_counted_at_once() -> None:
    began = own_time()
    count("The harbour of Genoa, für 2.400 Euro, 世界. " * 10_000)
    assert own_time() - began < 2


def test_messages_and_a_schema_cost_more_than_their_texts() -> None:
    messages = [Message("system", "Be brief."), Message("user", "Hello")]
    plain = count_messages(messages)
    assert plain > count("Be brief.") + count("Hello")
    assert count_messages(messages, '{"type": "object"}') > plain


def test_dollars_for_a_million_tokens_are_micro_dollars_for_one() -> None:
    assert amount(Price(3.0, 15.0), 1000, 200) == 6000
    assert amount(Price(0.05, 0.4), 1, 1) == 1  # rounded up: a call is never free by rounding
    assert amount(Price(0.0, 0.0), 10**6, 10**6) == 0
