"""Chat completions: OpenAI's, and what most others and every local server speak.

Source: https://platform.openai.com/docs/api-reference/chat; where a provider differs, the difference is named
with its host (`_Manners`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engine.errors import FrontierError, ReplyBroken
from engine.frontier.formats import failures, json_bytes, schemas
from engine.frontier.formats.reading import StreamReader
from engine.frontier.ports import ReplyReader
from engine.frontier.values import CloudQuestion, Provider, ReplyUsage, WireRequest
from engine.values import FinishReason

HEADERS = (
    ("content-type", "application/json"),
    ("accept", "text/event-stream"),
    ("accept-encoding", "identity"),  # nothing that unpacks into more than it was
    ("user-agent", "Carrel"),
)
LISTING_HEADERS = (("accept", "application/json"), *HEADERS[2:])

# These think before they answer, and refuse any temperature but their own.
_REASONING = re.compile(r"(?:gpt-(?:[5-9]|\d\d)|o\d)(?!\w*chat)")


@dataclass(frozen=True, slots=True)
class _Manners:
    """Where a provider of this format differs. `schema`: the most that it holds a reply to."""

    most: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    tells_usage_when_asked: bool = True
    schema: Literal["strict", "json"] = "strict"


_DIFFERENT = {
    "api.openai.com": _Manners(most="max_completion_tokens"),  # `max_tokens` is refused by reasoning models
    # Refuses `stream_options` (HTTP 422), and tells the usage unasked.
    "api.mistral.ai": _Manners(tells_usage_when_asked=False),
    "api.deepseek.com": _Manners(schema="json"),  # knows json_object only
}


def _manners(provider: Provider) -> _Manners:
    if provider.format == "azure":
        return _Manners(most="max_completion_tokens")
    return _DIFFERENT.get(provider.authority, _Manners())


class OpenAI:
    def chat(self, question: CloudQuestion) -> WireRequest:
        provider = question.provider
        return _with_key(
            provider,
            WireRequest("POST", f"{provider.base_url}/chat/completions", HEADERS, chat_body(question)),
        )

    def reader(self, question: CloudQuestion) -> ReplyReader:
        return StreamReader(question.provider, _Chunks())

    def models(self, provider: Provider) -> WireRequest:
        return _with_key(provider, WireRequest("GET", f"{provider.base_url}/models", LISTING_HEADERS))

    def read_models(self, body: bytes) -> Sequence[str]:
        return listed(body, "data", "id")

    def failure(
        self, provider: Provider, status: int, headers: Sequence[tuple[str, str]], body: bytes
    ) -> FrontierError:
        return failures.failure(provider.name, status, headers, body)


def _with_key(provider: Provider, request: WireRequest) -> WireRequest:
    if not provider.needs_key:
        return request
    return WireRequest(request.method, request.url, request.headers, request.body, "authorization", "Bearer ")


def chat_body(question: CloudQuestion) -> bytes:
    manners = _manners(question.provider)
    content: dict[str, Any] = {
        "model": question.model,
        "messages": [{"role": message.role, "content": message.text} for message in question.messages],
        manners.most: question.max_tokens,
        "stream": True,
    }
    if manners.tells_usage_when_asked:
        content["stream_options"] = {"include_usage": True}
    if question.temperature is not None and not _REASONING.match(question.model):
        content["temperature"] = question.temperature
    if question.schema:
        content["response_format"] = _response_format(question, manners)
    return json_bytes.body(content)


def _response_format(question: CloudQuestion, manners: _Manners) -> dict[str, Any]:
    fitted = strict_schema(question)
    if fitted is not None:
        return {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": fitted}}
    if question.provider.local:  # these make a grammar of any schema
        whole = {"name": "reply", "schema": json_bytes.value(question.schema)}
        return {"type": "json_schema", "json_schema": whole}
    return {"type": "json_object"}


def strict_schema(question: CloudQuestion) -> dict[str, Any] | None:
    if question.provider.local or _manners(question.provider).schema == "json":
        return None
    return schemas.fitted(question.schema, schemas.OPENAI)


def listed(body: bytes, list_name: str, name: str) -> list[str]:
    """The names in a list of models, in its order, each once. Raises ReplyBroken."""
    try:
        items = json_bytes.at(json_bytes.value(body), list_name)
    except ValueError:
        items = None
    if not isinstance(items, list):
        raise ReplyBroken("the provider", "its list of models is not one")
    return list(dict.fromkeys(text for item in items if (text := json_bytes.text_at(item, name))))


_REASONS: dict[str, FinishReason] = {"length": "length", "max_tokens": "length"}


class _Chunks:
    """`chat.completion.chunk` objects, and what others make of them."""

    def __init__(self) -> None:
        self.usage: ReplyUsage | None = None
        self.reason: FinishReason | None = None
        self.refused = False
        self.over = False  # `[DONE]` says so, or the end of the data

    def text(self, name: str, value: Any) -> str:
        self._count(json_bytes.at(value, "usage") or json_bytes.at(value, "x_groq", "usage"))
        choice = json_bytes.at(value, "choices", 0)
        ended = json_bytes.text_at(choice, "finish_reason")
        if ended:
            self.reason = _REASONS.get(ended, "stop")
            self.refused = self.refused or ended == "content_filter"
        if json_bytes.text_at(choice, "delta", "refusal"):
            self.refused = True
        return _content(json_bytes.at(choice, "delta", "content"))

    def _count(self, usage: Any) -> None:
        if not isinstance(usage, dict):
            return
        cached = json_bytes.count_at(usage, "prompt_tokens_details", "cached_tokens")
        self.usage = ReplyUsage(
            json_bytes.count_at(usage, "prompt_tokens"),
            json_bytes.count_at(usage, "completion_tokens"),
            cached or json_bytes.count_at(usage, "prompt_cache_hit_tokens"),  # DeepSeek's name
        )


def _content(content: Any) -> str:
    """Text, or Mistral's list of parts, of which those that think aloud are left out."""
    if isinstance(content, list):
        return "".join(
            json_bytes.text_at(p, "text") for p in content if json_bytes.text_at(p, "type") == "text"
        )
    return content if isinstance(content, str) else ""
