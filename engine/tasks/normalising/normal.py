"""What the types have in common: a value, and the text around it that decides what its words leave open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from engine.tasks.ports import Locate, ValueKind

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Normal:
    """`value` as a cell holds it. `stated` is what the text must say for it to stand there.

    `unsure`: its words can mean something else, and nothing around them decides.
    """

    value: Any
    stated: str
    kind: ValueKind = "text"
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The text that a value was taken from, and what the recipe says about the field (`told`)."""

    text: str
    locate: Locate
    told: str = ""
    _known: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    def telling(self, told: str) -> Surroundings:
        """The same text for another field; what is known of it stays known."""
        return replace(self, told=told)

    def known(self, find: Callable[[Surroundings], Found]) -> Found:
        """What `find` makes of the text, asked once: long texts have many values."""
        if find not in self._known:
            self._known[find] = find(self)
        found: Found = self._known[find]
        return found


@dataclass(frozen=True, slots=True)
class Candidate:
    """Characters `start:end` of a text that a rule takes for a value of some type.

    `sure`: nothing else looks like this. Where not, a model says which candidate is meant.
    """

    start: int
    end: int
    sure: bool = True
