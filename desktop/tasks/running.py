"""The runs that are under way: started, paused and resumed here; how far they are, for whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.lanes import Job, Lane, Work
from desktop.window.ports import Tasks
from engine.tasks.values import (
    Gathering,
    QuestionPlan,
    RowsStored,
    RunCounts,
    RunEnded,
    RunEvent,
    RunRow,
    RunSource,
    RunStarted,
    WatchedTask,
)


@dataclass(frozen=True, slots=True)
class Underway:
    """A run that works, or waits for its turn: one works at a time.

    `key` tells it from the others of this window; `run_id` is None until its inputs are stored. `watched_id`
    is the watched task that it works for.
    """

    key: int
    name: str
    source: RunSource
    run_id: int | None = None
    recipe_id: int | None = None
    counts: RunCounts | None = None
    gathered: int = 0
    to_gather: int | None = None
    rows_per_minute: float = 0.0
    seconds_left: float | None = None
    is_waiting: bool = False
    stopping: bool = False
    watched_id: int | None = None


class Running(QObject):
    """`listed`: one came, was stored, or ended, so the list of runs is another. `moved` brings the `Underway`
    that is further than before, `began` it and its run's number, `ended` it and the RunEnded; `happened`
    brings every event, for the table that is on the screen. `failed` brings an error. `followed` brings what
    was under way for a watched task, and the error that ended it or None."""

    listed = Signal()
    moved = Signal(object)
    began = Signal(object, int)
    ended = Signal(object, object)
    happened = Signal(object)
    failed = Signal(object)
    followed = Signal(object, object)

    def __init__(self, tasks: Tasks, lane: Lane, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._lane = lane
        self._next = 1
        self._all: dict[int, tuple[Underway, Job]] = {}
        self._unseen: set[int] = set()

    @property
    def all(self) -> list[Underway]:
        """In the order of their turns; without the watched tasks that have found nothing new."""
        return [underway for key, (underway, _) in self._all.items() if key not in self._unseen]

    def of(self, run_id: int) -> Underway | None:
        return next((underway for underway in self.all if underway.run_id == run_id), None)

    # What the person does

    def start(self, recipe_id: int, name: str, source: RunSource) -> Underway:
        tasks = self._tasks
        begun = Underway(self._next, name, source, recipe_id=recipe_id)
        return self._begin(begun, lambda cancelled: tasks.run_recipe(recipe_id, source, cancelled=cancelled))

    def ask(self, plan: QuestionPlan) -> Underway:
        """Start answering a question about every document."""
        tasks = self._tasks
        begun = Underway(self._next, plan.question.text, plan.source)
        return self._begin(begun, lambda cancelled: tasks.run_question(plan, cancelled=cancelled))

    def resume(self, run: RunRow) -> Underway:
        """Go on with what waits; one that is under way is left alone."""
        underway = self.of(run.id)
        if underway is not None:
            return underway
        tasks = self._tasks
        begun = Underway(
            self._next, run.recipe_name, run.source, run.id, recipe_id=run.recipe_id, counts=run.counts
        )
        return self._begin(begun, lambda cancelled: tasks.resume_run(run.id, cancelled=cancelled))

    def follow(self, task: WatchedTask) -> None:
        """Do the new files of a watched task. It is among `all` only while there are some."""
        tasks = self._tasks
        self._unseen.add(self._next)
        begun = Underway(
            self._next,
            task.recipe_name,
            RunSource((task.folder,)),
            recipe_id=task.recipe_id,
            watched_id=task.id,
        )
        self._begin(begun, lambda cancelled: tasks.work_watched(task.id, cancelled=cancelled))

    def stop_following(self, watched_id: int) -> None:
        """As `pause`, whether it has found something or not."""
        keys = [key for key, (underway, _) in self._all.items() if underway.watched_id == watched_id]
        for key in keys:
            self.pause(key)

    def pause(self, key: int) -> None:
        """Stop soon; what is done stays, the rest goes on with `resume`."""
        if key in self._all:
            self._change(key, stopping=True)
            self._all[key][1].cancel()

    def pause_run(self, run_id: int) -> None:
        underway = self.of(run_id)
        if underway is not None:
            self.pause(underway.key)

    # The jobs

    def _begin(self, begun: Underway, work: Work) -> Underway:
        self._next += 1
        begun = replace(begun, is_waiting=bool(self.all))
        job = self._lane.job(work)
        job.happened.connect(partial(self._take, begun.key))
        for over in (job.done, job.cancelled):
            over.connect(partial(self._over, begun.key))
        job.failed.connect(partial(self._fail, begun.key))
        self._all[begun.key] = begun, job
        self._lane.start(job)
        if begun.key not in self._unseen:
            self.listed.emit()
        return begun

    def _take(self, key: int, event: RunEvent) -> None:
        self._see(key)
        match event:
            case Gathering(done=done, total=total):
                self._change(key, gathered=done, to_gather=total)
            case RunStarted(run_id=run_id, total=total):
                if self._all[key][0].run_id is None:
                    self._change(key, run_id=run_id, counts=RunCounts(total))
                    self.began.emit(self._all[key][0], run_id)
                    self.listed.emit()
            case RowsStored():
                self._change(
                    key,
                    counts=event.counts,
                    rows_per_minute=event.rows_per_minute,
                    seconds_left=event.seconds_left,
                )
            case RunEnded():
                self._change(key, counts=event.counts)
                self.ended.emit(self._all[key][0], event)
        self.happened.emit(event)
        if isinstance(event, RunEnded):
            self._unsee(key)

    def _see(self, key: int) -> None:
        """A watched task has found new files: it is the one that works, and all others wait."""
        if key not in self._unseen:
            return
        self._unseen.discard(key)
        for underway in self.all[1:]:
            if not underway.is_waiting:
                self._change(underway.key, is_waiting=True)
        self._change(key, is_waiting=False)
        self.listed.emit()

    def _unsee(self, key: int) -> None:
        """The run of a watched task has ended; maybe there is another portion of new files."""
        underway = self._all[key][0]
        if underway.watched_id is not None:
            self._unseen.add(key)
            self._change(key, run_id=None, counts=None, gathered=0, to_gather=None, rows_per_minute=0.0)
            self.listed.emit()

    def _change(self, key: int, **values: Any) -> None:
        underway, job = self._all[key]
        self._all[key] = replace(underway, **values), job
        if key not in self._unseen:
            self.moved.emit(self._all[key][0])

    def _over(self, key: int, error: BaseException | None = None) -> None:
        underway = self._all.pop(key)[0]
        was_seen = key not in self._unseen
        self._unseen.discard(key)
        first = next(iter(self.all), None)
        if first is not None:
            self._change(first.key, is_waiting=False)
        if was_seen:
            self.listed.emit()
        if underway.watched_id is not None:
            self.followed.emit(underway, error)

    def _fail(self, key: int, error: BaseException) -> None:
        watched_id = self._all[key][0].watched_id
        self._over(key, error)
        if watched_id is None:
            self.failed.emit(error)
