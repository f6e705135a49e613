"""Runs, lines and recipes for tests of tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from engine.tasks.values import (
    Cell,
    Column,
    Item,
    LineId,
    Quote,
    RunCounts,
    RunRow,
    RunSource,
    StoredCell,
    StoredLine,
)

COLUMNS = (
    Column("category", "choice", labels=("network", "billing")),
    Column("total", "amount"),
    Column("due", "date"),
    Column("urgent", "boolean"),
)


def run_row(**changes: Any) -> RunRow:
    row = RunRow(
        id=1,
        recipe_id=1,
        recipe_name="Support triage",
        kind="classify",
        title="tickets.csv",
        state="done",
        reason="",
        source=RunSource(("/in/tickets.csv",)),
        input_columns=("id", "text"),
        columns=COLUMNS,
        counts=RunCounts(3, 2, 1, 2),
        created=1_795_000_000.0,
        updated=1_795_000_000.0,
        model="qwen",
    )
    return replace(row, **changes)


def stored(column: str, value: Any, *, corrected: bool = False, **cell: Any) -> StoredCell:
    return StoredCell(Cell(column, value, **cell), corrected)


def line(row: int = 0, **changes: Any) -> StoredLine:
    """A ticket about a bill of 1,940 euros."""
    made = StoredLine(
        LineId(row),
        Item(
            str(row + 1), f"Row {row + 1}", {"id": str(row + 1), "text": "The bill of EUR 1,940.00 is wrong"}
        ),
        "done",
        cells=cells(),
        model="qwen",
        seconds=1.25,
    )
    return replace(made, **changes)


def cells(**others: StoredCell) -> Mapping[str, StoredCell]:
    quote = Quote("EUR 1,940.00", 12, 24, column="text")
    return {
        "category": stored(
            "category", "billing", confidence=0.91234, evidence=(Quote("bill", 4, 8, column="text"),)
        ),
        "total": stored("total", {"value": 1940.0, "currency": "EUR"}, confidence=0.8, evidence=(quote,)),
        "due": stored("due", "2026-11-24", tier="rules"),
        "urgent": stored("urgent", False),
        **others,
    }


def lines(count: int) -> Iterator[StoredLine]:
    for row in range(count):
        yield line(row)
