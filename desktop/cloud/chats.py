"""A chat's last question for a provider: whether it may go, as what, and its answer.

Between the draft that the person looks at and the sending of it nothing is searched or written anew: what was
drafted is kept here, and `ApprovedModel` sends its bytes and refuses any other messages.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from desktop.answers import Answers
from desktop.cloud.choices import CloudChoices
from desktop.cloud.drafting import Drafting
from desktop.cloud.providers import Providers
from desktop.kept_here import KeptHere
from engine.answering import AnswerEvent, whole_prompt
from engine.chats.conversation import converse_again, history
from engine.chats.store import ChatStore, Scope, StoredMessage
from engine.errors import EngineError, ProviderUnknown
from engine.errors import KeptHere as MayNotLeave
from engine.frontier.calling import Calls
from engine.frontier.model import ApprovedModel
from engine.frontier.values import CloudQuestion, Draft
from engine.prompts import FOR_LARGE
from engine.routing import routing
from engine.routing.routing import CHAT, DOCUMENTS, Asked, Means
from engine.routing.values import Policy, Route
from engine.usage.ledger import Ledger
from engine.usage.values import Estimate, Origin
from engine.values import Answer, Message, Source
from rag.library import Library
from rag.passage_tables import told

Cancelled = Callable[[], bool]

NO_CHAT = 0

Keeps = Callable[[str], str]
"""Of a document's path: the collection that keeps it on this computer; “”: none does."""

DRAFTS = 16
"""Drafts that can still be sent: more sheets than anybody has open."""


@dataclass(frozen=True, slots=True)
class _Last:
    """The chat's last question, with this computer's answer to it where there is one."""

    question: str
    scope: Scope
    before: tuple[StoredMessage, ...]
    reply: StoredMessage | None
    is_answered: bool  # by a provider

    @property
    def answer(self) -> Answer | None:
        return self.reply.answer if self.reply else None

    @property
    def kind(self) -> str:
        return CHAT if self.scope.kind == "none" else DOCUMENTS


@dataclass(frozen=True, slots=True)
class _Drafted:
    """What a draft was made of, for when it is sent."""

    chat_id: int
    question: str
    history: tuple[Message, ...]
    evidence: tuple[Source, ...]


class ChatQuestions:
    """Thread-safe. `online` says whether anything can go now."""

    def __init__(
        self,
        *,
        chats: ChatStore,
        library: Library,
        answers: Answers,
        choices: CloudChoices,
        providers: Providers,
        drafting: Drafting,
        calls: Calls,
        ledger: Ledger,
        online: Callable[[], bool],
    ) -> None:
        self._chats = chats
        self._library = library
        self._answers = answers
        self._choices = choices
        self._providers = providers
        self._drafting = drafting
        self._calls = calls
        self._ledger = ledger
        self._online = online
        self._drafted: OrderedDict[str, _Drafted] = OrderedDict()

    # At once

    def route(self, chat_id: int) -> Route:
        """What is to become of the last answer: it stands, or is offered, or goes."""
        last = _last(self._chats, chat_id)
        if last is None or last.reply is None or last.is_answered:
            return Route("local", None)
        policy = self._choices.policy()
        if not policy.provider or policy.mode == "never":
            return Route("local", last.answer.confidence if last.answer else None)
        asked = self._asked(last, self._kept(policy))
        means = Means(self._estimate(last, policy), self._ledger.spent(), self._online())
        if last.answer is not None:
            return routing.route(last.answer, asked, policy, means)
        if last.reply.state != "failed":
            return Route("local", None)
        return routing.route_failed(EngineError(last.reply.reason), asked, policy, means)

    def _estimate(self, last: _Last, policy: Policy) -> Estimate | None:
        """Without masks: a placeholder is about as long as what it stands for."""
        with suppress(ProviderUnknown):
            provider = self._providers.get(policy.provider)
            sources = last.answer.sources if last.answer else ()
            told_before = history(last.before)
            messages = whole_prompt(last.question, told_before, sources, tell=told, instructions=FOR_LARGE)
            return self._drafting.estimate(CloudQuestion(provider, policy.model, tuple(messages)))
        return None

    # For a lane

    def draft(
        self,
        chat_id: int,
        *,
        provider_id: str,
        model: str,
        passages: Sequence[int] | None,
        cancelled: Cancelled,
    ) -> Iterator[Draft]:
        """
        Raises:
            KeptHere: it was asked of documents that may never leave.
            ProviderUnknown
        """
        last = _last(self._chats, chat_id)
        if last is None:
            raise LookupError(f"chat {chat_id} has no question")
        yield from self._drafts(last, chat_id, provider_id, model, passages, cancelled)

    def draft_alone(
        self, question: str, answer: Answer, scope: Scope, *, provider_id: str, model: str
    ) -> Draft:
        """As `draft`, of a question outside of any chat, with this computer's answer to it."""
        reply = StoredMessage(0, "assistant", answer.text, "complete", "", answer.model, 0.0, answer)
        last = _Last(question, scope, (), reply, False)
        return next(self._drafts(last, NO_CHAT, provider_id, model, None, lambda: False))

    def _drafts(
        self,
        last: _Last,
        chat_id: int,
        provider_id: str,
        model: str,
        passages: Sequence[int] | None,
        cancelled: Cancelled,
    ) -> Iterator[Draft]:
        policy = self._choices.policy()
        provider = self._providers.get(provider_id or policy.provider)
        kept = self._kept(policy)
        sources = self._sources(last)
        if cancelled():
            return
        locked = {number: name for number, source in enumerate(sources) if (name := kept(source.path))}
        self._check(last.scope, sources, locked, policy)
        chosen = tuple(
            number
            for number in range(len(sources))
            if number not in locked and (passages is None or number in passages)
        )
        evidence = tuple(sources[number] for number in chosen)
        before = tuple(history(_free(last.before, kept)))
        messages = whole_prompt(last.question, before, evidence, tell=told, instructions=FOR_LARGE)
        question = CloudQuestion(
            provider, model or _model(policy, provider.id, provider.models), tuple(messages)
        )
        draft = replace(
            self._drafting.draft(question, policy, chosen),
            sources=tuple(sources),
            kept_here=tuple(sorted(locked.items())),
        )
        self._keep(draft.id, _Drafted(chat_id, last.question, before, evidence))
        if not cancelled():
            yield draft

    def masked(self, draft: Draft, placeholder: str, on: bool) -> Draft:
        return self._drafting.switched(draft, placeholder, on)

    def send_alone(self, draft: Draft, *, cancelled: Cancelled) -> Iterator[AnswerEvent]:
        """Raises FrontierError."""
        return self._answered(
            ApprovedModel(self._calls, draft, Origin("question")), self._drafted[draft.id], cancelled
        )

    def send(self, chat_id: int, draft: Draft, *, cancelled: Cancelled) -> Iterator[AnswerEvent]:
        """
        Raises:
            FrontierError: the chat says so below the local answer, which stands.
        """
        drafted = self._drafted[draft.id]
        if drafted.chat_id != chat_id:
            raise LookupError(f"draft {draft.id} belongs to another chat")
        model = ApprovedModel(self._calls, draft, Origin("chat", chat_id, name=self._title(chat_id)))
        events = self._answered(model, drafted, cancelled)
        kept: list[int] = []
        try:
            yield from converse_again(self._chats, chat_id, events, model=model.id, began=kept.append)
        finally:
            if model.call_id is not None and kept:
                self._ledger.link(model.call_id, kept[0])

    def _answered(
        self, model: ApprovedModel, drafted: _Drafted, cancelled: Cancelled
    ) -> Iterator[AnswerEvent]:
        return self._answers.from_evidence(
            drafted.question,
            drafted.history,
            drafted.evidence,
            model=model,
            instructions=FOR_LARGE,
            cancelled=cancelled,
        )

    # What may go

    def _kept(self, policy: Policy) -> Keeps:
        """Says of a document which collection keeps it here, a copy of it in another file included."""
        if not policy.kept_here:
            return lambda path: ""
        by_place = KeptHere.of(self._library, policy.kept_here)

        def keeps(path: str) -> str:
            (holding,) = self._library.collections_of([path])
            return min(holding & policy.kept_here, default="") or by_place(path)

        return keeps

    def _asked(self, last: _Last, kept: Keeps) -> Asked:
        sources = last.answer.sources if last.answer else ()
        held = tuple(frozenset(filter(None, [kept(source.path)])) for source in sources)
        return Asked(last.question, last.kind, last.scope.collection, held)

    def _check(self, scope: Scope, sources: Sequence[Source], locked: dict[int, str], policy: Policy) -> None:
        """Raises KeptHere: the question is of one such collection, or nothing but its passages answers it."""
        if scope.collection in policy.kept_here:
            raise MayNotLeave(scope.collection)
        if sources and len(locked) == len(sources):
            raise MayNotLeave(locked[0])

    def _sources(self, last: _Last) -> Sequence[Source]:
        """Those that this computer answered from; searched for anew where it did not come so far."""
        if last.scope.kind == "none":
            return ()
        if last.answer is not None:
            return last.answer.sources
        earlier = [message.text for message in last.before if message.role == "user"]
        return self._answers.evidence(last.question, earlier, last.scope)

    def _keep(self, draft_id: str, drafted: _Drafted) -> None:
        self._drafted[draft_id] = drafted
        while len(self._drafted) > DRAFTS:
            self._drafted.popitem(last=False)

    def _title(self, chat_id: int) -> str:
        return next((chat.title for chat in self._chats.list() if chat.id == chat_id), "")


def _model(policy: Policy, provider_id: str, suggested: Sequence[str]) -> str:
    """The policy's, if it is of this provider; else the first that is suggested."""
    if provider_id == policy.provider and policy.model:
        return policy.model
    return suggested[0] if suggested else ""


def _last(chats: ChatStore, chat_id: int) -> _Last | None:
    messages = chats.messages(chat_id)
    asked = next((at for at in range(len(messages) - 1, -1, -1) if messages[at].role == "user"), None)
    if asked is None:
        return None
    after = messages[asked + 1 :]
    reply = next((message for message in after if message.tier != "frontier"), None)
    is_answered = any(message.tier == "frontier" and message.state == "complete" for message in after)
    return _Last(messages[asked].text, chats.scope(chat_id), tuple(messages[:asked]), reply, is_answered)


def _free(messages: Sequence[StoredMessage], kept: Keeps) -> list[StoredMessage]:
    """The conversation without the turns of which an answer rests on documents that may never leave."""
    free: list[StoredMessage] = []
    turn: list[StoredMessage] = []
    for message in (*messages, None):
        if message is None or message.role == "user":
            if not any(_rests_on(each, kept) for each in turn):
                free += turn
            turn = []
        if message is not None:
            turn.append(message)
    return free


def _rests_on(message: StoredMessage, kept: Keeps) -> bool:
    return message.answer is not None and any(kept(source.path) for source in message.answer.sources)
