"""A hard question, from the local answer to the provider's: real processes for model, reader and courier."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.application import Application
from desktop.compose import compose
from desktop.egress.door import open_door
from desktop.keys.secret import Secret
from desktop.network import NetworkLog
from desktop.places import Profile
from engine.answering import Answered
from engine.chats.store import Scope
from engine.errors import BudgetReached, KeptHere, Offline, ProviderBusy
from engine.frontier.values import Draft
from engine.routing.values import Policy
from engine.usage.values import Limits, Price
from engine.values import Answer, TextDelta
from tests.desktop.cli_process import SMALL
from tests.fakes.wire import WireServer, reply, says, stalls, status

pytestmark = pytest.mark.model

KEY = b"sk-planted-4711"
CONTRACT = """# Maintenance agreement

This agreement is made between Brightwave Ltd and the customer.
Contact: Ms Marie Dupont, marie.dupont@example.com.
Payments go to DE89 3704 0044 0532 0130 00.

## Termination

Ms Marie Dupont may end this agreement with ninety (90) days' written notice.
"""
BEGUN = "The written notice that Ms Dupont has to give under this agreement"
QUESTION = "How many days of written notice does Marie Dupont have to give?"


@pytest.fixture
def server() -> Iterator[WireServer]:
    with WireServer().running() as running:
        yield running


@pytest.fixture
def application(tmp_path: Path, weights: Path, server: WireServer) -> Iterator[Application]:
    """Offline, with a contract, and a provider that may be asked."""
    catalogue, contract = tmp_path / "models.toml", tmp_path / "Brightwave.md"
    catalogue.write_text("", encoding="utf-8")
    contract.write_text(CONTRACT, encoding="utf-8")
    door = open_door(catalogue)
    made = compose(Profile(tmp_path / "profile"), network=NetworkLog(), door=door)
    made.use_model(SMALL)
    cloud = made.cloud
    cloud.save_provider(server.provider("anthropic", id="near", name="Near", local=True))
    cloud.set_key("near", Secret(bytearray(KEY)), session=True)
    cloud.set_price("near", "large", Price(3.0, 15.0))
    cloud.set_policy(Policy(provider="near", model="large", threshold=1.0))
    for _ in made.index([contract], "Contracts"):
        pass
    yield made
    made.close()
    assert door is not None
    door.close()


@pytest.fixture
def chat(application: Application) -> int:
    """A chat in which this computer has answered."""
    chat_id = application.new_chat(Scope("all"))
    for _ in application.send(chat_id, QUESTION):
        pass
    return chat_id


def _draft(application: Application, chat_id: int) -> Draft:
    return next(iter(application.cloud.draft(chat_id)))


def _answer(application: Application, chat_id: int, draft: Draft) -> Answer:
    ends = [
        event.answer for event in application.cloud.send_draft(chat_id, draft) if isinstance(event, Answered)
    ]
    return ends[-1]


def test_what_was_seen_is_sent_and_its_answer_stands_below_the_local_one(
    application: Application, chat: int, server: WireServer
) -> None:
    cloud = application.cloud
    cloud.set_online(True)
    draft = _draft(application, chat)
    body = draft.request.body.decode()
    assert draft.unsought == ""
    for secret in ("Dupont", "marie.dupont@example.com", "0532 0130"):
        assert secret not in body
    assert "90" in body and "Brightwave" in body
    placeholder = next(mask.placeholder for mask in draft.masks if "Dupont" in mask.original)
    server.script = [
        says([reply("anthropic", [placeholder[:5], f"{placeholder[5:]} has to give", " 90 days' notice."])])
    ]
    answer = _answer(application, chat, draft)
    (captured,) = server.captured
    assert captured.body == draft.request.body
    assert captured.headers["x-api-key"] == KEY.decode()
    assert "Dupont has to give 90 days' notice." in answer.text
    assert answer.tier == "frontier"
    assert [sentence.state for sentence in answer.sentences] == ["supported"]
    question, local, asked = application.messages(chat)
    assert (question.text, local.tier, asked.tier) == (QUESTION, "local", "frontier")
    assert asked.text == answer.text
    receipt = cloud.receipt(asked.id)
    assert receipt is not None and receipt.request == draft.request.body
    assert receipt.call.amount and cloud.spent().day >= receipt.call.amount
    assert any(attempt.allowed and attempt.bytes_out for attempt in cloud.attempts())
    assert KEY not in (application.profile.network).read_bytes()


def test_whatever_goes_wrong_is_said_below_the_local_answer_which_stands(
    application: Application, chat: int, server: WireServer
) -> None:
    cloud = application.cloud
    draft = _draft(application, chat)
    with pytest.raises(Offline):  # nobody went online
        _answer(application, chat, draft)
    assert server.captured == []
    cloud.set_online(True)
    server.otherwise = status(500)
    with pytest.raises(ProviderBusy):
        _answer(application, chat, _draft(application, chat))
    assert "trouble" in application.messages(chat)[-1].reason
    assert cloud.spent().day == 0
    whole = reply("anthropic", [f"{BEGUN} ", "is ninety days."])
    server.script = [stalls(whole[: whole.index(b"is ninety")])]
    with pytest.raises(Offline):  # the person went offline in the middle
        for event in cloud.send_draft(chat, _draft(application, chat)):
            if isinstance(event, TextDelta):
                cloud.set_online(False)
    _, local, *asked = application.messages(chat)
    assert local.state == "complete" and {message.state for message in asked} == {"failed"}
    assert asked[-1].text.strip() == BEGUN
    assert cloud.spent().day > 0  # it had begun to answer, and may send a bill
    receipt = cloud.receipt(asked[-1].id)
    assert receipt is not None and receipt.call.state == "failed"


def test_a_collection_that_is_kept_here_wins_over_everything(application: Application, chat: int) -> None:
    cloud = application.cloud
    cloud.set_policy(replace(cloud.policy(), mode="automatic", kept_here=frozenset({"Contracts"})))
    assert cloud.route(chat).advice == "blocked"
    with pytest.raises(KeptHere):
        _draft(application, chat)
    application.set_scope(chat, Scope("none"))
    assert "90" not in _draft_of_follow_up(application, chat)


def _draft_of_follow_up(application: Application, chat_id: int) -> str:
    """What would be sent of a question without documents after one that rests on documents kept here."""
    for _ in application.send(chat_id, "And what is the capital of France?"):
        pass
    return _draft(application, chat_id).request.body.decode()


def test_an_unsure_answer_is_offered_with_its_price_and_a_budget_stops_it(
    application: Application, chat: int
) -> None:
    cloud = application.cloud
    cloud.set_online(True)
    route = cloud.route(chat)
    assert route.advice == "offer" and route.provider == "near"
    assert route.estimate is not None and route.estimate.amount
    cloud.set_limits(Limits(day=1))
    assert cloud.route(chat).advice == "blocked"
    with pytest.raises(BudgetReached):
        _answer(application, chat, _draft(application, chat))
