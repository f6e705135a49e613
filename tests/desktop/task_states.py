"""States of the Tasks place, to be drawn (`preview.py`) and walked through by tests."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from desktop.window.window import Window
from engine.tasks.recipe import Example, Recipe
from engine.tasks.values import Gathering, RowsStored, RunCounts, RunStarted
from tests.fakes.application import FakeApplication
from tests.fakes.scripts import Gate
from tests.fakes.scripted_tasks import INVOICES, TRIAGE, ten

DAY = 86_400.0
HOSTILE = "<img src='file:///etc/passwd'><b>Best\u202erecipe</b>\n" + "very " * 30 + "W" * 300


def ready(app: FakeApplication) -> None:
    """Nothing but what came with Carrel."""
    app.tasks.ready = ten()


def several(app: FakeApplication) -> None:
    """Recipes of one's own, and a run in every state."""
    ready(app)
    tasks = app.tasks
    tasks.now = time.time()
    examples = tuple(Example(f"ticket {n}", {"category": "billing"}) for n in range(12))
    triage = tasks.add_recipe(replace(TRIAGE, examples=examples))
    tasks.save_recipe(replace(TRIAGE, examples=examples, instructions="Read the ticket."), triage)
    invoices = tasks.add_recipe(INVOICES)
    tasks.add_recipe(Recipe("Complaints to the right desk", "route", "Queue, priority and person."))
    counts = RunCounts(2_000, 2_000, 0, 2_000)
    tasks.add_run(invoices, "Invoices 2024", counts, updated=tasks.now - 40 * DAY, input_columns=())
    tasks.add_run(
        triage, "tickets-september.xlsx", RunCounts(8_412, 8_409, 3, 8_409, 41), updated=tasks.now - DAY
    )
    stopped = RunCounts(214, 61, 0, 61, 4)
    tasks.add_run(
        invoices, "Invoices 2025", stopped, "paused", reason="The disk is full.", input_columns=(),
        updated=tasks.now - 3600,
    )  # fmt: skip
    tasks.add_run(triage, "tickets-october.xlsx", RunCounts(10_000, 6_000), "paused", updated=tasks.now)


def working(app: FakeApplication) -> None:
    """One run works, one waits for its turn."""
    several(app)
    counts = RunCounts(10_000, 6_412, 0, 6_412, 87)
    app.tasks.runnings = [[RowsStored(4, (6_411,), counts, 1_240.0, 174.0), Gate()]]


def gathering(app: FakeApplication) -> None:
    several(app)
    app.tasks.runnings = [[Gathering(340, 1_000), Gate(), RunStarted(0, 1_000)]]


def hostile(app: FakeApplication) -> None:
    ready(app)
    made = app.tasks.add_recipe(replace(TRIAGE, name=HOSTILE, description=HOSTILE, instructions=HOSTILE))
    app.tasks.add_run(made, HOSTILE, RunCounts(3, 1, 1, 1, 1), "paused", reason=HOSTILE)


def start_working(window: Window) -> None:
    window.show_place("tasks")
    desk = window.tasks.desk
    desk.resume(4)
    desk.resume(3)


def _then(step: Callable[[Window], None]) -> Callable[[Window], None]:
    def run(window: Window) -> None:
        window.show_place("tasks")
        step(window)

    return run


def _nothing(window: Window) -> None:
    pass


STATES: dict[str, tuple[Callable[[FakeApplication], None], Callable[[Window], None]]] = {
    "tasks-empty": (ready, _then(_nothing)),
    "tasks": (several, _then(_nothing)),
    "tasks-working": (working, start_working),
    "tasks-hostile": (hostile, _then(_nothing)),
}
