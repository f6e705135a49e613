"""What asking a provider about lines of a run would take: by the real questions of a sample, unsent."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.errors import EngineError
from engine.frontier.values import Draft
from engine.structured.schemas import check, invalid_at
from engine.tasks.asking_frontier import Questions
from engine.tasks.asks import Ask
from engine.tasks.frontier import Frontier
from engine.tasks.leaving import check_leaving
from engine.usage.values import Estimate, Money, Origin
from engine.values import (
    Answer,
    Generated,
    GenerationEvent,
    LabelScore,
    LabelsScored,
    Message,
    Sampling,
    TextDelta,
)

SAMPLED = 20
CONTEXT_TOKENS = 100_000  # what a draft is not too long for; the provider says no by itself
SURE = 0.98


@dataclass(frozen=True, slots=True)
class Forecast:
    """`calls` questions for all, `estimate` of all together; `first` as it would go out, where one would.

    About `left_out` of the inputs cannot be asked, `reasons` say why.
    """

    calls: int
    estimate: Estimate
    first: Draft | None
    left_out: int = 0
    reasons: tuple[str, ...] = ()

    def fits(self, left: Money | None) -> int:
        """How many of the calls so much money pays for; None: there is no limit."""
        amount = self.estimate.amount
        if left is None or not amount:
            return self.calls
        return min(self.calls, left * self.calls // amount)


def forecast(questions: Questions, asks: Sequence[Ask]) -> Forecast:
    """By at most `SAMPLED` of the asks, spread over all; the first is always among them.

    Raises:
        FrontierError: nothing can be asked at all: no provider, no key.
    """
    drafted: list[list[Draft]] = []
    reasons: dict[str, None] = {}
    left_out = 0
    sample = _spread(asks)
    for ask in sample:
        try:
            check_leaving(ask.item, questions.source, questions.kept)
            drafted.append(drafts_of(questions, ask))
        except EngineError as error:
            left_out += 1
            reasons[str(error)] = None
    each = [draft for drafts in drafted for draft in drafts]
    factor = len(asks) / max(1, len(sample))
    return Forecast(
        calls=round(len(each) * factor),
        estimate=_scaled([draft.estimate for draft in each], factor),
        first=each[0] if each else None,
        left_out=round(left_out * factor),
        reasons=tuple(reasons),
    )


def _spread(asks: Sequence[Ask]) -> Sequence[Ask]:
    """The first, and others drawn so that the same asks have the same forecast."""
    if len(asks) <= SAMPLED:
        return asks
    others = random.Random(len(asks)).sample(range(1, len(asks)), SAMPLED - 1)
    return [asks[0], *(asks[number] for number in sorted(others))]


def drafts_of(questions: Questions, ask: Ask) -> list[Draft]:
    """The requests that an input would make if the model agreed with what stands there.

    Raises:
        EngineError: it cannot be asked about.
    """
    present = {
        str(value)
        for line in questions.lines(ask.row)
        for stored in line.cells.values()
        for value in (stored.cell.value if isinstance(stored.cell.value, list) else [stored.cell.value])
    }
    model = Drafting(questions.frontier, questions.origin(ask.row), present)
    questions = replace(questions, tools=replace(questions.tools, look_up=_nothing_looked_up))
    try:
        questions.work(ask, model, questions.cancelled)
    except EnoughDrafted:
        pass
    except EngineError:
        if not model.drafts:
            raise
    return model.drafts


def _nothing_looked_up(question: str, collection: str, *, cancelled: Callable[[], bool]) -> Answer:
    """Looking up takes this computer's model minutes for a sample, and a forecast is wanted now."""
    return Answer("", True, True, (), (), "", "local")


class EnoughDrafted(Exception):
    """What comes after a question depends on its reply, which nobody can make up."""


@dataclass
class Drafting:
    """A model that sends nothing: it keeps the drafts, and replies as if it agreed with `present` values.

    Implements `engine.tasks.ports.TaskModel`.
    """

    frontier: Frontier
    origin: Origin
    present: set[str]
    drafts: list[Draft] = field(default_factory=list)
    context_tokens: int = CONTEXT_TOKENS
    weighs: bool = False

    @property
    def id(self) -> str:
        return self.frontier.model

    @property
    def name(self) -> str:
        return self.frontier.model

    def generate(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        schema: str = "",
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Iterator[GenerationEvent]:
        self.drafts.append(self.frontier.draft(self.origin, messages, sampling.max_tokens, schema=schema))
        yield TextDelta(_fitting(schema) if schema else "It is so.")
        yield Generated("stop", 0, 0, 0, 0.0, 0.0)

    def score(
        self,
        messages: Sequence[Message],
        labels: Sequence[str],
        *,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> LabelsScored:
        self.drafts.append(self.frontier.draft(self.origin, messages, 16, labels=labels))
        agreed = next((label for label in labels if label in self.present), labels[-1])
        rest = (1 - SURE) / max(1, len(labels) - 1)
        scores = tuple(LabelScore(label, SURE if label == agreed else rest) for label in labels)
        return LabelsScored(scores, 1.0, 0, 0, 0.0)


def _fitting(schema: str) -> str:
    """The shortest JSON that fits. Raises EnoughDrafted: it takes more than looking at its types."""
    checked = check(schema)
    value = _simplest(checked.rules)
    if invalid_at(checked, value):
        raise EnoughDrafted
    return json.dumps(value)


def _simplest(rules: Any) -> Any:
    if not isinstance(rules, dict):
        return None
    if "const" in rules:
        return rules["const"]
    if "enum" in rules:
        return None if None in rules["enum"] else rules["enum"][0]
    types = rules.get("type", "null")
    types = [types] if isinstance(types, str) else types
    if "null" in types:
        return None
    if "object" in types:
        properties = rules.get("properties", {})
        return {name: _simplest(properties.get(name)) for name in rules.get("required", ())}
    simple: dict[str, Any] = {"array": [], "string": "", "integer": 0, "number": 0, "boolean": False}
    return simple.get(types[0])


# Adding up


def _scaled(estimates: Sequence[Estimate], factor: float) -> Estimate:
    def scaled(values: Sequence[int | None]) -> int | None:
        known = [value for value in values if value is not None]
        return round(sum(known) * factor) if len(known) == len(values) else None

    return Estimate(
        round(sum(each.prompt_tokens for each in estimates) * factor),
        round(sum(each.completion_tokens for each in estimates) * factor),
        scaled([each.amount for each in estimates]),
        scaled([each.most for each in estimates]),
    )
