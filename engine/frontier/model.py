"""A provider's model behind the engine's ports: answers and tasks use it as they use the local one."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from engine.errors import LabelsUnfit, PromptTooLong, QuestionTooLong, ReplyBroken
from engine.frontier.calling import Called, Calls
from engine.frontier.drafts import Drafts
from engine.frontier.estimating import count_messages
from engine.frontier.values import CloudQuestion, Draft, Provider
from engine.usage.values import Origin
from engine.values import (
    Generated,
    GenerationEvent,
    LabelScore,
    LabelsScored,
    Message,
    Sampling,
    TextDelta,
    Tier,
)

THINKING_TOKENS = 2048
"""Added to what an answer may take: many models think before they write, and that counts. What is not used is
not paid."""
LABEL_SAMPLING = Sampling(max_tokens=64)
CONTEXT_TOKENS = 128_000  # the least of the models suggested
LOCAL_CONTEXT_TOKENS = 8192
# How a model's choice of one label among several counts: it says which, not how sure it is.
CHOSEN = 0.9


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class FrontierModel:
    """Sends by itself whatever it is asked: for the automatic policy, and for tasks under a budget.

    Called from many threads at once. `masked`: everything that was found is.
    """

    calls: Calls
    drafts: Drafts
    provider: Provider
    model: str
    origin: Origin
    context_tokens: int = 0
    masked: bool = True
    automatic: bool = True

    def __post_init__(self) -> None:
        if not self.context_tokens:
            usual = LOCAL_CONTEXT_TOKENS if self.provider.local else CONTEXT_TOKENS
            object.__setattr__(self, "context_tokens", usual)

    def of_row(self, row: int) -> FrontierModel:
        """The same for one row of the run: its replies are kept with it, and none is paid twice."""
        return replace(self, origin=replace(self.origin, row=row))

    @property
    def id(self) -> str:
        return f"{self.provider.id}/{self.model}"

    @property
    def name(self) -> str:
        return f"{self.model} ({self.provider.name})"

    @property
    def weighs(self) -> bool:
        return False

    @property
    def tier(self) -> Tier:
        return "frontier"

    def generate(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        schema: str = "",
        cancelled: Callable[[], bool] = _never,
    ) -> Iterator[GenerationEvent]:
        """See `engine.ports.Model`. Of `sampling` only `max_tokens` counts: the newest models take no other.

        Raises:
            FrontierError: not sent, or not answered; it is in the ledger.
            PromptTooLong: by our estimate, before anything is sent; or the provider says so.
        """
        draft = self.draft_of(messages, sampling, schema)
        try:
            yield from _sent(self.calls, draft, self.origin, self.automatic, cancelled)
        except QuestionTooLong as error:
            tokens = error.tokens or draft.estimate.prompt_tokens
            raise PromptTooLong(tokens, error.context_tokens or self.context_tokens) from error

    def draft_of(self, messages: Sequence[Message], sampling: Sampling, schema: str = "") -> Draft:
        """What `generate` would send. Raises PromptTooLong, and what masking raises."""
        if (tokens := count_messages(messages, schema)) > self.context_tokens:
            raise PromptTooLong(tokens, self.context_tokens)
        most = sampling.max_tokens + THINKING_TOKENS
        question = CloudQuestion(self.provider, self.model, tuple(messages), most, schema=schema)
        return self.drafts.draft(question, masked=self.masked)

    def draft_of_labels(self, messages: Sequence[Message], labels: Sequence[str]) -> Draft:
        """What `score` would send. Raises LabelsUnfit."""
        if not labels or len(set(labels)) < len(labels):
            raise LabelsUnfit("there are none" if not labels else "two are equal")
        return self.draft_of(messages, LABEL_SAMPLING, _label_schema(labels))

    def score(
        self, messages: Sequence[Message], labels: Sequence[str], *, cancelled: Callable[[], bool] = _never
    ) -> LabelsScored | None:
        """The label that the model chooses, held to the labels by a schema; None when cancelled.

        It says which, and nothing of the others: the chosen one gets `CHOSEN`, the rest share what is left.

        Raises:
            LabelsUnfit: none, or two equal.
            ReplyBroken: the reply is none of the labels.
        """
        if not labels or len(set(labels)) < len(labels):
            raise LabelsUnfit("there are none" if not labels else "two are equal")
        text, done = "", None
        schema = _label_schema(labels)
        for event in self.generate(messages, LABEL_SAMPLING, schema=schema, cancelled=cancelled):
            if isinstance(event, TextDelta):
                text += event.text
            elif isinstance(event, Generated):
                done = event
        if done is None or done.reason == "cancelled":
            return None
        scores = _scores(labels, _chosen(text, labels, self.provider))
        return LabelsScored(scores, 1.0, done.prompt_tokens, done.cached_tokens, done.completion_seconds)


@dataclass(slots=True)
class ApprovedModel:
    """Sends one draft, exactly as the person saw it, once; and nothing else, whatever it is asked."""

    calls: Calls
    draft: Draft
    origin: Origin
    call_id: int | None = field(default=None, init=False)
    """In the ledger, once it is on its way; a call that failed has a receipt as well."""
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    @property
    def id(self) -> str:
        return f"{self.draft.question.provider.id}/{self.draft.question.model}"

    @property
    def name(self) -> str:
        return f"{self.draft.question.model} ({self.draft.question.provider.name})"

    @property
    def context_tokens(self) -> int:
        return CONTEXT_TOKENS

    @property
    def tier(self) -> Tier:
        return "frontier"

    def generate(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        schema: str = "",
        cancelled: Callable[[], bool] = _never,
    ) -> Iterator[GenerationEvent]:
        """See `engine.ports.Model`. `sampling` counts for nothing: the draft says everything.

        Raises:
            FrontierError: not sent, or not answered; it is in the ledger.
            ValueError: these are not the messages that were approved, or they were sent already.
        """
        question = self.draft.question
        if tuple(messages) != question.messages or schema != question.schema:
            raise ValueError("these are not the messages that were approved")
        if not self._lock.acquire(blocking=False):
            raise ValueError("the draft was sent already")
        yield from _sent(self.calls, self.draft, self.origin, False, cancelled, self._keep)

    def _keep(self, call_id: int) -> None:
        self.call_id = call_id


def _sent(
    calls: Calls,
    draft: Draft,
    origin: Origin,
    automatic: bool,
    cancelled: Callable[[], bool],
    reserved: Callable[[int], None] = lambda call_id: None,
) -> Iterator[GenerationEvent]:
    events = calls.send(draft, origin, automatic=automatic, cancelled=cancelled, reserved=reserved)
    for event in events:
        if isinstance(event, TextDelta):
            yield event
        elif isinstance(event, Called):
            yield _generated(event, draft)


def _generated(called: Called, draft: Draft) -> Generated:
    """Where the provider told no usage, the tokens are those of the estimate."""
    usage, reason = called.usage, called.reason
    return Generated(
        reason,
        usage.prompt if usage else draft.estimate.prompt_tokens,
        usage.cached if usage else 0,
        usage.completion if usage else draft.estimate.completion_tokens,
        called.first_s,
        max(0.0, called.seconds - called.first_s),
    )


def _label_schema(labels: Sequence[str]) -> str:
    rules = {
        "type": "object",
        "properties": {"label": {"enum": list(labels)}},
        "required": ["label"],
        "additionalProperties": False,
    }
    return json.dumps(rules, ensure_ascii=False)


def _chosen(text: str, labels: Sequence[str], provider: Provider) -> str:
    """The label of the reply; a model that was only told the schema may write the label alone."""
    try:
        value = json.loads(text)
    except ValueError:
        value = text.strip().strip('"')
    label = value.get("label") if isinstance(value, dict) else value
    if label not in labels:
        raise ReplyBroken(provider.name, "it is none of the labels")
    return str(label)


def _scores(labels: Sequence[str], chosen: str) -> tuple[LabelScore, ...]:
    if len(labels) == 1:
        return (LabelScore(chosen, 1.0),)
    rest = (1.0 - CHOSEN) / (len(labels) - 1)
    return tuple(LabelScore(label, CHOSEN if label == chosen else rest) for label in labels)
