"""Google's generateContent.

Source: https://ai.google.dev/api/generate-content; `streamGenerateContent` with `alt=sse`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from engine.errors import FrontierError
from engine.frontier.formats import failures, json_bytes, schemas
from engine.frontier.formats.openai import HEADERS, LISTING_HEADERS, listed
from engine.frontier.formats.reading import StreamReader
from engine.frontier.ports import ReplyReader
from engine.frontier.values import CloudQuestion, Provider, ReplyUsage, WireRequest
from engine.values import FinishReason, Message

MOST_MODELS = 1000  # on one page; without it the list ends after fifty


class Google:
    def chat(self, question: CloudQuestion) -> WireRequest:
        model = quote(question.model.removeprefix("models/"), safe="")
        url = f"{question.provider.base_url}/models/{model}:streamGenerateContent?alt=sse"
        return _with_key(question.provider, WireRequest("POST", url, HEADERS, _body(question)))

    def reader(self, question: CloudQuestion) -> ReplyReader:
        return StreamReader(question.provider, _Chunks())

    def models(self, provider: Provider) -> WireRequest:
        url = f"{provider.base_url}/models?pageSize={MOST_MODELS}"
        return _with_key(provider, WireRequest("GET", url, LISTING_HEADERS))

    def read_models(self, body: bytes) -> Sequence[str]:
        return [name.removeprefix("models/") for name in listed(body, "models", "name")]

    def failure(
        self, provider: Provider, status: int, headers: Sequence[tuple[str, str]], body: bytes
    ) -> FrontierError:
        return failures.failure(provider.name, status, headers, body)


def _with_key(provider: Provider, request: WireRequest) -> WireRequest:
    """In a header: in the address, as Google's examples have it, it would stand in logs."""
    if not provider.needs_key:
        return request
    return WireRequest(request.method, request.url, request.headers, request.body, "x-goog-api-key")


def _body(question: CloudQuestion) -> bytes:
    told = [message.text for message in question.messages if message.role == "system"]
    content: dict[str, Any] = {}
    if told:
        content["systemInstruction"] = {"parts": [{"text": text} for text in told]}
    content["contents"] = [_said(message) for message in question.messages if message.role != "system"]
    settings: dict[str, Any] = {"maxOutputTokens": question.max_tokens}
    if question.temperature is not None:
        settings["temperature"] = question.temperature
    if question.schema:
        settings["responseMimeType"] = "application/json"
        if (fitted := held_schema(question)) is not None:
            settings["responseJsonSchema"] = fitted
    content["generationConfig"] = settings
    return json_bytes.body(content)


def _said(message: Message) -> dict[str, Any]:
    role = "model" if message.role == "assistant" else "user"
    return {"role": role, "parts": [{"text": message.text}]}


def held_schema(question: CloudQuestion) -> dict[str, Any] | None:
    return schemas.fitted(question.schema, schemas.GOOGLE) if question.schema else None


_REASONS: dict[str, FinishReason] = {"MAX_TOKENS": "length"}
_DECLINED = frozenset(("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY"))


class _Chunks:
    """`GenerateContentResponse` objects; the stream has no word for its end but that it ends."""

    def __init__(self) -> None:
        self.usage: ReplyUsage | None = None
        self.reason: FinishReason | None = None
        self.refused = False
        self.over = False

    def text(self, name: str, value: Any) -> str:
        self._count(json_bytes.at(value, "usageMetadata"))
        if json_bytes.text_at(value, "promptFeedback", "blockReason"):
            self.refused, self.reason = True, "stop"
        candidate = json_bytes.at(value, "candidates", 0)
        ended = json_bytes.text_at(candidate, "finishReason")
        if ended and ended != "FINISH_REASON_UNSPECIFIED":
            self.reason = _REASONS.get(ended, "stop")
            self.refused = self.refused or ended in _DECLINED
        parts = json_bytes.at(candidate, "content", "parts", otherwise=[])
        return "".join(_text(part) for part in parts) if isinstance(parts, list) else ""

    def _count(self, usage: Any) -> None:
        if isinstance(usage, dict):
            written = ("candidatesTokenCount", "thoughtsTokenCount")  # thinking is billed as writing
            self.usage = ReplyUsage(
                json_bytes.count_at(usage, "promptTokenCount"),
                sum(json_bytes.count_at(usage, name) for name in written),
                json_bytes.count_at(usage, "cachedContentTokenCount"),
            )


def _text(part: Any) -> str:
    return "" if json_bytes.at(part, "thought") is True else json_bytes.text_at(part, "text")
