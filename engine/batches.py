"""Many rows through the model process: each gets exactly one result, whatever happens to the process.

The rows in flight when the process dies are given again, one at a time, because one of them may be what
killed it. A row that is lost twice while it is alone fails with the reason; the others go on.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from engine.errors import EngineError, ModelBusy, ModelError
from engine.ports import Worker
from engine.values import Generated, TextDelta

IN_FLIGHT = 16
POLL_S = 0.05
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 2.0  # before a busy model is asked again
LOSSES_ALONE = 2
# So many rows in a row that each killed the process, and none that did not: no row will go through.
HOPELESS_ROWS = 5
# In order, a slow row lets this many times `in_flight` finish behind it.
AHEAD = 4


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class RowReply:
    """What came back for a row: the text, if any, and the last reply (Generated, LabelsScored, …)."""

    text: str
    end: Any


@dataclass(frozen=True, slots=True)
class RowResult:
    """The end of one row; `index` counts the requests from 0. Either `value` or `error` is there."""

    index: int
    value: RowReply | None = None
    error: Exception | None = None


def run(
    worker: Worker,
    requests: Iterable[Any],
    *,
    in_flight: int = IN_FLIGHT,
    cancelled: Callable[[], bool] = _never,
    lost: tuple[type[Exception], ...],
    expected: tuple[type[Exception], ...] = (EngineError,),
    ordered: bool = False,
) -> Iterator[RowResult]:
    """A result for each request, as they finish, or in their order when `ordered`.

    `requests` is asked for the next one only when there is room for it, on the thread that iterates here:
    at most `in_flight` are under way. `lost` are the errors that say that the process died, `expected`
    those that are a row's own result. A model that is busy is asked again. Closing the iterator, or
    `cancelled`, stops the rows under way, which have no result then; no thread stays behind.

    Raises:
        ModelError: the model cannot be used, which concerns every row.
        Exception: an error that is neither `lost` nor `expected`; or one of `lost` when one row after the
            other kills the process. Rows that had finished before are given first.
    """
    batch = _Batch(worker, iter(requests), in_flight, lost, expected, ahead=AHEAD if ordered else 0)
    with closing(batch.results(cancelled)) as moments:
        results = (result for result in moments if result is not None)
        yield from _in_order(results) if ordered else results


def run_with_pauses(
    worker: Worker,
    requests: Iterable[Any],
    *,
    in_flight: int = IN_FLIGHT,
    cancelled: Callable[[], bool] = _never,
    lost: tuple[type[Exception], ...],
    expected: tuple[type[Exception], ...] = (EngineError,),
) -> Generator[RowResult | None, None, None]:
    """As `run`, with a None whenever no row has finished for `POLL_S`: time to do what waits for that."""
    return _Batch(worker, iter(requests), in_flight, lost, expected, ahead=0).results(cancelled)


def _in_order(results: Iterator[RowResult]) -> Iterator[RowResult]:
    early: dict[int, RowResult] = {}
    due = 0
    for result in results:
        early[result.index] = result
        while due in early:
            yield early.pop(due)
            due += 1


@dataclass(slots=True, eq=False)
class _Row:
    index: int
    request: Any
    alone: bool = False
    """Whether it is, or was last, the only one under way."""
    losses: int = 0
    """While it was."""


_Outcome = RowReply | BaseException | None


class _Batch:
    """Rows on their way. All but `_work` and what it calls runs on the thread that iterates."""

    def __init__(
        self,
        worker: Worker,
        requests: Iterator[Any],
        in_flight: int,
        lost: tuple[type[Exception], ...],
        expected: tuple[type[Exception], ...],
        *,
        ahead: int,
    ) -> None:
        self._worker = worker
        self._rows = (_Row(number, one, alone=in_flight == 1) for number, one in enumerate(requests))
        self._in_flight = in_flight
        self._lost = lost
        self._expected = expected
        self._ahead = ahead * in_flight
        self._newest = 0
        self._suspects: deque[_Row] = deque()
        self._under_way: set[_Row] = set()
        self._failures = 0  # rows lost for good since one went through
        self._fatal: BaseException | None = None
        self._jobs: SimpleQueue[_Row | None] = SimpleQueue()
        self._finished: SimpleQueue[tuple[_Row, _Outcome]] = SimpleQueue()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def results(self, cancelled: Callable[[], bool]) -> Generator[RowResult | None, None, None]:
        """None where nothing finished for a while."""
        try:
            self._fill()
            while self._under_way and not cancelled():
                yield self._next()
                self._fill()
        finally:
            self._end()
        if self._fatal is not None and not cancelled():
            raise self._fatal

    def _fill(self) -> None:
        """Start what may run now: one suspect with nothing beside it, or as many rows as have room."""
        while self._fatal is None and len(self._under_way) < self._in_flight and not self._isolating():
            row = self._suspects.popleft() if self._suspects else self._new()
            if row is None:
                return
            self._start(row)

    def _isolating(self) -> bool:
        waits_to_be_alone = bool(self._suspects and self._under_way)
        return waits_to_be_alone or any(row.alone for row in self._under_way)

    def _new(self) -> _Row | None:
        oldest = min((row.index for row in self._under_way), default=self._newest)
        if self._ahead and self._newest - oldest >= self._ahead:
            return None
        row = next(self._rows, None)
        if row is not None:
            self._newest = row.index
        return row

    def _start(self, row: _Row) -> None:
        self._under_way.add(row)
        if len(self._threads) < len(self._under_way):
            thread = threading.Thread(target=self._work, name="batch row", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._jobs.put(row)

    def _next(self) -> RowResult | None:
        try:
            row, outcome = self._finished.get(timeout=POLL_S)
        except Empty:
            return None
        self._under_way.remove(row)
        return self._settled(row, outcome)

    def _settled(self, row: _Row, outcome: _Outcome) -> RowResult | None:
        if isinstance(outcome, RowReply):
            self._failures = 0
            return RowResult(row.index, outcome)
        if outcome is None or isinstance(outcome, self._lost):
            return self._suspect(row, outcome)
        if isinstance(outcome, self._expected) and not isinstance(outcome, ModelError):
            self._failures = 0
            return RowResult(row.index, error=outcome)
        self._fatal = self._fatal or outcome
        return None

    def _suspect(self, row: _Row, loss: Exception | None) -> RowResult | None:
        """Give a row again that was lost, or that the worker ended early because it was about to close."""
        row.losses += row.alone
        if row.losses < LOSSES_ALONE:
            row.alone = True
            self._suspects.append(row)
            return None
        self._failures += 1
        if loss is None or self._failures >= HOPELESS_ROWS:
            self._fatal = self._fatal or loss or RuntimeError(f"row {row.index} ended without a reply")
            return None
        return RowResult(row.index, error=loss)

    def _end(self) -> None:
        self._stop.set()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    # On a thread for each row under way

    def _work(self) -> None:
        while (row := self._jobs.get()) is not None:
            try:
                outcome: _Outcome = self._ask(row.request)
            except BaseException as error:  # the thread boundary; sorted by `_settled`
                outcome = error
            self._finished.put((row, outcome))

    def _ask(self, request: Any) -> RowReply | None:
        for turn in itertools.count():
            try:
                return collect(self._worker.call(request, cancelled=self._stop.is_set))
            except ModelBusy:
                if self._stop.wait(min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(turn, 10))):
                    return None
        return None


def collect(replies: Iterable[Any]) -> RowReply | None:
    """The text and the last of the replies; None when they ended before the request had."""
    text, end = [], None
    for reply in replies:
        if isinstance(reply, TextDelta):
            text.append(reply.text)
        end = reply
    if end is None or (isinstance(end, Generated) and end.reason == "cancelled"):
        return None
    return RowReply("".join(text), end)
