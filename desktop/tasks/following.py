"""Follows the watched folders: when files have come into one, its recipe is run on them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Qt, Signal

from desktop.tasks import words
from desktop.tasks.running import Running, Underway
from desktop.theme.foreign import plain
from desktop.window.ports import Tasks, Watch
from desktop.window.toasts import Toast
from engine.tasks.values import RunEnded, WatchedTask

LATER = "Its new files could not be done. They are tried again later."


class Following(QObject):
    """From `begin` to `close`. `changed`: a watched task came, went, or says something else than before.

    One that the person paused rests until it is resumed: itself, or its run.
    """

    changed = Signal()
    run_asked = Signal(int)
    failed = Signal(object)
    _due = Signal(int)

    def __init__(self, tasks: Tasks, running: Running, toast: Toast, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._running = running
        self._toast = toast
        self._watch: Watch | None = None
        self._closed = False
        self._at_work: dict[int, WatchedTask] = {}  # as each was when its work began
        self._again: set[int] = set()
        self._paused: set[int] = set()
        self._stopped: set[int] = set()  # with their watching, not by being paused
        self._runs: dict[int, int] = {}  # the last run of each
        self._told: dict[int, str] = {}
        self._due.connect(self.look, Qt.ConnectionType.QueuedConnection)
        running.ended.connect(self._ended)
        running.followed.connect(self._over)

    def begin(self) -> None:
        """Do what came while Carrel was closed, and from now on what comes."""
        self._watch = self._tasks.follow_tasks(self._due.emit)

    def close(self) -> None:
        self._closed = True
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.close()

    # What the person does

    def is_paused(self, task_id: int) -> bool:
        return task_id in self._paused

    def resume(self, task_id: int) -> None:
        self._paused.discard(task_id)
        self.look(task_id)
        self.changed.emit()

    def unwatch(self, task: WatchedTask) -> None:
        """Its file and its runs stay."""
        self._tasks.unwatch_task(task.id)
        if task.id in self._at_work:
            self._stopped.add(task.id)
            self._running.stop_following(task.id)
        self.changed.emit()
        self._toast.offer_undo(
            f"{words.folder_name(task)} is not watched any more", partial(self._put_back, task.id)
        )

    def _put_back(self, task_id: int) -> None:
        self._tasks.restore_watched(task_id)
        self.resume(task_id)

    # Looking

    def look(self, task_id: int) -> None:
        """Do what is new; one that is at work looks once more when it is over."""
        task = self._task(task_id)
        if self._closed or task is None or task_id in self._paused:
            return
        if task_id in self._at_work:
            self._again.add(task_id)
            return
        self._at_work[task_id] = task
        self._running.follow(task)

    def _task(self, task_id: int) -> WatchedTask | None:
        return next((task for task in self._tasks.watched_tasks() if task.id == task_id), None)

    def _ended(self, underway: Underway, end: RunEnded) -> None:
        """A run that the person resumed: its lines are to be added to the file, too."""
        if underway.watched_id is not None:
            self._runs[underway.watched_id] = end.run_id
            return
        for task_id, run_id in list(self._runs.items()):
            if run_id == end.run_id and end.state == "done":
                self.resume(task_id)

    def _over(self, underway: Underway, error: BaseException | None) -> None:
        task_id = underway.watched_id or 0
        before = self._at_work.pop(task_id)
        again, stopped = task_id in self._again, task_id in self._stopped
        self._again.discard(task_id)
        self._stopped.discard(task_id)
        task = self._task(task_id)
        if task is None:  # it is not watched any more
            return
        if underway.stopping and not stopped:
            self._paused.add(task_id)
        self._tell(before, task, error)
        if task != before or underway.stopping:
            self.changed.emit()
        if again:
            self.look(task_id)

    # Telling

    def _tell(self, before: WatchedTask, task: WatchedTask, error: BaseException | None) -> None:
        """What was added; else what is in the way, once."""
        if task.done > before.done:
            self._told.pop(task.id, None)
            self._tell_added(task.done - before.done, task)
            return
        reason = words.watched_reason(task) or (LATER if error else "")
        if reason and self._told.get(task.id) != reason:
            self._told[task.id] = reason
            self._tell_reason(f"{plain(task.recipe_name, 40)}: {reason}", error)

    def _tell_added(self, number: int, task: WatchedTask) -> None:
        said, run_id = words.added_words(number, task), self._runs.get(task.id)
        if run_id is None:
            self._toast.say(said)
        else:
            self._toast.offer(said, "Look at it", partial(self.run_asked.emit, run_id))

    def _tell_reason(self, said: str, error: BaseException | None) -> None:
        if error is None:
            self._toast.say(said)
        else:
            self._toast.offer(said, "Details", partial(self.failed.emit, error))
