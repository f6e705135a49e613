"""Follows the folders that the person wants followed: when one changes, it is looked at again."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal

from desktop.documents.activity import Activity
from desktop.lanes import Lane, once
from desktop.window.ports import Documents, Watch


class Watching(QObject):
    """From `begin` to `close`. Beginning may take a while with large folders, so it does on a lane."""

    failed = Signal(object)
    _due = Signal(str)

    def __init__(
        self, documents: Documents, activity: Activity, lane: Lane, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._documents = documents
        self._activity = activity
        self._lane = lane
        self._watch: Watch | None = None
        self._closed = False
        self._due.connect(self._look, Qt.ConnectionType.QueuedConnection)

    def begin(self) -> None:
        """Watch from now on, and look at what changed while Carrel was closed."""
        job = self._lane.job(once(lambda: self._documents.watch(self._due.emit)))
        job.happened.connect(self._take)
        job.failed.connect(self.failed)
        self._lane.start(job)
        for status in self._documents.collections():
            if status.watched:
                self._look(status.name)

    def set_watched(self, collection: str, watched: bool) -> None:
        """Follow a collection's folders, or no longer; what changed until now is looked at first."""
        self._documents.set_watched(collection, watched)
        if watched:
            self._look(collection)

    def close(self) -> None:
        self._closed = True
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.close()

    def _take(self, watch: Watch) -> None:
        self._watch = watch
        if self._closed:
            self.close()

    def _look(self, collection: str) -> None:
        if not self._closed:
            self._activity.look_again(collection)
