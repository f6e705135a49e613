"""Requests on their way through the scheduler: what each wants evaluated next, and what it makes of it.

Job              tokens to be held by a sequence; `reached` when the model has read them all
├── Reading      nothing more: they are read so that a later request begins sooner
├── Writing      draws a token, and wants that evaluated, and so on       (writing.py)
└── Scoring      compares labels as the reply                              (scoring.py)
"""

from __future__ import annotations

import itertools
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from engine.process.context import Item, LlamaContext
from engine.process.prefixes import Held, Sequences
from engine.values import Adapter, Priority, PromptProgress

RANKS: dict[Priority, int] = {"interactive": 0, "prepare": 1, "batch": 2}
# How soon a wish to cancel is seen by whoever waits for replies; the scheduler sees it between steps.
POLL_S = 0.05

_arrivals = itertools.count()


@dataclass(frozen=True, slots=True)
class _Last:
    """The end of the replies, an exception perhaps among them."""

    replies: tuple[Any, ...]


class Job(ABC):
    """One request. Made and listened to on any thread; between those it belongs to the scheduler's."""

    def __init__(
        self,
        prompt: list[int],
        *,
        priority: Priority,
        cancelled: Callable[[], bool],
        adapter: Adapter | None = None,
        conversation: str = "",
        timeout_s: float | None = None,
    ) -> None:
        self.tokens = prompt
        self.prompt_tokens = len(prompt)
        self.rank = RANKS[priority]
        self.adapter = adapter
        self.conversation = conversation
        self.cancelled = cancelled
        self.arrival = next(_arrivals)
        self.held: Held | None = None
        self.cached_tokens = 0
        self.began = 0.0
        self.over = False
        self._timeout_s = timeout_s
        self._ending = threading.Lock()
        self._events: SimpleQueue[Any] = SimpleQueue()

    # For whoever asked

    def replies(self) -> Iterator[Any]:
        """The replies until the last; when cancelled, what there is at once.

        Raises:
            Exception: what the scheduler could not do.
        """
        try:
            while not isinstance(event := self._next(), _Last):
                yield event
            for last in event.replies:
                if isinstance(last, BaseException):
                    raise last
                yield last
        finally:
            self.over = True  # also when nobody listens any more: the scheduler drops it

    def _next(self) -> Any:
        """The next event; once cancelled only the last, although the scheduler may have come further."""
        told = False
        while True:
            if not told and self.cancelled():
                told = True
                self.end("cancelled")
            with suppress(Empty):
                event = self._events.get(timeout=POLL_S)
                if not told:
                    return event
                if isinstance(event, _Last):
                    return _Last(tuple(self.as_cancelled(reply) for reply in event.replies))

    def as_cancelled(self, reply: Any) -> Any:
        """A last reply, as it is told to somebody who did not want the rest any more."""
        return reply

    # For the scheduler

    @property
    def pending(self) -> int:
        """Tokens to evaluate before `reached`."""
        return len(self.tokens) - (len(self.held.tokens) if self.held else 0)

    @property
    def reusable(self) -> int:
        """So many of its tokens, from the first, need not be evaluated anew where they are known."""
        return len(self.tokens) - 1

    @property
    def room(self) -> int:
        """Cells that it will need beside its tokens, as far as can be said."""
        return 0

    @property
    def has_overrun(self) -> bool:
        return self._timeout_s is not None and self.began > 0 and self._elapsed() > self._timeout_s

    def begin(self, held: Held) -> None:
        """It has been given a sequence; the first time, or again after it had to give one up."""
        self.held = held
        if not self.began:
            self.began = time.perf_counter()
            self.cached_tokens = len(held.tokens)
            self.tell(PromptProgress(self.cached_tokens, self.prompt_tokens, self.cached_tokens))

    def items(self, budget: int, outputs: int, _sequences: Sequences) -> list[Item]:
        """What to evaluate next: up to `budget` items, of which up to `outputs` are wanted."""
        assert self.held is not None
        start = len(self.held.tokens)
        end = min(start + budget, len(self.tokens))
        reaches = end == len(self.tokens)
        if reaches and not outputs:
            end, reaches = end - 1, False
        where = (self.held.id,)
        items = [Item(self.tokens[at], at, where) for at in range(start, end)]
        if reaches:
            items[-1] = Item(self.tokens[-1], end - 1, where, wanted=True)
        return items

    def took(self, items: list[Item], context: LlamaContext, index: int, _sequences: Sequences) -> None:
        """`items` have been evaluated; the first of them is at `index` of the batch."""
        assert self.held is not None
        self.held.tokens += [item.token for item in items]
        if len(self.held.tokens) <= self.prompt_tokens:
            self.tell(PromptProgress(len(self.held.tokens), self.prompt_tokens, self.cached_tokens))
        if items[-1].wanted and len(self.held.tokens) == len(self.tokens):
            self.reached(context, index + len(items) - 1)

    def undo(self, sequences: Sequences) -> None:
        """The items that it gave last have not been evaluated, or only some of them."""
        assert self.held is not None
        sequences.keep(self.held, len(self.held.tokens))

    @abstractmethod
    def reached(self, context: LlamaContext, index: int) -> None:
        """All tokens are held; the logits after the last are at `index`. Add tokens, or end."""

    @abstractmethod
    def end(self, reason: Any) -> None:
        """Tell the last reply: whatever there is."""

    def tell(self, event: Any) -> None:
        self._events.put(event)

    def finish(self, *last: Any) -> None:
        """Tell the last replies, once: who waits may be cancelling while the scheduler comes to the end."""
        with self._ending:
            if self.over:
                return
            self.over = True
        self.tell(_Last(last))

    def fail(self, error: BaseException) -> None:
        self.finish(error)

    def close(self) -> None:  # noqa: B027 - most have nothing to give back
        """The scheduler has done with it."""

    def _elapsed(self) -> float:
        return time.perf_counter() - self.began


class Reading(Job):
    """Evaluates a prompt; what is held then serves later requests that begin with it."""

    def reached(self, context: LlamaContext, index: int) -> None:
        self.finish()

    def end(self, reason: Any) -> None:
        self.finish()
