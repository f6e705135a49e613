from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from engine.errors import (
    BudgetReached,
    CreditExhausted,
    FrontierError,
    KeyMissing,
    KeyRefused,
    KeyringLocked,
    Offline,
    ProviderBusy,
    ProviderInvalid,
    ProviderUnreachable,
    RateLimited,
    ReplyBroken,
    ReplyRefused,
    RequestRefused,
)
from engine.frontier.calling import Called, CallEvent, Calls, Waiting
from engine.frontier.drafts import Drafts
from engine.frontier.retrying import Patience
from engine.frontier.values import (
    CloudQuestion,
    Draft,
    Provider,
    ReplyUsage,
    ResponseData,
    ResponseStarted,
    Timeouts,
)
from engine.usage.values import Origin
from engine.values import Message, TextDelta
from tests.fakes.wire import (
    FORMATS,
    LoopbackCarrier,
    MemoryLedger,
    OnePrice,
    PlainRestorer,
    ScriptedCarrier,
    WireServer,
    answered,
    breaks_off,
    masking_of,
    reply,
    says,
    silent,
    stalls,
    status,
)
from tests.own_time import own_time

HERE = Provider("test", "Testing", "openai", "https://api.example.org/v1")
QUICK = Patience(first_pause_s=0.01, longest_pause_s=0.02)
CHAT = Origin("chat", 7, name="A chat")
ROW = Origin("task", 3, 12, "A task")


def draft(provider: Provider = HERE, text: str = "What does Marie Dupont owe?", schema: str = "") -> Draft:
    question = CloudQuestion(provider, "m", (Message("user", text),), schema=schema)
    return Drafts(masking_of("Marie Dupont"), OnePrice()).draft(question)


class World:
    """Calls over a carrier, and what became of them."""

    def __init__(self, carrier: Any, **settings: Any) -> None:
        self.carrier = carrier
        self.ledger = MemoryLedger()
        self.calls = Calls(
            carrier, self.ledger, PlainRestorer, **({"patience": QUICK, "draw": lambda: 0.5} | settings)
        )
        self.events: list[CallEvent] = []

    def send(self, made: Draft, origin: Origin = CHAT, **how: Any) -> Called:
        for event in self.calls.send(made, origin, **({"automatic": False} | how)):
            self.events.append(event)
        last = self.events[-1]
        assert isinstance(last, Called)
        return last

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))

    @property
    def waits(self) -> list[float]:
        return [event.seconds for event in self.events if isinstance(event, Waiting)]

    @property
    def ending(self) -> tuple[str, ReplyUsage | None, bool | None]:
        (settled,) = self.ledger.settled
        return settled.state, settled.usage, settled.billed


def scripted(*script: Any, **settings: Any) -> World:
    return World(ScriptedCarrier(list(script)), **settings)


def said(text: str) -> bytes:
    """A piece of a reply in the OpenAI format."""
    return f'data: {{"choices": [{{"delta": {{"content": "{text}"}}}}]}}\n\n'.encode()


WHOLE = answered(reply("openai", ["⟨PERSON_1⟩ owes ", "nothing."]))


def test_a_reply_comes_with_its_originals_and_is_settled_with_its_receipt() -> None:
    world = scripted(WHOLE)
    made = draft()
    called = world.send(made)
    assert world.text == called.text == "Marie Dupont owes nothing."
    assert called.usage == ReplyUsage(12, 7, 3)
    (settled,) = world.ledger.settled
    assert (settled.state, settled.usage) == ("done", ReplyUsage(12, 7, 3))
    assert settled.receipt == {
        "url": "https://api.example.org/v1/chat/completions",
        "request": made.request.body,
        "response": "⟨PERSON_1⟩ owes nothing.",
        "restored": "Marie Dupont owes nothing.",
        "placeholders": (("⟨PERSON_1⟩", "Marie Dupont"),),
    }


def test_what_is_sent_is_the_request_of_the_draft() -> None:
    world = scripted(WHOLE)
    made = draft()
    world.send(made)
    assert world.carrier.requests == [made.request]


def test_the_most_it_may_cost_is_reserved_before_anything_is_sent() -> None:
    world = scripted(WHOLE)
    world.ledger.refusal = BudgetReached("day", 10, 9, 2)
    with pytest.raises(BudgetReached):
        world.send(draft())
    assert world.carrier.requests == [] and world.ledger.settled == []


def test_a_refused_question_costs_nothing_and_is_not_asked_again() -> None:
    world = scripted(answered(b'{"error": {"message": "No such model", "code": "model_not_found"}}', 404))
    with pytest.raises(RequestRefused):
        world.send(draft())
    assert world.ending == ("failed", None, False)
    assert len(world.carrier.requests) == 1


@pytest.mark.parametrize(
    ("code", "raised"), [(429, RateLimited), (500, ProviderBusy), (502, ProviderBusy), (503, ProviderBusy)]
)
def test_busy_providers_are_asked_again(code: int, raised: type[FrontierError]) -> None:
    world = scripted(answered(b"", code), answered(b"", code), WHOLE)
    world.send(draft())
    assert [type(event.error) for event in world.events if isinstance(event, Waiting)] == [raised, raised]
    assert world.waits == [0.005, 0.01]
    assert world.text == "Marie Dupont owes nothing."
    assert world.ending[0] == "done"


def test_after_the_last_try_the_provider_s_trouble_is_told() -> None:
    world = scripted(answered(b"", 529))
    with pytest.raises(ProviderBusy) as caught:
        world.send(draft())
    assert caught.value.status == 529
    assert len(world.carrier.requests) == QUICK.tries
    assert world.ending == ("failed", None, False)


def test_the_time_that_a_provider_names_is_waited_for() -> None:
    world = scripted(answered(b"", 429, retry_after="0.2"), WHOLE)
    began = time.monotonic()
    world.send(draft())
    assert time.monotonic() - began >= 0.2
    assert world.waits == [pytest.approx(0.205)]


def test_who_asks_to_wait_for_too_long_is_not_waited_for() -> None:
    world = scripted(answered(b"", 429, retry_after="3600"))
    with pytest.raises(RateLimited) as caught:
        world.send(draft())
    assert caught.value.retry_after_s == 3600
    assert world.waits == []


def test_waiting_ends_within_a_tenth_of_a_second_when_cancelled() -> None:
    world = scripted(answered(b"", 429, retry_after="30"))
    stop_at = own_time() + 0.1
    called = world.send(draft(), cancelled=lambda: own_time() > stop_at)
    assert own_time() - stop_at < 0.1
    assert called.reason == "cancelled"
    assert world.ending == ("cancelled", None, False)


def test_no_connection_is_tried_again_and_costs_nothing() -> None:
    world = scripted(ProviderUnreachable("Testing", "no connection", sent=False), WHOLE)
    world.send(draft())
    assert world.text == "Marie Dupont owes nothing."
    world = scripted(ProviderUnreachable("Testing", "no connection", sent=False))
    with pytest.raises(ProviderUnreachable):
        world.send(draft())
    assert world.ending == ("failed", None, False)


def test_silence_after_the_request_went_out_may_be_billed_and_is_not_asked_again() -> None:
    world = scripted(ProviderUnreachable("Testing", "nothing came", sent=True), WHOLE)
    with pytest.raises(ProviderUnreachable):
        world.send(draft())
    assert len(world.carrier.requests) == 1
    assert world.ending == ("failed", None, True)


@pytest.mark.parametrize(
    "error",
    [
        Offline("api.example.org"),
        KeyMissing("Testing", "api.example.org"),
        KeyringLocked("Keychain"),
        ProviderInvalid("plain http"),
    ],
)
def test_what_was_not_tried_costs_nothing(error: FrontierError) -> None:
    world = scripted(error)
    with pytest.raises(type(error)):
        world.send(draft())
    assert world.ending == ("failed", None, False)


def test_going_offline_in_the_middle_of_a_reply_may_be_billed() -> None:
    world = scripted([ResponseStarted(200), ResponseData(said("Well")), Offline("api.example.org")])
    with pytest.raises(Offline):
        world.send(draft())
    assert world.text == "Well"
    assert world.ending == ("failed", None, True)


def test_going_offline_before_the_answer_may_be_billed_where_the_request_had_gone_out() -> None:
    world = scripted(Offline("api.example.org", sent=True))
    with pytest.raises(Offline):
        world.send(draft())
    assert world.ending == ("failed", None, True)


def test_of_a_reply_that_is_cut_all_that_came_is_kept() -> None:
    begun = said("⟨PERSON_1⟩ owes ") + said("⟨PERS")
    broke = ProviderUnreachable("Testing", "it broke", sent=True)
    world = scripted([ResponseStarted(200), ResponseData(begun), broke])
    with pytest.raises(ProviderUnreachable):
        world.send(draft())
    assert world.text == "Marie Dupont owes ⟨PERS"
    (settled,) = world.ledger.settled
    assert (settled.state, settled.usage, settled.billed) == ("failed", None, True)
    assert settled.receipt["restored"] == "Marie Dupont owes ⟨PERS"


def test_a_reply_that_began_is_never_asked_for_again() -> None:
    begun = said("Well")
    busy = b'data: {"error": {"message": "Overloaded", "code": 503}}\n\n'
    world = scripted(answered(begun + busy), WHOLE)
    with pytest.raises(ProviderBusy):
        world.send(draft())
    assert world.text == "Well"
    assert len(world.carrier.requests) == 1


def test_an_error_in_the_stream_before_any_word_is_tried_again() -> None:
    busy = b'event: error\ndata: {"error": {"type": "overloaded_error", "message": "Overloaded"}}\n\n'
    world = scripted(answered(busy), WHOLE)
    world.send(draft())
    assert len(world.waits) == 1 and world.text == "Marie Dupont owes nothing."


def test_a_reply_that_ends_without_its_end_is_broken() -> None:
    world = scripted(answered(said("Well")))
    with pytest.raises(ReplyBroken):
        world.send(draft())
    assert world.text == "Well"
    assert world.ending == ("failed", None, True)


def test_a_reply_that_is_no_json_is_broken() -> None:
    world = scripted(answered(b"data: {broken\n\n"))
    with pytest.raises(ReplyBroken):
        world.send(draft())


def test_a_declined_question_is_billed_as_the_provider_says() -> None:
    world = scripted(answered(reply("openai", ["I"], reason="content_filter")))
    with pytest.raises(ReplyRefused):
        world.send(draft())
    (settled,) = world.ledger.settled
    assert settled.state == "failed"


def test_cancelled_between_words_the_connection_is_closed_and_what_came_is_kept() -> None:
    pieces = [said("word ")] * 50
    world = scripted(answered(pieces))
    called = world.send(draft(), cancelled=lambda: len(world.text) > 8)
    assert called.reason == "cancelled" and called.text == world.text == "word word "
    assert world.carrier.closed == 1
    assert world.ending == ("cancelled", None, True)


def test_whoever_stops_reading_closes_the_connection_and_it_is_settled() -> None:
    world = scripted(answered([said("word ")] * 50))
    events: Iterator[CallEvent] = world.calls.send(draft(), CHAT, automatic=False)
    next(events)
    events.close()  # type: ignore[attr-defined]
    assert world.carrier.closed == 1
    assert world.ending == ("cancelled", None, True)


def test_cancelled_from_the_start_nothing_is_sent() -> None:
    world = scripted(WHOLE)
    assert world.send(draft(), cancelled=lambda: True).reason == "cancelled"
    assert world.carrier.requests == []
    assert world.ending == ("cancelled", None, False)


def test_a_row_whose_reply_is_kept_is_not_paid_twice() -> None:
    world = scripted(WHOLE)
    first = world.send(draft(), ROW, automatic=True)
    again = world.send(draft(), ROW, automatic=True)
    assert (again.text, again.usage, again.kept) == (first.text, first.usage, True)
    assert len(world.carrier.requests) == len(world.ledger.reserved) == 1


def test_another_row_and_a_chat_are_asked_anew() -> None:
    world = scripted(WHOLE)
    world.send(draft(), ROW, automatic=True)
    world.send(draft(), Origin("task", 3, 13, "A task"), automatic=True)
    world.send(draft(), CHAT)
    world.send(draft(), CHAT)
    assert len(world.carrier.requests) == 4


def test_originals_come_back_into_json_as_json() -> None:
    who = {"type": "object", "properties": {"who": {"type": "string"}}, "required": ["who"]}
    schema = json.dumps(who | {"additionalProperties": False})
    question = CloudQuestion(HERE, "m", (Message("user", 'Who is "the Fox"\nhere?'),), schema=schema)
    made = Drafts(masking_of('"the Fox"\nhere'), OnePrice()).draft(question)
    world = scripted(answered(reply("openai", ['{"who": "⟨PERSON_1⟩"}'])))
    assert world.send(made).text == '{"who": "\\"the Fox\\"\\nhere"}'


# --- over real connections -----------------------------------------------------------------------------


def over(server: WireServer, **settings: Any) -> World:
    return World(LoopbackCarrier(), **({"timeouts": Timeouts(connect=2.0, silence=0.3)} | settings))


@pytest.mark.parametrize("form", FORMATS)
def test_faults_on_a_real_connection_end_in_the_right_error(server: WireServer, form: Any) -> None:
    made = draft(server.provider(form))
    whole = reply(form, ["⟨PERSON_1⟩ owes ", "nothing."])
    half = whole[: len(whole) // 2]
    faults: list[tuple[Any, type[FrontierError], int]] = [
        (status(401, {"error": {"message": "Wrong key"}}), KeyRefused, 1),
        (status(402, {"error": {"message": "Insufficient balance"}}), CreditExhausted, 1),
        (status(500), ProviderBusy, QUICK.tries),
        (status(429, retry_after="0"), RateLimited, QUICK.tries),
        (status(302, location="http://127.0.0.1:1/"), RequestRefused, 1),
        (breaks_off(half), ProviderUnreachable, 1),
        (stalls(half), ProviderUnreachable, 1),
        (silent, ProviderUnreachable, 1),
        (says([b"data: {wrong\n\n"]), ReplyBroken, 1),
        (says([b"<html>no events</html>"]), ReplyBroken, 1),
    ]
    for answer, raised, tries in faults:
        server.captured.clear()
        server.script, server.otherwise = [], answer
        world = over(server)
        with pytest.raises(raised):
            world.send(made)
        assert len(server.captured) == tries, raised
        assert all(one.body == made.request.body for one in server.captured)
        assert len(world.ledger.settled) == 1
    server.otherwise = says([whole])
    assert over(server).send(made).text == "Marie Dupont owes nothing."
