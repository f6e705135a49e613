"""One input's question to a provider: the same kind of task and recipe, for the cells in doubt."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.errors import OutputInvalid
from engine.tasks.asks import Ask
from engine.tasks.frontier import Frontier
from engine.tasks.kinds.registry import kind_of
from engine.tasks.leaving import Kept, LookUpOutside, check_leaving
from engine.tasks.matching import cells_for
from engine.tasks.parts import narrowed
from engine.tasks.ports import TaskModel, Texts, Tools
from engine.tasks.recipe import Recipe
from engine.tasks.values import Cell, Line, Outcome, RunSource, StoredLine
from engine.usage.values import Money, Origin
from engine.values import GenerationEvent, LabelsScored, Message, Sampling

OTHER_LINES = "The reply has other lines than this table, so that what stood here stays."


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of an ask: cells by line; what the input cost so far; `note` says why none could be used."""

    cells: Mapping[int, Sequence[Cell]]
    cost: Money
    note: str = ""


@dataclass(frozen=True, slots=True)
class Questions:
    """Asks about inputs; what `engine.batches` takes for a worker. Usable from several threads.

    `lines` gives an input's lines as they are now. What the tools know beside the model stays local.
    """

    run_id: int
    recipe: Recipe
    source: RunSource
    frontier: Frontier
    tools: Tools
    texts: Texts
    kept: Kept
    lines: Callable[[int], Sequence[StoredLine]]
    cancelled: Callable[[], bool]

    def origin(self, row: int) -> Origin:
        return Origin("task", self.run_id, row, self.recipe.name)

    def call(
        self, request: Ask, *, timeout_s: float | None = None, cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[Asked]:
        """One reply, or none when cancelled. Raises EngineError."""
        check_leaving(request.item, self.source, self.kept)
        model = Counted(self.frontier.asking(self.origin(request.row)))
        found = self.work(request, model, lambda: cancelled() or self.cancelled())
        if found is None:
            if not (cancelled() or self.cancelled()):
                raise OutputInvalid("it did not come to its end.", "")
            return
        cost = self.frontier.paid(self.origin(request.row))
        if not model.asked:  # nothing of it is for a model: what stood there stays
            yield Asked({}, cost)
            return
        lines = [_from_cloud(line) for line in found]
        cells = cells_for(self.lines(request.row), request.columns, lines)
        yield Asked(cells, cost, "" if cells else OTHER_LINES)

    def work(self, ask: Ask, model: TaskModel, cancelled: Callable[[], bool]) -> Sequence[Line] | None:
        """The lines that the model makes of an input; None when cancelled. Raises EngineError."""
        text = self.texts(ask.item)
        look_up = LookUpOutside(self.tools.look_up, self.kept)
        tools = replace(self.tools, model=model, look_up=look_up)
        outcomes: list[Outcome] = []
        for part in narrowed(self.recipe, ask.wanted):
            outcome = kind_of(part.kind).work(part, text, tools, cancelled=cancelled)
            if outcome is None:
                return None
            outcomes.append(outcome)
        if len(outcomes) == 1:
            return outcomes[0].lines
        return [tuple(cell for outcome in outcomes for line in outcome.lines[:1] for cell in line)]


@dataclass
class Counted:
    """A model, and how often it was asked. Implements `engine.tasks.ports.TaskModel`."""

    model: TaskModel
    asked: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def id(self) -> str:
        return self.model.id

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def context_tokens(self) -> int:
        return self.model.context_tokens

    @property
    def weighs(self) -> bool:
        return self.model.weighs

    def generate(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        schema: str = "",
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Iterator[GenerationEvent]:
        self._count()
        yield from self.model.generate(messages, sampling, schema=schema, cancelled=cancelled)

    def score(
        self,
        messages: Sequence[Message],
        labels: Sequence[str],
        *,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> LabelsScored | None:
        self._count()
        return self.model.score(messages, labels, cancelled=cancelled)

    def _count(self) -> None:
        with self._lock:
            self.asked += 1


def _from_cloud(line: Line) -> Line:
    return tuple(replace(cell, tier="frontier") if cell.tier == "local" else cell for cell in line)
