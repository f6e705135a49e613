"""For the same question our request says what the maker's own SDK says, and our readers read what it reads.

The SDKs are installed for tests only. They speak to a server on the loopback that keeps what they send.
"""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import pytest

from engine.frontier import formats
from engine.frontier.formats import schemas
from engine.frontier.values import CloudQuestion, ReplyUsage, WireFormat
from engine.values import Message, TextDelta
from tests.fakes.sdks import SDKS, ask_openai
from tests.fakes.wire import KEY, Captured, LoopbackCarrier, WireServer, reply, says, split, status

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "label": {"type": "string", "description": "Which", "enum": ["a", "b"]},
        "lines": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"count": {"type": "integer"}},
                "required": ["count"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["label", "lines"],
    "additionalProperties": False,
}
ROLES = ("system", "user", "assistant", "user")


def question(server: WireServer, form: WireFormat, seed: int, *, schema: bool) -> CloudQuestion:
    draw = random.Random(seed)
    letters = 'abc déü 世界 "\\\n\t</script> ⟨PERSON_1⟩ \U0001f600 {}[]'
    messages = [Message(role, "".join(draw.choices(letters, k=60))) for role in ROLES]  # type: ignore[arg-type]
    return CloudQuestion(
        server.provider(form),
        "some-model",
        tuple(messages if draw.random() < 0.8 else messages[1:]),
        max_tokens=draw.randint(1, 5000),
        schema=json.dumps(SCHEMA) if schema else "",
    )


KEY_HEADERS = {"openai": "authorization", "azure": "api-key", "anthropic": "x-api-key"}
VERSIONS = ("anthropic-version", "content-type")


def told(captured: Captured) -> tuple[Any, ...]:
    """What a request says: address, body, and the headers that change what it means."""
    named = {name: captured.headers[name] for name in VERSIONS if name in captured.headers}
    return captured.method, captured.path, captured.value, named


def key_of(captured: Captured) -> str:
    """Anthropic takes both names: the documented `x-api-key`, and that of the SDK."""
    found = [captured.headers[name] for name in KEY_HEADERS.values() if name in captured.headers]
    return found[0].removeprefix("Bearer ")


@pytest.mark.parametrize("form", SDKS)
@pytest.mark.parametrize("schema", [False, True], ids=["text", "schema"])
def test_the_request_says_what_the_sdk_s_says_and_both_read_the_same(
    server: WireServer, form: WireFormat, schema: bool
) -> None:
    draw = random.Random(7)
    for seed in range(10):
        asked = question(server, form, seed, schema=schema)
        data = reply(form, [f"piece {seed} ", "Grüße ", "世界"])
        server.otherwise = says(split(data, draw, 60))
        theirs = SDKS[form](asked)
        assert ours(asked) == theirs == (f"piece {seed} Grüße 世界", ReplyUsage(12, 7, 3))
        by_sdk, by_us = server.captured[-2:]
        assert told(by_us) == told(by_sdk)
        assert key_of(by_us) == key_of(by_sdk) == KEY


def ours(asked: CloudQuestion) -> tuple[str, ReplyUsage]:
    from engine.frontier.values import Connecting, ResponseData

    form = formats.of(asked.provider.format)
    reader, events = form.reader(asked), []
    for event in LoopbackCarrier().carry(asked.provider, form.chat(asked), Connecting("Test")):
        if isinstance(event, ResponseData):
            events += reader.feed(event.data)
    events += reader.finish()
    (*_, usage) = (event for event in events if isinstance(event, ReplyUsage))
    return "".join(event.text for event in events if isinstance(event, TextDelta)), usage


@pytest.mark.parametrize("form", ["openai", "azure", "anthropic"])
def test_models_are_listed_as_the_sdk_lists_them(server: WireServer, form: WireFormat) -> None:
    listing = {"data": [{"id": "b", "type": "model"}, {"id": "a", "type": "model"}], "has_more": False}
    server.otherwise = status(200, listing, content_type="application/json")
    provider = server.provider(form)
    request = formats.of(form).models(provider)
    assert names_by_sdk(form, provider) == formats.of(form).read_models(json.dumps(listing).encode())
    (captured,) = server.captured
    address = f"http://127.0.0.1:{server.port}{captured.path}"
    if form == "anthropic":  # ours asks for all on one page
        assert request.url == f"{address.partition('?')[0]}?limit=1000"
    else:
        assert request.url == address
    assert (request.method, key_of(captured)) == (captured.method, KEY)


def names_by_sdk(form: WireFormat, provider: Any) -> list[str]:
    import anthropic
    import openai

    client: Any
    if form == "openai":
        client = openai.OpenAI(api_key=KEY, base_url=provider.base_url)
    elif form == "azure":
        client = openai.AzureOpenAI(
            api_key=KEY, azure_endpoint=provider.base_url, api_version=provider.api_version
        )
    else:
        client = anthropic.Anthropic(api_key=KEY, base_url=provider.base_url)
    with client:
        return [model.id for model in client.models.list()]


def test_a_schema_becomes_what_the_sdk_makes_of_it() -> None:
    from anthropic import transform_schema

    bounded = json.loads(json.dumps(SCHEMA))
    bounded["properties"]["lines"]["items"]["properties"]["count"]["minimum"] = 1
    for rules in (SCHEMA, bounded):
        assert without_words(schemas.fitted(json.dumps(rules), schemas.ANTHROPIC)) == without_words(
            transform_schema(rules)
        )


def without_words(rules: Any) -> Any:
    """A schema without descriptions (the SDK writes bounds there in words of its own), and enums untyped."""
    if isinstance(rules, list):
        return [without_words(each) for each in rules]
    if not isinstance(rules, dict):
        return rules
    left_out = {"description", "type"} if "enum" in rules else {"description"}
    return {key: without_words(value) for key, value in rules.items() if key not in left_out}


def test_the_wire_provider_is_asked_once(server: WireServer) -> None:
    """The comparison above is one of single requests: no SDK has sent a second one behind our back."""
    server.otherwise = says([reply("openai", ["a"])])
    asked = replace(question(server, "openai", 1, schema=False), schema="")
    ask_openai(asked)
    assert len(server.captured) == 1
