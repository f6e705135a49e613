"""An answer being given: what has come so far, whichever chat is on the screen meanwhile."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.chat.automatic import ask_at_once, send
from desktop.lanes import Job, Lane, Lanes
from desktop.preview_sheet.names import family, model_name
from desktop.window.ports import CarrelApplication
from engine.answering import Answered, AnswerEvent, Searching, SourcesFound
from engine.frontier.values import Draft
from engine.routing.values import Route
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

    With `began` the question is kept, and a new chat has its title. `asked` is the model that is asked, and
    `provider` the id of whose it is; empty where this computer answers.
    """

    progressed = Signal()
    sources_found = Signal()
    ended = Signal(str)
    began = Signal()

    def __init__(
        self,
        chat_id: int,
        question: str,
        job: Job,
        parent: QObject | None = None,
        *,
        provider: str = "",
        asked: str = "",
    ) -> None:
        super().__init__(parent)
        self.chat_id = chat_id
        self.question = question
        self.provider = provider
        self.asked = asked
        self.began_at = time.time()
        name = model_name(asked) if family(asked) else ""
        self.progress = Progress(f"Asking {name}…" if name else "Asking…") if asked else Progress()
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
            case SourcesFound(sources=sources) if self.asked:
                progress.sources = tuple(sources)
            case Searching() | ModelLoading() | PromptProgress() if self.asked:
                pass  # what a provider does before its first word, nobody sees
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
    """All answers on their way, at most one in each chat.

    This computer's queue for the model on one lane, those of providers on another.
    """

    began = Signal()
    ended = Signal(object, str)

    def __init__(self, app: CarrelApplication, lanes: Lanes, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._app = app
        self._answers, self._cloud = lanes.answers, lanes.cloud
        self._runs: dict[int, AnswerRun] = {}

    def of(self, chat_id: int | None) -> AnswerRun | None:
        return self._runs.get(chat_id) if chat_id is not None else None

    @property
    def any(self) -> bool:
        return bool(self._runs)

    def send(self, chat_id: int, question: str) -> AnswerRun:
        app = self._app
        job = self._answers.job(lambda cancelled: app.send(chat_id, question, cancelled=cancelled))
        return self._start(self._answers, AnswerRun(chat_id, question, job, self), job)

    def regenerate(self, chat_id: int, question: str) -> AnswerRun:
        """Answer the chat's last question, which is `question`, anew."""
        app = self._app
        job = self._answers.job(lambda cancelled: app.regenerate(chat_id, cancelled=cancelled))
        return self._start(self._answers, AnswerRun(chat_id, question, job, self), job)

    def send_draft(self, chat_id: int, question: str, draft: Draft) -> AnswerRun:
        """Send what the person has seen, which is about the chat's last question."""
        cloud = self._app.cloud
        job = self._cloud.job(lambda cancelled: send(cloud, chat_id, draft, cancelled))
        to = draft.question
        run = AnswerRun(chat_id, question, job, self, provider=to.provider.id, asked=to.model)
        return self._start(self._cloud, run, job)

    def ask_at_once(self, chat_id: int, question: str, route: Route) -> AnswerRun:
        """Ask a provider without showing what is sent, as the person has allowed."""
        cloud = self._app.cloud
        job = self._cloud.job(lambda cancelled: ask_at_once(cloud, chat_id, route, cancelled))
        run = AnswerRun(chat_id, question, job, self, provider=route.provider, asked=route.model)
        return self._start(self._cloud, run, job)

    def _start(self, lane: Lane, run: AnswerRun, job: Job) -> AnswerRun:
        if lane.is_busy:
            run.progress.words = "Waiting for the other answer…"
        self._runs[run.chat_id] = run
        run.began.connect(self.began)
        run.ended.connect(self._ended)
        lane.start(job)
        return run

    def _ended(self, ending: str) -> None:
        run = self.sender()
        assert isinstance(run, AnswerRun)
        del self._runs[run.chat_id]
        self.ended.emit(run, ending)
        run.deleteLater()


def passages(count: int) -> str:
    return f"{count} passage" if count == 1 else f"{count} passages"
