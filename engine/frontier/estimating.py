"""How many tokens a text is, without the provider's tokenizer; and what they cost.

The rule counts characters by script, each with as many tokens as the tokenizers of today take at most for
ordinary text (`tests/benchmarks/token_estimates.py` compares). It is meant to err upwards: a budget is
stopped by it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Protocol

from engine.frontier.values import CloudQuestion
from engine.usage.prices import amount
from engine.usage.values import Estimate, Price
from engine.values import Message

# Tokens for one character. Order matters: the first class that matches counts a character.
_RULE: tuple[tuple[re.Pattern[str], float], ...] = (
    (re.compile(r"[A-Za-z]"), 0.25),
    (re.compile(r"[0-9]"), 0.6),
    (re.compile(r"\s"), 0.1),
    (re.compile(r"[\u00c0-\u024f]"), 0.8),
    (re.compile(r"[\u0370-\u058f\u0590-\u07ff]"), 0.6),
    (re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"), 1.0),
    (re.compile(r"[!-/:-@\[-`{-~]"), 0.6),
    (re.compile(r"."), 1.2),
)
FOR_EACH_MESSAGE = 6  # role and marks
ALWAYS = 8
EXPECTED_ANSWER = 300
EXPECTED_JSON = 150
"""Tokens of a usual reply, thinking included where a model does that shortly."""


class Prices(Protocol):
    """What models cost (`engine/usage/`). Called from any thread."""

    def price(self, provider_id: str, model: str) -> Price | None: ...


def count(text: str) -> int:
    """About as many tokens as `text` takes at most."""
    rest, tokens = text, 0.0
    for letters, each in _RULE:
        rest, found = letters.subn("", rest)
        tokens += found * each
    return math.ceil(tokens)


def count_messages(messages: Sequence[Message], schema: str = "") -> int:
    return ALWAYS + count(schema) + sum(count(message.text) + FOR_EACH_MESSAGE for message in messages)


def estimate(question: CloudQuestion, sent: Sequence[Message], prices: Prices) -> Estimate:
    """What sending these messages for the question would take."""
    prompt = count_messages(sent, question.schema)
    expected = min(question.max_tokens, EXPECTED_JSON if question.schema else EXPECTED_ANSWER)
    price = prices.price(question.provider.id, question.model)
    return Estimate(
        prompt, expected, amount(price, prompt, expected), amount(price, prompt, question.max_tokens)
    )
