"""A question asked through the maker's own SDK: the text of the reply, and the tokens as it tells them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from engine.frontier.values import CloudQuestion, ReplyUsage, WireFormat
from tests.fakes.wire import KEY


def chat(asked: CloudQuestion) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.text} for message in asked.messages]


def response_format(asked: CloudQuestion) -> dict[str, Any]:
    if not asked.schema:
        return {}
    wrapped = {"name": "reply", "strict": True, "schema": json.loads(asked.schema)}
    return {"response_format": {"type": "json_schema", "json_schema": wrapped}}


def ask_openai(asked: CloudQuestion) -> tuple[str, ReplyUsage]:
    import openai

    with openai.OpenAI(api_key=KEY, base_url=asked.provider.base_url, max_retries=0) as client:
        return _openai_reply(client, asked, {"max_tokens": asked.max_tokens})


def ask_azure(asked: CloudQuestion) -> tuple[str, ReplyUsage]:
    import openai

    provider = asked.provider
    with openai.AzureOpenAI(
        api_key=KEY, azure_endpoint=provider.base_url, api_version=provider.api_version, max_retries=0
    ) as client:
        return _openai_reply(client, asked, {"max_completion_tokens": asked.max_tokens})


def _openai_reply(client: Any, asked: CloudQuestion, most: dict[str, int]) -> tuple[str, ReplyUsage]:
    stream = client.chat.completions.create(
        model=asked.model,
        messages=chat(asked),
        stream=True,
        stream_options={"include_usage": True},
        **most,
        **response_format(asked),
    )
    text, usage = "", ReplyUsage(0, 0)
    for chunk in stream:
        if chunk.choices:
            text += chunk.choices[0].delta.content or ""
        if chunk.usage:
            cached = chunk.usage.prompt_tokens_details.cached_tokens
            usage = ReplyUsage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens, cached)
    return text, usage


def ask_anthropic(asked: CloudQuestion) -> tuple[str, ReplyUsage]:
    import anthropic

    told = [message.text for message in asked.messages if message.role == "system"]
    more: dict[str, Any] = {"system": told[0]} if told else {}
    if asked.schema:
        form = {"type": "json_schema", "schema": json.loads(asked.schema)}
        more["output_config"] = {"format": form}
    with anthropic.Anthropic(api_key=KEY, base_url=asked.provider.base_url, max_retries=0) as client:
        stream = client.messages.create(
            model=asked.model,
            max_tokens=asked.max_tokens,
            messages=[each for each in chat(asked) if each["role"] != "system"],  # type: ignore[misc]
            stream=True,
            **more,
        )
        text, counts = "", {}
        for event in stream:
            if event.type == "message_start":
                counts = event.message.usage.model_dump()
            elif event.type == "content_block_delta" and event.delta.type == "text_delta":
                text += event.delta.text
            elif event.type == "message_delta":
                counts["output_tokens"] = event.usage.output_tokens
    cached = counts["cache_read_input_tokens"]
    return text, ReplyUsage(counts["input_tokens"] + cached, counts["output_tokens"], cached)


SDKS: dict[WireFormat, Callable[[CloudQuestion], tuple[str, ReplyUsage]]] = {
    "openai": ask_openai,
    "azure": ask_azure,
    "anthropic": ask_anthropic,
}
