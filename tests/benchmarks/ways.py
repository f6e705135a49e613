"""Ways to do the same work: what they share, and Carrel's own service. The others: `peers.py`.

Each is made in a process of its own (`harness.Apart`), where its methods are called one at a time.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from engine.process.messages import Forget, Generate, Load, ScoreLabels, Unload
from engine.settings import ModelSettings
from engine.values import Generated, LabelsScored, Message, Sampling, TextDelta

T = TypeVar("T")
Messages = Sequence[Message]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a way works: the same for all that are compared."""

    path: str
    context_tokens: int
    threads: int
    at_once: int  # rows that are under way together; the server's slots
    chunk_tokens: int = ModelSettings().chunk_tokens
    batch_tokens: int = 4096  # what a batch may use of the memory beside `context_tokens`


@dataclass(frozen=True, slots=True)
class Reply:
    text: str
    first_token_s: float
    seconds: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Rows:
    """What became of a batch."""

    seconds: float
    texts: tuple[str, ...]
    tokens: int = 0


class Way(Protocol):
    def chat(self, name: str, messages: Messages, max_tokens: int) -> Reply:
        """The next reply in the conversation `name`."""

    def classify(self, prompts: Sequence[Messages], labels: Sequence[str]) -> Rows: ...

    def extract(self, prompts: Sequence[Messages], schema: str, max_tokens: int) -> Rows: ...

    def close(self) -> None: ...


def never() -> bool:
    return False


class Carrel:
    """The service of the model process, called by as many threads as there are rows at once."""

    def __init__(self, place: Place, *, states: bool = True) -> None:
        self.place = place
        self._folder = tempfile.TemporaryDirectory(prefix="states-")
        self._states = Path(self._folder.name) if states else None
        self.start()

    def start(self) -> float:
        """Seconds until a new service has the model loaded."""
        from engine.process.service import build

        began = time.perf_counter()
        self.service = build(self._settings())
        drain(self.service.handle(Load(*self._model()), never))
        return time.perf_counter() - began

    def _settings(self) -> ModelSettings:
        place = self.place
        return ModelSettings(
            chunk_tokens=place.chunk_tokens, batch_tokens=place.batch_tokens, states=self._states
        )

    def restart(self) -> float:
        self.service.close()
        return self.start()

    def unload(self) -> None:
        drain(self.service.handle(Unload(), never))

    def _model(self) -> tuple[str, int, int]:
        return self.place.path, self.place.context_tokens, self.place.threads

    def request(self, messages: Messages, sampling: Sampling, **more: Any) -> Generate:
        path, context_tokens, threads = self._model()
        return Generate(path, context_tokens, tuple(messages), sampling, threads, **more)

    def chat(self, name: str, messages: Messages, max_tokens: int) -> Reply:
        return replied(
            self.service.handle(
                self.request(messages, Sampling(max_tokens=max_tokens), conversation=name), never
            )
        )

    def forget(self, name: str) -> None:
        """Drop what is held of the conversation: cells at rest make the tokens of others a little slower."""
        drain(self.service.handle(Forget(name), never))

    def classify(self, prompts: Sequence[Messages], labels: Sequence[str]) -> Rows:
        path, context_tokens, threads = self._model()

        def label(messages: Messages) -> str:
            request = ScoreLabels(path, context_tokens, tuple(messages), tuple(labels), threads)
            scored: LabelsScored = drain(self.service.handle(request, never))
            return scored.best.label

        seconds, labelled = at_once(label, prompts, self.place.at_once)
        return Rows(seconds, tuple(labelled))

    def extract(self, prompts: Sequence[Messages], schema: str, max_tokens: int) -> Rows:
        sampling = Sampling(max_tokens=max_tokens)

        def write(messages: Messages) -> Reply:
            request = self.request(messages, sampling, priority="batch", schema=schema)
            return replied(self.service.handle(request, never))

        return rows(*at_once(write, prompts, self.place.at_once))

    def close(self) -> None:
        self.service.close()
        self._folder.cleanup()


def drain(events: Iterator[Any]) -> Any:
    """The last event."""
    *_, last = events
    return last


def replied(events: Iterator[Any]) -> Reply:
    """The reply that a stream of Carrel's events gives, with the times as they came."""
    began = time.perf_counter()
    pieces, first_s, tokens = [], 0.0, 0
    for event in events:
        if isinstance(event, TextDelta):
            first_s = first_s or time.perf_counter() - began
            pieces.append(event.text)
        if isinstance(event, Generated):
            tokens = event.completion_tokens
    return Reply("".join(pieces), first_s, time.perf_counter() - began, tokens)


def at_once(
    work: Callable[[Messages], T], prompts: Sequence[Messages], threads: int
) -> tuple[float, list[T]]:
    """The seconds that all took, and the results in the order of the prompts."""
    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        results = list(pool.map(work, prompts))
    return time.perf_counter() - began, results


def rows(seconds: float, replies: Sequence[Reply]) -> Rows:
    return Rows(seconds, tuple(reply.text for reply in replies), sum(reply.tokens for reply in replies))
