"""What a model writes freely: a summary, a reply, questions with their answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.errors import PromptTooLong
from engine.tasks.ports import TaskModel
from engine.values import Generated, Message, Sampling, TextDelta, Tokens


@dataclass(frozen=True, slots=True)
class Written:
    """`whole` is False where it broke off, because it had become as long as it may."""

    text: str
    whole: bool
    tokens: Tokens


def write(
    model: TaskModel,
    messages: Sequence[Message],
    most_tokens: int,
    *,
    schema: str = "",
    cancelled: Callable[[], bool],
) -> Written | None:
    """None when cancelled.

    Raises:
        PromptTooLong: the messages do not fit, or leave no room for what there is to write.
    """
    text, end = "", None
    for event in model.generate(
        messages, Sampling(max_tokens=most_tokens), schema=schema, cancelled=cancelled
    ):
        if isinstance(event, TextDelta):
            text += event.text
        elif isinstance(event, Generated):
            end = event
    if end is None or end.reason not in ("stop", "length"):
        return None
    if end.reason == "length" and end.completion_tokens < most_tokens:
        raise PromptTooLong(end.prompt_tokens + most_tokens, model.context_tokens)
    tokens = Tokens(end.prompt_tokens, end.cached_tokens, end.completion_tokens)
    return Written(text.strip(), end.reason == "stop", tokens)


def total(tokens: Sequence[Tokens]) -> Tokens:
    return Tokens(
        sum(each.prompt for each in tokens),
        sum(each.cached for each in tokens),
        sum(each.completion for each in tokens),
    )
