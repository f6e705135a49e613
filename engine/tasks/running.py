"""Drives a run: every input that waits through its kind of task, and what comes of it into the store.

A row whose own input is at fault fails with the reason, and the others go on. What concerns every row (the
model, the recipe, the disk) pauses the run: what was stored stays, what was not waits.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from engine.batches import IN_FLIGHT, RowResult, run_with_pauses
from engine.errors import EngineError, LabelsUnfit, ProfileError, RecipeInvalid, SchemaUnsupported
from engine.tasks.ports import TaskKind, Texts, Tools
from engine.tasks.recipe import Recipe
from engine.tasks.results import EXAMPLE_CHARACTERS, FinishedRow
from engine.tasks.runs import RunStore
from engine.tasks.values import Item, Outcome, RowsStored, RunEnded, RunEvent, RunStarted

# Quick rows are stored together: waiting for the disk once for each would take longer than doing them.
STORE_EVERY_S = 0.3
# A transaction of more would keep the person's correction waiting behind it.
MOST_STORED = 500
RATE_S, RATE_ROWS = 60.0, 20  # the rate is that of so many seconds, and of at least so many rows
FEW_ROWS = 5  # no rate before that many is worth a promise

# Beside a model's own: with these, row after row would fail for the same reason.
_CONCERNS_ALL = (ProfileError, RecipeInvalid, SchemaUnsupported, LabelsUnfit)


def run(
    store: RunStore,
    run_id: int,
    kind: TaskKind,
    recipe: Recipe,
    tools: Tools,
    texts: Texts,
    *,
    lost: tuple[type[Exception], ...],
    cancelled: Callable[[], bool],
    in_flight: int = IN_FLIGHT,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[RunEvent]:
    """RunStarted, RowsStored after each group of rows, and RunEnded.

    `lost` are the errors that say that the model process died. `texts` and `kind.work` are called on
    `in_flight` threads; none stays behind. `cancelled`, or closing the iterator, pauses the run.

    Raises:
        RunUnknown
        Exception: a bug; the run is paused.
    """
    stretch = _Stretch(store, run_id, kind, recipe, tools, lost, cancelled, clock)
    return stretch.events(_Rows(kind, recipe, tools, texts, cancelled, clock), in_flight)


class _Stretch:
    """One go of a run, from its start or resumption to its end or pause."""

    def __init__(
        self,
        store: RunStore,
        run_id: int,
        kind: TaskKind,
        recipe: Recipe,
        tools: Tools,
        lost: tuple[type[Exception], ...],
        cancelled: Callable[[], bool],
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._run_id = run_id
        self._kind = kind
        self._recipe = recipe
        self._tools = tools
        self._lost = lost
        self._cancelled = cancelled
        self._clock = clock
        self._numbers: dict[int, int] = {}  # by the index of the request
        self._finished: list[FinishedRow] = []
        self._perhaps_failed: list[FinishedRow] = []
        self._unsaid: list[RunEvent] = []

    def events(self, rows: _Rows, in_flight: int) -> Iterator[RunEvent]:
        found = self._store.run(self._run_id)
        self._counts = found.counts
        self._pace = Pace(self._clock())
        self._stored_at = self._worked_until = self._clock()
        yield RunStarted(self._run_id, found.counts.total)
        reason = ""
        environment: tuple[type[Exception], ...] = (EngineError, *self._lost)
        done = found.state == "done" and not found.counts.waiting
        try:
            if not done:
                self._store.set_state(self._run_id, "running")
                yield from self._through_rows(rows, in_flight)
                done = self._conclude()
        except environment as error:
            reason = str(error)
        finally:
            if not done:
                self._store.pause(self._run_id, reason)
        yield from self._say()
        yield RunEnded(self._run_id, "done" if done else "paused", self._counts, reason)

    def _through_rows(self, rows: _Rows, in_flight: int) -> Iterator[RunEvent]:
        """Until no row waits: some may wait again while others are done."""
        while self._store.run(self._run_id).counts.waiting and not self._cancelled():
            results = run_with_pauses(
                rows, self._requests(), in_flight=in_flight, cancelled=self._cancelled, lost=self._lost
            )
            try:
                with closing(results):
                    for result in results:
                        if result is not None:
                            self._take(result)
                        if self._is_due():
                            self._keep()
                            yield from self._say()
                if not self._cancelled():
                    self._clear_doubt()
            finally:
                self._keep()
            yield from self._say()

    def _requests(self) -> Iterator[tuple[int, Item]]:
        self._numbers.clear()
        for index, (number, item) in enumerate(self._store.pending(self._run_id)):
            self._numbers[index] = number
            yield number, item

    def _take(self, result: RowResult) -> None:
        number = self._numbers.pop(result.index)
        if isinstance(result.error, _CONCERNS_ALL):
            raise result.error
        if isinstance(result.error, self._lost):
            self._perhaps_failed.append(FinishedRow(number, reason=str(result.error)))
            return
        self._clear_doubt()
        if result.value is not None:
            worked: _Worked = result.value.end
            end = FinishedRow(number, worked.outcome, seconds=worked.seconds, text=worked.text)
        else:
            end = FinishedRow(number, reason=str(result.error))
        self._finished.append(end)

    def _clear_doubt(self) -> None:
        """Another row went through: those that killed the process are at fault themselves.

        Before that it may be the process, because it is closing or its memory is gone; then they wait.
        """
        self._finished += self._perhaps_failed
        self._perhaps_failed.clear()

    def _is_due(self) -> bool:
        waited = self._clock() - self._stored_at >= STORE_EVERY_S
        return bool(self._finished) and (waited or len(self._finished) >= MOST_STORED)

    def _keep(self) -> None:
        finished, self._finished = self._finished, []
        if not finished:
            return
        self._counts = counts = self._store.finish(self._run_id, finished, self._worked_s())
        self._stored_at = self._clock()
        self._pace.add(len(finished), self._stored_at)
        rate = self._pace.rows_per_second
        left = counts.waiting / rate if rate and self._pace.rows >= FEW_ROWS else None
        rows = tuple(row.row for row in finished)
        self._unsaid.append(RowsStored(self._run_id, rows, counts, rate * 60, left))

    def _say(self) -> Iterator[RunEvent]:
        while self._unsaid:
            yield self._unsaid.pop(0)

    def _worked_s(self) -> float:
        """Since it was asked for last."""
        before, self._worked_until = self._worked_until, self._clock()
        return self._worked_until - before

    def _conclude(self) -> bool:
        if self._cancelled():
            return False
        lines = self._store.done_lines(self._run_id)
        conclusion = self._kind.conclude(self._recipe, lines, self._tools, cancelled=self._cancelled)
        if conclusion is None:
            return False
        self._counts = self._store.conclude(self._run_id, conclusion, self._worked_s())
        return True


@dataclass(frozen=True, slots=True)
class _Worked:
    outcome: Outcome
    text: str
    seconds: float


class _Rows:
    """What `engine.batches` takes for a worker: a request is a row's number and item."""

    def __init__(
        self,
        kind: TaskKind,
        recipe: Recipe,
        tools: Tools,
        texts: Texts,
        cancelled: Callable[[], bool],
        clock: Callable[[], float],
    ) -> None:
        self._kind = kind
        self._recipe = recipe
        self._tools = tools
        self._texts = texts
        self._cancelled = cancelled
        self._clock = clock

    def call(
        self,
        request: tuple[int, Item],
        *,
        timeout_s: float | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Iterator[Any]:
        """One reply, or none when cancelled."""
        began = self._clock()
        text = self._texts(request[1])
        outcome = self._kind.work(
            self._recipe, text, self._tools, cancelled=lambda: cancelled() or self._cancelled()
        )
        if outcome is not None:
            short = text.text if len(text.text) <= EXAMPLE_CHARACTERS else ""
            outcome = replace(outcome, notes=(*text.notes, *outcome.notes))
            yield _Worked(outcome, short, self._clock() - began)


class Pace:
    """How many rows a second, lately: documents differ in length, and computers do other things too."""

    def __init__(self, now: float) -> None:
        self.rows = 0
        self._marks = deque([(now, 0)])  # times, and rows done by then

    def add(self, rows: int, now: float) -> None:
        self.rows += rows
        self._marks.append((now, self.rows))
        while len(self._marks) > 2 and self._is_past(*self._marks[1], now):
            self._marks.popleft()

    def _is_past(self, time_s: float, rows: int, now: float) -> bool:
        return now - time_s >= RATE_S and self.rows - rows >= RATE_ROWS

    @property
    def rows_per_second(self) -> float:
        """0 where nothing can be said yet."""
        (begin, before), (end, after) = self._marks[0], self._marks[-1]
        return (after - before) / (end - begin) if end > begin else 0.0
