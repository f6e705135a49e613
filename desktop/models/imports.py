"""Model files that the person brings: looked at, and copied into Carrel or used where they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from desktop.lanes import Job, Lane
from desktop.window.ports import Models
from engine.models.values import Copying, ModelAdded


@dataclass(frozen=True, slots=True)
class Import:
    """`progress` is None while the file is looked at, or waits for its turn."""

    path: Path
    copy: bool
    progress: Copying | None = None
    stopping: bool = False


class Imports(QObject):
    """`changed`: one moved or ended. `added` names a model that is here now; `failed` brings the error."""

    changed = Signal()
    added = Signal(str)
    failed = Signal(object)

    def __init__(self, models: Models, lane: Lane, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._lane = lane
        self._running: dict[Path, tuple[Import, Job]] = {}

    @property
    def running(self) -> list[Import]:
        return [shown for shown, _ in self._running.values()]

    def start(self, path: Path, *, copy: bool) -> None:
        if path in self._running:
            return
        models = self._models
        job = self._lane.job(lambda cancelled: models.import_model(path, copy=copy, cancelled=cancelled))
        job.happened.connect(partial(self._take, path))
        for ended in (job.done, job.cancelled):
            ended.connect(partial(self._ended, path))
        job.failed.connect(partial(self._fail, path))
        self._running[path] = Import(path, copy), job
        self._lane.start(job)
        self.changed.emit()

    def stop(self, path: Path) -> None:
        if path in self._running:
            self._change(path, lambda shown: replace(shown, stopping=True))
            self._running[path][1].cancel()

    def _take(self, path: Path, event: Copying | ModelAdded) -> None:
        if isinstance(event, Copying):
            self._change(path, lambda shown: replace(shown, progress=event))
        else:
            self.added.emit(event.id)

    def _change(self, path: Path, change: Callable[[Import], Import]) -> None:
        shown, job = self._running[path]
        self._running[path] = change(shown), job
        self.changed.emit()

    def _ended(self, path: Path) -> None:
        del self._running[path]
        self.changed.emit()

    def _fail(self, path: Path, error: BaseException) -> None:
        self._ended(path)
        self.failed.emit(error)
