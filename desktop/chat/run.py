"""An answer being given: what has come so far, whichever chat is on the screen meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.lanes import Job, Lane
from desktop.window.ports import Chats
from engine.answering import Answered, AnswerEvent, Searching, SourcesFound
from engine.values import Answer, ModelLoading, PromptProgress, Source, TextDelta

FRAME_MS = 33
"""Text that arrives is shown at most thirty times a second."""

Ending = Literal["done", "failed", "cancelled"]


@dataclass
class Progress:
    """What has come of an answer so far. `words` say what is happening before the first token."""

    words: str = "Getting ready…"
    text: str = ""
    sources: tuple[Source, ...] = ()
    answer: Answer | None = None
    error: BaseException | None = None
    stopping: bool = field(default=False)


class AnswerRun(QObject):
    """One question on its way. `progressed` comes at most every FRAME_MS; `ended` comes once, last.

    With `began` the question is kept, and a new chat has its title.
    """

    progressed = Signal()
    sources_found = Signal()
    ended = Signal(str)
    began = Signal()

    def __init__(self, chat_id: int, question: str, job: Job, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.chat_id = chat_id
        self.question = question
        self.progress = Progress()
        self._job = job
        self._has_begun = False
        self._frame = QTimer(self, interval=FRAME_MS, singleShot=True)
        self._frame.timeout.connect(self.progressed)
        job.happened.connect(self._take)
        job.done.connect(self._done)
        job.failed.connect(self._failed)
        job.cancelled.connect(self._cancelled)

    def stop(self) -> None:
        self.progress.stopping = True
        self._job.cancel()
        self._show_soon()

    def _take(self, event: AnswerEvent) -> None:
        progress = self.progress
        if not self._has_begun:
            self._has_begun = True
            self.began.emit()
        match event:
            case Searching():
                progress.words = "Looking through your documents…"
            case SourcesFound(sources=sources):
                progress.sources = tuple(sources)
                progress.words = f"Found {passages(len(sources))}" if sources else "Found no passage on this"
                self.sources_found.emit()
            case ModelLoading(done=done):
                progress.words = f"Loading the model… {done:.0%}".replace("%", " %")
            case PromptProgress(done=done, total=total):
                progress.words = self._reading(done, total)
            case TextDelta(text=text):
                progress.text += text
            case Answered(answer=answer):
                progress.answer = answer
                progress.text = answer.text
        self._show_soon()

    def _reading(self, done: int, total: int) -> str:
        count = len(self.progress.sources)
        what = passages(count) if count else "your question"
        return f"Reading {what}… {round(100 * done / max(1, total))} %"

    def _show_soon(self) -> None:
        if not self._frame.isActive():
            self._frame.start()

    def _done(self) -> None:
        self._end("done")

    def _failed(self, error: BaseException) -> None:
        self.progress.error = error
        self._end("failed")

    def _cancelled(self) -> None:
        self._end("cancelled")

    def _end(self, ending: Ending) -> None:
        self._frame.stop()
        self.ended.emit(ending)


class AnswerRuns(QObject):
    """All answers on their way, at most one in each chat. They queue for the model on one lane."""

    began = Signal()
    ended = Signal(object, str)

    def __init__(self, chats: Chats, lane: Lane, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._chats = chats
        self._lane = lane
        self._runs: dict[int, AnswerRun] = {}

    def of(self, chat_id: int | None) -> AnswerRun | None:
        return self._runs.get(chat_id) if chat_id is not None else None

    @property
    def any(self) -> bool:
        return bool(self._runs)

    def send(self, chat_id: int, question: str) -> AnswerRun:
        chats = self._chats
        job = self._lane.job(lambda cancelled: chats.send(chat_id, question, cancelled=cancelled))
        return self._start(chat_id, question, job)

    def regenerate(self, chat_id: int, question: str) -> AnswerRun:
        """Answer the chat's last question, which is `question`, anew."""
        chats = self._chats
        job = self._lane.job(lambda cancelled: chats.regenerate(chat_id, cancelled=cancelled))
        return self._start(chat_id, question, job)

    def _start(self, chat_id: int, question: str, job: Job) -> AnswerRun:
        run = AnswerRun(chat_id, question, job, self)
        if self._lane.is_busy:
            run.progress.words = "Waiting for the other answer…"
        self._runs[chat_id] = run
        run.began.connect(self.began)
        run.ended.connect(self._ended)
        self._lane.start(job)
        return run

    def _ended(self, ending: str) -> None:
        run = self.sender()
        assert isinstance(run, AnswerRun)
        del self._runs[run.chat_id]
        self.ended.emit(run, ending)
        run.deleteLater()


def passages(count: int) -> str:
    return f"{count} passage" if count == 1 else f"{count} passages"
