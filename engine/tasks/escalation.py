"""Drives the asking of a provider about a run's lines in doubt, within what may be spent.

What concerns one input (it is refused, its reply is broken) leaves its cells as they were, with the reason.
What concerns all (budget, key, connection) stops: what came is stored, the rest waits and is asked again
later, with the same words. What was paid for a row is what the ledger says: a kill loses no reply that it
kept, and pays none twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TypeGuard

from engine.batches import RowResult, run_with_pauses
from engine.errors import (
    BudgetError,
    BudgetReached,
    CreditExhausted,
    EngineError,
    KeptHere,
    KeyMissing,
    KeyRefused,
    KeyringLocked,
    KeyringMissing,
    Offline,
    ProfileError,
    ProviderBusy,
    ProviderFailed,
    ProviderInvalid,
    ProviderUnknown,
    ProviderUnreachable,
    RateLimited,
    RequestRefused,
)
from engine.tasks.asking_frontier import Asked, Questions
from engine.tasks.asks import Ask, Settled, why_asks_wait
from engine.tasks.frontier import Frontier
from engine.tasks.running import Pace
from engine.tasks.runs import RunStore
from engine.tasks.values import RowsAsked, RunEnded, RunEvent

IN_FLIGHT = 4  # providers answer several at once; few of them count against a limit before they are settled
HOPELESS = 5  # so many inputs in a row that were not answered: the next will not be, either
MORE_S = 0.2  # how soon a line is asked about that the run has just stored

# With these, row after row would fail for the same reason.
_CONCERNS_ALL = (
    BudgetError,
    CreditExhausted,
    KeyMissing,
    KeyRefused,
    KeyringLocked,
    KeyringMissing,
    Offline,
    ProfileError,
    ProviderBusy,
    ProviderInvalid,
    ProviderUnknown,
    RateLimited,
)


def escalate(
    store: RunStore,
    questions: Questions,
    *,
    lost: tuple[type[Exception], ...],
    cancelled: Callable[[], bool],
    more: Callable[[], bool] = lambda: False,
    in_flight: int = IN_FLIGHT,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[RunEvent]:
    """RowsAsked as replies are stored, and RunEnded: “done” when no line waits to be asked about any more.

    While `more`, others may still be put. `cancelled`, or closing the iterator, leaves the rest waiting; no
    thread stays behind.

    Raises:
        RunUnknown
        Exception: a bug; the rest waits.
    """
    return _Asking(store, questions, lost, cancelled, more, clock).events(in_flight)


class _Asking:
    """One go, from its start to its end or until it is stopped."""

    def __init__(
        self,
        store: RunStore,
        questions: Questions,
        lost: tuple[type[Exception], ...],
        cancelled: Callable[[], bool],
        more: Callable[[], bool],
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._questions = questions
        self._run_id = questions.run_id
        self._lost = lost
        self._cancelled = cancelled
        self._more = more
        self._clock = clock
        self._pace = Pace(clock())
        self._asked: dict[int, Ask] = {}  # by the index of the request
        self._refused: list[tuple[Ask, RequestRefused]] = []
        self._unanswered = 0  # in a row
        self._settled = 0  # lines
        self._stopped: EngineError | None = None

    def events(self, in_flight: int) -> Iterator[RunEvent]:
        self._store.say_why_asks_wait(self._run_id, "")
        environment: tuple[type[Exception], ...] = (EngineError, *self._lost)
        try:
            yield self._said(())
            yield from self._until_none_waits(in_flight)
        except environment as error:
            self._store.say_why_asks_wait(self._run_id, why(error, self._questions.frontier))
        run = self._store.run(self._run_id)
        reason = why_asks_wait(run) if run.asks_reason else ""
        yield RunEnded(self._run_id, "paused" if run.asks else "done", run.counts, reason)

    def _until_none_waits(self, in_flight: int) -> Iterator[RunEvent]:
        while not self._cancelled():
            is_last = not self._more()  # asked first: what is put after that is seen below
            if self._store.run(self._run_id).asks:
                yield from self._once_through(in_flight)
            elif is_last:
                return
            else:
                time.sleep(MORE_S)

    def _once_through(self, in_flight: int) -> Iterator[RunEvent]:
        before, self._stopped = self._settled, None
        results = run_with_pauses(
            self._questions,
            self._requests(),
            in_flight=in_flight,
            cancelled=self._cancelled,
            lost=self._lost,
        )
        try:
            with closing(results):
                for result in results:
                    if result is not None:
                        yield from self._take(result)
        finally:  # what was broken off may have cost something all the same
            for ask in self._asked.values():
                self._store.put_cost(self._run_id, ask.row, self._paid(ask))
        if len(self._refused) < HOPELESS:
            yield from self._let_refused_go()
        # What was reserved for others may be free again once they are paid: then there is room for more.
        has_room = isinstance(self._stopped, BudgetReached) and self._settled > before
        if self._stopped is not None and not has_room:
            raise self._stopped

    def _requests(self) -> Iterator[Ask]:
        self._asked.clear()
        for index, ask in enumerate(self._store.asks_waiting(self._run_id)):
            if self._stopped is not None:
                return
            self._asked[index] = ask
            yield ask

    def _take(self, result: RowResult) -> Iterator[RunEvent]:
        ask = self._asked.pop(result.index)
        error = result.error
        if result.value is not None:
            self._unanswered = 0
            yield from self._let_refused_go()
            asked: Asked = result.value.end
            model = self._questions.frontier.model
            yield self._settle(ask, Settled(ask.row, asked.cells, model, asked.cost, asked.note))
        elif _concerns_all(error):
            self._stopped = error
            self._store.put_cost(self._run_id, ask.row, self._paid(ask))
        elif isinstance(error, RequestRefused):
            self._refused.append((ask, error))
            self._count_unanswered(error)
        else:
            if isinstance(error, ProviderFailed):
                self._count_unanswered(error)
            yield self._settle(ask, self._failed(ask, error))

    def _count_unanswered(self, error: ProviderFailed) -> None:
        self._unanswered += 1
        if self._unanswered >= HOPELESS:
            self._stopped = error

    def _let_refused_go(self) -> Iterator[RunEvent]:
        """Another was answered, so they were at fault themselves; or they are too few to tell."""
        refused, self._refused = self._refused, []
        for ask, error in refused:
            yield self._settle(ask, self._failed(ask, error))

    def _failed(self, ask: Ask, error: Exception | None) -> Settled:
        return Settled(ask.row, {}, cost=self._paid(ask), reason=note_of(error))

    def _paid(self, ask: Ask) -> int:
        return self._questions.frontier.paid(self._questions.origin(ask.row))

    def _settle(self, ask: Ask, settled: Settled) -> RunEvent:
        self._store.settle(self._run_id, settled)
        self._settled += len(ask.columns)
        self._pace.add(len(ask.columns), self._clock())
        return self._said((ask.row,))

    def _said(self, rows: tuple[int, ...]) -> RunEvent:
        run = self._store.run(self._run_id)
        rate = self._pace.rows_per_second
        left = run.asks / rate if rate else None
        total = self._settled + run.asks
        return RowsAsked(self._run_id, rows, run.counts, self._settled, total, run.cost, left)


def _concerns_all(error: Exception | None) -> TypeGuard[EngineError]:
    """A question that went out and met silence may have been billed: it is that input's, and not asked again
    by itself."""
    if isinstance(error, ProviderUnreachable):
        return not error.sent
    return isinstance(error, _CONCERNS_ALL)


def why(error: Exception, frontier: Frontier) -> str:
    """Why it stopped, as the beginning of a sentence."""
    if isinstance(error, BudgetReached):
        whose = {"day": "Today's", "month": "This month's"}.get(error.limit, "This run's")
        return f"{whose} budget of {frontier.words(error.allowed)} is used up"
    return sentence(error).rstrip(".")


def note_of(error: Exception | None) -> str:
    """Why an input was not answered."""
    said = f"Not sent: {error}" if isinstance(error, KeptHere) else sentence(error).rstrip(".")
    return f"{said}. What stood here stays."


def sentence(error: Exception | None) -> str:
    """What an error says, with a capital."""
    said = str(error)
    return said[:1].upper() + said[1:]
