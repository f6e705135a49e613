"""Asking a provider on a lane: with what the person has seen, or at once where they have allowed that."""

from __future__ import annotations

from collections.abc import Iterator

from desktop.window.ports import Cancelled, Cloud
from engine.answering import AnswerEvent
from engine.errors import NamesNotLookedFor, PriceUnknown
from engine.frontier.values import Draft
from engine.routing.values import Route


def send(cloud: Cloud, chat_id: int, draft: Draft, cancelled: Cancelled) -> Iterator[AnswerEvent]:
    """Exactly this draft, going online first where Carrel is offline: the person has pressed a button for it.

    Raises:
        FrontierError
    """
    if not cloud.online():
        cloud.set_online(True)
    yield from cloud.send_draft(chat_id, draft, cancelled=cancelled)


def ask_at_once(cloud: Cloud, chat_id: int, route: Route, cancelled: Cancelled) -> Iterator[AnswerEvent]:
    """The chat's last question, without a look at it before: so only where nothing has to be decided.

    Raises:
        PriceUnknown: nobody knows what it would cost.
        NamesNotLookedFor: names and addresses could not be looked for, and would go out as they are.
        FrontierError
    """
    for draft in cloud.draft(chat_id, provider_id=route.provider, model=route.model, cancelled=cancelled):
        if draft.estimate.amount is None:
            raise PriceUnknown(draft.question.provider.name, draft.question.model)
        if draft.unsought:
            raise NamesNotLookedFor(draft.unsought)
        if not cancelled():
            yield from cloud.send_draft(chat_id, draft, cancelled=cancelled)
