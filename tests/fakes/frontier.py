"""A provider for tasks: scripted replies over the port, held against the real ledger."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import FrontierError, ProviderUnreachable, ReplyBroken
from engine.frontier.values import CloudQuestion, Draft, Provider, ReplyUsage, WireRequest
from engine.usage.choices import UsageChoices
from engine.usage.ledger import Ledger, digest
from engine.usage.money import shown
from engine.usage.prices import Prices
from engine.usage.values import Currency, Money, Origin
from engine.values import Generated, GenerationEvent, LabelScore, LabelsScored, Message, Sampling, TextDelta
from tests.fakes.ledger import TABLE, Clock, FakeKept, make_ledger

PROVIDER = Provider("openai", "OpenAI", "openai", "https://api.example.com/v1")
MODEL = "gpt-x"
URL = "https://api.example.com/v1/chat/completions"
LABELS = "labels"
EUROS = Currency("EUR", 1.0)


@dataclass(frozen=True)
class Question:
    """What the provider is sent: `row` is of the run, `number` counts the requests from 0."""

    row: int
    messages: tuple[Message, ...]
    labels: tuple[str, ...]
    schema: str
    number: int

    @property
    def text(self) -> str:
        """The input, as the prompt of a task sets it apart."""
        last = self.messages[-1].text
        return last.partition("<text>\n")[2].rpartition("\n</text>")[0] or last


Reply = Callable[[Question], str | FrontierError]


@dataclass
class ScriptedFrontier:
    """Implements `engine.tasks.frontier.Frontier` as the real one does: kept, reserved, sent, settled.

    `served` has the digest of each request that the provider answered in full, in order; with `served_in`,
    also a file that a kill leaves. `pause_s` is how long a reply takes.
    """

    ledger: Ledger
    reply: Reply
    pause_s: float = 0.0
    served_in: Path | None = None
    context_tokens: int = 100_000
    provider: str = PROVIDER.name
    model: str = MODEL
    currency: Currency = EUROS
    questions: list[Question] = field(default_factory=list)
    served: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def asking(self, origin: Origin) -> ScriptedModel:
        return ScriptedModel(self, origin)

    def draft(
        self,
        origin: Origin,
        messages: Sequence[Message],
        max_tokens: int,
        *,
        schema: str = "",
        labels: Sequence[str] = (),
    ) -> Draft:
        question = CloudQuestion(PROVIDER, self.model, tuple(messages), max_tokens, schema=schema)
        body = {"model": self.model, "max_tokens": max_tokens, "schema": schema, LABELS: list(labels)}
        body["messages"] = [{"role": each.role, "content": each.text} for each in messages]
        request = WireRequest("POST", URL, body=json.dumps(body, ensure_ascii=False).encode())
        prices = Prices(TABLE, UsageChoices(FakeKept(), {}), is_local=lambda _: False)
        words = sum(len(each.text.split()) + 4 for each in messages)
        estimate = prices.estimate(PROVIDER.id, self.model, words, min(max_tokens, 60), max_tokens)
        return Draft(digest(request.body)[:12], question, tuple(messages), (), request, estimate)

    def paid(self, origin: Origin) -> Money:
        return self.ledger.paid(origin)

    def left(self, run_id: int) -> Money | None:
        return self.ledger.room(Origin("task", run_id))

    def words(self, amount: Money) -> str:
        return shown(amount, self.currency)

    def carry(self, draft: Draft, origin: Origin, labels: Sequence[str]) -> str:
        """To the provider and back."""
        with self.lock:
            question = Question(
                origin.row or 0, draft.sent, tuple(labels), draft.question.schema, len(self.questions)
            )
            self.questions.append(question)
        time.sleep(self.pause_s)
        reply = self.reply(question)
        if isinstance(reply, FrontierError):
            raise reply
        with self.lock:
            self.served.append(digest(draft.request.body))
            if self.served_in is not None:
                with self.served_in.open("a") as file:
                    file.write(f"{origin.subject} {origin.row} {self.served[-1]}\n")
        return reply


@dataclass
class ScriptedModel:
    """Implements `engine.tasks.ports.TaskModel`."""

    frontier: ScriptedFrontier
    origin: Origin

    @property
    def id(self) -> str:
        return f"{PROVIDER.id}/{self.frontier.model}"

    @property
    def name(self) -> str:
        return self.frontier.model

    @property
    def context_tokens(self) -> int:
        return self.frontier.context_tokens

    @property
    def weighs(self) -> bool:
        return False

    def generate(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        schema: str = "",
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Iterator[GenerationEvent]:
        draft = self.frontier.draft(self.origin, messages, sampling.max_tokens, schema=schema)
        text = self._answered(draft, (), cancelled)
        if text is None:
            yield Generated("cancelled", 0, 0, 0, 0.0, 0.0)
            return
        yield TextDelta(text)
        yield Generated("stop", draft.estimate.prompt_tokens, 0, len(text.split()), 0.0, 0.0)

    def score(
        self,
        messages: Sequence[Message],
        labels: Sequence[str],
        *,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> LabelsScored | None:
        draft = self.frontier.draft(self.origin, messages, 16, labels=labels)
        text = self._answered(draft, labels, cancelled)
        if text is None:
            return None
        if text not in labels:
            raise ReplyBroken(PROVIDER.name, "it is none of the labels")
        rest = 0.02 / max(1, len(labels) - 1)
        scores = tuple(LabelScore(each, 0.98 if each == text else rest) for each in labels)
        return LabelsScored(scores, 1.0, draft.estimate.prompt_tokens, 0, 0.0)

    def _answered(self, draft: Draft, labels: Sequence[str], cancelled: Callable[[], bool]) -> str | None:
        """None when cancelled."""
        frontier, ledger = self.frontier, self.frontier.ledger
        kept = ledger.kept(self.origin, digest(draft.request.body))
        if kept is not None:
            return kept.restored
        call = ledger.reserve(self.origin, PROVIDER.id, frontier.model, draft.estimate, automatic=True)
        try:
            text = frontier.carry(draft, self.origin, labels)
        except FrontierError as error:
            billed = isinstance(error, ProviderUnreachable) and error.sent
            ledger.settle(call, "failed", reason=str(error), billed=billed)
            raise
        if cancelled():
            ledger.settle(call, "cancelled")
            return None
        usage = ReplyUsage(draft.estimate.prompt_tokens, len(text.split()))
        body = draft.request.body
        ledger.settle(call, "done", usage=usage, url=URL, request=body, response=text, restored=text)
        return text


def frontier_in(folder: Path, reply: Reply, *, clock: Clock | None = None, **fields: Any) -> ScriptedFrontier:
    """With a ledger on a file of the folder, without limits."""
    return ScriptedFrontier(make_ledger(folder / "usage.db", clock=clock), reply, **fields)
