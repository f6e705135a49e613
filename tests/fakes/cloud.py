"""The cloud for the screens: providers, drafts, prices and replies as a test wishes; nothing is sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from desktop.egress.proving import Proof
from desktop.keys.secret import Secret
from desktop.network import Attempt
from desktop.processes.sandbox import Confinement
from desktop.window.ports import KeyTested, ProviderRow
from engine.answering import Answered, AnswerEvent, SourcesFound
from engine.chats.store import StoredMessage
from engine.errors import ProviderUnknown
from engine.frontier.values import CloudQuestion, Draft, Provider, Proxy, WireRequest
from engine.masking.values import Mask
from engine.routing.values import Policy, Route, ThresholdEffect, ThresholdEffects
from engine.usage.values import (
    CallRow,
    Currency,
    Estimate,
    Limits,
    Money,
    Origin,
    Price,
    PriceRow,
    Receipt,
    Spent,
    UsageReport,
)
from engine.values import Answer, Message, Source, Tokens
from tests.fakes.scripts import Script, play

Cancelled = Callable[[], bool]

ANTHROPIC = Provider(
    "anthropic", "Anthropic", "anthropic", "https://api.anthropic.com",
    ("claude-sonnet-4-5", "claude-haiku-4-5"), built_in=True, keys_page="console.anthropic.com",
)  # fmt: skip
OPENAI = Provider(
    "openai", "OpenAI", "openai", "https://api.openai.com/v1", ("gpt-5", "gpt-5-mini"), built_in=True,
    keys_page="platform.openai.com",
)  # fmt: skip
OLLAMA = Provider(
    "ollama", "Ollama on this computer", "openai", "http://127.0.0.1:11434/v1", ("llama3.3",),
    needs_key=False, local=True,
)  # fmt: skip
EUROS = Currency("EUR", 0.92, "2026-11-01")
ESTIMATE = Estimate(prompt_tokens=980, completion_tokens=260, amount=21_700, most=39_000)
LOCAL = Route("local", 0.82)
OFFER = Route("offer", 0.31, "", "anthropic", "claude-sonnet-4-5", ESTIMATE)
UNASKED = replace(OFFER, advice="ask")
BLOCKED = Route("blocked", 0.28, "The collection “Contracts” may never leave this computer.")
SENT_AT = 1_795_356_120.0  # 22 November 2026, 14:02 UTC


class Kept(Protocol):
    """The fake application's side of a chat."""

    now: float

    def messages(self, chat_id: int) -> list[StoredMessage]: ...
    def keep_cloud(
        self, chat_id: int, events: Iterator[AnswerEvent], model: str
    ) -> Iterator[AnswerEvent]: ...


@dataclass
class FakeCloud:
    """Everything that a screen calls is kept in `heard`, as (name, arguments).

    `routes` come in order, the last of them again and again. `replies` are scripts for `send_draft`, in
    order; `drafts` are what happens before a draft is there: gates, errors.
    """

    is_online: bool = True
    rows: list[ProviderRow] = field(
        default_factory=lambda: [
            ProviderRow(ANTHROPIC, "keyring", used=True),
            ProviderRow(OPENAI),
            ProviderRow(OLLAMA),
        ]
    )
    keyring_name: str = "Secret Service"
    now_policy: Policy = field(
        default_factory=lambda: Policy(provider="anthropic", model="claude-sonnet-4-5")
    )
    now_limits: Limits = field(default_factory=lambda: Limits(day=2_000_000, month=20_000_000, run=5_000_000))
    money: Currency = EUROS
    now_proxy: Proxy = field(default_factory=Proxy)
    effects: ThresholdEffects | None = None
    priced: dict[tuple[str, str], Price] = field(default_factory=dict)
    routes: list[Route] = field(default_factory=list)
    drafts: list[Script] = field(default_factory=list)
    masks: list[Mask] = field(default_factory=list)
    kept_here: tuple[tuple[int, str], ...] = ()
    unsought: str = ""
    estimate: Estimate = ESTIMATE
    replies: list[Script] = field(default_factory=list)
    receipts: dict[int, Receipt] = field(default_factory=dict)
    tests: list[Script] = field(default_factory=list)
    report: UsageReport | None = None
    attempted: list[Attempt] = field(default_factory=list)
    earlier: int = 0  # of those, how many were before this start
    ways: tuple[str, ...] = (
        "A thread",
        "A child process",
        "Python's urllib",
        "A raw socket",
        "A look-up (DNS)",
    )
    heard: list[tuple[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._application: Kept | None = None
        self._serial = 0

    def join(self, application: Kept) -> None:
        """Let the answers be kept in the chats of `application`."""
        self._application = application

    def called(self, name: str) -> list[Any]:
        """The arguments of every call of that name."""
        return [arguments for called, arguments in self.heard if called == name]

    # The way out

    def online(self) -> bool:
        return self.is_online

    def set_online(self, online: bool) -> None:
        self.heard.append(("set_online", online))
        self.is_online = online

    def attempts(self) -> list[Attempt]:
        return list(self.attempted)

    def attempts_now(self) -> list[Attempt]:
        return self.attempted[self.earlier :]

    def held(self) -> dict[str, Confinement]:
        walls = dict.fromkeys(("app", "model", "reader"), Confinement(network_blocked=True))
        return walls | ({"courier": Confinement(reason="it may use the network")} if self.is_online else {})

    def prove(self) -> Iterator[Proof]:
        for way in self.ways:
            self.heard.append(("prove", way))
            yield Proof(way, True, True, True, "blocked, and listed")

    def export_attempts(self, path: Path) -> None:
        self.heard.append(("export_attempts", path))

    # Providers and keys

    def keyring(self) -> str:
        return self.keyring_name

    def look_for_keys(self) -> None:
        self.heard.append(("look_for_keys", None))

    def providers(self) -> list[ProviderRow]:
        return list(self.rows)

    def save_provider(self, provider: Provider) -> None:
        self.heard.append(("save_provider", provider))
        self.rows = [row for row in self.rows if row.provider.id != provider.id] + [ProviderRow(provider)]

    def remove_provider(self, provider_id: str) -> None:
        self.heard.append(("remove_provider", provider_id))
        self.rows = [row for row in self.rows if row.provider.id != provider_id]

    def set_key(self, provider_id: str, key: Secret, *, session: bool = False) -> None:
        """Only the length of the key is kept in `heard`."""
        self.heard.append(("set_key", (provider_id, len(key), session)))
        key.wipe()
        self._put_key(provider_id, "session" if session else "keyring")

    def remove_key(self, provider_id: str) -> None:
        self.heard.append(("remove_key", provider_id))
        self._put_key(provider_id, "")

    def _put_key(self, provider_id: str, place: Any) -> None:
        self.rows = [replace(row, key=place) if row.provider.id == provider_id else row for row in self.rows]

    def test_key(self, provider_id: str, *, cancelled: Cancelled = lambda: False) -> Iterator[KeyTested]:
        self.heard.append(("test_key", provider_id))
        return play(self.tests.pop(0) if self.tests else [KeyTested(("claude-sonnet-4-5",), 0.4)], cancelled)

    def proxy(self) -> Proxy:
        return self.now_proxy

    def set_proxy(self, proxy: Proxy) -> None:
        self.heard.append(("set_proxy", proxy))
        self.now_proxy = proxy

    # What is allowed

    def policy(self) -> Policy:
        return self.now_policy

    def set_policy(self, policy: Policy) -> None:
        self.heard.append(("set_policy", policy))
        self.now_policy = policy

    def threshold_effects(self) -> ThresholdEffects:
        if self.effects is not None:
            return self.effects
        steps = [
            ThresholdEffect(step / 20, 4 * step, 80, 4 * step * 21_000, min(9, step), 11)
            for step in range(21)
        ]
        return ThresholdEffects(tuple(steps))

    # Chats

    def route(self, chat_id: int) -> Route:
        self.heard.append(("route", chat_id))
        if not self.routes:
            return LOCAL
        return self.routes.pop(0) if len(self.routes) > 1 else self.routes[0]

    def draft(
        self,
        chat_id: int,
        *,
        provider_id: str = "",
        model: str = "",
        passages: Sequence[int] | None = None,
        cancelled: Cancelled = lambda: False,
    ) -> Iterator[Draft]:
        asked = tuple(passages) if passages is not None else None
        self.heard.append(("draft", (chat_id, provider_id, model, asked)))
        if self.drafts:
            yield from play(self.drafts.pop(0), cancelled)
        yield self.made(chat_id, provider_id, model, asked)

    def made(
        self, chat_id: int, provider_id: str = "", model: str = "", passages: tuple[int, ...] | None = None
    ) -> Draft:
        """The chat's last question as it would be sent, without passages that may not."""
        provider = self._provider(provider_id or self.now_policy.provider)
        question, sources = self._last(chat_id)
        locked = {number for number, _ in self.kept_here}
        going = [n for n in range(len(sources)) if n not in locked and (passages is None or n in passages)]
        messages = asked(question, [sources[number] for number in going])
        self._serial += 1
        draft = Draft(
            f"draft-{self._serial}",
            CloudQuestion(provider, model or self.now_policy.model, messages),
            messages,
            tuple(self.masks),
            WireRequest("POST", f"{provider.base_url}/v1/messages"),
            self.estimate,
            tuple(going),
            sources,
            self.kept_here,
            self.unsought,
        )
        return masked(draft)

    def _provider(self, provider_id: str) -> Provider:
        for row in self.rows:
            if row.provider.id == provider_id:
                return row.provider
        raise ProviderUnknown(provider_id, tuple(row.provider.id for row in self.rows))

    def _last(self, chat_id: int) -> tuple[str, tuple[Source, ...]]:
        assert self._application is not None
        messages = self._application.messages(chat_id)
        question = next(m.text for m in reversed(messages) if m.role == "user")
        answer = next((m.answer for m in reversed(messages) if m.answer is not None), None)
        return question, answer.sources if answer is not None else ()

    def masked(self, draft: Draft, placeholder: str, on: bool) -> Draft:
        self.heard.append(("masked", (placeholder, on)))
        masks = [replace(mask, on=on) if mask.placeholder == placeholder else mask for mask in draft.masks]
        return masked(replace(draft, masks=tuple(masks)))

    def send_draft(
        self, chat_id: int, draft: Draft, *, cancelled: Cancelled = lambda: False
    ) -> Iterator[AnswerEvent]:
        self.heard.append(("send_draft", (chat_id, draft)))
        assert self._application is not None
        script = self.replies.pop(0)
        events = self._with_receipts(chat_id, draft, play(script, cancelled))
        return self._application.keep_cloud(chat_id, events, draft.question.model)

    def _with_receipts(
        self, chat_id: int, draft: Draft, events: Iterator[AnswerEvent]
    ) -> Iterator[AnswerEvent]:
        assert self._application is not None
        if draft.sources:
            yield SourcesFound(draft.sources)
        for event in events:
            if isinstance(event, Answered):
                kept = self._application.messages(chat_id)[-1]
                self.receipts[kept.id] = receipt_of(draft, event.answer, kept.id, when=self._application.now)
            yield event

    def receipt(self, message_id: int) -> Receipt | None:
        return self.receipts.get(message_id)

    # Money

    def usage(self, days: int = 30) -> UsageReport:
        return self.report or UsageReport((), (), self.spent(), self.money)

    def spent(self) -> Spent:
        return Spent(184_000, 2_310_000, self.now_limits)

    def currency(self) -> Currency:
        return self.money

    def limits(self) -> Limits:
        return self.now_limits

    def set_limits(self, limits: Limits) -> None:
        self.heard.append(("set_limits", limits))
        self.now_limits = limits

    def price(self, provider_id: str, model: str) -> Price | None:
        return self.priced.get((provider_id, model), Price(3.0, 15.0, 0.3, "2026-11-01", "price page"))

    def set_price(self, provider_id: str, model: str, price: Price | None) -> None:
        self.heard.append(("set_price", (provider_id, model, price)))
        if price is None:
            self.priced.pop((provider_id, model), None)
        else:
            self.priced[provider_id, model] = price

    def prices(self) -> list[PriceRow]:
        return [PriceRow(provider, model, price, True) for (provider, model), price in self.priced.items()]

    def currencies(self) -> list[str]:
        return ["EUR", "USD"]

    def set_currency(self, code: str) -> None:
        self.heard.append(("set_currency", code))

    def calls(self, limit: int = 100) -> list[CallRow]:
        return [receipt.call for receipt in self.receipts.values()][::-1][:limit]

    def receipt_of_call(self, call_id: int) -> Receipt | None:
        return next((one for one in self.receipts.values() if one.call.id == call_id), None)

    def export_usage(self, path: Path) -> None:
        self.heard.append(("export_usage", path))


# --- what is sent and what comes ------------------------------------------------------------------------

TOLD = "Answer from the passages, in the language of the question. Placeholders such as ⟨PERSON_1⟩ stay."


def asked(question: str, sources: Sequence[Source]) -> tuple[Message, ...]:
    passages = "\n\n".join(
        f"<passage>\n{source.document}\n{source.text.strip()}\n</passage>" for source in sources
    )
    return (
        Message("system", TOLD),
        Message("user", f"{passages}\n\nQuestion: {question}" if passages else question),
    )


def masked(draft: Draft) -> Draft:
    """The draft with the placeholders of what is masked, and the body that says so."""
    messages = draft.question.messages
    masks = [replace(mask, count=_count(messages, mask.original)) for mask in draft.masks]
    masks = [mask for mask in masks if mask.count]
    sent = tuple(Message(message.role, _hidden(message.text, masks)) for message in messages)
    body = {
        "model": draft.question.model,
        "max_tokens": draft.question.max_tokens,
        "system": next((message.text for message in sent if message.role == "system"), ""),
        "messages": [
            {"role": message.role, "content": message.text} for message in sent if message.role != "system"
        ],
        "stream": True,
    }
    request = replace(
        draft.request,
        headers=(("content-type", "application/json"), ("anthropic-version", "2023-06-01")),
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
        key_header="x-api-key" if draft.question.provider.needs_key else "",
    )
    return replace(draft, masks=tuple(masks), sent=sent, request=request)


def _count(messages: Sequence[Message], original: str) -> int:
    return sum(message.text.count(original) for message in messages)


def _hidden(text: str, masks: Sequence[Mask]) -> str:
    for mask in sorted(masks, key=lambda mask: -len(mask.original)):
        if mask.on:
            text = text.replace(mask.original, mask.placeholder)
    return text


def receipt_of(
    draft: Draft, answer: Answer, call_id: int, *, amount: Money | None = 15_200, when: float = SENT_AT
) -> Receipt:
    question = draft.question
    tokens = answer.tokens if answer.tokens != Tokens() else Tokens(980, 0, 260)
    call = CallRow(
        call_id, when, Origin("chat", 1, None, "A chat"), question.provider.id, question.model, "done",
        tokens.prompt, tokens.cached, tokens.completion, amount, True, 3.4,
    )  # fmt: skip
    placeholders = tuple((mask.placeholder, mask.original) for mask in draft.masks if mask.on)
    return Receipt(
        call,
        draft.request.url,
        draft.request.body,
        _hidden(answer.text, draft.masks),
        answer.text,
        placeholders,
    )
