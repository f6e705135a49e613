"""Which tokens each sequence of a context holds, so that no beginning is evaluated twice.

A sequence is *taken* for a request and begins with the longest beginning that any sequence already holds
(shared, not copied: it takes no cells). When the request is over it *rests*: its tokens stay until their
cells are needed, the longest unused first.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from engine.process.context import LlamaContext

LEAST_SHARED = 8
"""A shorter common beginning is not worth a copy: it is the template's own first words."""


@dataclass(slots=True, eq=False)
class Held:
    """A sequence and its tokens. `own` of them, the last ones, lie in cells of its own."""

    id: int
    tokens: list[int] = field(default_factory=list)
    adapter: object = None
    conversation: str = ""
    used: int = 0  # a clock of its own: greater is later
    resting: bool = False
    saved: int = 0  # so many tokens of it are on disk
    source: Held | None = None
    shared: int = 0  # with `source`

    @property
    def own(self) -> int:
        return len(self.tokens) - self.shared


def common_length(first: Sequence[int], second: Sequence[int]) -> int:
    """The length of the longest common beginning. Compares in C, by slices that double and then halve."""
    limit = min(len(first), len(second))
    equal, step = 0, 64
    while equal < limit:
        end = min(equal + step, limit)
        if first[equal:end] == second[equal:end]:
            equal, step = end, step * 2
        else:  # they differ before `end`
            limit, step = end - 1, max(1, (end - equal) // 2)
    return equal


class Sequences:
    """The sequences of one context. Used by the scheduler's thread alone."""

    def __init__(self, context: LlamaContext) -> None:
        self._context = context
        self._free = list(range(context.sequences))
        self._held: list[Held] = []
        self._clock = itertools.count(1)

    @property
    def cells_used(self) -> int:
        return sum(held.own for held in self._held)

    @property
    def has_free(self) -> bool:
        return bool(self._free)

    def resting(self) -> Iterator[Held]:
        """Those that can be given up, the longest unused first."""
        return iter(sorted((held for held in self._held if held.resting), key=lambda held: held.used))

    def known(self, tokens: Sequence[int], adapter: object) -> int:
        """How many of the tokens `take` would find evaluated."""
        return self._best(tokens, adapter)[1]

    def take(self, tokens: Sequence[int], adapter: object, conversation: str = "") -> Held:
        """A sequence that holds the longest known beginning of `tokens`, the last left out.

        What follows the last token is not remembered, so that one is always evaluated. There must be a
        free sequence (`has_free`).
        """
        source, length = self._best(tokens, adapter)
        if source is not None and source.resting and self._is_superseded(source, length, conversation):
            held = source
            self.keep(held, length)
        else:
            held = Held(self._free.pop())
            self._held.append(held)
            if source is not None:
                self._share(source, held, length)
        held.adapter, held.conversation, held.resting = adapter, conversation, False
        held.used = next(self._clock)
        self._drop_older(held)
        return held

    def _drop_older(self, held: Held) -> None:
        """A conversation has one state: what it held before it went another way nobody asks for again."""
        for other in list(self._held):
            if held.conversation and other.conversation == held.conversation and other.resting:
                self.drop(other)

    def _best(self, tokens: Sequence[int], adapter: object) -> tuple[Held | None, int]:
        best, best_length = None, 0
        for held in self._held:
            if held.adapter != adapter:
                continue
            length = min(common_length(held.tokens, tokens), len(tokens) - 1)
            if not self._context.forgets_ends and length < len(held.tokens):
                continue  # its state is that after its last token, no other
            if length > best_length:
                best, best_length = held, length
        return (best, best_length) if best_length >= LEAST_SHARED else (None, 0)

    @staticmethod
    def _is_superseded(source: Held, length: int, conversation: str) -> bool:
        """Whether the new request goes on with what the source holds: then nobody else needs the rest."""
        if length == len(source.tokens):
            return True
        return bool(conversation) and source.conversation == conversation

    def _share(self, source: Held, held: Held, length: int) -> None:
        self._context.copy(source.id, held.id, length)
        held.tokens = source.tokens[:length]
        held.source, held.shared = source, length
        source.used = next(self._clock)

    def adopt(self, tokens: list[int]) -> Held:
        """A sequence into which the caller restores a state of these tokens."""
        held = Held(self._free.pop(), list(tokens), used=next(self._clock))
        self._held.append(held)
        return held

    def keep(self, held: Held, length: int) -> None:
        """Forget all but the first `length` tokens (all, where the model cannot forget a part)."""
        left = self._context.keep(held.id, length)
        self._bequeath(held, left)
        del held.tokens[left:]
        held.saved = min(held.saved, left)
        held.shared = min(held.shared, left)

    def rest(self, held: Held) -> None:
        """The request is over; its tokens may serve another."""
        held.resting = True
        held.used = next(self._clock)

    def drop(self, held: Held) -> None:
        """Forget the sequence; cells that others share stay."""
        self._bequeath(held, 0)
        self._context.keep(held.id, 0)
        self._held.remove(held)
        self._free.append(held.id)

    def _bequeath(self, held: Held, left: int) -> None:
        """Cells beyond the `left` that `held` keeps become the own ones of whoever shares most of them."""
        heirs = [other for other in self._held if other.source is held and other.shared > left]
        if not heirs:
            return
        first = max(heirs, key=lambda other: other.shared)
        for other in heirs:
            other.source = first
        if held.shared > left:  # some of those cells were not its own either
            first.source, first.shared = held.source, min(held.shared, first.shared)
        else:
            first.source, first.shared = held if left else None, left

    def lend_from(self, held: Held, length: int) -> int:
        """The number of a sequence that begins with those tokens, for one batch; `give_back` empties it."""
        number = self._free.pop()
        self._context.copy(held.id, number, length)
        return number

    def give_back(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self._context.keep(number, 0)
        self._free += numbers
