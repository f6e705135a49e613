"""Against a real peer, llama.cpp's server, in two formats. What the small model says counts for nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.errors import KeyRefused, PromptTooLong, QuestionTooLong
from engine.frontier import listing
from engine.frontier.calling import Called, Calls
from engine.frontier.drafts import Drafts
from engine.frontier.model import FrontierModel
from engine.frontier.values import CloudQuestion, Draft, WireFormat
from engine.structured.replies import parse
from engine.structured.schemas import check
from engine.usage.values import Origin
from engine.values import Generated, Message, Sampling, TextDelta
from tests.conftest import SMALL_MODEL
from tests.fakes.llama_server import CONTEXT_TOKENS, LlamaServer, program, running
from tests.fakes.sdks import SDKS
from tests.fakes.wire import KEY, LoopbackCarrier, MemoryLedger, OnePrice, PlainRestorer, masking_of

TWO: tuple[WireFormat, ...] = ("openai", "anthropic")
ORIGIN = Origin("question")

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def peer(weights: Path) -> Iterator[LlamaServer]:
    with running(program(), weights / SMALL_MODEL, KEY) as server:
        yield server


class World:
    def __init__(self, key: str = KEY) -> None:
        self.ledger = MemoryLedger()
        self.calls = Calls(LoopbackCarrier(key), self.ledger, PlainRestorer)
        self.drafts = Drafts(masking_of("Anna Berg"), OnePrice())
        self.words: list[str] = []

    def draft(self, peer: LlamaServer, form: WireFormat, text: str, **more: Any) -> Draft:
        messages = (Message("system", "You are helpful."), Message("user", text))
        return self.drafts.draft(CloudQuestion(peer.provider(form), "small", messages, **more))

    def send(self, draft: Draft, **how: Any) -> Called:
        for event in self.calls.send(draft, ORIGIN, automatic=False, **how):
            if isinstance(event, TextDelta):
                self.words.append(event.text)
        assert isinstance(event, Called)
        return event


@pytest.mark.parametrize("form", TWO)
def test_it_answers_in_a_stream_and_counts_as_we_read_it(peer: LlamaServer, form: WireFormat) -> None:
    world = World()
    called = world.send(world.draft(peer, form, "Tell a story about a harbour.", max_tokens=40))
    assert len(world.words) > 10
    assert called.text == "".join(world.words)
    assert called.reason == "length"
    assert called.usage is not None
    assert called.usage.completion == 40
    assert 10 < called.usage.prompt < 60
    assert abs(peer.count(called.text) - 40) <= 3
    assert world.ledger.settled[0].state == "done"


@pytest.mark.parametrize("form", TWO)
def test_the_estimate_is_not_below_what_it_counts(peer: LlamaServer, form: WireFormat) -> None:
    world = World()
    draft = world.draft(
        peer, form, "The harbour of Genoa has many boats, and the sea is blue. " * 20, max_tokens=1
    )
    called = world.send(draft)
    assert called.usage is not None
    assert called.usage.prompt <= draft.estimate.prompt_tokens <= 1.6 * called.usage.prompt


@pytest.mark.parametrize("form", TWO)
def test_cancelled_between_words_the_server_stops_writing(peer: LlamaServer, form: WireFormat) -> None:
    world = World()
    draft = world.draft(peer, form, "Count from one to a thousand.", max_tokens=1500)
    called = world.send(draft, cancelled=lambda: len(world.words) >= 5)
    assert called.reason == "cancelled"
    assert 5 <= len(world.words) < 50
    end = time.monotonic() + 10
    while not peer.is_idle() and time.monotonic() < end:
        time.sleep(0.05)
    assert peer.is_idle()
    assert world.ledger.settled[0].state == "cancelled"


@pytest.mark.parametrize("form", TWO)
def test_a_wrong_key_is_refused(peer: LlamaServer, form: WireFormat) -> None:
    world = World("sk-wrong-0000")
    with pytest.raises(KeyRefused) as caught:
        world.send(world.draft(peer, form, "Hello"))
    assert "0000" not in caught.value.detail
    assert world.ledger.settled[0].billed is False


@pytest.mark.parametrize("form", TWO)
def test_a_question_beyond_its_context_is_refused_with_both_numbers(
    peer: LlamaServer, form: WireFormat
) -> None:
    world = World()
    with pytest.raises(QuestionTooLong) as caught:
        world.send(world.draft(peer, form, "harbour " * 3000))
    assert caught.value.tokens > 3000 and caught.value.context_tokens == CONTEXT_TOKENS
    model = FrontierModel(world.calls, world.drafts, peer.provider(form), "small", ORIGIN)
    with pytest.raises(PromptTooLong):
        list(model.generate([Message("user", "harbour " * 3000)], Sampling(max_tokens=5)))


def test_json_is_held_to_its_schema(peer: LlamaServer) -> None:
    rules = {
        "type": "object",
        "properties": {"city": {"enum": ["Genoa", "Rome"]}, "boats": {"type": "integer"}},
        "required": ["city", "boats"],
        "additionalProperties": False,
    }
    schema = json.dumps(rules)
    world = World()
    called = world.send(world.draft(peer, "openai", "Which harbour?", schema=schema, max_tokens=60))
    assert set(parse(called.text, check(schema))) == {"city", "boats"}


def test_a_label_is_one_of_the_labels(peer: LlamaServer) -> None:
    world = World()
    model = FrontierModel(world.calls, world.drafts, peer.provider("openai"), "small", ORIGIN)
    scored = model.score([Message("user", "Is a boat a ship or an animal?")], ["ship", "animal"])
    assert scored is not None
    assert scored.best.label in ("ship", "animal")


@pytest.mark.parametrize("form", TWO)
def test_its_models_are_listed(peer: LlamaServer, form: WireFormat) -> None:
    found = listing.models(LoopbackCarrier(), peer.provider(form))
    assert found is not None and len(found) == 1


@pytest.mark.parametrize("form", TWO)
def test_the_maker_s_sdk_is_served_the_same_prompt(peer: LlamaServer, form: WireFormat) -> None:
    world = World()
    draft = world.draft(peer, form, "Name a harbour.", max_tokens=20)
    called = world.send(draft)
    text, usage = SDKS[form](draft.question)
    assert text and called.text and called.usage is not None
    assert usage.prompt == called.usage.prompt
    assert 0 < usage.completion <= 20


def test_a_whole_generation_behind_the_port(peer: LlamaServer) -> None:
    world = World()
    model = FrontierModel(world.calls, world.drafts, peer.provider("anthropic"), "small", ORIGIN)
    events: list[Any] = []
    asked = [Message("user", "Tell a story of Anna Berg.")]
    for event in model.generate(asked, Sampling(max_tokens=5), cancelled=lambda: len(events) > 5):
        events.append(event)
    assert isinstance(events[-1], Generated)
    assert (events[-1].reason, events[-1].prompt_tokens > 10) == ("cancelled", True)
    assert b"Anna" not in world.ledger.settled[0].receipt["request"]
