"""What a provider's refusal means: status, code and words of each become one of the FrontierErrors.

One set of rules serves all formats: the providers behind the OpenAI format say the same things in a dozen
ways, and gateways (OpenRouter, Azure, llama-server) mix them. What is not recognised stays a RequestRefused
or ProviderBusy with the provider's own sentence.

Source: the error pages of OpenAI, Anthropic, Google, Mistral, DeepSeek, Groq and OpenRouter, November 2026;
the error types in the SDKs `openai` 3.57 and `anthropic` 2.13; llama.cpp's `format_error_response`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from engine.errors import (
    CreditExhausted,
    FrontierError,
    KeyRefused,
    ProviderBusy,
    QuestionTooLong,
    RateLimited,
    ReplyRefused,
    RequestRefused,
)
from engine.frontier.formats import json_bytes
from engine.frontier.formats.retry_after import duration_s, retry_after_s

LONGEST_DETAIL = 200

_NO_CREDIT = re.compile(
    r"insufficient[_ ](?:quota|balance|credits?|funds)|billing_(?:error|hard_limit_reached|not_active)"
    r"|credit balance is too low|out of credits?\b|spend[_ ]limit[_ ]reached|payment_required"
    r"|key limit exceeded|billing_unavailable",
    re.IGNORECASE,
)
_WRONG_KEY = re.compile(
    r"invalid_api_key|api_key_(?:invalid|expired|service_blocked)|authentication_error|invalid_authentication"
    r"|api key (?:not valid|not found|expired)|incorrect api key|invalid api key|expired api key",
    re.IGNORECASE,
)
_DECLINED = re.compile(
    r"content_filter|content_policy|responsibleaipolicyviolation|content management policy|prohibited_content"
    r"|requires moderation|flagged by|usage policies",
    re.IGNORECASE,
)
_TOO_LONG = re.compile(
    r"context_length_exceeded|exceed_context_size|request_too_large|prompt is too long|maximum context length"
    r"|context (?:length|window|size)|token count .{0,40}exceeds|too many tokens|larger than .{0,20}context",
    re.IGNORECASE | re.DOTALL,
)
_COUNT = re.compile(r"(?<![\w.])\d[\d,]{2,}(?![\w.]*[a-z])")
_NOT_THERE = re.compile(r"unsupported_country|model_not_found|not_found", re.IGNORECASE)
_BUSY = re.compile(r"overloaded|server_error|api_error|unavailable|timeout_error|internal", re.IGNORECASE)
_LIMITED = re.compile(r"rate_limit|resource_exhausted|too many requests", re.IGNORECASE)
# A key, or what is left of one in the provider's own words (“sk-ab***xyz”); and anything as long as one.
_SECRETS = re.compile(
    r"\b(?:sk|pk|gsk|xai|key)[-_][\w*-]{3,}|\bAIza[\w*-]*|\S*\*{3,}\S*|\b[0-9a-f]{32,}\b"
    r"|(?=[\w+/=-]*[A-Z])(?=[\w+/=-]*\d)[\w+/=-]{24,}"
)
_QUOTED = re.compile(r"(['\"`])(?:(?!\1).){25,}\1", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Said:
    """`codes` are all codes, types and reasons that stand in the error; `status` its own, or 0."""

    message: str
    codes: tuple[str, ...] = ()
    status: int = 0
    wait_s: float | None = None
    counts: tuple[int, ...] = field(default=())
    """Tokens of the prompt and of the context, where the error names them."""

    @property
    def all(self) -> str:
        return " ".join((*self.codes, self.message))


def failure(provider: str, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> FrontierError:
    """What an answer with this status means; see `engine.frontier.ports.Format.failure`."""
    said = _read(body)
    wait = retry_after_s({name.lower(): text for name, text in headers}, now=datetime.now(UTC))
    return _meaning(provider, status, said, said.wait_s if wait is None else wait)


def in_stream(provider: str, said: Said) -> FrontierError:
    """What an error in the middle of a reply means; it has no headers, and its status only in words."""
    status = said.status
    if not status:
        status = 429 if _LIMITED.search(said.all) else 503 if _BUSY.search(said.all) else 400
    return _meaning(provider, status, said, said.wait_s)


def said(value: Any) -> Said | None:
    """The error that a JSON value speaks of; None where it speaks of none."""
    if isinstance(value, list):
        return said(value[0]) if value else None
    if not isinstance(value, dict):
        return None
    error = value.get("error")
    if isinstance(error, dict):
        return _said(error, json_bytes.text_at(value, "type"))
    if isinstance(error, str) and error:
        return Said(error, (json_bytes.text_at(value, "error_type"),))
    if value.get("object") == "error":  # Mistral, vLLM
        return _said(value)
    return None


def _said(error: dict[str, Any], *codes: str) -> Said:
    named = [error.get(name) for name in ("code", "type", "status", "error_type")]
    details = (
        [item for item in error.get("details") or () if isinstance(item, dict)]
        if isinstance(error.get("details"), list)
        else []
    )
    named += [item.get("reason") for item in details]
    named.append(json_bytes.at(error, "details", "error_code"))
    named.append(json_bytes.at(error, "innererror", "code"))
    waits = [wait for item in details if (wait := duration_s(str(item.get("retryDelay", "")))) is not None]
    status = next((code for code in named if type(code) is int and 400 <= code < 600), 0)
    return Said(
        _message(error),
        (*codes, *(code for code in named if isinstance(code, str))),
        status,
        waits[0] if waits else None,
        tuple(n for name in ("n_prompt_tokens", "n_ctx") if (n := json_bytes.count_at(error, name))),
    )


def _message(error: dict[str, Any]) -> str:
    """Mistral puts a list of faults in place of a sentence, each beside the input, which is not taken."""
    message = error.get("message")
    if isinstance(message, str):
        return message
    faults = json_bytes.at(error, "message", "detail", otherwise=message)
    return (
        "; ".join(text for fault in faults if (text := json_bytes.text_at(fault, "msg")))
        if isinstance(faults, list)
        else ""
    )


def _read(body: bytes) -> Said:
    try:
        value = json_bytes.value(body)
    except ValueError:
        return Said("")  # a gateway's page: nothing in it is for people
    found = said(value)
    if found is None and isinstance(value, dict):
        found = Said(json_bytes.text_at(value, "message") or json_bytes.text_at(value, "detail"))
    return found or Said("")


def _meaning(provider: str, status: int, said: Said, wait_s: float | None) -> FrontierError:
    detail = sentence(said.message)
    if status == 402 or _NO_CREDIT.search(said.all):
        return CreditExhausted(provider, detail)
    if _DECLINED.search(said.all):
        return ReplyRefused(provider, detail)
    if status == 401 or _WRONG_KEY.search(said.all):
        return KeyRefused(provider, detail)
    if status == 413 or (status in (400, 422, 500) and _TOO_LONG.search(said.all)):
        return _too_long(provider, status, said)
    if status == 403 and not _NOT_THERE.search(said.all):
        return KeyRefused(provider, detail)
    if status == 429:
        return RateLimited(provider, detail, wait_s)
    if status >= 500 or status == 408:
        return ProviderBusy(provider, detail, status, wait_s)
    return RequestRefused(provider, detail, status)


def _too_long(provider: str, status: int, said: Said) -> QuestionTooLong:
    counts = said.counts or tuple(int(found.replace(",", "")) for found in _COUNT.findall(said.message))
    prompt, context = (max(counts), min(counts)) if len(counts) > 1 else (0, 0)
    return QuestionTooLong(provider, sentence(said.message), status, prompt, context)


def sentence(message: str) -> str:
    """The provider's words, fit to be shown and kept: one short line, without what may be a key or quoted.

    A provider may repeat what it was sent. What of it stands in the request is taken out where the request is
    known (`engine.frontier.calling`).
    """
    line = " ".join(message.split())
    line = _SECRETS.sub("…", _QUOTED.sub("“…”", line))
    return line if len(line) <= LONGEST_DETAIL else f"{line[: LONGEST_DETAIL - 1]}…"
