"""Anthropic's messages, in the API version that removed the temperature: the newest models refuse one.

The key goes by the name that the documentation has; the SDK sends it as a bearer's token, which is taken too.

Source: https://platform.claude.com/docs/en/api/messages, …/versioning, …/streaming, …/structured-outputs; the
types of the SDK `anthropic` 2.13.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.errors import FrontierError
from engine.frontier.formats import failures, json_bytes, schemas
from engine.frontier.formats.openai import HEADERS, LISTING_HEADERS, listed
from engine.frontier.formats.reading import StreamReader
from engine.frontier.ports import ReplyReader
from engine.frontier.values import CloudQuestion, Provider, ReplyUsage, WireRequest
from engine.values import FinishReason

VERSION = ("anthropic-version", "2026-10-21")
MOST_MODELS = 1000  # on one page; without it the list ends after twenty


class Anthropic:
    def chat(self, question: CloudQuestion) -> WireRequest:
        url = f"{question.provider.base_url}/v1/messages"
        return _with_key(question.provider, WireRequest("POST", url, (VERSION, *HEADERS), _body(question)))

    def reader(self, question: CloudQuestion) -> ReplyReader:
        return StreamReader(question.provider, _Chunks())

    def models(self, provider: Provider) -> WireRequest:
        url = f"{provider.base_url}/v1/models?limit={MOST_MODELS}"
        return _with_key(provider, WireRequest("GET", url, (VERSION, *LISTING_HEADERS)))

    def read_models(self, body: bytes) -> Sequence[str]:
        return listed(body, "data", "id")

    def failure(
        self, provider: Provider, status: int, headers: Sequence[tuple[str, str]], body: bytes
    ) -> FrontierError:
        return failures.failure(provider.name, status, headers, body)


def _with_key(provider: Provider, request: WireRequest) -> WireRequest:
    if not provider.needs_key:
        return request
    return WireRequest(request.method, request.url, request.headers, request.body, "x-api-key")


def _body(question: CloudQuestion) -> bytes:
    told = [message.text for message in question.messages if message.role == "system"]
    spoken = [message for message in question.messages if message.role != "system"]
    content: dict[str, Any] = {"model": question.model, "max_tokens": question.max_tokens}
    if told:
        content["system"] = "\n\n".join(told)
    content["messages"] = [{"role": message.role, "content": message.text} for message in spoken]
    if (fitted := held_schema(question)) is not None:
        content["output_config"] = {"format": {"type": "json_schema", "schema": fitted}}
    content["stream"] = True
    return json_bytes.body(content)


def held_schema(question: CloudQuestion) -> dict[str, Any] | None:
    """None also for local servers of this format: llama.cpp's passes over `output_config`."""
    if not question.schema or question.provider.local:
        return None
    return schemas.fitted(question.schema, schemas.ANTHROPIC)


_REASONS: dict[str, FinishReason] = {"max_tokens": "length", "model_context_window_exceeded": "length"}


class _Chunks:
    """message_start, content_block_delta*, message_delta, message_stop; others are passed over."""

    def __init__(self) -> None:
        self.usage: ReplyUsage | None = None
        self.reason: FinishReason | None = None
        self.refused = False
        self.over = False
        self._counts: dict[str, int] = {}

    def text(self, name: str, value: Any) -> str:
        kind = json_bytes.text_at(value, "type") or name
        if kind == "content_block_delta":
            delta = json_bytes.at(value, "delta")
            return (
                json_bytes.text_at(delta, "text") if json_bytes.text_at(delta, "type") == "text_delta" else ""
            )
        if kind == "content_block_start":
            block = json_bytes.at(value, "content_block")
            return json_bytes.text_at(block, "text") if json_bytes.text_at(block, "type") == "text" else ""
        if kind == "message_start":
            self._count(json_bytes.at(value, "message", "usage"))
        elif kind == "message_delta":
            self._count(json_bytes.at(value, "usage"))
            self._end(json_bytes.text_at(value, "delta", "stop_reason"))
        elif kind == "message_stop":
            self.over = True
        return ""

    def _end(self, reason: str) -> None:
        if reason:
            self.reason = _REASONS.get(reason, "stop")
            self.refused = reason == "refusal"

    def _count(self, usage: Any) -> None:
        """The numbers of the end are those of the whole; what it leaves out stands as the start said it."""
        if not isinstance(usage, dict):
            return
        self._counts |= {name: json_bytes.count_at(usage, name) for name in usage if usage[name] is not None}
        read, written = (
            self._counts.get(name, 0) for name in ("cache_read_input_tokens", "cache_creation_input_tokens")
        )
        prompt = self._counts.get("input_tokens", 0) + read + written
        self.usage = ReplyUsage(prompt, self._counts.get("output_tokens", 0), read)
