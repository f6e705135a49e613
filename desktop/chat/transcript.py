"""The conversation on the screen: questions and answers from top to bottom, and where it is scrolled to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from desktop.chat.answer import AnswerView
from desktop.chat.bubble import Bubble
from desktop.chat.cloud_answer import CloudAnswer
from desktop.theme.controls import IconButton, button
from desktop.theme.layouts import ScrollArea, centred, clear, column
from desktop.theme.theme import Theme
from desktop.theme.tokens import Size, Space
from engine.chats.store import StoredMessage

SHOWN = 40
"""Messages set at once; the earlier ones of a long chat wait behind a button."""

NEAR_END = 48
"""Pixels from the end within which the text is followed as it grows."""


class Transcript(ScrollArea):
    """Follows the end while the person is there, and leaves them alone where they scrolled to."""

    answer_added = Signal(object)
    cloud_answer_kept = Signal(object, object)  # its view, and the message

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._following = True
        self._messages: Sequence[StoredMessage] = ()
        self._scoped = False
        self._names: dict[str, str] = {}
        self._last: AnswerView | None = None
        self._beside: list[CloudAnswer] = []
        self._last_question: Bubble | None = None
        self._build()

    def _build(self) -> None:
        self.setAccessibleName("Conversation")
        self._column = column(spacing=Space.XL, margins=(0, Space.XL, 0, Space.XL))
        self._text = QWidget()
        self._text.setLayout(self._column)
        self._text.setMaximumWidth(Size.COLUMN)
        page = QWidget()
        page.setProperty("kind", "clear")
        # The scroll bar has its room at the right: so the text stands exactly over the composer.
        text = centred(self._text, margins=(Space.XL, 0, Space.XL - self.BAR, 0))
        # A stretch below, for a layout aligned to its top would cut what needs more lines than it hoped.
        page.setLayout(column(text, None, spacing=0))
        self.setWidget(page)
        self._jump = IconButton(self._theme, "arrow-down", "Jump to the latest")
        self._jump.setParent(self)
        self._jump.setProperty("kind", "floating")
        self._jump.setFixedSize(34, 34)
        self._jump.clicked.connect(self.follow)
        self._jump.hide()
        bar = self.verticalScrollBar()
        bar.rangeChanged.connect(self._range_changed)
        bar.valueChanged.connect(self._scrolled)

    # Content

    def show_messages(self, messages: Sequence[StoredMessage], *, scoped: bool) -> None:
        """The kept messages of a chat, from the end; `scoped`: it looks into one collection only."""
        self._messages = messages
        self._scoped = scoped
        self._fill(messages[-SHOWN:], earlier=len(messages) > SHOWN)
        self.follow()

    def add_question(self, text: str) -> None:
        for view in self._beside:
            view.set_last(False)
        self._beside = []
        self._last_question = Bubble(self._theme, text)
        self._column.addWidget(self._last_question)

    def add_answer(self, *, scoped: bool) -> AnswerView:
        """This computer's answer, above those of providers to the same question."""
        if self._last is not None:
            self._last.set_last(False)
        view = AnswerView(self._theme, scoped=scoped, names=self._names)
        self._column.insertWidget(self._column.count() - len(self._beside), view)
        view.set_last(True)
        self._last = view
        self.answer_added.emit(view)
        return view

    def add_cloud_answer(self, *, scoped: bool) -> CloudAnswer:
        """A provider's answer to the last question. One that failed without a word makes room for it."""
        if self._beside and not self._beside[-1].text:
            self._take_away(self._beside.pop())
        view = CloudAnswer(self._theme, scoped=scoped, names=self._names)
        self._column.addWidget(view)
        view.set_last(True)
        self._beside.append(view)
        if self._last is not None:
            self._last.offer.hide()
        self.answer_added.emit(view)
        return view

    def set_model_names(self, names: Mapping[str, str]) -> None:
        """The names of the models by their ids, for answers that are shown from now on."""
        self._names.update(names)

    def drop_last_answer(self) -> None:
        """Take this computer's last answer away, to be given anew."""
        if self._last is not None:
            self._take_away(self._last)
            self._last = None

    def _take_away(self, view: AnswerView) -> None:
        self._column.removeWidget(view)
        view.hide()
        view.deleteLater()

    @property
    def last_answer(self) -> AnswerView | None:
        """This computer's."""
        return self._last

    @property
    def cloud_answers(self) -> list[CloudAnswer]:
        """Those of providers to the last question."""
        return list(self._beside)

    @property
    def lowest_answer(self) -> AnswerView | None:
        return self._beside[-1] if self._beside else self._last

    def _fill(self, messages: Sequence[StoredMessage], *, earlier: bool) -> None:
        clear(self._column)
        self._last = self._last_question = None
        self._beside = []
        if earlier:
            more = button("Show earlier messages", "quiet")
            more.clicked.connect(self._show_all)
            self._column.addWidget(more, 0, Qt.AlignmentFlag.AlignHCenter)
        for message in messages:
            if message.role == "user":
                self.add_question(message.text)
            else:
                self._add_kept(message)

    def _add_kept(self, message: StoredMessage) -> None:
        if message.tier == "frontier":
            view: AnswerView = self.add_cloud_answer(scoped=self._scoped)
        else:
            view = self.add_answer(scoped=self._scoped)
        view.message_id = message.id
        self._show_kept(view, message)
        if message.tier == "frontier":
            self.cloud_answer_kept.emit(view, message)

    @staticmethod
    def _show_kept(view: AnswerView, message: StoredMessage) -> None:
        if message.answer is not None:
            view.show_answer(message.answer)
            return
        view.show_text(message.text)
        if isinstance(view, CloudAnswer) and message.state == "failed":
            view.show_failure(message.reason, kept=bool(message.text))
        elif message.state != "complete":
            view.show_note(message.state, message.reason if message.state == "failed" else "")

    def _show_all(self) -> None:
        self._following = False
        self._fill(self._messages, earlier=False)

    # Scrolling

    def follow(self) -> None:
        """Go to the end, and stay there as it grows."""
        self._following = True
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum())
        self._jump.hide()

    def _range_changed(self, _: int, maximum: int) -> None:
        if self._following:
            self.verticalScrollBar().setValue(maximum)
        else:
            self._show_jump()

    def _scrolled(self, value: int) -> None:
        self._following = value >= self.verticalScrollBar().maximum() - NEAR_END
        self._show_jump()

    def _show_jump(self) -> None:
        self._jump.setVisible(not self._following)
        self._jump.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._jump.move(
            (self.width() - self._jump.width()) // 2, self.height() - self._jump.height() - Space.M
        )
