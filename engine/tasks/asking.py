"""Asking a model for JSON, with how sure it was of each value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import OutputInvalid, PromptTooLong
from engine.structured.replies import Reply, generate
from engine.structured.schemas import Schema
from engine.tasks.certainty import Path, certainties
from engine.tasks.ports import TaskModel
from engine.values import Generated, Message, Sampling, Tokens


@dataclass(frozen=True, slots=True)
class Asked:
    """`value` fits the schema; `certainty` is that of its leaves, by path."""

    value: Any
    certainty: Mapping[Path, float]
    tokens: Tokens


def ask(
    model: TaskModel,
    messages: Sequence[Message],
    schema: Schema,
    most_tokens: int,
    *,
    divisible: bool = False,
    cancelled: Callable[[], bool],
) -> Asked | None:
    """None when cancelled.

    Raises:
        PromptTooLong: the messages do not fit, or leave no room for what there is to write; where the text
            is `divisible`, also when that takes more than `most_tokens`.
        OutputInvalid: the model does not keep to the schema, even when told.
    """
    sampling = Sampling(max_tokens=most_tokens, logprobs=0)
    events = generate(model, messages, schema, sampling, cancelled=cancelled)
    last: Generated | None = None
    try:
        while True:
            event = next(events)
            last = event if isinstance(event, Generated) else last
    except StopIteration as end:
        reply: Reply = end.value
    except OutputInvalid:
        cut = last is not None and last.reason == "length"
        if last is not None and cut and (divisible or last.completion_tokens < most_tokens):
            raise PromptTooLong(last.prompt_tokens + most_tokens, model.context_tokens) from None
        raise
    if reply.reason != "stop" or last is None:
        return None
    return Asked(reply.value, certainties(reply.text, last.logprobs), reply.tokens)


def total(tokens: Sequence[Tokens]) -> Tokens:
    return Tokens(
        sum(each.prompt for each in tokens),
        sum(each.cached for each in tokens),
        sum(each.completion for each in tokens),
    )
