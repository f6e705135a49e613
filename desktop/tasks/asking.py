"""Asking a provider about lines of runs, as the window drives it: planned, begun, stopped; how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QObject, Signal

from desktop.lanes import Job, Lane, once
from desktop.window.ports import EscalationPlan, Tasks
from engine.tasks.values import LineId, RowsAsked, RunEnded, RunEvent
from engine.usage.values import Money


@dataclass(frozen=True, slots=True)
class Asked:
    """How far the asking about a run is: `done` of `total` lines; the run has cost `cost` so far."""

    run_id: int
    provider: str
    done: int
    total: int
    cost: Money = 0
    stopping: bool = False


class Asking(QObject):
    """`planned` brings an EscalationPlan; `moved` the run whose asking began, is further, or is over;
    `happened` every event, for the table on the screen; `ended` the RunEnded; `failed` an error."""

    planned = Signal(object)
    moved = Signal(int)
    happened = Signal(object)
    ended = Signal(object)
    failed = Signal(object)

    def __init__(self, tasks: Tasks, lane: Lane, errands: Lane, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._lane = lane
        self._errands = errands
        self._all: dict[int, tuple[Asked, Job]] = {}
        self.is_online: Callable[[], bool] = lambda: True
        self.go_online: Callable[[], None] = lambda: None

    @property
    def all(self) -> list[Asked]:
        return [asked for asked, _ in self._all.values()]

    def of(self, run_id: int) -> Asked | None:
        found = self._all.get(run_id)
        return found[0] if found is not None else None

    def plan(self, run_id: int, lines: Sequence[LineId] | None) -> None:
        """What asking about these lines would take, or about all that need it; `planned` brings it."""
        job = self._errands.job(once(lambda: self._tasks.plan_escalation(run_id, lines)))
        job.happened.connect(self.planned)
        job.failed.connect(self.failed)
        self._errands.start(job)

    def begin(self, plan: EscalationPlan) -> None:
        """Ask as planned, going online first: a button was pressed for it. A run that is being asked about
        already is left alone."""
        run_id = plan.run_id
        if run_id in self._all:
            return
        job = self._lane.job(partial(self._ask, plan))
        job.happened.connect(partial(self._take, run_id))
        for over in (job.done, job.cancelled):
            over.connect(partial(self._over, run_id))
        job.failed.connect(partial(self._fail, run_id))
        self._all[run_id] = Asked(run_id, plan.provider, 0, len(plan.lines)), job
        self._lane.start(job)
        self.moved.emit(run_id)

    def _ask(self, plan: EscalationPlan, cancelled: Callable[[], bool]) -> Iterator[RunEvent]:
        if not self.is_online():
            self.go_online()
        yield from self._tasks.escalate(plan.run_id, plan.lines, cancelled=cancelled)

    def stop(self, run_id: int) -> None:
        """Soon: what came is kept, the rest waits."""
        if run_id in self._all:
            asked, job = self._all[run_id]
            self._all[run_id] = replace(asked, stopping=True), job
            self.moved.emit(run_id)
            job.cancel()

    def _take(self, run_id: int, event: RunEvent) -> None:
        if isinstance(event, RowsAsked):
            asked, job = self._all[run_id]
            further = replace(asked, done=event.done, total=event.total, cost=event.cost)
            self._all[run_id] = further, job
            self.moved.emit(run_id)
        self.happened.emit(event)
        if isinstance(event, RunEnded):
            self.ended.emit(event)

    def _over(self, run_id: int) -> None:
        self._all.pop(run_id, None)
        self.moved.emit(run_id)

    def _fail(self, run_id: int, error: BaseException) -> None:
        self._over(run_id)
        self.failed.emit(error)
