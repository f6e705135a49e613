"""desktop/preview_sheet/names.py: models, prices and times in words."""

from __future__ import annotations

import time

import pytest

from desktop.preview_sheet.names import about, called, clock, family, model_name, sentence, tokens, whom
from engine.usage.values import Currency, Estimate
from tests.fakes.cloud import ANTHROPIC, EUROS, OLLAMA


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("claude-sonnet-4-5", "Claude Sonnet 4.5"),
        ("claude-sonnet-4-5-20250929", "Claude Sonnet 4.5"),
        ("anthropic/claude-haiku-4-5", "Claude Haiku 4.5"),
        ("gpt-5-mini", "GPT 5 Mini"),
        ("gpt-4o-2024-08-06", "GPT 4o"),
        ("gemini-2.5-pro", "Gemini 2.5 Pro"),
        ("mistral-large-latest", "Mistral Large"),
        ("llama3.3", "Llama3.3"),
        ("my-own-deployment", "my-own-deployment"),
        ("some-lab/their-model", "some-lab/their-model"),
        ("/models/SmolLM2-135M-Instruct.Q4_1.gguf", "SmolLM2-135M-Instruct.Q4_1"),
        ("C:\\models\\qwen2.5-7b-instruct.GGUF", "Qwen2.5 7b Instruct"),
        ("", ""),
    ],
)
def test_a_model_has_a_name_that_people_know(model: str, name: str) -> None:
    assert model_name(model) == name


def test_a_hostile_model_name_is_one_short_line() -> None:
    name = model_name("claude-\u202e<img src='file:///x'>\n" + "x" * 500)
    assert len(name) <= 60
    assert "\n" not in name
    assert "\u202e" not in name


def test_who_is_asked_is_the_family_else_the_provider() -> None:
    assert whom(ANTHROPIC, "claude-sonnet-4-5") == "Claude"
    assert whom(OLLAMA, "phi") == "Ollama on this computer"
    assert whom(None, "phi") == "phi"
    assert family("phi") == ""
    assert called("Anthropic", "claude-sonnet-4-5") == "Claude Sonnet 4.5"
    assert called("My server", "large") == "My server"


def test_what_it_costs_is_said_only_where_it_is_known() -> None:
    assert about(Estimate(1, 1, 21_700, 39_000), EUROS) == "about €0.02"
    assert about(Estimate(1, 1, 0, 0), EUROS) == "free"
    assert about(Estimate(1, 1, None, None), EUROS) == "price not known"
    assert about(None, Currency()) == "price not known"


def test_times_of_today_need_no_day() -> None:
    noon = time.mktime((2026, 11, 24, 14, 2, 0, 0, 0, -1))
    assert clock(noon, noon + 60) == "14:02"
    assert clock(noon, noon + 86_400 * 2) == "24 Nov, 14:02"


def test_clauses_become_sentences() -> None:
    assert sentence("the key is wrong") == "The key is wrong."
    assert sentence("It is. ") == "It is."


def test_tokens_are_counted_in_words() -> None:
    assert (tokens(1), tokens(1240)) == ("1 token", "1,240 tokens")
