"""For every new file in a folder: run a recipe on it, and add the lines to a file.

Each portion of new files is a run of its own. A table among them is one by itself: its rows are the inputs.
What is kept of a watched task (in the settings, as JSON): which files are done, by path, size and time of
change, and which run's lines are being added, so that a kill at any moment loses no file and doubles no line.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

import msgspec

from engine.errors import ColumnsDiffer, EngineError, ExportFailed, InputUnreadable, NoInputs, RunUnknown
from engine.tasks.exports import APPENDED, append, check_output, size_of, write
from engine.tasks.values import LineId, RunEvent, RunRow, RunSource, RunStarted, StoredLine, WatchedTask
from rag.errors import RagError
from rag.formats import TABLES
from rag.scan import absolute, lies_in, scan
from rag.values import FileState
from rag.watching import Watch

SETTLED_S = 1.0  # a file that has not changed for so long is whole
_LOOK_S = 0.25
_LONGEST_S = 60.0  # a file that changes on and on is left for the next time
_ALL = "watched_tasks"
_LINES_TOGETHER = 500
_LEFT_OUT_KEPT = 20

Cancelled = Callable[[], bool]
log = logging.getLogger(__name__)


class Kept(Protocol):
    """The settings of the profile."""

    def setting(self, key: str, default: Any) -> Any: ...
    def put_setting(self, key: str, value: Any) -> None: ...


class Runs(Protocol):
    """What watched tasks need of `desktop.window.ports.Tasks`."""

    def run_recipe(
        self, recipe_id: int, source: RunSource, *, cancelled: Cancelled = ...
    ) -> Iterator[RunEvent]: ...
    def resume_run(self, run_id: int, *, cancelled: Cancelled = ...) -> Iterator[RunEvent]: ...
    def run(self, run_id: int) -> RunRow: ...
    def line_ids(self, run_id: int) -> list[LineId]: ...
    def lines(self, run_id: int, ids: Sequence[LineId]) -> list[StoredLine]: ...


@dataclass(frozen=True, slots=True)
class _Pending:
    """A run whose lines are still to be added; `at` is where the file ended before."""

    run_id: int
    files: tuple[str, ...]
    at: int | None = None


@dataclass(frozen=True, slots=True)
class _Task:
    id: int
    recipe_id: int
    recipe_name: str
    folder: str
    output: str
    seen: tuple[str, ...] = ()  # keys of files that are done, or were there before
    runs: tuple[int, ...] = ()
    done: int = 0
    reason: str = ""
    left_out: tuple[tuple[str, str], ...] = ()  # path and reason of tables that could not be read
    pending: _Pending | None = None


class _Removed(Exception):
    """There is no such task any more."""


@dataclass(frozen=True, slots=True)
class _Sight:
    """How a file looks, and since when."""

    key: str
    since: float


class WatchedTasks:
    """Usable from any thread; one `work` at a time for each task."""

    def __init__(self, kept: Kept, runs: Runs, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._kept = kept
        self._runs = runs
        self._clock = clock
        self._lock = threading.Lock()
        self._folders: dict[str, tuple[str, ...]] = {}
        self._removed: dict[int, _Task] = {}

    def tasks(self) -> list[WatchedTask]:
        return [_shown(self._task(task_id)) for task_id in self._ids()]

    def add(
        self, recipe_id: int, recipe_name: str, folder: Path, output: Path, *, existing: bool = False
    ) -> WatchedTask:
        """`existing`: what lies in the folder already is done, too.

        Raises:
            ExportFailed: the output would lie among the inputs, or has another ending.
        """
        folder, output = absolute(folder), absolute(output)
        if lies_in(str(output), [folder]):
            raise ExportFailed(str(output), "It lies in the folder that is watched; choose another place.")
        check_output(RunSource((str(folder),)), output)
        if output.exists() and output.suffix.lower() not in APPENDED:
            raise ExportFailed(str(output), "It is there already and cannot be added to.")
        seen = () if existing else tuple(_key(path) for path in _files(folder))
        with self._lock:
            task_id = max([*self._ids(), *self._removed], default=0) + 1
            task = _Task(task_id, recipe_id, recipe_name, str(folder), str(output), seen)
            self._keep(task)
            self._kept.put_setting(_ALL, [*self._ids(), task_id])
        return _shown(task)

    def remove(self, task_id: int) -> None:
        """Its runs and its output stay; until Carrel is closed, `restore` undoes it."""
        with self._lock, suppress(_Removed):
            self._removed[task_id] = self._task(task_id)
            self._kept.put_setting(_ALL, [id_ for id_ in self._ids() if id_ != task_id])
            self._kept.put_setting(_name(task_id), None)

    def restore(self, task_id: int) -> None:
        """As it was: what came meanwhile is new."""
        with self._lock:
            task = self._removed.pop(task_id, None)
            if task is not None:
                self._keep(task)
                self._kept.put_setting(_ALL, [*self._ids(), task_id])

    def watch(self, due: Callable[[int], None]) -> Watch:
        """Until it is closed, `due` hears, on a thread of its own, for which task to `work`."""
        return Watch(self._watched, lambda name: due(int(name)))

    def work(self, task_id: int, *, cancelled: Cancelled) -> Iterator[RunEvent]:
        """Finish what was begun, then do the new files of a task; ends early when cancelled.

        Raises:
            EngineError, RagError: kept as the task's reason; what is not done waits for the next time.
        """
        try:
            yield from self._finish(task_id, cancelled)
            for portion in self._portions(task_id, cancelled):
                if cancelled() or self._task(task_id).pending:
                    return
                yield from self._begin(task_id, portion, cancelled)
        except _Removed:
            return
        except (EngineError, RagError) as error:
            with suppress(_Removed):
                self._change(task_id, reason=str(error))
            raise

    def _portions(self, task_id: int, cancelled: Cancelled) -> list[list[str]]:
        """New files in portions that make one run each; none while the folder is away."""
        self._forget_what_went(task_id)
        task = self._task(task_id)
        settled = self._settled(Path(task.folder), frozenset(task.seen), cancelled)
        tables = [[path] for path in settled if Path(path).suffix.lower() in TABLES]
        others = [path for path in settled if Path(path).suffix.lower() not in TABLES]
        return [*tables, *([others] if others else [])]

    def _settled(self, folder: Path, seen: frozenset[str], cancelled: Cancelled) -> list[str]:
        """New files that are not being written any more; waits a moment for those that are."""
        began = self._clock()
        sights: dict[str, _Sight] = {}
        while not cancelled():
            now = self._clock()
            new = {path: key for path in _files(folder) if (key := _key(path)) and key not in seen}
            sights = {
                path: sights[path] if path in sights and sights[path].key == key else _Sight(key, now)
                for path, key in new.items()
            }
            settled = [path for path, sight in sights.items() if now - sight.since >= SETTLED_S]
            if len(settled) == len(sights) or now - began > _LONGEST_S:
                return settled
            time.sleep(_LOOK_S)
        return []

    def _begin(self, task_id: int, files: list[str], cancelled: Cancelled) -> Iterator[RunEvent]:
        """A run over these files. A table that cannot be read is a problem; the other files go on."""
        task = self._without(task_id, files)
        keys = tuple(_key(path) for path in files)
        started = False
        try:
            for event in self._runs.run_recipe(task.recipe_id, RunSource(tuple(files)), cancelled=cancelled):
                if isinstance(event, RunStarted):
                    started = True
                    self._change(task_id, pending=_Pending(event.run_id, keys))
                yield event
        except (InputUnreadable, NoInputs) as error:
            if started:
                raise
            log.warning("an input of the watched task %d was left out: %s", task_id, error)
            left_out = (*task.left_out, (files[0], str(error)))[-_LEFT_OUT_KEPT:]
            self._change(task_id, seen=(*task.seen, *keys), left_out=left_out)
            return
        self._deliver(task_id)

    def _forget_what_went(self, task_id: int) -> None:
        """A file that is not there any more is in nobody's way."""
        task = self._task(task_id)
        if Path(task.folder).is_dir():
            self._without(task_id, [path for path, _ in task.left_out if not Path(path).exists()])

    def _without(self, task_id: int, paths: Collection[str]) -> _Task:
        """The task, these files being no longer left out."""
        task = self._task(task_id)
        left_out = tuple(each for each in task.left_out if each[0] not in paths)
        if left_out != task.left_out:
            self._change(task_id, left_out=left_out)
        return self._task(task_id)

    def _finish(self, task_id: int, cancelled: Cancelled) -> Iterator[RunEvent]:
        pending = self._task(task_id).pending
        if pending is None:
            return
        try:
            if self._runs.run(pending.run_id).state != "done":
                yield from self._runs.resume_run(pending.run_id, cancelled=cancelled)
            self._deliver(task_id)
        except RunUnknown:  # it was deleted: its files are new again
            self._change(task_id, pending=None, reason="")

    def _deliver(self, task_id: int) -> None:
        """Add the lines of the run to the output, once all its inputs are done."""
        task = self._task(task_id)
        pending = task.pending
        if pending is None:
            return
        run = self._runs.run(pending.run_id)
        if run.state != "done":
            self._change(task_id, reason=run.reason)
            return
        output = Path(task.output)
        if output.suffix.lower() in APPENDED:
            if pending.at is None:
                pending = replace(pending, at=size_of(output))
                self._change(task_id, pending=pending)
            try:
                append(run, list(self._lines(run.id)), output, pending.at or 0)
            except ColumnsDiffer as error:
                self._leave_out(task_id, pending, f"{error} Its lines stand in run {run.id:,}.")
                return
        else:
            self._write_anew(task, run, output)
        self._change(
            task_id,
            pending=None,
            seen=(*task.seen, *pending.files),
            runs=(*task.runs, run.id),
            done=task.done + len(pending.files),
            reason="",
        )

    def _leave_out(self, task_id: int, pending: _Pending, why: str) -> None:
        """A table among documents, or after the person gave the file other columns: the files that come
        later are not to wait for it. Its run is kept."""
        task = self._task(task_id)
        source = self._runs.run(pending.run_id).source
        left_out = (*task.left_out, *((path, why) for path in source.paths))[-_LEFT_OUT_KEPT:]
        self._change(task_id, pending=None, seen=(*task.seen, *pending.files), left_out=left_out, reason="")

    def _write_anew(self, task: _Task, run: RunRow, output: Path) -> None:
        """All lines of the task's runs, for a file that cannot be added to."""
        check_output(run.source, output)
        ids = [run_id for run_id in task.runs if self._is_there(run_id)] + [run.id]
        total = sum(len(self._runs.line_ids(run_id)) for run_id in ids)
        for _ in write(run, chain.from_iterable(map(self._lines, ids)), total, output):
            pass

    def _is_there(self, run_id: int) -> bool:
        try:
            self._runs.run(run_id)
        except RunUnknown:
            return False
        return True

    def _lines(self, run_id: int) -> Iterator[StoredLine]:
        ids = self._runs.line_ids(run_id)
        for start in range(0, len(ids), _LINES_TOGETHER):
            yield from self._runs.lines(run_id, ids[start : start + _LINES_TOGETHER])

    # What is kept

    def _ids(self) -> list[int]:
        return list(self._kept.setting(_ALL, []))

    def _task(self, task_id: int) -> _Task:
        """Raises: _Removed."""
        kept = self._kept.setting(_name(task_id), None)
        if kept is None:
            raise _Removed
        return msgspec.convert(kept, _Task)

    def _keep(self, task: _Task) -> None:
        self._kept.put_setting(_name(task.id), msgspec.to_builtins(task))

    def _change(self, task_id: int, **changes: Any) -> None:
        with self._lock:
            self._keep(replace(self._task(task_id), **changes))

    def _watched(self) -> dict[str, tuple[str, ...]]:
        try:
            self._folders = {str(id_): (self._task(id_).folder,) for id_ in self._ids()}
        except EngineError as error:
            log.warning("it is not known which tasks to watch: %s", error)
        return self._folders


def _files(folder: Path) -> list[str]:
    """The files of a folder, also those that no reader is for; none while it is away, as on a drive."""
    found = scan([folder], cancelled=lambda: False, others=True)
    return [item.path for item in found if isinstance(item, FileState) or Path(item.path).is_file()]


def _key(path: str) -> str:
    """Tells a file, and each new content of it, from all others."""
    try:
        status = Path(path).stat()
    except OSError:  # it went a moment ago
        return ""
    said = f"{path}\0{status.st_size}\0{status.st_mtime_ns}"
    return hashlib.sha256(said.encode("utf-8", "surrogateescape")).hexdigest()[:20]


def _name(task_id: int) -> str:
    return f"watched_task/{task_id}"


def _shown(task: _Task) -> WatchedTask:
    return WatchedTask(
        task.id,
        task.recipe_id,
        task.recipe_name,
        task.folder,
        task.output,
        on=True,
        done=task.done,
        reason=task.reason or (task.left_out[-1][1] if task.left_out else ""),
    )
