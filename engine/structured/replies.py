"""Replies that are JSON of a promised shape: read, checked, and asked for once more when they do not fit."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from engine.errors import OutputInvalid, PromptTooLong
from engine.structured.schemas import Schema, invalid_at
from engine.values import FinishReason, Generated, GenerationEvent, Message, Sampling, TextDelta, Tokens

SHORTER = (
    "Your reply was cut off because it was too long. Keep every text and list short, "
    "so that the whole JSON fits."
)
CORRECTED = "That reply does not fit what was asked for: {fault} Reply again with the whole JSON, corrected."


class SchemaModel(Protocol):
    """A model that can be held to a schema. Called from one thread at a time per request."""

    def generate(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        schema: str = ...,
        cancelled: Callable[[], bool] = ...,
    ) -> Iterator[GenerationEvent]: ...


@dataclass(frozen=True, slots=True)
class Reply:
    """`value` is what `text` says, and fits the schema, when `reason` is “stop”; else it is None.

    `tokens` and `attempts` (1 or 2) count a repair too.
    """

    value: Any
    text: str
    tokens: Tokens
    attempts: int
    reason: FinishReason = "stop"


def parse(text: str, schema: Schema) -> Any:
    """The value that a reply says.

    Raises:
        OutputInvalid: it is not JSON, or does not fit the schema; `detail` says where and why.
    """
    try:
        value = json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except RecursionError:
        raise OutputInvalid("it is nested too deeply to be read.", text) from None
    except ValueError as error:  # a JSONDecodeError, or a number of more digits than Python reads
        raise OutputInvalid(f"it is not JSON: {str(error)[:200]}.", text) from None
    if fault := invalid_at(schema, value):
        raise OutputInvalid(fault, text)
    return value


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _finite(digits: str) -> float:
    if math.isinf(number := float(digits)):
        raise ValueError(f"{digits[:40]} is too large a number")
    return number


def reply(
    model: SchemaModel,
    messages: Sequence[Message],
    schema: Schema,
    sampling: Sampling,
    *,
    cancelled: Callable[[], bool],
) -> Reply:
    """`generate` for those who do not watch it being written."""
    events = generate(model, messages, schema, sampling, cancelled=cancelled)
    while True:
        try:
            next(events)
        except StopIteration as end:
            value: Reply = end.value
            return value


def generate(
    model: SchemaModel,
    messages: Sequence[Message],
    schema: Schema,
    sampling: Sampling,
    *,
    cancelled: Callable[[], bool],
) -> Generator[GenerationEvent, None, Reply]:
    """Ask the model for JSON that fits the schema; its events, those of a repair after those of the first.

    What the grammar cannot hold, and a reply that `max_tokens` cut, is found afterwards; then the model is
    told what is wrong and asked exactly once more. A reply that was cancelled or ran out of its time is
    returned as it stands, with its `reason`.

    Raises:
        OutputInvalid: the second reply does not fit either.
        ModelError, PromptTooLong, …: as the model's own `generate`.
    """
    first = yield from _attempt(model, messages, schema, sampling, cancelled)
    if first.fault is None:
        return first.reply
    try:
        second = yield from _attempt(model, _repair(messages, first), schema, sampling, cancelled)
    except PromptTooLong:
        raise first.fault from None
    if second.fault is not None:
        raise second.fault
    used = _sum(first.reply.tokens, second.reply.tokens)
    return replace(second.reply, tokens=used, attempts=2)


@dataclass(frozen=True, slots=True)
class _Attempt:
    reply: Reply
    fault: OutputInvalid | None = None


def _attempt(
    model: SchemaModel,
    messages: Sequence[Message],
    schema: Schema,
    sampling: Sampling,
    cancelled: Callable[[], bool],
) -> Generator[GenerationEvent, None, _Attempt]:
    text, tokens = "", Tokens()
    reason: FinishReason = "cancelled"
    for event in model.generate(messages, sampling, schema=schema.text, cancelled=cancelled):
        if isinstance(event, TextDelta):
            text += event.text
        elif isinstance(event, Generated):
            reason = event.reason
            tokens = Tokens(event.prompt_tokens, event.cached_tokens, event.completion_tokens)
        yield event
    return _judged(Reply(None, text, tokens, 1, reason), schema, sampling)


def _judged(given: Reply, schema: Schema, sampling: Sampling) -> _Attempt:
    if given.reason in ("cancelled", "timeout"):
        return _Attempt(given)
    try:
        # The last token may have been the closing bracket: then nothing was cut.
        return _Attempt(replace(given, value=parse(given.text, schema), reason="stop"))
    except OutputInvalid as fault:
        if given.reason == "length":
            cut = f"it was cut off after {sampling.max_tokens:,} tokens."
            return _Attempt(given, OutputInvalid(cut, given.text))
        return _Attempt(given, fault)


def _repair(messages: Sequence[Message], first: _Attempt) -> list[Message]:
    """The messages of the second attempt. What was cut is not shown again: it would fill the context."""
    assert first.fault is not None
    if first.reply.reason == "length":
        *earlier, last = messages
        return [*earlier, replace(last, text=f"{last.text}\n\n{SHORTER}")]
    correction = CORRECTED.format(fault=first.fault.detail)
    return [*messages, Message("assistant", first.reply.text), Message("user", correction)]


def _sum(one: Tokens, other: Tokens) -> Tokens:
    return Tokens(one.prompt + other.prompt, one.cached + other.cached, one.completion + other.completion)
