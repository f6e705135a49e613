"""Counts what is answered on this computer, as it passes by: answers of chats, and inputs of runs.

A ledger that cannot be written spoils no answer: what is not counted is only missing from a picture.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

from engine.answering import Answered, AnswerEvent
from engine.errors import ProfileError
from engine.tasks.values import RowsStored, RunEvent
from engine.usage.energy import Counters, counters, used_wh
from engine.usage.values import Origin
from engine.values import Tokens

Event = TypeVar("Event")

log = logging.getLogger(__name__)


class Counts(Protocol):
    """What is needed of the ledger."""

    def local(
        self,
        origin: Origin,
        *,
        prompt_tokens: int,
        completion_tokens: int,
        seconds: float,
        answers: int = ...,
        energy_wh: float | None = ...,
    ) -> None: ...


RowTokens = Callable[[int, Sequence[int]], Iterable[tuple[Tokens, float]]]
"""What inputs of a run took, by the run and their numbers: tokens, and seconds."""


class LocalWork:
    """Usable from any thread; one generator counts one answer or run."""

    def __init__(self, ledger: Counts, *, counters: Callable[[], Counters] = counters) -> None:
        self._ledger = ledger
        self._counters = counters

    def answer(self, origin: Origin, events: Iterator[AnswerEvent]) -> Iterator[AnswerEvent]:
        """The events as they are; an answer of the model on this computer is counted."""
        before = self._counters()
        with _closed_after(events):
            for event in events:
                if isinstance(event, Answered) and event.answer.tier == "local":
                    found = event.answer
                    took = [(found.tokens, found.seconds.total)]
                    self._add(origin, took, used_wh(before, self._counters()))
                yield event

    def run(self, origin: Origin, events: Iterator[RunEvent], tokens_of: RowTokens) -> Iterator[RunEvent]:
        """The events as they are; inputs are counted when they are stored, so that a kill loses few."""
        before = self._counters()
        with _closed_after(events):
            for event in events:
                if isinstance(event, RowsStored):
                    after = self._counters()
                    self._add(origin, list(tokens_of(event.run_id, event.rows)), used_wh(before, after))
                    before = after
                yield event

    def _add(self, origin: Origin, took: Sequence[tuple[Tokens, float]], energy_wh: float | None) -> None:
        if not took:
            return
        try:
            self._ledger.local(
                origin,
                prompt_tokens=sum(tokens.prompt for tokens, _ in took),
                completion_tokens=sum(tokens.completion for tokens, _ in took),
                seconds=sum(seconds for _, seconds in took),
                answers=len(took),
                energy_wh=energy_wh,
            )
        except ProfileError as error:
            log.warning("work on this computer is not counted: %s", error)


@contextmanager
def _closed_after(events: Iterator[Event]) -> Iterator[None]:
    """Whoever stops listening lets what makes the events clean up at once."""
    try:
        yield
    finally:
        if isinstance(events, Generator):
            events.close()
