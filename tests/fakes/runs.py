"""Runs for tests: items, outcomes, and a run with some of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from engine.tasks.recipe import Recipe
from engine.tasks.results import FinishedRow
from engine.tasks.runs import RunStore
from engine.tasks.values import Cell, Column, Doubt, Item, Line, Outcome, Quote, RunSource
from engine.values import Tokens

RECIPE = Recipe("Support triage", "classify", instructions="Read the ticket.")
COLUMNS = (
    Column("category", "choice", labels=("billing", "network", "support")),
    Column("amount", "amount"),
)


def item(number: int, text: str = "") -> Item:
    return Item(f"row-{number}", f"Ticket {number}", {"body": text or f"The router {number} is broken"})


def cell(column: str, value: Any, *doubts: Doubt, evidence: Sequence[Quote] = ()) -> Cell:
    return Cell(column, value, 0.5 if doubts else 0.9, tuple(evidence), doubts)


def line(category: str | None = "network", amount: float | None = None, *doubts: Doubt) -> Line:
    money = None if amount is None else {"value": amount, "currency": "EUR"}
    return (cell("category", category, *doubts), cell("amount", money))


def outcome(*lines: Line, notes: tuple[str, ...] = ()) -> Outcome:
    return Outcome(lines, Tokens(100, 90, 3), "tiny", notes)


def finished(row: int, *lines: Line, text: str = "") -> FinishedRow:
    return FinishedRow(row, outcome(*lines), seconds=0.5, text=text or f"The router {row} is broken")


def failed(row: int, reason: str = "It could not be read.") -> FinishedRow:
    return FinishedRow(row, reason=reason, seconds=0.5)


def make_run(
    runs: RunStore,
    items: int | Iterable[Item] = 3,
    *,
    recipe_id: int | None = None,
    recipe: Recipe = RECIPE,
    columns: tuple[Column, ...] = COLUMNS,
    title: str = "tickets.csv",
) -> int:
    return runs.create(
        recipe_id,
        recipe,
        RunSource(("/d/tickets.csv",), columns={"text": "body"}, limit=7),
        ("body",),
        columns,
        title,
        "tiny",
        items=[item(number) for number in range(items)] if isinstance(items, int) else items,
    )
