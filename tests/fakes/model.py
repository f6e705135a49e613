"""Models without weights, and the model service without a process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.errors import PromptTooLong
from engine.process.service import ModelService
from engine.values import (
    Confidence,
    FinishReason,
    Generated,
    GenerationEvent,
    Message,
    PromptProgress,
    Sampling,
    TextDelta,
    TokenLogprob,
)


def never() -> bool:
    return False


@dataclass
class ScriptedModel:
    """Says what it was given, word by word; an exception among the replies is raised. A word is a token.

    `prompts` keeps what it was asked. The last reply is repeated when there are no more. With `logprob` it
    tells of each word that it was as likely as that, where it is asked to.
    """

    replies: list[str | Exception] = field(default_factory=lambda: ["Ready."])
    context_tokens: int = 4096
    id: str = "scripted"
    name: str = "Scripted"
    prompts: list[list[Message]] = field(default_factory=list)
    confidence: Confidence | None = None
    samplings: list[Sampling] = field(default_factory=list)
    logprob: float | None = None

    def generate(
        self, messages: Sequence[Message], sampling: Sampling, *, cancelled: Callable[[], bool] = never
    ) -> Iterator[GenerationEvent]:
        self.prompts.append(list(messages))
        self.samplings.append(sampling)
        tokens = sum(len(message.text.split()) + 1 for message in messages)
        if tokens > self.context_tokens:
            raise PromptTooLong(tokens, self.context_tokens)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        yield PromptProgress(0, tokens, 0)
        yield PromptProgress(tokens, tokens, 0)
        yield from self._write(reply, sampling, tokens, cancelled)

    def _write(
        self, reply: str, sampling: Sampling, tokens: int, cancelled: Callable[[], bool]
    ) -> Iterator[GenerationEvent]:
        ends = [at for stop in sampling.stop if (at := reply.find(stop)) >= 0]
        words = _pieces(reply[: min(ends)] if ends else reply)
        reason: FinishReason = "length" if len(words) > sampling.max_tokens else "stop"
        count = 0
        for word in words[: sampling.max_tokens]:
            if cancelled():
                reason = "cancelled"
                break
            count += 1
            yield TextDelta(word)
        told = self.logprob if sampling.logprobs is not None else None
        logprobs = () if told is None else tuple(TokenLogprob(word, told) for word in words[:count])
        yield Generated(reason, tokens, 0, count, 0.0, 0.0, self.confidence, logprobs)


def _pieces(text: str) -> list[str]:
    """The words, each with the space before it."""
    first, *rest = text.split(" ")
    return [first, *(f" {word}" for word in rest)]


class InProcessWorker:
    """`engine.ports.Worker` on the calling thread: the service with no process around it."""

    def __init__(self, service: ModelService) -> None:
        self._service = service

    def call(
        self, request: Any, *, timeout_s: float | None = None, cancelled: Callable[[], bool] = never
    ) -> Iterator[Any]:
        return self._service.handle(request, cancelled)
