"""The Tasks place in the real app in a real window: a recipe, its run, the review, a question about all.

    xvfb-run -s "-screen 0 1400x900x24" python -m tests.desktop.task_walk PROFILE
        [--model ID] [--pictures DIR] [--short]

As `walk.py`, whose steps up to the documents come first. Prints one JSON document with what was seen.
`--short` leaves out the documents, the second run and the question (`test_task_walk.py`).
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.desktop.walk import Walk, main_of

RECIPE = "support-triage"
QUESTION = "How many agreements end in 2027?"


class TaskWalk(Walk):
    def run(self) -> dict[str, Any]:
        self.open()
        if not self.is_short:
            self.add_documents()
        self.window.show_place("tasks")
        self.picture("gallery")
        recipe_id = self.write_recipe()
        self.run_recipe(recipe_id)
        self.review()
        if not self.is_short:
            self.compare(recipe_id)
            self.ask_every_document()
        self.measure()
        return self.seen

    def write_recipe(self) -> int:
        """One of the gallery, tried on its sample and saved."""
        page = self.window.tasks.page
        ready = next(one for one in self.application.tasks.gallery() if one.key == RECIPE)
        page.try_ready(ready)
        self.wait("the trial has ended", lambda: not self.window.lanes.answers.is_busy, 240)
        self.pump(0.3)
        self.picture("editor")
        assert page.editor.save()
        assert page.editor.recipe_id is not None
        return page.editor.recipe_id

    def run_recipe(self, recipe_id: int) -> None:
        """All rows of the sample; the model process is killed on the way."""
        page = self.window.tasks.page
        page.set_up(recipe_id)
        self._choose_sample()
        self.picture("setup")
        began = time.monotonic()
        page.setup.start()
        self.wait("a row is done", lambda: self._done(recipe_id) > 0)
        self.picture("running")
        process = self.application.model_process_id()
        if process:
            os.kill(process, signal.SIGKILL)
        longest = self.wait("the run has ended", lambda: not self.window.tasks.desk.running.all, 400)
        self.pump(0.6)
        self.picture("table")
        (run,) = self.application.tasks.runs(recipe_id)
        self.seen["run"] = {
            "state": run.state,
            "reason": run.reason,
            "rows": run.counts.total,
            "done": run.counts.done,
            "review": run.counts.review,
            "seconds": round(time.monotonic() - began, 1),
            "longest_pause_ms": round(longest * 1000),
        }

    def review(self) -> None:
        """Choose another label by its number, look at the whole line, export."""
        view = self.window.tasks.page.run_place.view
        run = view.run
        assert run is not None
        view.table.setFocus(Qt.FocusReason.OtherFocusReason)
        QTest.keyClick(view.table, Qt.Key.Key_J)
        self.pump(0.2)
        QTest.keyClick(view.table, Qt.Key.Key_3)
        self.pump(0.3)
        self.picture("review")
        corrected = self.application.tasks.run(run.id).counts.corrected
        QTest.keyClick(view.table, Qt.Key.Key_Space)
        self.pump(0.4)
        self.picture("details")
        QTest.keyClick(view.table, Qt.Key.Key_Space)
        path = self.application.profile.folder / "triage.xlsx"
        for _ in self.application.tasks.export_run(run.id, path):
            pass
        self.seen["review"] = {"corrected": corrected, "exported_bytes": path.stat().st_size}

    def compare(self, recipe_id: int) -> None:
        page = self.window.tasks.page
        page.set_up(recipe_id)
        self._choose_sample()
        page.setup.start()
        self.wait("the second run is there", lambda: len(self.application.tasks.runs(recipe_id)) == 2)
        self.wait("it has ended", lambda: not self.window.tasks.desk.running.all, 400)
        self.pump(0.4)
        latest, first = self.application.tasks.runs(recipe_id)
        page.run_place.view.compare(first.id)
        self.wait("they are compared", lambda: not self.window.lanes.errands.is_busy)
        self.pump(0.4)
        self.picture("comparison")
        found = self.application.tasks.compare_runs(latest.id, first.id)
        self.seen["comparison"] = {"cells": found.cells, "same": found.same}

    def ask_every_document(self) -> None:
        page = self.window.tasks.page
        page.show_overview()
        self.picture("overview")
        page.ask_every_document(QUESTION)
        every = page.every_document
        self.wait("the plan is there", lambda: every.plan_card.isVisible() or self.window.sheet.isVisible())
        self.picture("plan")
        every.plan_card._start.click()
        self.wait("it is counted", lambda: every.tally_card.run_id is not None, 240)
        self.wait("all are read", lambda: not self.window.tasks.desk.running.all, 400)
        self.pump(0.4)
        self.picture("answer")
        assert every.tally_card.run_id is not None
        tally = self.application.tasks.tally(every.tally_card.run_id)
        self.seen["every_document"] = {
            "sentence": tally.sentence,
            "listed": sum(map(len, (tally.matches, tally.others, tally.unclear, tally.unreadable))),
        }

    def _choose_sample(self) -> None:
        page = self.window.tasks.page
        ready = next(one for one in self.application.tasks.gallery() if one.key == RECIPE)
        page.setup.choose_paths([Path(ready.sample)])
        self.wait("the table is looked at", lambda: page.setup.can_start)
        self.pump(0.3)

    def _done(self, recipe_id: int) -> int:
        return sum(run.counts.done for run in self.application.tasks.runs(recipe_id))


if __name__ == "__main__":
    sys.exit(main_of(TaskWalk, __doc__))
