"""What tasks ask of their surroundings. `desktop/compose.py` passes it in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from engine.ports import Checker
from engine.tasks.recipe import Recipe
from engine.tasks.values import Column, Conclusion, Item, Line, LineId, Outcome, TaskText
from engine.values import Answer, GenerationEvent, LabelsScored, Message, Sampling

ValueKind = Literal["text", "number", "date"]


class TaskModel(Protocol):
    """A model that also fills schemas and weighs labels (`engine.process.client.LocalModel`).

    Called from many threads at once, one request at a time on each.
    """

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def context_tokens(self) -> int: ...

    @property
    def weighs(self) -> bool:
        """Whether `score` tells shares: a provider says which label alone, and each question costs."""
        ...

    def generate(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        schema: str = ...,
        cancelled: Callable[[], bool] = ...,
    ) -> Iterator[GenerationEvent]: ...

    def score(
        self, messages: Sequence[Message], labels: Sequence[str], *, cancelled: Callable[[], bool] = ...
    ) -> LabelsScored | None: ...


class Said(Protocol):
    """Characters `start:end` of a text say one of `readings`: “1234.5”, “2026-11-24”, “2026-11”, “11-24”.

    They are several where the words leave it open: 05/06/2026 has two, and 1.234 may be a thousand or one.
    """

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...

    @property
    def readings(self) -> frozenset[str]: ...


class Locate(Protocol):
    """Where a text says a value, and what it says. Deterministic and quick."""

    def __call__(self, value: str, kind: ValueKind, text: str) -> list[tuple[int, int]]:
        """Characters (start, end) of `text`, in order; nothing where it does not say it.

        A number or a date is found however it is written (1.940,00 = 1940; 3 May 2026 = 2026-05-03), a
        text word by word, but for white space, case and quotation marks.
        """
        ...

    def readings(self, text: str, kind: Literal["number", "date"]) -> Sequence[Said]:
        """The numbers, or the dates, of a text in order. Numbers come without their sign."""
        ...


class Nearest(Protocol):
    """Which of some texts mean about the same as others."""

    def __call__(
        self,
        texts: Sequence[str],
        among: Sequence[str],
        k: int,
        *,
        centred: bool = ...,
        kinds: Sequence[str] = ...,
    ) -> Sequence[Sequence[tuple[int, float]]]:
        """For each of `texts` up to `k` (index into `among`, cosine on the scale of `closeness`), best first.

        `centred`: what all of `among` have in common is taken off first, so that what sets them apart is
        compared. 0 is then their middle, and what is closer than that depends on all of them. `kinds`, where
        given, says of each of `among` what it is an example of: they are centred, and what differs within a
        kind counts less than what differs between kinds.
        The vectors of `among` are kept for the next call with the same ones.
        """
        ...


class LookUp(Protocol):
    """Answers a question from the library, with sources. `collection` “”: all documents."""

    def __call__(self, question: str, collection: str, *, cancelled: Callable[[], bool]) -> Answer: ...


class Texts(Protocol):
    """The text of an input. For a document that means reading it.

    Raises:
        InputUnreadable: with a reason for the person.
    """

    def __call__(self, item: Item, /) -> TaskText: ...


@dataclass(frozen=True, slots=True)
class Tools:
    """All that a kind of task works with. `check` says what the sentences of a summary rest on."""

    model: TaskModel
    locate: Locate
    nearest: Nearest
    look_up: LookUp
    check: Checker


class TaskKind(Protocol):
    """One kind of task; a module of `engine/tasks/kinds/` has one. Holds no state."""

    def check(self, recipe: Recipe) -> None:
        """Raises RecipeInvalid: it lacks what this kind needs, or has what it cannot use."""
        ...

    def columns(self, recipe: Recipe) -> tuple[Column, ...]: ...

    def work(
        self, recipe: Recipe, text: TaskText, tools: Tools, *, cancelled: Callable[[], bool]
    ) -> Outcome | None:
        """The cells of one input; None when cancelled. Called from many threads at once.

        Raises:
            EngineError: this input cannot be done; the reason is kept with it.
        """
        ...

    def conclude(
        self,
        recipe: Recipe,
        lines: Sequence[tuple[LineId, Line]],
        tools: Tools,
        *,
        cancelled: Callable[[], bool],
    ) -> Conclusion | None:
        """Called once every input is done or failed, with the lines of those that are done."""
        ...
