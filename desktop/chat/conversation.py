"""Brings the chat page to life: opens chats, asks, stops, answers anew, follows marks to their sources."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from desktop.chat.answer import AnswerView
from desktop.chat.cloud_answer import CloudAnswer
from desktop.chat.composer import scope_name
from desktop.chat.hard_questions import HardQuestions
from desktop.chat.page import ChatPage
from desktop.chat.preparation import Preparation
from desktop.chat.run import AnswerRun, AnswerRuns
from desktop.lanes import Lanes
from desktop.viewer.glimpse import Glimpses
from desktop.viewer.spot import Spot
from desktop.window.ports import CarrelApplication
from engine.chats.store import ChatRow, Scope, StoredMessage
from engine.frontier.values import Draft
from engine.tasks.count_questions import asks_every_document


class Conversation(QObject):
    """The chat on the screen. A chat comes into being with its first question.

    `chats_changed` says that a list of chats is out of date.
    """

    chats_changed = Signal()
    opened = Signal(object)
    models_asked = Signal()
    every_document_asked = Signal(str, str)  # question, collection (“”: all)
    preview_asked = Signal(int)  # of what would be sent of a chat
    receipt_asked = Signal(int)  # of an answer, by its message
    link_asked = Signal(str)

    def __init__(
        self, app: CarrelApplication, page: ChatPage, lanes: Lanes, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._app = app
        self._page = page
        self._chat_id: int | None = None
        self._live: AnswerView | None = None
        self._run: AnswerRun | None = None
        self._scope_after: dict[int, Scope] = {}
        self.runs = AnswerRuns(app, lanes, self)
        self.hard = HardQuestions(app, self)
        self._preparation = Preparation(app, lanes.warming, self)
        self._glimpses = Glimpses(app, lanes.drawing, self)
        self.runs.began.connect(self.chats_changed)
        self.runs.ended.connect(self._ended)
        self._connect()

    @property
    def chat_id(self) -> int | None:
        return self._chat_id

    # Chats

    def new_chat(self) -> None:
        """An empty page; nothing is kept until something is asked."""
        self._leave()
        self._chat_id = None
        self._page.show_title("", "")
        self._page.show_conversation(False)
        self._page.sources.show_nothing()
        self._page.composer.set_busy(False)
        self._page.composer.focus()
        self.opened.emit(None)

    def open_chat(self, chat: ChatRow) -> None:
        self._leave()
        self._chat_id = chat.id
        messages = self._app.messages(chat.id)
        scope = self._app.scope(chat.id)
        self._page.composer.set_scope(scope)
        self._page.show_title(chat.title or "New chat", scope_name(scope))
        self._page.show_conversation(True)
        run = self.runs.of(chat.id)
        kept, with_question = (messages, False) if run is None else _before_run(messages, run)
        self._show(kept, scope)
        if run is not None:
            self._follow(run, with_question=with_question)
        self._page.composer.set_busy(run is not None)
        self._page.composer.focus()
        self.opened.emit(chat.id)

    def set_scope(self, scope: Scope) -> None:
        """Where the next questions look."""
        self._page.composer.set_scope(scope)
        if self._chat_id is not None:
            self._app.set_scope(self._chat_id, scope)
            self._show_title()

    def refresh_collections(self) -> None:
        self._page.composer.set_collections(self._app.collections())

    # Asking

    def _prepare(self) -> None:
        """A question is being typed: let the model read up to it, unless an answer will come before it."""
        if not self.runs.any:
            self._preparation.begin(self._chat_id, self._page.composer.scope)

    def ask(self, question: str) -> None:
        self._preparation.end()
        if self._chat_id is None:
            self._chat_id = self._app.new_chat(self._page.composer.scope)
            self._page.transcript.show_messages([], scoped=self._is_scoped)
            self._page.show_title(" ".join(question.split()), scope_name(self._page.composer.scope))
            self._page.show_conversation(True)
            self.opened.emit(self._chat_id)
        self._page.transcript.add_question(question)
        self._follow(self.runs.send(self._chat_id, question), with_question=False)

    def stop(self) -> None:
        run = self.runs.of(self._chat_id)
        if run is not None:
            run.stop()

    def regenerate(self) -> None:
        """Answer the last question anew."""
        if self._chat_id is None or self.runs.of(self._chat_id) is not None:
            return
        question = _last_question(self._app.messages(self._chat_id))
        if question is not None:
            self._page.transcript.drop_last_answer()
            self._follow(self.runs.regenerate(self._chat_id, question), with_question=False)

    def answer_without_documents(self) -> None:
        """Answer the last question from what the model knows; later questions look where they did before."""
        if self._chat_id is None:
            return
        self._scope_after[self._chat_id] = self._app.scope(self._chat_id)
        self._app.set_scope(self._chat_id, Scope("none"))
        self.regenerate()

    def search_everywhere(self) -> None:
        """Answer the last question from all documents, and go on there."""
        self.set_scope(Scope("all"))
        self.regenerate()

    def _offer_every_document(self, question: str, view: AnswerView) -> None:
        """Where the few passages found cannot answer: “How many contracts end in 2025?”"""
        is_local = not isinstance(view, CloudAnswer)
        if is_local and view.answer is not None and view.answer.grounded and asks_every_document(question):
            view.offer_every_document()

    def _ask_every_document(self) -> None:
        if self._chat_id is None:
            return
        question = _last_question(self._app.messages(self._chat_id))
        if question is not None:
            self.every_document_asked.emit(question, self._app.scope(self._chat_id).collection)

    def ask_cloud(self) -> None:
        """Show what would be sent of the last question; nothing goes out by this."""
        if self._chat_id is not None and self.runs.of(self._chat_id) is None:
            self.preview_asked.emit(self._chat_id)

    def send_draft(self, chat_id: int, draft: Draft) -> None:
        """Send what the person has seen; the answer comes below this computer's own."""
        question = _last_question(self._app.messages(chat_id))
        if question is None or self.runs.of(chat_id) is not None:
            return
        run = self.runs.send_draft(chat_id, question, draft)
        if chat_id == self._chat_id:
            self._follow(run, with_question=False)

    def copy_last(self) -> None:
        view = self._page.transcript.lowest_answer
        if view is not None and view.text:
            QGuiApplication.clipboard().setText(view.text)

    # Following a run

    def _follow(self, run: AnswerRun, *, with_question: bool = True) -> None:
        if with_question:
            self._page.transcript.add_question(run.question)
        self._run = run
        transcript = self._page.transcript
        if run.asked:
            below = transcript.add_cloud_answer(scoped=self._is_scoped)
            below.show_header(self.hard.header(run.provider, run.asked, run.began_at))
            self._live = below
        else:
            self._live = transcript.add_answer(scoped=self._is_scoped)
        run.progressed.connect(self._progressed)
        run.sources_found.connect(self._sources_found)
        self._page.composer.set_busy(True)
        self._progressed()
        self._sources_found()
        self._page.transcript.follow()

    def _progressed(self) -> None:
        if self._live is not None and self._run is not None:
            self._live.show_progress(self._run.progress)

    def _sources_found(self) -> None:
        if self._run is not None and self._run.progress.sources:
            self._page.sources.show_found(self._run.progress.sources)
            self._page.set_sources_open(True, only_beside=True)

    def _ended(self, run: AnswerRun, ending: str) -> None:
        if run.chat_id in self._scope_after:
            self._app.set_scope(run.chat_id, self._scope_after.pop(run.chat_id))
        self.chats_changed.emit()
        if run.chat_id != self._chat_id:
            return
        live, self._live, self._run = self._live, None, None
        self._page.composer.set_busy(False)
        messages = self._app.messages(run.chat_id)
        if live is not None:
            self._settle(run, ending, live)
            live.message_id = _kept_as(live, messages)
        self._show_title()
        self._remember_questions(messages)
        if not (live is not None and self._look_further(run, ending, live, messages)):
            self._go_on(ending)

    def _look_further(
        self, run: AnswerRun, ending: str, live: AnswerView, messages: list[StoredMessage]
    ) -> bool:
        """After an answer: show what was paid for it, or where else it could be asked; whether it was."""
        if isinstance(live, CloudAnswer):
            self._show_header(live, messages[-1])
            live.set_whom(self.hard.whom)
            return False
        route = self.hard.route(run.chat_id, messages)
        if ending == "done" and route is not None and self.hard.goes_at_once(run.chat_id, route):
            live.set_whom(self.hard.whom)
            self._follow(self.runs.ask_at_once(run.chat_id, run.question, route), with_question=False)
            return True
        self.hard.show(live, route)
        return False

    def _show_header(self, view: CloudAnswer, message: StoredMessage) -> None:
        view.show_header(self.hard.header_of(message))

    def _settle(self, run: AnswerRun, ending: str, live: AnswerView) -> None:
        """Show how the answer ended."""
        progress = run.progress
        if progress.answer is not None:
            live.show_answer(progress.answer)
            self._offer_every_document(run.question, live)
            self._page.sources.show_answer(progress.answer)
        elif progress.error is not None:
            self._show_failure(progress.error, live, progress.text)
        elif ending == "cancelled":
            live.show_text(progress.text)
            live.show_note("stopped")

    def _show_failure(self, error: BaseException, live: AnswerView, text: str) -> None:
        explanation = self._app.explain(error)
        live.show_text(text)
        if isinstance(live, CloudAnswer):
            live.show_failure(explanation.what, kept=bool(text))
        else:
            live.show_note("failed", f"{explanation.title}. {explanation.what} {explanation.advice}")
        live.show_details_button()
        live.details_asked.connect(lambda: QGuiApplication.clipboard().setText(explanation.details))

    def _go_on(self, ending: str) -> None:
        """Ask what waits; after a stop or a failure the person decides about it first."""
        composer = self._page.composer
        if ending != "done":
            composer.return_queued()
        elif composer.queued:
            self.ask(composer.take_queued())

    # Sources

    def _source_chosen(self, sentence: int, source: int) -> None:
        view = self.sender()
        if not isinstance(view, AnswerView) or view.answer is None:
            return
        self._page.sources.show_answer(view.answer)
        self._page.set_sources_open(True, only_beside=True)
        self._page.sources.open(source, sentence)

    def _ask_for_glimpse(self, spot: Spot) -> None:
        if not self._page.stage.is_covered:  # by the document itself
            self._glimpses.ask(spot, self._page.devicePixelRatioF())

    # Helpers

    @property
    def _is_scoped(self) -> bool:
        return self._page.composer.scope.kind == "collection"

    def _show(self, messages: list[StoredMessage], scope: Scope) -> None:
        self._page.transcript.show_messages(messages, scoped=scope.kind == "collection")
        self._remember_questions(messages)
        last = messages[-1] if messages else None
        view = self._page.transcript.last_answer
        if view is not None and last is not None and last.role == "assistant":
            self._offer_every_document(_last_question(messages) or "", view)
            if self._chat_id is not None and self.runs.of(self._chat_id) is None:
                self.hard.show(view, self.hard.route(self._chat_id, messages))
        if last is not None and last.answer is not None and last.answer.sources:
            self._page.sources.show_answer(last.answer)
            self._page.set_sources_open(True, only_beside=True)
        else:
            self._page.sources.show_nothing()
            self._page.set_sources_open(False)

    def _remember_questions(self, messages: list[StoredMessage] | None = None) -> None:
        if self._chat_id is None:
            return
        known = self._app.messages(self._chat_id) if messages is None else messages
        self._page.composer.remember([message.text for message in known if message.role == "user"])

    def _show_title(self) -> None:
        chat = next((chat for chat in self._app.chats() if chat.id == self._chat_id), None)
        if chat is not None:
            self._page.show_title(chat.title or "New chat", scope_name(self._app.scope(chat.id)))

    def refresh_title(self) -> None:
        self._show_title()

    def _leave(self) -> None:
        """Let go of the chat on the screen; an answer on its way goes on without being watched."""
        self._preparation.end()
        if self._run is not None:
            self._run.progressed.disconnect(self._progressed)
            self._run.sources_found.disconnect(self._sources_found)
        self._live, self._run = None, None
        self._page.composer.return_queued()

    def _connect(self) -> None:
        composer = self._page.composer
        composer.asked.connect(self.ask)
        composer.begun.connect(self._prepare)
        composer.stop_asked.connect(self.stop)
        composer.scope_chosen.connect(self.set_scope)
        self._page.welcome.question_chosen.connect(self.ask)
        self._page.transcript.answer_added.connect(self._connect_answer)
        self._page.transcript.cloud_answer_kept.connect(self._show_header)
        self._page.sources.glimpse_asked.connect(self._ask_for_glimpse)
        self._glimpses.seen.connect(self._page.sources.show_glimpse)

    def _connect_answer(self, view: AnswerView) -> None:
        view.source_chosen.connect(self._source_chosen)
        view.copy_asked.connect(self._copy_answer)
        view.regenerate_asked.connect(self.regenerate)
        view.without_documents_asked.connect(self.answer_without_documents)
        view.everywhere_asked.connect(self.search_everywhere)
        view.every_document_asked.connect(self._ask_every_document)
        view.cloud_asked.connect(self.ask_cloud)
        view.link_asked.connect(self.link_asked)
        view.offer.dismissed.connect(self._turn_down)
        if isinstance(view, CloudAnswer):
            view.receipt_asked.connect(self._ask_for_receipt)

    def _turn_down(self) -> None:
        view = self._page.transcript.last_answer
        if view is not None:
            self.hard.turn_down(view)

    def _ask_for_receipt(self) -> None:
        view = self.sender()
        if isinstance(view, CloudAnswer) and view.message_id is not None:
            self.receipt_asked.emit(view.message_id)

    def _copy_answer(self) -> None:
        view = self.sender()
        if isinstance(view, AnswerView):
            QGuiApplication.clipboard().setText(view.text)


def _before_run(messages: list[StoredMessage], run: AnswerRun) -> tuple[list[StoredMessage], bool]:
    """The messages without what is kept of the answer on its way; and whether its question goes with it."""
    kept = [message for message in messages if message.state != "streaming"]
    if run.asked:
        return kept, False
    if kept and kept[-1].role == "user":
        return kept[:-1], True
    # Answered anew, its question stays above what a provider answered to it.
    return kept, len(kept) == len(messages)


def _kept_as(view: AnswerView, messages: list[StoredMessage]) -> int | None:
    """The number under which an answer that has just ended is kept."""
    tier = "frontier" if isinstance(view, CloudAnswer) else "local"
    return next((message.id for message in reversed(messages) if message.tier == tier), None)


def _last_question(messages: list[StoredMessage]) -> str | None:
    return next((message.text for message in reversed(messages) if message.role == "user"), None)
