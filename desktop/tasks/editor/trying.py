"""The trial that runs beside the form: on which file, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from desktop.lanes import Job, Lane
from desktop.tasks.editor.trial import TRIED, TrialPanel
from desktop.tasks.setup.mapping import likely_columns
from desktop.window.ports import CarrelApplication, Tasks
from engine.errors import EngineError
from engine.tasks.recipe import Recipe
from engine.tasks.values import Column, RunSource, StoredLine
from rag.errors import RagError

FILES = "tasks.trials"
"""The setting that remembers what each recipe was last tried on, by its number."""


def _lines(tasks: Tasks, recipe: Recipe, path: str, cancelled: Callable[[], bool]) -> Iterator[StoredLine]:
    """What a run of the file would begin with: of a table, the columns that the set-up proposes."""
    source = RunSource((path,), limit=TRIED)
    columns = likely_columns(tasks.preview(source), recipe)
    yield from tasks.try_recipe(recipe, replace(source, columns=columns), cancelled=cancelled)


class Trying(QObject):
    """`failed` brings what nobody expected; what was to be expected the panel says."""

    failed = Signal(object)

    def __init__(self, app: CarrelApplication, lane: Lane, panel: TrialPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._app = app
        self._lane = lane
        self._panel = panel
        self._sample = self._file = ""
        self._job: Job | None = None

    @property
    def path(self) -> str:
        """What is tried on; “” where nothing was chosen."""
        return self._file or self._sample

    def use(self, file: str, *, sample: str = "") -> None:
        """Another recipe is open: its sample, where it has one, and the file it was last tried on."""
        self._file, self._sample = file, sample
        self.show_source()

    def choose(self, file: str) -> None:
        self._file = file
        self.show_source()

    def choose_sample(self) -> None:
        self._file = ""
        self.show_source()

    def show_source(self) -> None:
        name = Path(self._file).name if self._file else ""
        self._panel.show_source(name, has_sample=bool(self._sample))

    def remembered(self, recipe_id: int) -> str:
        return str(self._app.setting(FILES, {}).get(str(recipe_id), ""))

    def remember(self, recipe_id: int) -> None:
        """For the next time this recipe is opened."""
        if self.path:
            self._app.put_setting(FILES, self._app.setting(FILES, {}) | {str(recipe_id): self.path})

    # The trial

    def start(self, recipe: Recipe, columns: Sequence[Column]) -> None:
        self.stop()
        if not self.path:
            return
        tasks, path = self._app.tasks, self.path
        job = self._lane.job(lambda cancelled: _lines(tasks, recipe, path, cancelled))
        job.happened.connect(self._panel.show_line)
        job.done.connect(self._over)
        job.cancelled.connect(self._over)
        job.failed.connect(self._fail)
        self._panel.begin(columns)
        self._job = job
        self._lane.start(job)

    def stop(self) -> None:
        """End what runs; what has come stays."""
        job, self._job = self._job, None
        if job is None:
            return
        job.happened.disconnect(self._panel.show_line)
        for signal in (job.done, job.cancelled):
            signal.disconnect(self._over)
        job.failed.disconnect(self._fail)
        job.cancel()
        self._panel.end()

    def _over(self) -> None:
        self._job = None
        self._panel.end()

    def _fail(self, error: BaseException) -> None:
        self._job = None
        expected = isinstance(error, EngineError | RagError | OSError)
        self._panel.end(self._app.explain(error).what)
        if not expected:
            self.failed.emit(error)
