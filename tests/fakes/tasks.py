"""What tasks work with, without a model, an embedder or a library: `tools()`; and a kind: `WordKind`."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.errors import PromptTooLong
from engine.tasks.ports import Tools, ValueKind
from engine.tasks.quotes import quote
from engine.tasks.recipe import Recipe
from engine.tasks.values import (
    Cell,
    Column,
    Conclusion,
    Doubt,
    Item,
    Line,
    LineId,
    Outcome,
    Part,
    TaskText,
)
from engine.values import (
    Answer,
    Confidence,
    Generated,
    GenerationEvent,
    LabelScore,
    LabelsScored,
    Message,
    PromptProgress,
    Sampling,
    TextDelta,
    Tokens,
)
from rag.grounding import check
from tests.fakes.answers import ANSWER

Replies = Sequence[str | Exception] | Callable[[Sequence[Message]], str]
Weights = Callable[[Sequence[Message], Sequence[str]], Mapping[str, float] | str]


def never() -> bool:
    return False


@dataclass
class ScriptedTaskModel:
    """Writes what it was given and weighs labels as it was told; usable from many threads. A word is a token.

    `replies` are given in order, the last one again and again, or made out of the messages; an exception
    among them is raised. `weights` gives labels their shares (those not named share what is left), or names
    the one chosen; without it, the labels are weighed by the words they have in common with the last
    message. `prompts`, `schemas` and `labels` keep what it was asked.
    """

    replies: Replies = ("{}",)
    weights: Weights | None = None
    covered: float = 0.95
    confidence: Confidence | None = None
    context_tokens: int = 4096
    weighs: bool = True
    id: str = "scripted"
    name: str = "Scripted"
    prompts: list[list[Message]] = field(default_factory=list)
    schemas: list[str] = field(default_factory=list)
    labels: list[list[str]] = field(default_factory=list)
    _given: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def generate(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        schema: str = "",
        cancelled: Callable[[], bool] = never,
    ) -> Iterator[GenerationEvent]:
        tokens = self._asked(messages)
        with self._lock:
            self.schemas.append(schema)
        words = self._reply(messages).split(" ")
        yield PromptProgress(tokens, tokens, 0)
        pieces = [words[0], *(f" {word}" for word in words[1:])]
        for piece in pieces[: sampling.max_tokens]:
            if cancelled():
                yield Generated("cancelled", tokens, 0, 0, 0.0, 0.0)
                return
            yield TextDelta(piece)
        reason = "stop" if len(pieces) <= sampling.max_tokens else "length"
        yield Generated(reason, tokens, 0, min(len(pieces), sampling.max_tokens), 0.0, 0.0, self.confidence)

    def score(
        self, messages: Sequence[Message], labels: Sequence[str], *, cancelled: Callable[[], bool] = never
    ) -> LabelsScored | None:
        tokens = self._asked(messages)
        with self._lock:
            self.labels.append(list(labels))
        if cancelled():
            return None
        shares = _shares(self._weighed(messages, labels), labels)
        scores = tuple(LabelScore(label, share) for label, share in zip(labels, shares, strict=True))
        return LabelsScored(scores, self.covered, tokens, 0, 0.0)

    def _asked(self, messages: Sequence[Message]) -> int:
        tokens = sum(len(message.text.split()) + 1 for message in messages)
        with self._lock:
            self.prompts.append(list(messages))
        if tokens > self.context_tokens:
            raise PromptTooLong(tokens, self.context_tokens)
        return tokens

    def _reply(self, messages: Sequence[Message]) -> str:
        if callable(self.replies):
            return self.replies(messages)
        with self._lock:
            reply = self.replies[min(self._given, len(self.replies) - 1)]
            self._given += 1
        if isinstance(reply, Exception):
            raise reply
        return reply

    def _weighed(self, messages: Sequence[Message], labels: Sequence[str]) -> Mapping[str, float]:
        if self.weights is None:
            said = _words(messages[-1].text)
            common = {label: len(said & _words(label)) + 0.01 for label in labels}
            return {label: weight / sum(common.values()) for label, weight in common.items()}
        weights = self.weights(messages, labels)
        return {weights: 0.9} if isinstance(weights, str) else weights


def _shares(weights: Mapping[str, float], labels: Sequence[str]) -> list[float]:
    unknown = weights.keys() - set(labels)
    assert not unknown, f"the script weighs {unknown}, the labels are {labels}"
    left = 1.0 - sum(weights.values())
    unnamed = len(labels) - len(weights)
    total = sum(weights.values()) if not unnamed else 1.0
    return [weights.get(label, left / max(unnamed, 1)) / total for label in labels]


def _words(text: str) -> set[str]:
    return {word.casefold() for word in re.findall(r"\w+", text)}


def nearest(
    texts: Sequence[str],
    among: Sequence[str],
    k: int,
    *,
    centred: bool = False,
    kinds: Sequence[str] = (),
) -> list[list[tuple[int, float]]]:
    """`engine.tasks.ports.Nearest` by the share of words that two texts have in common."""
    known = [_words(text) for text in among]
    return [_ranked(_words(text), known)[:k] for text in texts]


def _ranked(words: set[str], known: Sequence[set[str]]) -> list[tuple[int, float]]:
    shares = [len(words & others) / max(1, len(words | others)) for others in known]
    return sorted(enumerate(shares), key=lambda place: -place[1])


_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_NUMBER = re.compile(r"\d[\d.,]*\d|\d")
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)|(\d{1,2})\.? (\w+) (\d{4})")


def locate(value: str, kind: ValueKind, text: str) -> list[tuple[int, int]]:
    """`engine.tasks.ports.Locate` for a few ways of writing: 1,940.00 or 1940, 2026-05-03 or 3 May 2026."""
    if kind == "number":
        return [m.span() for m in _NUMBER.finditer(text) if _number(m[0]) == _number(value)]
    if kind == "date":
        return [m.span() for m in _DATE.finditer(text) if _date(m) == value]
    words = value.split()
    if not words:
        return []
    pattern = r"\s+".join(re.escape(word) for word in words)
    return [m.span() for m in re.finditer(rf"(?<!\w){pattern}(?!\w)", text, re.IGNORECASE)]


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return None


def _date(match: re.Match[str]) -> str:
    if match[1]:
        return match[0]
    month = match[5].casefold()
    number = _MONTHS.index(month) + 1 if month in _MONTHS else 0
    return f"{match[6]}-{number:02}-{int(match[4]):02}"


@dataclass
class CannedLookUp:
    """`engine.tasks.ports.LookUp`: the answer that was given for a question, else `otherwise`."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    otherwise: Answer = ANSWER
    asked: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, question: str, collection: str, *, cancelled: Callable[[], bool]) -> Answer:
        self.asked.append((question, collection))
        return self.answers.get(question, self.otherwise)


def tools(model: ScriptedTaskModel | None = None, look_up: CannedLookUp | None = None) -> Tools:
    return Tools(model or ScriptedTaskModel(), locate, nearest, look_up or CannedLookUp(), check)


def row_text(item: Item) -> TaskText:
    """`engine.tasks.ports.Texts` for rows of a table: “column: value” on lines of their own."""
    text, parts = "", []
    for column, value in item.values.items():
        text += f"{column}: "
        parts.append(Part(len(text), len(text) + len(value), column=column))
        text += f"{value}\n"
    return TaskText(text, tuple(parts), item.title)


WORDS = Column("words", "integer"), Column("first", "text")


class WordKind:
    """A kind of task that needs no model: how many words an input has, and the first of them.

    Words of an input that it obeys: “nothing” gives no line, “twice” two, “unsure” a doubt, and those that
    `troubles` names raise that error.
    """

    def __init__(self, troubles: Mapping[str, BaseException] | None = None, pause_s: float = 0.0) -> None:
        self._troubles = troubles or {}
        self._pause_s = pause_s
        self.done: list[str] = []

    def check(self, recipe: Recipe) -> None:
        pass

    def columns(self, recipe: Recipe) -> tuple[Column, ...]:
        return WORDS

    def work(
        self, recipe: Recipe, text: TaskText, tools: Tools, *, cancelled: Callable[[], bool]
    ) -> Outcome | None:
        until = time.monotonic() + self._pause_s
        while not cancelled() and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.02))
        if cancelled():
            return None
        words = text.text.split()
        for word in words:
            if word in self._troubles:
                raise self._troubles[word]
        self.done.append(text.title)
        line = (_counted(words), Cell("first", words[0], 1.0, (quote(text, 0, len(words[0])),)))
        lines = {"nothing": 0, "twice": 2}.get(words[-1], 1)
        return Outcome((line,) * lines, Tokens(len(words), 0, 1), "none")

    def conclude(
        self,
        recipe: Recipe,
        lines: Sequence[tuple[LineId, Line]],
        tools: Tools,
        *,
        cancelled: Callable[[], bool],
    ) -> Conclusion | None:
        """The words of all lines together, in a line about all inputs."""
        if cancelled():
            return None
        return Conclusion(((Cell("words", sum(line[0].value for _, line in lines)),),))


def _counted(words: Sequence[str]) -> Cell:
    doubts: tuple[Doubt, ...] = ("unsure",) if "unsure" in words else ()
    return Cell("words", len(words), 0.5 if doubts else 1.0, (), doubts, "rules")
