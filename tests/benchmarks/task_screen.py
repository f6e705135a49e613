"""The table of a run with 100,000 rows on the screen: opening, scrolling, filtering, going through doubts.

    QT_QPA_PLATFORM=offscreen python -m tests.benchmarks.task_screen [--rows 100000] [--folder FOLDER]
    xvfb-run -a python -m tests.benchmarks.task_screen

The store is the application's, the rows are those of `task_table`. A frame is everything between what the
person does and the last pixel of it: fetching, laying out, painting. `--folder` keeps the database.
"""

from __future__ import annotations

import argparse
import gc
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication

from desktop.lanes import Lanes
from desktop.tasks.run_view import RunView
from desktop.theme.fonts import load_fonts
from desktop.theme.theme import Theme
from engine.database import Database
from engine.tasks.migrations import MIGRATIONS
from engine.tasks.runs import RunStore
from engine.tasks.values import LineFilter, LineId, RowsStored, RunRow, StoredLine
from tests.benchmarks.harness import Machine, table
from tests.benchmarks.task_table import fill

SIZE = (1024, 768)
SEED = 5
Milliseconds = list[float]


class StoredRuns:
    """The part of the application's `Tasks` that a run's table asks for, straight from the store."""

    def __init__(self, store: RunStore) -> None:
        self._store = store

    def runs(self, recipe_id: int | None = None) -> list[RunRow]:
        return self._store.runs(recipe_id)

    def run(self, run_id: int) -> RunRow:
        return self._store.run(run_id)

    def line_ids(self, run_id: int, which: LineFilter = "all", search: str = "") -> list[LineId]:
        return self._store.line_ids(run_id, which, search)

    def lines(self, run_id: int, ids: Sequence[LineId]) -> list[StoredLine]:
        return self._store.lines(run_id, ids)

    def correct(self, run_id: int, line: LineId, column: str, value: Any) -> StoredLine:
        return self._store.correct(run_id, line, column, value)

    def accept(self, run_id: int, line: LineId, accepted: bool = True) -> StoredLine:
        return self._store.accept(run_id, line, accepted)


def timed(app: QApplication, act: Callable[[], Any]) -> float:
    """Milliseconds from an act to the last pixel that it changes."""
    began = time.perf_counter()
    act()
    app.processEvents()
    return (time.perf_counter() - began) * 1000


def scrolls(view: RunView) -> Iterator[tuple[str, list[int]]]:
    """Where the scroll bar is put, one after the other."""
    bar = view.table.verticalScrollBar()
    row, page = view.table.rowHeight(0), view.table.viewport().height()
    yield "wheel, three rows a notch", [n * 3 * row for n in range(300)]
    yield "a page at a time", [40_000 * row + n * page for n in range(150)]
    yield "a finger on the touchpad", [60_000 * row + n * 17 for n in range(400)]
    chance = random.Random(SEED)
    yield "the bar dragged through all", [bar.maximum() * n // 200 for n in range(200)]
    yield "the bar thrown about", [chance.randrange(bar.maximum()) for _ in range(200)]


def measure(app: QApplication, view: RunView, run: RunRow) -> dict[str, tuple[Milliseconds, int]]:
    """Milliseconds by what was done, and how many it may take."""
    took: dict[str, tuple[Milliseconds, int]] = {}
    took["open, to the first picture"] = [timed(app, partial(view.show_run, run.id))], 1_000
    bar = view.table.verticalScrollBar()
    for name, places in scrolls(view):
        took[f"scroll: {name}"] = [timed(app, partial(bar.setValue, at)) for at in places], 50
    for which in ("review", "corrected", "failed", "all"):
        took[f"filter: {which}"] = [timed(app, partial(view.filters.choose, which))], 300
    for words in ("customer 4711", "the", "nowhere to be found", ""):
        took[f"search: “{words}”"] = [timed(app, partial(search, view, words))], 300
    took["J, to the next in doubt"] = pressed(app, view, Qt.Key.Key_J, 200), 50
    took["a number key: correct, and on"] = pressed(app, view, Qt.Key.Key_2, 100), 50
    view.body.open_details()
    took["J, with the details open"] = pressed(app, view, Qt.Key.Key_J, 100), 50
    view.body.open_details(False)
    stored = [RowsStored(run.id, tuple(range(n, n + 32)), run.counts, 1_000, 60) for n in range(0, 6_400, 32)]
    took["32 rows stored meanwhile"] = [timed(app, partial(view.take, event)) for event in stored], 50
    return took


def search(view: RunView, words: str) -> None:
    view.filters.search.setText(words)
    view.filters._search_now()


def pressed(app: QApplication, view: RunView, key: Qt.Key, times: int) -> Milliseconds:
    return [timed(app, partial(press, view, key)) for _ in range(times)]


def press(view: RunView, key: Qt.Key) -> None:
    QApplication.sendEvent(view.table, QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        with closing(Database(folder / "tasks.db", MIGRATIONS)) as database:
            store = RunStore(database)
            if not store.runs():
                fill(store, arguments.rows)
            show(store)


def show(store: RunStore) -> None:
    machine = Machine()
    app = QApplication([])
    app.setStyle("Fusion")
    load_fonts()
    theme, lanes = Theme(app, "light"), Lanes()
    view = RunView(theme, StoredRuns(store), lanes)  # type: ignore[arg-type]
    view.resize(*SIZE)
    view.show()
    app.processEvents()
    run = store.runs()[0]
    gc.freeze()  # as the app does once its window is there
    took = measure(app, view, run)
    view.close()
    lanes.close()
    lines = [(name, *spread(each), f"< {most}") for name, (each, most) in took.items()]
    print(f"{run.counts.total:,} rows, {SIZE[0]} × {SIZE[1]}, {QGuiApplication.platformName()}")
    print(table(("what", "times", "median ms", "95 %", "most", "may take"), lines))
    print(machine)


def spread(milliseconds: Milliseconds) -> tuple[str, str, str, str]:
    ordered = sorted(milliseconds)
    middle, late = ordered[len(ordered) // 2], ordered[len(ordered) * 95 // 100]
    return f"{len(ordered)}", f"{middle:.1f}", f"{late:.1f}", f"{ordered[-1]:.1f}"


if __name__ == "__main__":
    main()
