"""Replies of all formats, whole and damaged, in pieces split anywhere."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from engine.errors import (
    CreditExhausted,
    FrontierError,
    ProviderBusy,
    QuestionTooLong,
    RateLimited,
    ReplyBroken,
    ReplyRefused,
)
from engine.frontier import formats
from engine.frontier.formats import reading
from engine.frontier.values import CloudQuestion, Provider, ReplyEnd, ReplyEvent, ReplyUsage, WireFormat
from engine.values import Message, TextDelta
from tests.fakes.wire import FORMATS, reply, split

WORDS = ["Grüße, ", "世界 ", "\U0001f600\n", 'data: "[DONE]"\r\n\r\n', " end."]


def question(form: WireFormat) -> CloudQuestion:
    return CloudQuestion(Provider("p", "Testing", form, "https://x.example"), "m", (Message("user", "?"),))


class Read:
    """What a reader makes of pieces, to the end or to an error."""

    def __init__(self, form: WireFormat, pieces: list[bytes]) -> None:
        self.events: list[ReplyEvent] = []
        self.error: FrontierError | None = None
        reader = formats.of(form).reader(question(form))
        try:
            for piece in pieces:
                self.events += reader.feed(piece)
            self.events += reader.finish()
        except FrontierError as error:
            self.error = error

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))

    @property
    def usage(self) -> ReplyUsage | None:
        found = [event for event in self.events if isinstance(event, ReplyUsage)]
        return found[-1] if found else None

    @property
    def end(self) -> str:
        return "".join(event.reason for event in self.events if isinstance(event, ReplyEnd))


def lines(*values: Any) -> bytes:
    return b"".join(f"data: {json.dumps(value)}\n\n".encode() for value in values)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("seed", range(20))
def test_a_reply_split_anywhere_is_read_whole(form: WireFormat, seed: int) -> None:
    draw = random.Random(seed)
    whole = reply(form, WORDS)
    if seed % 3 == 0:
        whole = whole.replace(b"\n", b"\r\n")
    if seed % 4 == 0:
        whole = b"\xef\xbb\xbf: hello\n\n" + whole
    found = Read(form, split(whole, draw, 1 if seed == 0 else 30))
    assert found.error is None
    assert found.text == "".join(WORDS)
    assert (found.usage, found.end) == (ReplyUsage(12, 7, 3), "stop")


@pytest.mark.parametrize(
    ("form", "word"), [("openai", "length"), ("anthropic", "max_tokens"), ("google", "MAX_TOKENS")]
)
def test_a_reply_at_its_longest_says_so(form: WireFormat, word: str) -> None:
    assert Read(form, [reply(form, ["a"], reason=word)]).end == "length"


@pytest.mark.parametrize(
    ("form", "word"), [("openai", "content_filter"), ("anthropic", "refusal"), ("google", "SAFETY")]
)
def test_a_declined_reply_gives_what_came_and_its_usage_first(form: WireFormat, word: str) -> None:
    found = Read(form, [reply(form, ["I will"], reason=word)])
    assert found.text == "I will"
    assert found.usage == ReplyUsage(12, 7, 3)
    assert isinstance(found.error, ReplyRefused)


def test_a_prompt_that_google_blocks_is_declined() -> None:
    found = Read("google", [lines({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}})])
    assert isinstance(found.error, ReplyRefused)


def test_a_refusal_in_place_of_the_json_is_declined() -> None:
    chunks = [{"choices": [{"delta": {"refusal": "I can't"}}]}, {"choices": [{"finish_reason": "stop"}]}]
    assert isinstance(Read("openai", [lines(*chunks)]).error, ReplyRefused)


@pytest.mark.parametrize("form", FORMATS)
def test_cut_anywhere_before_its_end_it_is_broken_and_loses_no_word(form: WireFormat) -> None:
    whole = reply(form, ["one ", "two ", "three"], reason="")
    last_word = whole.index(b"three") + len(b"three")
    for at in range(0, last_word, 7):
        found = Read(form, [whole[:at]])
        assert isinstance(found.error, ReplyBroken), whole[:at]
        assert "one two three".startswith(found.text)


@pytest.mark.parametrize("form", FORMATS)
def test_without_usage_it_is_whole_nevertheless(form: WireFormat) -> None:
    found = Read(form, [reply(form, ["a"], None)])
    assert (found.text, found.end, found.error) == ("a", "stop", None)
    if form != "anthropic":
        assert found.usage is None


def test_without_done_the_end_of_the_data_ends_it() -> None:
    whole = reply("openai", ["a"]).removesuffix(b"data: [DONE]\n\n")
    assert Read("openai", [whole]).end == "stop"


def test_after_done_nothing_is_read() -> None:
    found = Read("openai", [reply("openai", ["a"]) + b"data: {broken\n\n"])
    assert (found.text, found.end, found.error) == ("a", "stop", None)


def test_thoughts_are_no_part_of_the_reply() -> None:
    thought = {"choices": [{"delta": {"reasoning_content": "Hm", "content": None}}]}
    parts = [{"type": "thinking", "thinking": []}, {"type": "text", "text": "So."}]
    ended = {"choices": [{"delta": {"content": parts}, "finish_reason": "stop"}]}
    assert Read("openai", [lines(thought, ended)]).text == "So."
    google = [{"text": "Hm", "thought": True}, {"text": "So."}]
    answer = {"candidates": [{"content": {"parts": google}, "finishReason": "STOP"}]}
    assert Read("google", [lines(answer)]).text == "So."
    delta = {"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": "Hm"}}
    assert Read("anthropic", [lines(delta), reply("anthropic", ["So."])]).text == "So."


def test_usage_that_others_tell_in_other_places_is_found() -> None:
    ended = {"choices": [{"delta": {"content": "a"}, "finish_reason": "stop"}]}
    counts = {"prompt_tokens": 5, "completion_tokens": 2}
    groq = ended | {"x_groq": {"usage": counts}}
    deepseek = ended | {"usage": counts | {"prompt_cache_hit_tokens": 4}}
    assert Read("openai", [lines(groq)]).usage == ReplyUsage(5, 2)
    assert Read("openai", [lines(deepseek)]).usage == ReplyUsage(5, 2, 4)


def test_anthropic_s_cached_tokens_are_among_the_prompt_s() -> None:
    usage = {"input_tokens": 10, "cache_read_input_tokens": 30, "cache_creation_input_tokens": 5}
    start = {"type": "message_start", "message": {"usage": usage | {"output_tokens": 1}}}
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}}
    assert Read("anthropic", [lines(start, end, {"type": "message_stop"})]).usage == ReplyUsage(45, 9, 30)


@pytest.mark.parametrize(
    ("form", "value", "kind"),
    [
        ("openai", {"error": {"message": "Overloaded", "code": 503}}, ProviderBusy),
        ("openai", {"error": {"message": "Too fast", "type": "rate_limit_exceeded"}}, RateLimited),
        ("openai", {"error": {"message": "none left", "code": "insufficient_quota"}}, CreditExhausted),
        ("openai", {"error": "out of memory: internal error"}, ProviderBusy),
        ("anthropic", {"type": "error", "error": {"type": "overloaded_error", "message": "O"}}, ProviderBusy),
        (
            "anthropic",
            {"type": "error", "error": {"type": "invalid_request_error", "message": "prompt is too long"}},
            QuestionTooLong,
        ),
        ("google", {"error": {"code": 503, "status": "UNAVAILABLE", "message": "Busy"}}, ProviderBusy),
        ("google", [{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}}], RateLimited),
    ],
)
def test_an_error_in_the_middle_comes_after_what_was_said(
    form: WireFormat, value: Any, kind: type[FrontierError]
) -> None:
    begun = reply(form, ["one "])
    begun = begun[: begun.index(b"one ")] + begun[begun.index(b"one ") :].split(b"\n\n")[0] + b"\n\n"
    found = Read(form, [begun + lines(value)])
    assert found.text == "one "
    assert type(found.error) is kind


@pytest.mark.parametrize(
    "data",
    [
        b"data: {wrong\n\n",
        b'data: "just a text"\n\n',
        b"data: 12\n\n",
        b"data: []\n\n",
        b"data: null\n\n",
        b'data: {"choices": "none", "candidates": 3, "type": []}\n\n',
        b'data: {"choices": [[]], "candidates": [{"content": {"parts": "x"}}]}\n\n',
        b'data: {"choices": [{"delta": {"content": {"a": 1}}, "finish_reason": 7}]}\n\n',
        b'data: {"usage": {"prompt_tokens": -5, "completion_tokens": "many"}, "choices": []}\n\n',
        b"data: " + b"[" * 5000 + b"\n\n",
        b"\xff\xfe\x00\x00",
        b"",
    ],
)
@pytest.mark.parametrize("form", FORMATS)
def test_what_is_no_reply_is_broken_and_nothing_worse(form: WireFormat, data: bytes) -> None:
    assert isinstance(Read(form, [data]).error, ReplyBroken)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("seed", range(30))
def test_damaged_replies_end_in_an_expected_error_or_in_text(form: WireFormat, seed: int) -> None:
    draw = random.Random(seed)
    damaged = bytearray(reply(form, WORDS))
    for _ in range(draw.randint(1, 12)):
        damaged[draw.randrange(len(damaged))] = draw.randrange(256)
    found = Read(form, split(bytes(damaged), draw))
    assert found.error is not None or found.end


def test_a_reply_without_an_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_CHARACTERS", 1000)
    word = b'data: {"choices": [{"delta": {"content": "for ever "}}]}\n\n'
    found = Read("openai", [word] * 200)
    assert isinstance(found.error, ReplyBroken)
    assert len(found.text) <= 1000


def test_so_is_one_that_says_nothing_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 1000)
    assert isinstance(Read("openai", [b": waiting\n\n"] * 200).error, ReplyBroken)
