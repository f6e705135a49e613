"""States of a question about every document, to be drawn (`preview.py`) and walked through by tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from desktop.window.window import Window
from engine.tasks.recipe import Field, Recipe
from engine.tasks.values import (
    Cell,
    CountQuestion,
    Doubt,
    Item,
    LineId,
    QuestionPlan,
    Quote,
    RowsStored,
    RunCounts,
    RunEnded,
    RunSource,
    RunStarted,
    StoredCell,
    StoredLine,
)
from tests.fakes.application import FakeApplication
from tests.fakes.scripts import Gate

QUESTION = "How many contracts end in 2025?"
ASKED = CountQuestion(QUESTION, "end_date", "between", "2025-01-01", "2025-12-31")
PLAN = QuestionPlan(
    ASKED,
    Recipe(QUESTION, "extract", fields=(Field("end_date", "date", "the date on which the contract ends"),)),
    RunSource(collection="Contracts"),
    6,
    95.0,
    "",
)
_SAID: tuple[tuple[str, str | None, str, tuple[Doubt, ...]], ...] = (
    ("Brightwave maintenance.pdf", "2025-06-30", "This agreement ends on 30 June 2025", ()),
    ("Lease Dovehouse Lane.docx", "2026-03-31", "and remains in force until 31 March 2026", ()),
    ("Mietvertrag Lager.pdf", "2025-12-31", "Der Vertrag endet am 31. Dezember 2025", ()),
    ("Cleaning 2024.txt", None, "", ()),
    ("Vans.pdf", "2025-01-01", "", ("not_in_text",)),
)


def lines() -> list[StoredLine]:
    """Two that end in 2025, one that does not, two that are unclear and one that cannot be read."""
    done = [
        StoredLine(
            LineId(row),
            Item(name, name, path=f"/home/ada/Contracts/{name}"),
            "done",
            cells={"end_date": StoredCell(Cell("end_date", value, 0.9, _quotes(words), doubts))},
        )
        for row, (name, value, words, doubts) in enumerate(_SAID)
    ]
    scan = Item("scan", "Scan 0093.pdf", path="/home/ada/Contracts/Scan 0093.pdf")
    return [*done, StoredLine(LineId(5), scan, "failed", "The file is protected with a password.")]


def _quotes(words: str) -> tuple[Quote, ...]:
    return (Quote(words, 120, 120 + len(words), 2),) if words else ()


def planned(app: FakeApplication) -> None:
    app.tasks.plan = PLAN


def reading(app: FakeApplication) -> None:
    """Two are read when the script waits, then the others."""
    planned(app)
    waiting = [replace(line, state="waiting", cells={}, reason="") for line in lines()[2:]]
    app.tasks.all_lines[1] = [*lines()[:2], *waiting]
    half, whole = RunCounts(6, 2, 0, 2), RunCounts(6, 5, 1, 6, 1)
    app.tasks.gate = Gate()
    app.tasks.runnings = [
        [
            RunStarted(1, 6),
            RowsStored(1, (0, 1), half, 12.0, 240.0),
            app.tasks.gate,
            RowsStored(1, (2, 3, 4, 5), whole, 12.0, None),
            RunEnded(1, "done", whole),
        ]
    ]


def answered(app: FakeApplication) -> None:
    planned(app)
    app.tasks.all_lines[1] = lines()
    app.tasks.add_run(None, QUESTION, RunCounts(6, 5, 1, 6, 1), question=ASKED, source=PLAN.source)


def ask(window: Window) -> None:
    window.show_place("tasks")
    window.tasks.page.ask_every_document(QUESTION, "")


def _start(window: Window) -> None:
    ask(window)
    window.tasks.page.every_document.plan_card.start_asked.emit(PLAN)


def _show(window: Window) -> None:
    window.show_place("tasks")
    window.tasks.page.show_run(1)


STATES: dict[str, tuple[Callable[[FakeApplication], None], Callable[[Window], None]]] = {
    "every-plan": (planned, ask),
    "every-reading": (reading, _start),
    "every-answer": (answered, _show),
}
