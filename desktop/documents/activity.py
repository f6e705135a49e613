"""The indexing that runs: started, stopped and resumed here; how far it is, for whoever shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.lanes import Job, Lane, Work
from desktop.window.ports import CarrelApplication
from rag.indexing import (
    FileDone,
    FileFailed,
    FileProgress,
    FilesFound,
    FileStarted,
    IndexDone,
    IndexEvent,
    JobProgress,
)

REFRESH_MS = 400
"""The library is asked for its numbers at most this often while files come in."""

PAUSED = "indexing.paused"


@dataclass(frozen=True, slots=True)
class Reading:
    """How far the running job is. `path` and `what` are those of the file being read now."""

    collection: str = ""
    done: int = 0
    total: int = 0
    path: str = ""
    name: str = ""
    what: str = ""
    seconds_left: float | None = None
    stopping: bool = False

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0


@dataclass(frozen=True, slots=True)
class _Task:
    """A job on the lane. A `quiet` one is not shown until it finds something to read."""

    job: Job
    collection: str
    quiet: bool = False


class Activity(QObject):
    """One indexing job at a time; further ones wait on the lane.

    `progressed` says that `reading` changed, `library_changed` that collections have new numbers,
    `finished` carries the last IndexDone.
    """

    progressed = Signal()
    library_changed = Signal()
    finished = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        app: CarrelApplication,
        lane: Lane,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._app = app
        self._lane = lane
        self._tasks: list[_Task] = []
        self._is_shown = False
        self._put_off: list[str] = []
        self._reading = Reading()
        self._refresh = QTimer(self, interval=REFRESH_MS, singleShot=True)
        self._refresh.timeout.connect(self.library_changed)

    @property
    def reading(self) -> Reading | None:
        """None while nothing is read; looking at a followed folder is not worth a word."""
        return self._reading if self._tasks and self._is_shown else None

    @property
    def is_busy(self) -> bool:
        return bool(self._tasks)

    @property
    def is_paused(self) -> bool:
        """The person stopped it, so it does not go on by itself at the next start."""
        return bool(self._app.setting(PAUSED, False))

    # What the person does

    def add(self, paths: Sequence[Path], collection: str | None = None) -> None:
        app = self._app
        self._start(lambda cancelled: app.index(paths, collection, cancelled=cancelled), collection or "")

    def resume(self) -> None:
        app = self._app
        self._start(lambda cancelled: app.resume_indexing(cancelled=cancelled), "")
        put_off, self._put_off = self._put_off, []
        for collection in put_off:
            self.look_again(collection)

    def look_again(self, collection: str) -> None:
        """Read what has changed in the collection's folders; nothing is shown where nothing has.

        While the person has paused reading it is put off until they go on.
        """
        if self.is_paused:
            self._put_off = [*(name for name in self._put_off if name != collection), collection]
            return
        # The first is being worked on and may be past what has changed now; the others have yet to look.
        if not any(task.quiet and task.collection == collection for task in self._tasks[1:]):
            app = self._app
            self._begin_task(lambda cancelled: app.refresh(collection, cancelled=cancelled), collection, True)

    def rebuild(self, collection: str) -> None:
        """Read every file of a collection anew."""
        app = self._app
        self._start(lambda cancelled: app.rebuild_collection(collection, cancelled=cancelled), collection)

    def retry(self, paths: Sequence[Path]) -> None:
        app = self._app
        self._start(lambda cancelled: app.retry(paths, cancelled=cancelled), "")

    def stop(self) -> None:
        """Stop all; what is read stays, what waits goes on with `resume`."""
        self._app.put_setting(PAUSED, True)
        for task in self._tasks:
            task.job.cancel()
        self._change(stopping=True)

    def resume_at_start(self) -> None:
        """Go on with what waited when Carrel closed, unless the person had stopped it."""
        if not self.is_paused and any(found.waiting for found in self._app.collections()):
            self.resume()

    def embed_anew(self) -> None:
        """Have the embedder embed what another one did before it; nothing is shown where there is nothing.

        For once the reader is warm: it is asked which embedder it has.
        """
        if not self.is_paused:
            self._begin_task(self._embed_anew, "", True)

    def _embed_anew(self, cancelled: Callable[[], bool]) -> Iterator[IndexEvent]:
        if self._app.is_to_be_embedded():
            yield from self._app.embed_anew(cancelled=cancelled)

    # The job

    def _start(self, work: Work, collection: str) -> None:
        self._app.put_setting(PAUSED, False)
        self._begin_task(work, collection, False)

    def _begin_task(self, work: Work, collection: str, quiet: bool) -> None:
        job = self._lane.job(work)
        job.happened.connect(self._take)
        job.done.connect(self._ended)
        job.cancelled.connect(self._ended)
        job.failed.connect(self._failed)
        self._tasks.append(_Task(job, collection, quiet))
        if len(self._tasks) == 1:
            self._begin(collection, quiet=quiet)
        self._lane.start(job)
        self.progressed.emit()

    def _begin(self, collection: str, *, quiet: bool = False) -> None:
        self._reading = Reading(collection=collection)
        self._is_shown = not quiet

    def _take(self, event: IndexEvent) -> None:
        match event:
            case FilesFound(total=total):
                self._change(total=total)
            case FileStarted(path=path, name=name, done=done, total=total):
                self._is_shown = True
                self._change(path=path, name=name, done=done, total=total, what="")
            case FileProgress(what=what, done=done, total=total):
                self._change(what=_words(what, done, total))
            case JobProgress(seconds_left=seconds_left):
                self._change(seconds_left=seconds_left)
            case FileDone(done=done, total=total) | FileFailed(done=done, total=total):
                self._change(done=done, total=total)
                self._refresh_soon()
            case IndexDone():
                self.finished.emit(event)

    def _change(self, **values: Any) -> None:
        self._reading = replace(self._reading, **values)
        self.progressed.emit()

    def _refresh_soon(self) -> None:
        if not self._refresh.isActive():
            self._refresh.start()

    def _ended(self) -> None:
        self._tasks = [task for task in self._tasks if not task.job.is_over]
        if self._tasks:
            self._begin(self._tasks[0].collection, quiet=self._tasks[0].quiet)
        self._refresh.stop()
        self.progressed.emit()
        self.library_changed.emit()

    def _failed(self, error: BaseException) -> None:
        self._ended()
        self.failed.emit(error)


def _words(what: str, done: int, total: int | None) -> str:
    """“preparing 14 of 31 passages”, “reading page 3”."""
    unit = "passages" if what == "embedding" else "pages"
    what = "preparing" if what == "embedding" else what
    if total is None:
        return f"{what} {unit[:-1]} {done}"
    return f"{what} {done} of {total} {unit}"


def time_left(seconds: float | None) -> str:
    """“about 4 min left”; nothing where it is not known or hardly worth a word."""
    if seconds is None or seconds < 15:
        return ""
    if seconds < 90:
        return "about 1 min left"
    if seconds < 5400:
        return f"about {round(seconds / 60)} min left"
    return f"about {round(seconds / 3600)} h left"


def sentence(reading: Reading) -> str:
    """“Reading Staff handbook.docx · preparing 14 of 31 passages”."""
    if reading.stopping:
        return "Stopping…"
    if not reading.name:
        return f"Looking at {reading.total} files…" if reading.total else "Looking for files…"
    return " · ".join(part for part in (f"Reading {reading.name}", reading.what) if part)
