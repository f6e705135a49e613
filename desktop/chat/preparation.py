"""While a question is typed, the model reads what its prompt will begin with: the answer comes sooner."""

from __future__ import annotations

from PySide6.QtCore import QObject

from desktop.lanes import Job, Lane
from desktop.window.ports import Chats
from engine.chats.store import Scope


class Preparation(QObject):
    """At most one at a time. What goes wrong is not said here: the question itself will meet it."""

    def __init__(self, chats: Chats, lane: Lane, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._chats = chats
        self._lane = lane
        self._job: Job | None = None

    def begin(self, chat_id: int | None, scope: Scope) -> None:
        """Read up to the next question of the chat; None: of a new one."""
        self.end()
        chats = self._chats
        self._job = self._lane.job(lambda cancelled: chats.prepare(chat_id, scope, cancelled=cancelled))
        self._lane.start(self._job)

    def end(self) -> None:
        """The question has come, or nobody waits for it any more. What has been read so far stays read."""
        job, self._job = self._job, None
        if job is not None and not job.is_over:
            job.cancel()
