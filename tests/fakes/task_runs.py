"""Runs of tasks in memory: the part of `desktop.window.ports.Tasks` that the table of a run needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from desktop.window.ports import EscalationPlan
from engine.errors import EngineError, RunUnknown
from engine.tasks.asks import doubtful
from engine.tasks.recipe import Recipe
from engine.tasks.values import (
    Cell,
    Column,
    Comparison,
    Difference,
    Doubt,
    Exporting,
    Item,
    LineFilter,
    LineId,
    Quote,
    RunCounts,
    RunRow,
    RunSource,
    StoredCell,
    StoredLine,
)
from tests.fakes.scripts import Gate

NOON = 1_795_521_600.0

TICKETS: tuple[tuple[str, str, float, str, float, str], ...] = (
    ("The line has been dead since this morning and nobody answers the phone.", "network", 0.98, "high", 0.98,
     "specialist"),
    ("You charged my card twice for the October invoice.", "billing", 0.97, "normal", 0.99, "specialist"),
    ("Wi-Fi is fine but the bill says 2 GB over the limit?", "billing", 0.58, "normal", 0.9, "local"),
    ("How do I move my number to a new phone?", "support", 0.94, "low", 0.97, "specialist"),
    ("URGENT hospital ward without connection!!", "network", 0.99, "critical", 0.99, "specialist"),
    ("Thanks for the quick help yesterday.", "support", 0.61, "low", 0.93, "local"),
    ("Please send the September invoice as a PDF.", "billing", 0.96, "low", 0.97, "specialist"),
    ("Router blinks red after the update.", "network", 0.95, "normal", 0.96, "specialist"),
    ("I want to cancel because of the price increase.", "billing", 0.88, "normal", 0.91, "specialist"),
)  # fmt: skip

CATEGORY = Column("category", "choice", labels=("network", "billing", "support"))
URGENCY = Column("urgency", "choice", labels=("low", "normal", "high", "critical"))


def cell(
    column: str,
    value: Any,
    confidence: float | None = 0.95,
    *,
    doubts: tuple[Doubt, ...] = (),
    evidence: tuple[Quote, ...] = (),
    tier: Any = "local",
) -> StoredCell:
    return StoredCell(Cell(column, value, confidence, evidence, doubts, tier))


def quote(text: str, words: str, column: str = "message") -> Quote:
    start = text.index(words)
    return Quote(words, start, start + len(words), column=column)


def ticket(number: int, state: str = "done", reason: str = "") -> StoredLine:
    """Line `number` of the support tickets; every ninth and its third and sixth neighbour are in doubt."""
    message, category, sure, urgency, urgency_sure, tier = TICKETS[number % len(TICKETS)]
    item = Item(str(number + 2), f"T-{1042 + number}", {"id": f"T-{1042 + number}", "message": message})
    cells = {}
    if state == "done":
        words = "the bill says 2 GB over" if "2 GB" in message else " ".join(message.split()[:4])
        doubts: tuple[Doubt, ...] = ("unsure",) if sure < 0.7 else ()
        cells = {
            "category": cell(
                "category", category, sure, doubts=doubts, evidence=(quote(message, words),), tier=tier
            ),
            "urgency": cell("urgency", urgency, urgency_sure, tier=tier),
        }
    return StoredLine(
        LineId(number),
        item,
        state,
        reason,
        cells,
        model="Qwen2.5 1.5B",
        seconds=0.8,  # type: ignore[arg-type]
    )


class FakeRuns:
    """Everything that a screen changes is kept in `calls`, as (name, arguments)."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.comparison = Comparison(0, 0, ())
        self.recipe_as_it_is = Recipe("Support triage", "classify")
        self.full_disk: EngineError | None = None
        self.export_steps: Sequence[Any] = (Exporting(0, 2), Exporting(2, 2))
        self.provider = ""
        self.plan: EscalationPlan | None = None
        self.asking: Sequence[Any] = ()
        self._runs: dict[int, RunRow] = {}
        self._lines: dict[int, dict[LineId, StoredLine]] = {}

    def add_run(
        self,
        lines: Sequence[StoredLine],
        columns: Sequence[Column],
        *,
        total: int | None = None,
        **fields: Any,
    ) -> int:
        run_id = len(self._runs) + 1
        values: dict[str, Any] = {
            "recipe_id": 7,
            "recipe_name": "Support triage",
            "kind": "classify",
            "title": "tickets-october.xlsx",
            "state": "done",
            "reason": "",
            "source": RunSource(("/home/ada/tickets-october.xlsx",)),
            "input_columns": ("id", "message"),
            "created": NOON,
            "updated": NOON,
            "seconds": 480.0,
            "model": "Qwen2.5 1.5B",
        } | fields
        self._lines[run_id] = {line.id: line for line in lines}
        counts = _counts(lines, total)
        self._runs[run_id] = RunRow(id=run_id, columns=tuple(columns), counts=counts, **values)
        return run_id

    def put_line(self, run_id: int, line: StoredLine) -> RunCounts:
        """As a run stores one; the counts are then."""
        lines = self._lines[run_id]
        lines[line.id] = line
        self._lines[run_id] = dict(sorted(lines.items(), key=lambda each: (each[0].row, each[0].line)))
        self.count(run_id)
        return self._runs[run_id].counts

    def remove_run(self, run_id: int) -> None:
        del self._runs[run_id]

    def change_run(self, run_id: int, **fields: Any) -> None:
        self._runs[run_id] = replace(self._runs[run_id], **fields)

    def count(self, run_id: int) -> None:
        run = self._runs[run_id]
        self._runs[run_id] = replace(
            run, counts=_counts(list(self._lines[run_id].values()), run.counts.total)
        )

    # Tasks

    def runs(self, recipe_id: int | None = None) -> list[RunRow]:
        return [run for run in self._runs.values() if recipe_id in (None, run.recipe_id)]

    def run(self, run_id: int) -> RunRow:
        if run_id not in self._runs:
            raise RunUnknown(run_id)
        return self._runs[run_id]

    def recipe(self, recipe_id: int, version: int | None = None) -> Recipe:
        return self.recipe_as_it_is

    def line_ids(self, run_id: int, which: LineFilter = "all", search: str = "") -> list[LineId]:
        words = search.casefold().split()
        return [
            line.id
            for line in self._lines[run_id].values()
            if _FILTERS[which](line) and (not words or all(word in _text(line) for word in words))
        ]

    def lines(self, run_id: int, ids: Sequence[LineId]) -> list[StoredLine]:
        kept = self._lines[run_id]
        return [kept[each] for each in ids if each in kept]

    def correct(self, run_id: int, line: LineId, column: str, value: Any) -> StoredLine:
        if self.full_disk is not None:
            raise self.full_disk
        self.calls.append(("correct", (line, column, value)))
        before = self._lines[run_id][line]
        cell = before.cells[column]
        first = cell.first if cell.corrected else cell.cell.value
        corrected = StoredCell(replace(cell.cell, value=value), True, first)
        return self._change(run_id, replace(before, cells={**before.cells, column: corrected}))

    def undo_correction(self, run_id: int, line: LineId, column: str) -> StoredLine:
        self.calls.append(("undo_correction", (line, column)))
        before = self._lines[run_id][line]
        cell = before.cells[column]
        if cell.corrected:
            restored = replace(cell, cell=replace(cell.cell, value=cell.first), corrected=False, first=None)
        else:
            assert cell.local is not None
            restored = StoredCell(cell.local)
        return self._change(run_id, replace(before, cells={**before.cells, column: restored}))

    def accept(self, run_id: int, line: LineId, accepted: bool = True) -> StoredLine:
        self.calls.append(("accept", (line, accepted)))
        return self._change(run_id, replace(self._lines[run_id][line], accepted=accepted))

    def retry_rows(self, run_id: int, rows: Sequence[int] | None = None) -> int:
        self.calls.append(("retry_rows", rows))
        again = [
            line
            for line in self._lines[run_id].values()
            if line.state == "failed" and (rows is None or line.id.row in rows)
        ]
        for line in again:
            self._lines[run_id][line.id] = replace(line, state="waiting", reason="")
        self.count(run_id)
        return len(again)

    def frontier_name(self) -> str:
        return self.provider

    def cells_to_ask(self, run_id: int) -> int:
        return sum(len(doubtful(line)) for line in self._lines[run_id].values() if not line.has_cloud)

    def money(self, amount: int) -> str:
        return f"€{amount / 1_000_000:.2f}"

    def plan_escalation(self, run_id: int, lines: Sequence[LineId] | None = None) -> EscalationPlan:
        self.calls.append(("plan_escalation", (run_id, lines)))
        assert self.plan is not None
        return self.plan

    def escalate(
        self, run_id: int, lines: Sequence[LineId], *, cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[Any]:
        """The steps of `asking`, until cancelled."""
        self.calls.append(("escalate", (run_id, tuple(lines))))
        for step in self.asking:
            if isinstance(step, Gate):
                step.wait(cancelled)
            else:
                yield step
            if cancelled():
                return

    def compare_runs(self, one: int, other: int) -> Comparison:
        self.calls.append(("compare_runs", (one, other)))
        return self.comparison

    def export_run(self, run_id: int, path: Path) -> Iterator[Exporting]:
        self.calls.append(("export_run", (run_id, path)))
        for step in self.export_steps:
            if isinstance(step, BaseException):
                raise step
            if isinstance(step, Gate):
                step.wait(lambda: False)
            else:
                yield step

    def _change(self, run_id: int, line: StoredLine) -> StoredLine:
        self._lines[run_id][line.id] = line
        self.count(run_id)
        return line


_FILTERS: dict[LineFilter, Callable[[StoredLine], bool]] = {
    "all": lambda line: True,
    "review": lambda line: line.needs_review,
    "corrected": lambda line: any(cell.corrected for cell in line.cells.values()),
    "failed": lambda line: line.state == "failed",
    "cloud": lambda line: line.has_cloud,
}


def _text(line: StoredLine) -> str:
    parts = [line.item.title, *line.item.values.values(), *(str(c.cell.value) for c in line.cells.values())]
    return " ".join(parts).casefold()


def _counts(lines: Sequence[StoredLine], total: int | None) -> RunCounts:
    states = [(line.id.row, line.state) for line in lines if line.id.row >= 0]
    done = len({row for row, state in states if state == "done"})
    failed = len({row for row, state in states if state == "failed"})
    return RunCounts(
        total=len({row for row, _ in states}) if total is None else total,
        done=done,
        failed=failed,
        lines=sum(bool(line.cells) for line in lines),
        review=sum(line.needs_review for line in lines),
        corrected=sum(_FILTERS["corrected"](line) for line in lines),
        cloud=sum(line.has_cloud for line in lines),
    )


def difference(number: int, column: str, one: Any, other: Any) -> Difference:
    return Difference(
        str(number + 2), f"T-{1042 + number}", column, one, other, LineId(number), LineId(number)
    )
