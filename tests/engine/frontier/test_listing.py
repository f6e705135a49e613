from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from engine.errors import CreditExhausted, KeyRefused, ReplyBroken
from engine.frontier import listing, providers
from engine.frontier.values import ResponseData, ResponseStarted
from tests.fakes.wire import FORMATS, KEY, LoopbackCarrier, ScriptedCarrier, WireServer, answered, status

LIST = {"data": [{"id": "b"}, {"id": "a"}], "models": [{"name": "models/b"}, {"name": "models/a"}]}


@pytest.mark.parametrize("form", FORMATS)
def test_models_come_in_the_provider_s_order_and_the_key_in_its_header(server: WireServer, form: Any) -> None:
    server.otherwise = status(200, LIST)
    assert listing.models(LoopbackCarrier(), server.provider(form)) == ("b", "a")
    (captured,) = server.captured
    assert (captured.method, captured.body) == ("GET", b"")
    assert [name for name, value in captured.headers.items() if KEY in value] == [
        {"openai": "authorization", "anthropic": "x-api-key", "google": "x-goog-api-key"}.get(form, "api-key")
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_a_wrong_key_is_told_as_such(server: WireServer, form: Any) -> None:
    server.otherwise = status(401, {"error": {"message": "no"}})
    with pytest.raises(KeyRefused):
        listing.models(LoopbackCarrier(), server.provider(form))


def test_a_list_that_is_none_or_is_cut_names_the_provider(server: WireServer) -> None:
    provider = server.provider("openai")
    cut = [ResponseStarted(200), ResponseData(b'{"data": [')]
    for events in (answered(b"<html>"), cut, answered(b"x" * (listing.MOST_BYTES + 1))):
        with pytest.raises(ReplyBroken) as caught:
            listing.models(ScriptedCarrier([events]), provider)
        assert caught.value.provider == "Testing"


def test_cancelled_there_is_no_list(server: WireServer) -> None:
    carrier = ScriptedCarrier([answered(json.dumps(LIST).encode())])
    assert listing.models(carrier, server.provider("openai"), cancelled=lambda: True) is None


def test_who_lists_models_to_anybody_is_asked_about_the_key_itself() -> None:
    openrouter = providers.find("openrouter", providers.BUILT_IN)
    refused = ScriptedCarrier(
        [answered(b'{"error": {"code": 401}}', 401), answered(json.dumps(LIST).encode())]
    )
    with pytest.raises(KeyRefused):
        listing.models(refused, openrouter)
    assert [request.url for request in refused.requests] == ["https://openrouter.ai/api/v1/key"]
    good = ScriptedCarrier([answered(b'{"data": {}}'), answered(json.dumps(LIST).encode())])
    assert listing.models(good, openrouter) == ("b", "a")
    assert [request.key_header for request in good.requests] == ["authorization"] * 2


def test_a_key_without_credit_has_its_own_error(server: WireServer) -> None:
    server.otherwise = status(402)
    with pytest.raises(CreditExhausted):
        listing.models(LoopbackCarrier(), replace(server.provider("openai"), name="DeepSeek"))
