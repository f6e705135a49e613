"""What goes out, for each format."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.errors import ReplyBroken
from engine.frontier import formats, providers
from engine.frontier.values import CloudQuestion, Provider, WireFormat
from engine.values import Message
from tests.fakes.wire import FORMATS

MESSAGES = (
    Message("system", "Be brief."),
    Message("user", "Grüße aus “Köln” \U0001f600"),
    Message("assistant", "Hallo."),
    Message("user", "Wie spät?"),
)
SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"label": {"enum": ["a", "b"]}},
        "required": ["label"],
        "additionalProperties": False,
    }
)


def built_in(provider_id: str) -> Provider:
    return providers.find(provider_id, providers.BUILT_IN)


def question(provider: Provider, model: str = "m", **more: Any) -> CloudQuestion:
    return CloudQuestion(provider, model, MESSAGES, **more)


def body(asked: CloudQuestion) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(formats.of(asked.provider.format).chat(asked).body)
    return value


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_question_gives_the_same_bytes_which_can_be_read(form: WireFormat) -> None:
    asked = question(Provider("p", "P", form, "https://x.example"), schema=SCHEMA)
    first, second = (formats.of(form).chat(asked).body for _ in range(2))
    assert first == second
    text = first.decode("utf-8")
    assert "Grüße aus “Köln” \U0001f600" in text
    assert text.count("\n") > 5  # not one long line: a person reads it


@pytest.mark.parametrize("form", FORMATS)
def test_a_character_that_utf_8_does_not_have_stops_nothing(form: WireFormat) -> None:
    asked = CloudQuestion(Provider("p", "P", form, "https://x.example"), "m", (Message("user", "a\ud800b"),))
    assert b"a?b" in formats.of(form).chat(asked).body


def test_no_key_stands_in_a_request_but_its_place() -> None:
    places = {
        "openai": ("authorization", "Bearer "),
        "anthropic": ("x-api-key", ""),
        "google": ("x-goog-api-key", ""),
        "azure": ("api-key", ""),
    }
    for form, place in places.items():
        provider = Provider("p", "P", form, "https://x.example")  # type: ignore[arg-type]
        for request in (
            formats.of(provider.format).chat(question(provider)),
            formats.of(provider.format).models(provider),
        ):
            assert (request.key_header, request.key_prefix) == place
            assert "key" not in request.url


@pytest.mark.parametrize("form", ["openai", "anthropic", "google"])
def test_who_needs_no_key_is_sent_none(form: WireFormat) -> None:
    provider = Provider("p", "P", form, "http://127.0.0.1:1", needs_key=False, local=True)
    assert formats.of(form).chat(question(provider)).key_header == ""
    assert formats.of(form).models(provider).key_header == ""


def test_the_addresses() -> None:
    def url(provider: Provider, model: str = "m") -> str:
        return formats.of(provider.format).chat(question(provider, model)).url

    assert url(built_in("openai")) == "https://api.openai.com/v1/chat/completions"
    assert url(built_in("anthropic")) == "https://api.anthropic.com/v1/messages"
    assert url(built_in("google"), "models/gemini-3.8-flash") == (
        "https://generativelanguage.googleapis.com/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse"
    )
    azure = Provider("azure", "Azure", "azure", "https://mine.openai.azure.com")
    assert url(azure) == "https://mine.openai.azure.com/openai/v1/chat/completions"
    dated = Provider("azure", "Azure", "azure", "https://mine.openai.azure.com", api_version="2024-10-21")
    assert url(dated, "my gpt/4") == (
        "https://mine.openai.azure.com/openai/deployments/my%20gpt%2F4/chat/completions?api-version=2024-10-21"
    )


@pytest.mark.parametrize("model", ["../../evil", "m?key=1", "m#x", "m:other"])
def test_a_model_s_name_cannot_change_the_address(model: str) -> None:
    url = formats.of("google").chat(question(built_in("google"), model)).url
    assert url.startswith("https://generativelanguage.googleapis.com/v1beta/models/")
    assert url.endswith(":streamGenerateContent?alt=sse")
    assert url.count("/") == 5 and url.count("?") == 1 and "#" not in url and url.count(":") == 2


def test_the_length_has_the_name_that_the_provider_knows() -> None:
    names = {"openai": "max_completion_tokens", "azure": "max_completion_tokens"}
    for provider_id in ("openai", "azure", "mistral", "deepseek", "groq", "openrouter", "ollama"):
        sent = body(question(built_in(provider_id), max_tokens=77))
        assert sent[names.get(provider_id, "max_tokens")] == 77
        assert len({"max_tokens", "max_completion_tokens"} & sent.keys()) == 1


def test_usage_is_asked_for_but_of_mistral_which_refuses_the_word() -> None:
    for provider_id in ("openai", "azure", "deepseek", "groq", "openrouter", "ollama"):
        assert body(question(built_in(provider_id)))["stream_options"] == {"include_usage": True}
    assert "stream_options" not in body(question(built_in("mistral")))


@pytest.mark.parametrize(
    ("provider", "model", "taken"),
    [
        ("openai", "gpt-4.1", True),
        ("openai", "gpt-4o", True),
        ("openai", "gpt-5-mini", False),
        ("openai", "gpt-6.2-sol", False),
        ("openai", "o3", False),
        ("openai", "o4-mini", False),
        ("anthropic", "claude-sonnet-4-5", False),
        ("anthropic", "claude-sonnet-5-5", False),
        ("mistral", "mistral-large-latest", True),
        ("google", "gemini-3.8-flash", True),
    ],
)
def test_a_temperature_goes_only_to_models_that_take_one(provider: str, model: str, taken: bool) -> None:
    sent = body(question(built_in(provider), model, temperature=0.0))
    assert ("temperature" in sent or "temperature" in sent.get("generationConfig", {})) is taken
    assert "temperature" not in json.dumps(body(question(built_in(provider), model)))


def test_a_schema_is_held_by_whoever_can() -> None:
    strict = body(question(built_in("openai"), schema=SCHEMA))["response_format"]
    assert strict["json_schema"]["strict"] is True
    assert strict["json_schema"]["schema"]["properties"] == {"label": {"enum": ["a", "b"], "type": "string"}}
    assert body(question(built_in("deepseek"), schema=SCHEMA))["response_format"] == {"type": "json_object"}
    local = body(question(built_in("llama-server"), schema=SCHEMA))["response_format"]["json_schema"]
    assert local == {"name": "reply", "schema": json.loads(SCHEMA)}
    claude = body(question(built_in("anthropic"), schema=SCHEMA))["output_config"]
    assert claude == {"format": {"type": "json_schema", "schema": json.loads(SCHEMA)}}
    google = body(question(built_in("google"), schema=SCHEMA))["generationConfig"]
    assert google["responseMimeType"] == "application/json"
    assert google["responseJsonSchema"]["properties"] == {"label": {"enum": ["a", "b"], "type": "string"}}


def test_models_are_read_from_each_list() -> None:
    openai = b'{"data": [{"id": "b"}, {"id": "a"}, {"id": "b"}, {"name": 3}, 4]}'
    assert formats.of("openai").read_models(openai) == ["b", "a"]
    assert formats.of("anthropic").read_models(openai) == ["b", "a"]
    google = b'{"models": [{"name": "models/gemini-3.8-flash"}]}'
    assert formats.of("google").read_models(google) == ["gemini-3.8-flash"]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"data": 3, "models": {}}', b"<html>"])
def test_what_is_no_list_of_models_is_broken(form: WireFormat, data: bytes) -> None:
    with pytest.raises(ReplyBroken):
        formats.of(form).read_models(data)
