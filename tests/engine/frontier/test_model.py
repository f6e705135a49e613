from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from engine import answering
from engine.errors import (
    BudgetReached,
    LabelsUnfit,
    PriceUnknown,
    PromptTooLong,
    QuestionTooLong,
    ReplyBroken,
)
from engine.frontier.calling import Calls
from engine.frontier.drafts import Drafts
from engine.frontier.model import THINKING_TOKENS, ApprovedModel, FrontierModel
from engine.frontier.retrying import Patience
from engine.frontier.values import CloudQuestion, Draft, Provider, ReplyUsage
from engine.structured.replies import reply as structured_reply
from engine.structured.schemas import check
from engine.tasks.ports import TaskModel
from engine.usage.values import Origin
from engine.values import Answer, Generated, GenerationEvent, Message, Sampling, TextDelta
from tests.fakes.model import ScriptedModel, never
from tests.fakes.wire import (
    MemoryLedger,
    OnePrice,
    PlainRestorer,
    ScriptedCarrier,
    answered,
    masking_of,
    reply,
)

CLAUDE = Provider("anthropic", "Anthropic", "anthropic", "https://api.anthropic.com")
GROQ = Provider("groq", "Groq", "openai", "https://api.groq.com/openai/v1")
ANNA = "Anna Berg"
ASKED = (Message("system", "Be brief."), Message("user", f"Who is {ANNA}?"))
QUICK = Patience(first_pause_s=0.01, longest_pause_s=0.01)


class World:
    def __init__(self, *script: Any, provider: Provider = CLAUDE) -> None:
        self.carrier = ScriptedCarrier(list(script))
        self.ledger = MemoryLedger()
        self.calls = Calls(self.carrier, self.ledger, PlainRestorer, patience=QUICK)
        self.drafts = Drafts(masking_of(ANNA), OnePrice())
        self.provider = provider

    def model(self, origin: Origin = Origin("question"), **more: Any) -> FrontierModel:  # noqa: B008
        return FrontierModel(self.calls, self.drafts, self.provider, "m", origin, **more)

    def approved(self, draft: Draft) -> ApprovedModel:
        return ApprovedModel(self.calls, draft, Origin("chat", 1))

    def draft(self, messages: Sequence[Message] = ASKED) -> Draft:
        return self.drafts.draft(CloudQuestion(self.provider, "m", tuple(messages)))

    @property
    def body(self) -> Any:
        return json.loads(self.carrier.requests[-1].body)


def said(*pieces: str, reason: str = "", form: Any = "anthropic") -> Any:
    return answered(reply(form, pieces, ReplyUsage(12, 7, 3), reason=reason))


def text(events: Sequence[GenerationEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def end(events: Sequence[GenerationEvent]) -> Generated:
    assert isinstance(events[-1], Generated)
    return events[-1]


# --- by itself ---------------------------------------------------------------------------------------


def test_it_is_a_model_of_tasks_and_says_that_it_is_the_frontier_s() -> None:
    model: TaskModel = World(said("x")).model()
    assert (model.id, model.name) == ("anthropic/m", "m (Anthropic)")
    assert model.context_tokens > 100_000
    assert isinstance(model, FrontierModel) and model.tier == "frontier"


def test_it_sends_masked_and_gives_back_the_originals() -> None:
    world = World(said("⟨PERSON_1⟩ is ", "a captain."))
    events = list(world.model().generate(ASKED, Sampling(max_tokens=50)))
    assert text(events) == f"{ANNA} is a captain."
    done = end(events)
    assert (done.reason, done.prompt_tokens, done.cached_tokens, done.completion_tokens) == ("stop", 12, 3, 7)
    assert ANNA.encode() not in world.carrier.requests[0].body
    assert world.body["max_tokens"] == 50 + THINKING_TOKENS


def test_it_counts_as_automatic_so_that_an_unknown_price_stops_it() -> None:
    world = World(said("x"))
    list(world.model().generate(ASKED, Sampling()))
    assert [automatic for *_, automatic in world.ledger.reserved] == [True]
    world.ledger.refusal = PriceUnknown("Anthropic", "m")
    with pytest.raises(PriceUnknown):
        list(world.model().generate(ASKED, Sampling()))
    assert len(world.carrier.requests) == 1


def test_a_prompt_beyond_its_context_is_refused_before_it_is_sent() -> None:
    world = World(said("x"))
    long = [Message("user", "word " * 2000)]
    with pytest.raises(PromptTooLong) as caught:
        list(world.model(context_tokens=1000).generate(long, Sampling()))
    assert caught.value.tokens > caught.value.context_tokens == 1000
    assert world.carrier.requests == [] and world.ledger.reserved == []


def test_a_provider_that_finds_it_too_long_says_so_as_any_model() -> None:
    told = {
        "error": {"type": "invalid_request_error", "message": "prompt is too long: 210000 tokens > 200000"}
    }
    world = World(answered(json.dumps(told).encode(), 400))
    with pytest.raises(PromptTooLong) as caught:
        list(world.model().generate(ASKED, Sampling()))
    assert (caught.value.tokens, caught.value.context_tokens) == (210_000, 200_000)
    assert isinstance(caught.value.__cause__, QuestionTooLong)


def test_cancelled_it_says_so() -> None:
    world = World(said("x"))
    done = end(list(world.model().generate(ASKED, Sampling(), cancelled=lambda: True)))
    assert done.reason == "cancelled"


def test_json_that_does_not_fit_is_asked_for_once_more() -> None:
    rules = {
        "type": "object",
        "properties": {"who": {"type": "string", "maxLength": 12}},
        "required": ["who"],
    }
    schema = check(rules | {"additionalProperties": False})
    world = World(said('{"who": 3}'), said('{"who": "⟨PERSON_1⟩"}'))
    found = structured_reply(world.model(), ASKED, schema, Sampling(), cancelled=never)
    assert (found.value, found.attempts) == ({"who": ANNA}, 2)
    assert found.tokens.prompt == 24
    assert ANNA.encode() not in b"".join(request.body for request in world.carrier.requests)


def test_a_row_is_asked_once() -> None:
    world = World(said("one"), said("two"))
    model = world.model(Origin("task", 4, name="Triage"))
    first, again, other = (text(list(model.of_row(row).generate(ASKED, Sampling()))) for row in (1, 1, 2))
    assert (first, again, other) == ("one", "one", "two")
    assert len(world.ledger.reserved) == 2


# --- labels ------------------------------------------------------------------------------------------


def test_a_label_is_chosen_by_a_schema_of_the_labels() -> None:
    world = World(said('{"label": "late"}'))
    scored = world.model().score(ASKED, ["late", "lost", "other"])
    assert scored is not None
    assert scored.best.label == "late"
    assert [score.label for score in scored.scores] == ["late", "lost", "other"]
    assert sum(score.probability for score in scored.scores) == pytest.approx(1.0)
    assert scored.prompt_tokens == 12
    held = world.body["output_config"]["format"]["schema"]["properties"]["label"]
    assert held == {"enum": ["late", "lost", "other"]}


def test_labels_that_are_names_go_out_masked_and_come_back() -> None:
    world = World(said('{"label": "⟨PERSON_1⟩"}'))
    scored = world.model().score(ASKED, [ANNA, "nobody"])
    assert scored is not None and scored.best.label == ANNA
    assert ANNA.encode() not in world.carrier.requests[0].body


def test_a_label_written_alone_counts_and_anything_else_is_broken() -> None:
    assert World(said('"lost"')).model().score(ASKED, ["late", "lost"]).best.label == "lost"  # type: ignore[union-attr]
    assert World(said("lost")).model().score(ASKED, ["late", "lost"]).best.label == "lost"  # type: ignore[union-attr]
    for wrong in ('{"label": "gone"}', "I think lost", "{}", "[]", "3", ""):
        with pytest.raises(ReplyBroken):
            World(said(wrong)).model().score(ASKED, ["late", "lost"])


def test_labels_that_cannot_be_are_refused_before_anything_is_sent() -> None:
    world = World(said("x"))
    for labels in ([], ["a", "a"]):
        with pytest.raises(LabelsUnfit):
            world.model().score(ASKED, labels)
    assert world.carrier.requests == []
    assert world.model().score(ASKED, ["a", "b"], cancelled=lambda: True) is None


# --- as approved -------------------------------------------------------------------------------------


def test_the_approved_draft_is_sent_exactly_and_once() -> None:
    world = World(said("⟨PERSON_1⟩ is a captain."))
    draft = world.draft()
    model = world.approved(draft)
    assert text(list(model.generate(ASKED, Sampling(max_tokens=3)))) == f"{ANNA} is a captain."
    assert world.carrier.requests == [draft.request]
    assert [automatic for *_, automatic in world.ledger.reserved] == [False]
    assert model.call_id == 1
    with pytest.raises(ValueError, match="sent already"):
        list(model.generate(ASKED, Sampling()))
    assert len(world.carrier.requests) == 1


def test_any_other_messages_are_not_sent() -> None:
    world = World(said("x"))
    model = world.approved(world.draft())
    for other in (ASKED[1:], (*ASKED, Message("user", "And more?"))):
        with pytest.raises(ValueError, match="approved"):
            list(model.generate(other, Sampling()))
    with pytest.raises(ValueError, match="approved"):
        list(model.generate(ASKED, Sampling(), schema='{"type": "object"}'))
    assert world.carrier.requests == [] and world.ledger.reserved == []


def test_when_it_is_too_long_no_shorter_one_is_sent_in_its_place() -> None:
    world = World(answered(b"", 413))
    with pytest.raises(QuestionTooLong):
        answer(world.approved(world.draft(PLAIN)), "Who is it?")
    assert len(world.carrier.requests) == 1


# --- in an answer ------------------------------------------------------------------------------------

PLAIN = answering.plain_messages("Who is it?", [])


def answer(model: Any, question: str) -> Answer:
    events = answering.answer(
        question,
        [],
        model=model,
        retrieve=None,
        check=lambda *_: [],
        sampling=Sampling(),
        cancelled=never,
    )
    last = list(events)[-1]
    assert isinstance(last, answering.Answered)
    return last.answer


def test_an_answer_says_which_tier_gave_it() -> None:
    world = World(said("A captain."))
    found = answer(world.model(), "Who is it?")
    assert (found.text, found.tier, found.model) == ("A captain.", "frontier", "anthropic/m")
    assert found.tokens.completion == 7
    assert answer(ScriptedModel(), "Who is it?").tier == "local"


def test_a_budget_that_is_reached_stops_the_answer() -> None:
    world = World(said("x"))
    world.ledger.refusal = BudgetReached("day", 10, 9, 2)
    with pytest.raises(BudgetReached):
        answer(world.model(), "Who is it?")
