"""Models on their way here: one fetches at a time, further ones wait on the lane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from desktop.explain import Explanation, is_expected
from desktop.lanes import Job, Lane, once
from desktop.window.ports import Models
from engine.models.values import Downloading, ModelAdded

Ending = Literal["", "pausing", "discarding"]


@dataclass(frozen=True, slots=True)
class Download:
    """`progress` is None before its turn. `ending`: what the person asked for and has not happened yet.

    With `problem` it has failed and waits for another try.
    """

    progress: Downloading | None = None
    ending: Ending = ""
    problem: Explanation | None = None

    @property
    def runs(self) -> bool:
        return self.problem is None


class Downloads(QObject):
    """What has come of a download that is stopped or fails is kept, and `start` goes on from there.

    `changed` names the model whose download moved; `settled` says that one has ended, so that what is
    here and what is kept must be asked for anew; `added` names a model that is here now. `failed` brings
    what nobody expected: the rest is said where the download stands.
    """

    changed = Signal(str)
    settled = Signal()
    added = Signal(str)
    failed = Signal(object)

    def __init__(
        self,
        models: Models,
        lane: Lane,
        errands: Lane,
        explain: Callable[[BaseException], Explanation],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._models = models
        self._lane = lane
        self._errands = errands
        self._explain = explain
        self._downloads: dict[str, Download] = {}
        self._jobs: dict[str, Job] = {}

    def of(self, model_id: str) -> Download | None:
        return self._downloads.get(model_id)

    @property
    def any(self) -> bool:
        return bool(self._jobs)

    def start(self, model_id: str) -> None:
        """Begin, or go on with what was kept."""
        if model_id in self._jobs:
            return
        models = self._models
        job = self._lane.job(lambda cancelled: models.download_model(model_id, cancelled=cancelled))
        job.happened.connect(partial(self._take, model_id))
        for ended in (job.done, job.cancelled):
            ended.connect(partial(self._ended, model_id))
        job.failed.connect(partial(self._fail, model_id))
        self._jobs[model_id] = job
        self._downloads[model_id] = Download()
        self._lane.start(job)
        self.changed.emit(model_id)

    def pause(self, model_id: str) -> None:
        self._end(model_id, "pausing")

    def discard(self, model_id: str) -> None:
        """Stop it, if it runs, and delete what has come."""
        if model_id in self._jobs:
            self._end(model_id, "discarding")
        else:
            self._downloads.pop(model_id, None)
            self._delete(model_id)

    def _end(self, model_id: str, ending: Ending) -> None:
        job = self._jobs.get(model_id)
        if job is not None:
            self._change(model_id, ending=ending)
            job.cancel()

    def _take(self, model_id: str, event: Downloading | ModelAdded) -> None:
        if isinstance(event, Downloading):
            self._change(model_id, progress=event)
        else:
            self.added.emit(event.id)

    def _change(self, model_id: str, **values: Any) -> None:
        self._downloads[model_id] = replace(self._downloads[model_id], **values)
        self.changed.emit(model_id)

    def _ended(self, model_id: str) -> None:
        del self._jobs[model_id]
        ending = self._downloads.pop(model_id).ending
        if ending == "discarding":
            self._delete(model_id)
        self.settled.emit()

    def _fail(self, model_id: str, error: BaseException) -> None:
        if self._downloads[model_id].ending:  # it was being given up anyway
            self._ended(model_id)
            return
        del self._jobs[model_id]
        self._change(model_id, problem=self._explain(error))
        self.settled.emit()
        if not is_expected(error):
            self.failed.emit(error)

    def _delete(self, model_id: str) -> None:
        job = self._errands.job(once(partial(self._models.discard_download, model_id)))
        job.done.connect(self.settled)
        job.failed.connect(self.failed)
        self._errands.start(job)
