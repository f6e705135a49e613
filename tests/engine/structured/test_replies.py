"""Replies are read, checked, asked for once more, and refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from engine.errors import ModelMissing, OutputInvalid, PromptTooLong
from engine.structured.replies import generate, parse, reply
from engine.structured.schemas import check
from engine.values import FinishReason, Generated, GenerationEvent, Message, Sampling, TextDelta, Tokens

LIST = check({"type": "array", "items": {"type": "integer"}, "uniqueItems": True})
ASKED = [Message("system", "Reply with JSON."), Message("user", "Which numbers?")]
SAMPLING = Sampling(max_tokens=50)


def never() -> bool:
    return False


@dataclass
class Held:
    """Says its replies in turn, in pieces; an exception is raised."""

    replies: list[str | Exception]
    reasons: list[FinishReason] = field(default_factory=lambda: ["stop", "stop"])
    prompts: list[list[Message]] = field(default_factory=list)
    schemas: list[str] = field(default_factory=list)

    def generate(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        schema: str = "",
        cancelled: Callable[[], bool] = never,
    ) -> Iterator[GenerationEvent]:
        self.prompts.append(list(messages))
        self.schemas.append(schema)
        said = self.replies[len(self.prompts) - 1]
        if isinstance(said, Exception):
            raise said
        yield from (TextDelta(said[at : at + 3]) for at in range(0, len(said), 3))
        yield Generated(self.reasons[len(self.prompts) - 1], 10, 4, 7, 0.0, 0.0)


def ask(model: Held) -> Any:
    return reply(model, ASKED, LIST, SAMPLING, cancelled=never)


def test_a_fitting_reply_is_its_value() -> None:
    model = Held(["[1, 2]"])
    got = ask(model)
    assert (got.value, got.text, got.attempts, got.reason) == ([1, 2], "[1, 2]", 1, "stop")
    assert got.tokens == Tokens(10, 4, 7)
    assert model.schemas == [LIST.text]


def test_an_unfitting_reply_is_asked_for_once_more_with_the_reason() -> None:
    model = Held(["[1, 1]", "[1, 2]"])
    got = ask(model)
    assert (got.value, got.attempts, got.tokens) == ([1, 2], 2, Tokens(20, 8, 14))
    assert model.prompts[1][:3] == [*ASKED, Message("assistant", "[1, 1]")]
    assert "non-unique" in model.prompts[1][3].text
    assert model.schemas == [LIST.text, LIST.text]


def test_a_second_unfitting_reply_is_the_end() -> None:
    model = Held(["[1, 1]", "[2, 2]", "[1]"])
    with pytest.raises(OutputInvalid) as caught:
        ask(model)
    assert caught.value.text == "[2, 2]"
    assert len(model.prompts) == 2


def test_a_cut_reply_is_asked_for_again_shorter_and_not_shown_again() -> None:
    model = Held(["[1, 2, 3, 4", "[1]"], ["length", "stop"])
    assert ask(model).value == [1]
    assert [message.role for message in model.prompts[1]] == ["system", "user"]
    assert model.prompts[1][1].text.startswith("Which numbers?\n\n")


def test_a_reply_cut_twice_says_so() -> None:
    model = Held(["[1, 2", "[1, 2"], ["length", "length"])
    with pytest.raises(OutputInvalid, match="cut off after 50 tokens"):
        ask(model)


def test_the_closing_bracket_as_the_last_token_is_no_cut() -> None:
    model = Held(["[1]"], ["length"])
    assert (ask(model).value, ask(replace(model, prompts=[])).reason) == ([1], "stop")


@pytest.mark.parametrize("reason", ["cancelled", "timeout"])
def test_a_stopped_reply_is_returned_as_it_stands(reason: FinishReason) -> None:
    model = Held(["[1, "], [reason])
    got = ask(model)
    assert (got.value, got.text, got.reason) == (None, "[1, ", reason)
    assert len(model.prompts) == 1


def test_a_repair_that_does_not_fit_the_context_gives_the_first_fault() -> None:
    with pytest.raises(OutputInvalid, match="non-unique"):
        ask(Held(["[1, 1]", PromptTooLong(9, 8)]))


def test_the_models_own_errors_come_through() -> None:
    with pytest.raises(ModelMissing):
        ask(Held([ModelMissing("a")]))


def test_events_of_both_attempts_are_seen() -> None:
    events = list(generate(Held(["[1, 1]", "[1]"]), ASKED, LIST, SAMPLING, cancelled=never))
    assert sum(isinstance(event, Generated) for event in events) == 2


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("", "not JSON"),
        ("[1] or so", "not JSON"),
        ("[NaN]", "NaN"),
        ("[1e999]", "too large"),
        (f"[{'1' * 5000}]", "not JSON"),
        ("[" * 100_000, "nested"),
        ('["a"]', "at “/0”"),
    ],
)
def test_what_does_not_fit_is_said_in_words(text: str, detail: str) -> None:
    with pytest.raises(OutputInvalid) as caught:
        parse(text, LIST)
    assert detail in caught.value.detail
    assert caught.value.text == text
