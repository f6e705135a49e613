"""Errors as the providers write them: their error pages, and issues that quote them, November 2026.

They stand in `tests/data/provider_errors.jsonl`, one a line, with what each means.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.errors import (
    FrontierError,
    KeyRefused,
    ProviderBusy,
    ProviderFailed,
    QuestionTooLong,
    RateLimited,
    RequestRefused,
)
from engine.frontier.formats import failures

DATA = Path(__file__).parents[3] / "data"


def meaning(status: int, body: Any, **headers: str) -> FrontierError:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return failures.failure("Testing", status, named, data)


def openai(message: str, kind: str = "invalid_request_error", code: Any = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def google(code: int, status: str, message: str, *details: dict[str, Any]) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "status": status, "details": list(details)}}


RETRY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "37s"}

CASES = {
    case["who"]: case
    for line in (DATA / "provider_errors.jsonl").read_text(encoding="utf-8").splitlines()
    if (case := json.loads(line))
}


def of(who: str) -> FrontierError:
    """What the error of that name means."""
    case = CASES[who]
    return meaning(case["status"], case["body"] if "body" in case else case["text"].encode())


@pytest.mark.parametrize("who", CASES)
def test_each_provider_s_error_has_its_meaning(who: str) -> None:
    assert type(of(who)).__name__ == CASES[who]["meaning"]


def test_what_the_provider_says_is_told_in_one_short_line() -> None:
    error = meaning(404, openai("The model `gpt-x`\ndoes not exist " + "or so " * 100))
    assert isinstance(error, ProviderFailed)
    assert error.detail.startswith("The model `gpt-x` does not exist or so")
    assert len(error.detail) == 200 and "\n" not in error.detail


@pytest.mark.parametrize(
    "message",
    [
        "Incorrect API key provided: sk-proj-abcDEF123456",
        "Incorrect API key provided: sk-ab********wxyz.",
        "Key AIzaSyA1234567890abcdefghijk is wrong",
        "Key gsk_abcdefgh12345 is wrong",
        "Key 0123456789abcdef0123456789abcdef is wrong",
        "Key aB3dE5fG7hI9jK1lM3nO5pQ7 is wrong",
    ],
)
def test_a_key_in_the_provider_s_words_is_taken_out(message: str) -> None:
    error = meaning(401, openai(message))
    assert isinstance(error, KeyRefused)
    assert "…" in error.detail
    for part in ("abcDEF", "wxyz", "AIza", "abcdefgh", "0123456789", "aB3d"):
        assert part not in error.detail


def test_a_long_quotation_is_taken_out() -> None:
    error = meaning(400, openai("Invalid value: 'Dear Mrs Dupont, your invoice of 3 May'. See the docs."))
    assert isinstance(error, RequestRefused)
    assert error.detail == "Invalid value: “…”. See the docs."


def test_the_input_beside_a_fault_is_not_told() -> None:
    error = of("Mistral, wrong field")
    assert isinstance(error, RequestRefused)
    assert error.detail == "Extra inputs are not permitted"


def test_a_page_in_place_of_an_error_is_not_told() -> None:
    error = meaning(502, b"<html><h1>Bad gateway</h1></html>")
    assert isinstance(error, ProviderBusy)
    assert (error.detail, error.status) == ("", 502)


@pytest.mark.parametrize(
    ("who", "tokens", "context"),
    [
        ("OpenAI, too long", 9001, 8192),
        ("Anthropic, too long", 210_000, 200_000),
        ("Google, too long", 1_200_000, 1_048_576),
        ("llama-server, too long", 3000, 2048),
        ("vLLM, too long", 5000, 4096),
        ("Anthropic, too large", 0, 0),
    ],
)
def test_a_question_that_is_too_long_says_by_how_much(who: str, tokens: int, context: int) -> None:
    error = of(who)
    assert isinstance(error, QuestionTooLong)
    assert (error.tokens, error.context_tokens) == (tokens, context)


def test_the_wait_is_taken_from_the_headers_and_else_from_the_body() -> None:
    body = google(429, "RESOURCE_EXHAUSTED", "Quota exceeded", RETRY)
    for error, seconds in [(meaning(429, body), 37.0), (meaning(429, body, Retry_After="5"), 5.0)]:
        assert isinstance(error, RateLimited)
        assert error.retry_after_s == seconds
    busy = meaning(503, b"", Retry_After="9")
    assert isinstance(busy, ProviderBusy) and busy.retry_after_s == 9


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b"3",
        b"null",
        b'{"error": 3}',
        b'{"error": {"details": 7, "code": {}}}',
        b'{"error": {"message": ["x"], "details": [1, {"retryDelay": {}}]}}',
        b"[" * 9999,
    ],
)
def test_an_odd_body_is_an_error_like_others(body: bytes) -> None:
    assert type(meaning(400, body)) is RequestRefused
