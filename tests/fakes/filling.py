"""A model that fills schemas with what it is given, word by word, as sure as it is told to be."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from engine.errors import PromptTooLong
from engine.tasks.ports import Tools
from engine.values import (
    Generated,
    GenerationEvent,
    LabelScore,
    LabelsScored,
    Message,
    Sampling,
    TextDelta,
    TokenLogprob,
)
from rag.locating import Locator
from tests.fakes.model import never

_TOKEN = re.compile(r'[{\[,: ]*"[^"]*":|\w+|[^\w]')


@dataclass
class FillingModel:
    """`fill` gives the reply for the text between the marks of a task's prompt; an exception is raised.

    Keys are forced, as a schema forces them: no log-probability is reported. `sure` is that of each other
    token, `unsure_of` are tokens with one of their own. A text of more than `longest` characters is too long,
    a reply of more than `longest_reply` is cut. `agrees` says how likely a yes is as the reply to a question;
    without it the model has something else to say than yes or no.
    """

    fill: Callable[[str], str | Exception]
    sure: float = 0.99
    unsure_of: dict[str, float] = field(default_factory=dict)
    longest: int = 1_000_000
    longest_reply: int = 1_000_000
    agrees: Callable[[str], float] | None = None
    id: str = "filling"
    name: str = "Filling"
    context_tokens: int = 8192
    weighs: bool = True
    asked: list[str] = field(default_factory=list)
    prompts: list[list[Message]] = field(default_factory=list)
    schemas: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)

    def generate(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        schema: str = "",
        cancelled: Callable[[], bool] = never,
    ) -> Iterator[GenerationEvent]:
        text = messages[-1].text.partition("<text>\n")[2].rpartition("\n</text>")[0]
        if len(text) > self.longest:
            raise PromptTooLong(len(text), self.longest)
        self.asked.append(text)
        self.prompts.append(list(messages))
        self.schemas.append(schema)
        reply = self.fill(text)
        if isinstance(reply, Exception):
            raise reply
        if cancelled():
            yield Generated("cancelled", 10, 0, 0, 0.0, 0.0)
            return
        if len(reply) > self.longest_reply:
            yield TextDelta(reply[: self.longest_reply])
            yield Generated("length", 10, 0, sampling.max_tokens, 0.0, 0.0)
            return
        yield TextDelta(reply)
        tokens = [token for token in _TOKEN.findall(reply) if not token.endswith('":')]
        logprobs = tuple(
            TokenLogprob(token, math.log(self.unsure_of.get(token, self.sure))) for token in tokens
        )
        assert sampling.logprobs is not None
        yield Generated("stop", 10, 4, len(tokens), 0.0, 0.0, logprobs=logprobs)

    def score(
        self, messages: Sequence[Message], labels: Sequence[str], *, cancelled: Callable[[], bool] = never
    ) -> LabelsScored | None:
        self.questions.append(messages[-1].text)
        if cancelled():
            return None
        yes = self.agrees(messages[-1].text) if self.agrees else 0.5
        scores = tuple(LabelScore(label, share) for label, share in zip(labels, (yes, 1 - yes), strict=True))
        return LabelsScored(scores, 0.99 if self.agrees else 0.01, 10, 4, 0.0)


def filling_tools(model: FillingModel) -> Tools:
    """With the real `Locate`: it is quick, and what is found where is half of the matter."""
    return Tools(model, Locator(), _unasked, _unasked, _unasked)


def _unasked(*_arguments: object, **_named: object) -> list[list[tuple[int, float]]]:
    raise AssertionError("neither vectors nor the library are needed")
