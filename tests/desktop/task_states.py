"""States of the Tasks place, to be drawn (`preview.py`) and walked through by tests."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtWidgets import QApplication

from desktop.window.window import Window
from engine.errors import RecipeInvalid
from engine.tasks.recipe import Choice, Example, Field, Label, Recipe, Rule, Style
from engine.tasks.values import (
    GalleryRecipe,
    Gathering,
    Item,
    Preview,
    RowsStored,
    RunCounts,
    RunEnded,
    RunSource,
    RunStarted,
    WatchedTask,
)
from tests.fakes.application import FakeApplication
from tests.fakes.scripted_tasks import INVOICES, TRIAGE, Added, cell, stored, ten
from tests.fakes.scripts import Gate

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


def watched(app: FakeApplication) -> None:
    """Three folders: one that goes well, one that cannot go on, one that nothing has come into yet."""
    several(app)
    home, tasks = "/home/ada/Documents", app.tasks
    full = f"{home}/Results/contracts.xlsx could not be written: The disk is full."
    tasks.watched = {
        task.id: task
        for task in (
            WatchedTask(1, 2, "Invoices", f"{home}/Invoices", f"{home}/invoices.csv", True, 214),
            WatchedTask(
                2, 2, "Contract dates", f"{home}/Legal/Contracts", f"{home}/Results/contracts.xlsx", True, 61,
                full,
            ),
            WatchedTask(3, 1, "Support triage", f"{home}/Tickets", f"{home}/Support triage.jsonl", True),
        )
    }  # fmt: skip


def watched_working(app: FakeApplication) -> None:
    """New files have come into a watched folder."""
    watched(app)
    counts = RunCounts(12, 4, 0, 4, 1)
    app.tasks.workings = [[RunStarted(0, 12), RowsStored(5, (3,), counts, 24.0, 20.0), Gate()]]


def start_watched(window: Window) -> None:
    window.show_place("tasks")
    window.tasks.desk.following.look(1)


def pause_watched(window: Window) -> None:
    """Two rest: one with what it has done, one that stands in its own way."""
    window.tasks.desk.following._paused |= {1, 2}
    window.show_place("tasks")


def watched_hostile(app: FakeApplication) -> None:
    hostile(app)
    app.tasks.watched[1] = WatchedTask(1, 1, HOSTILE, f"/x/{HOSTILE}", f"/x/{HOSTILE}.csv", True, 3, HOSTILE)


def added(app: FakeApplication) -> None:
    watched(app)
    app.tasks.workings = [[RunStarted(0, 3), RunEnded(5, "done", RunCounts(3, 3, 0, 3, 1)), Added(3)]]


def gathering(app: FakeApplication) -> None:
    several(app)
    app.tasks.runnings = [[Gathering(340, 1_000), Gate(), RunStarted(0, 1_000)]]


def hostile(app: FakeApplication) -> None:
    ready(app)
    made = app.tasks.add_recipe(replace(TRIAGE, name=HOSTILE, description=HOSTILE, instructions=HOSTILE))
    app.tasks.add_run(made, HOSTILE, RunCounts(3, 1, 1, 1, 1), "paused", reason=HOSTILE)


def hostile_trial(app: FakeApplication) -> None:
    """Every text of a recipe, of an input and of what comes out is from elsewhere."""
    hostile(app)
    wild = replace(
        TRIAGE, name=HOSTILE, description=HOSTILE, instructions=HOSTILE,
        choices=(Choice(HOSTILE, (Label(HOSTILE, HOSTILE), Label("b"))),),
        fields=(Field("long", "text"),), examples=(Example(HOSTILE, {HOSTILE: HOSTILE}),),
    )  # fmt: skip
    app.tasks.ready = [GalleryRecipe("wild", wild, "/samples/" + "x" * 200)]
    app.tasks.trials = [
        [
            stored(
                HOSTILE, 0, cell(HOSTILE, HOSTILE, 0.2, HOSTILE, doubts=("unsure", "not_in_text")),
                cell("long", HOSTILE), notes=(HOSTILE,),
            ),
            stored(HOSTILE, 1, state="failed", reason=HOSTILE),
        ]
    ]  # fmt: skip


def _try_hostile(window: Window) -> None:
    window.tasks.page.try_ready(window.tasks.page._app.tasks.gallery()[0])


def hostile_source(app: FakeApplication) -> None:
    set_up(app)
    items = tuple(Item(str(n), HOSTILE, {HOSTILE: HOSTILE, "b": HOSTILE}) for n in range(3))
    app.tasks.previews[(str(SHEET),)] = Preview(
        3, (HOSTILE, "b"), items, (HOSTILE, "b" * 200), ((HOSTILE, HOSTILE),)
    )


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


TICKETS = (
    ("T-1042", "The line has been dead since this morning and nobody answers the phone.", "network", "high"),
    ("T-1043", "You charged my card twice for the October invoice.", "billing", "normal"),
    ("T-1044", "Wi-Fi is fine but the bill says 2 GB over the limit?", "billing", "normal"),
)


def trying(app: FakeApplication) -> None:
    """A gallery recipe whose trial has brought two lines, one of them in doubt, and is at the third."""
    several(app)
    lines = [
        stored(
            name, number, cell("category", category, 0.58 if number == 2 else 0.97, text[:34],
                               doubts=("unsure",) if number == 2 else ()),
            cell("urgency", urgency), item=Item(str(number), name, {"id": name, "message": text}),
        )
        for number, (name, text, category, urgency) in enumerate(TICKETS)
    ]  # fmt: skip
    app.tasks.trials = [lines]


def try_triage(window: Window) -> None:
    window.show_place("tasks")
    window.tasks.page.try_ready(window.tasks.page._app.tasks.gallery()[2])


def refused(app: FakeApplication) -> None:
    several(app)
    app.tasks.refusal = RecipeInvalid("two labels have this name.", "choices › category")


def _refuse(window: Window) -> None:
    window.tasks.page.open_recipe(1)
    window.tasks.page.editor.try_it()


def every_kind(app: FakeApplication) -> None:
    several(app)
    tasks, labels = app.tasks, TRIAGE.choices[0].labels
    route = Recipe(
        "E-mail routing", "route", choices=TRIAGE.choices,
        rules=(
            Rule({"category": "billing"}, ("invoice", "refund"), column="subject"),
            Rule({"category": "network", "urgency": "critical"}, pattern=r"\bhospital\b"),
        ),
    )  # fmt: skip
    severities = (Label("none"), Label("mild"), Label("severe"))
    tasks.add_recipe(route)  # 4
    tasks.add_recipe(Recipe("Our policy", "moderate", choices=(Choice("insults", severities),)))
    tasks.add_recipe(Recipe("Press review", "summarise", style=Style(120, "bullets", "German", True)))
    tasks.add_recipe(Recipe("Form", "structured", schema='{"type": "object"}'))
    tasks.add_recipe(
        Recipe("Replies", "reply", choices=(Choice("category", labels),), fields=(Field("order number"),))
    )


def _open(recipe_id: int, *, scroll: float = 0.0) -> Callable[[Window], None]:
    def run(window: Window) -> None:
        window.show_place("tasks")
        window.tasks.page.open_recipe(recipe_id)
        QApplication.processEvents()
        bar = window.tasks.page.editor._area.verticalScrollBar()
        bar.setValue(round(scroll * bar.maximum()))

    return run


def _example(window: Window) -> None:
    _open(1)(window)
    window.tasks.page.editor.form._examples._edit(1)  # type: ignore[union-attr]
    QApplication.processEvents()
    bar = window.tasks.page.editor._area.verticalScrollBar()
    bar.setValue(bar.maximum())


SHEET = Path("/home/ada/Exports/tickets-october.xlsx")


def set_up(app: FakeApplication) -> None:
    several(app)
    tasks = app.tasks
    first = tuple(
        Item(
            str(n),
            name,
            {"id": name, "customer": f"C-{n + 300}", "message": text, "received": "2026-10-0" + str(n + 1)},
        )
        for n, (name, text, _, _) in enumerate(TICKETS)
    )
    tasks.previews[(str(SHEET),)] = Preview(
        10_000, ("id", "customer", "message", "received"), first, ("October", "September"),
    )  # fmt: skip
    unread = (("/home/ada/Legal/scan_0042.tif", "It is protected by a password."), ("/home/ada/Legal/a.zip",
              "It would unpack to 41 GB. Carrel stops at 2 GB."))  # fmt: skip
    titles = tuple(Item(str(n), f"Contract {n}.pdf", path=f"/c/{n}.pdf") for n in range(3))
    tasks.previews[("/home/ada/Legal",)] = Preview(214, first=titles, unreadable=unread)
    run = tasks.add_run(1, "tickets-august.csv", RunCounts(500, 500), seconds=30.0)
    assert run
    app.settings["tasks.trials"] = {"1": "/home/ada/Exports/tickets-short.csv"}


def set_up_watching(app: FakeApplication) -> None:
    """A folder that is really there: only one such can be watched."""
    set_up(app)
    folder = Path(tempfile.mkdtemp(prefix="carrel-preview-")) / "Legal"
    folder.mkdir()
    app.tasks.previews[(str(folder),)] = app.tasks.previews[("/home/ada/Legal",)]
    app.settings["folder"] = str(folder)


def _watching(*, refused: bool = False, on: bool = True) -> Callable[[Window], None]:
    def run(window: Window) -> None:
        _set_up(Path(window._app.setting("folder", "")))(window)
        setup = window.tasks.page.setup
        while setup._preview is None:
            QApplication.processEvents()
        setup._watch._switch.setChecked(on)
        setup._watch.choose_output(Path("/home/ada/Documents/Support triage.csv"))
        if refused:
            setup._watch.show_refusal("It lies in the folder that is watched; choose another place.")

    return run


def _set_up(path: Path | None) -> Callable[[Window], None]:
    def run(window: Window) -> None:
        window.show_place("tasks")
        window.tasks.page.set_up(1)
        if path is not None:
            window.tasks.page.setup.choose_paths([path])

    return run


def start_gathering(window: Window) -> None:
    _set_up(SHEET)(window)
    window.tasks.page._started(window.tasks.desk.running.start(1, "Support triage", RunSource((str(SHEET),))))


def _nothing(window: Window) -> None:
    pass


STATES: dict[str, tuple[Callable[[FakeApplication], None], Callable[[Window], None]]] = {
    "tasks-empty": (ready, _then(_nothing)),
    "tasks": (several, _then(_nothing)),
    "tasks-working": (working, start_working),
    "tasks-trying": (trying, try_triage),
    "tasks-refused": (refused, _then(_refuse)),
    "tasks-editor": (several, _open(1)),
    "tasks-fields": (several, _open(2)),
    "tasks-example": (several, _example),
    "tasks-route": (every_kind, _open(4, scroll=0.3)),
    "tasks-policy": (every_kind, _open(5)),
    "tasks-summary": (every_kind, _open(6)),
    "tasks-schema": (every_kind, _open(7)),
    "tasks-reply": (every_kind, _open(8, scroll=0.4)),
    "tasks-setup": (set_up, _set_up(None)),
    "tasks-setup-table": (set_up, _set_up(SHEET)),
    "tasks-setup-folder": (set_up, _set_up(Path("/home/ada/Legal"))),
    "tasks-setup-watchable": (set_up_watching, _watching(on=False)),
    "tasks-setup-watching": (set_up_watching, _watching()),
    "tasks-setup-watching-refused": (set_up_watching, _watching(refused=True)),
    "tasks-watched": (watched, _then(_nothing)),
    "tasks-watched-paused": (watched, pause_watched),
    "tasks-watched-hostile": (watched_hostile, _then(_nothing)),
    "tasks-watched-working": (watched_working, start_watched),
    "tasks-watched-added": (added, start_watched),
    "tasks-gathering": (gathering, start_gathering),
    "tasks-hostile-trial": (hostile_trial, _then(_try_hostile)),
    "tasks-hostile-source": (hostile_source, _set_up(SHEET)),
    "tasks-hostile": (hostile, _then(_nothing)),
}
