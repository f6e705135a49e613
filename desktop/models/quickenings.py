"""“Make it faster on this computer”: what is being measured, and results that wait for a decision."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.lanes import Job, Lane
from desktop.window.ports import Models
from engine.models.values import Measuring, Quickened


@dataclass(frozen=True, slots=True)
class Quickening:
    """`progress` is None before its turn; with `result` it is over and the person has yet to look."""

    progress: Measuring | None = None
    stopping: bool = False
    result: Quickened | None = None

    @property
    def runs(self) -> bool:
        return self.result is None


class Quickenings(QObject):
    """`changed` names a model; `compared` names one whose result has come."""

    changed = Signal(str)
    compared = Signal(str)
    failed = Signal(object)

    def __init__(self, models: Models, lane: Lane, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._lane = lane
        self._shown: dict[str, Quickening] = {}
        self._jobs: dict[str, Job] = {}

    def of(self, model_id: str) -> Quickening | None:
        return self._shown.get(model_id)

    @property
    def any(self) -> bool:
        return bool(self._jobs)

    def start(self, model_id: str) -> None:
        if model_id in self._jobs:
            return
        models = self._models
        job = self._lane.job(lambda cancelled: models.quicken_model(model_id, cancelled=cancelled))
        job.happened.connect(partial(self._take, model_id))
        for ended in (job.done, job.cancelled):
            ended.connect(partial(self._ended, model_id))
        job.failed.connect(partial(self._fail, model_id))
        self._jobs[model_id] = job
        self._shown[model_id] = Quickening()
        self._lane.start(job)
        self.changed.emit(model_id)

    def stop(self, model_id: str) -> None:
        if model_id in self._jobs:
            self._change(model_id, stopping=True)
            self._jobs[model_id].cancel()

    def settle(self, model_id: str) -> None:
        """The person has decided about the result."""
        shown = self._shown.get(model_id)
        if shown is not None and not shown.runs:
            del self._shown[model_id]
            self.changed.emit(model_id)

    def _take(self, model_id: str, event: Measuring | Quickened) -> None:
        if isinstance(event, Measuring):
            self._change(model_id, progress=event)
        else:
            self._change(model_id, result=event)

    def _change(self, model_id: str, **values: Any) -> None:
        self._shown[model_id] = replace(self._shown[model_id], **values)
        self.changed.emit(model_id)

    def _ended(self, model_id: str) -> None:
        del self._jobs[model_id]
        if self._shown[model_id].result is not None:
            self.compared.emit(model_id)
        else:
            del self._shown[model_id]
            self.changed.emit(model_id)

    def _fail(self, model_id: str, error: BaseException) -> None:
        del self._jobs[model_id], self._shown[model_id]
        self.changed.emit(model_id)
        self.failed.emit(error)
