"""The preview sheet, as somebody meets it who is about to send something of theirs for the first time:

Who would get it, over which host, for how much. Then the messages themselves, word for word; what was
masked stands on blue. At the side I see each thing that was masked and may let it through, and each passage
and may keep it here. Who does not trust the pretty picture presses “Raw request” and reads the bytes. Below:
Cancel, and Send, which takes a press or Mod+Enter, never a mere Enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QStackedWidget, QWidget

from desktop.chat.busy import Busy
from desktop.explain import Explanation
from desktop.preview_sheet.masks import MaskList
from desktop.preview_sheet.names import about, called, joined, sentence, tokens, whom
from desktop.preview_sheet.notes import Note, Notes
from desktop.preview_sheet.passages import PassageList
from desktop.preview_sheet.raw import RawRequest
from desktop.preview_sheet.sent_text import SentText
from desktop.theme.controls import Icon, IconButton, button, card, label, menu_text, tooltip
from desktop.theme.foreign import breakable, plain
from desktop.theme.inputs import Picker
from desktop.theme.layouts import boxed, clear, column, row, scrolled
from desktop.theme.segments import Segments
from desktop.theme.theme import Theme
from desktop.theme.tokens import Space
from desktop.window.cover import Cover
from engine.frontier.values import Draft
from engine.usage.money import shown
from engine.usage.values import Currency
from engine.values import Role

WIDEST, HIGHEST, AROUND = 1000, 720, 24
SIDE = 264
MESSAGES, RAW = "Messages", "Raw request"
ROLES: dict[Role, str] = {"system": "Instructions", "user": "You", "assistant": "Answer before"}


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand around a draft. `models` are (key, words) of all that may be asked."""

    online: bool
    key_missing: bool
    currency: Currency
    models: Sequence[tuple[str, str]] = ()
    model: str = ""


class PreviewSheet(Cover):
    """Shows a draft and says what the person wants of it; sends nothing itself."""

    send_asked = Signal()
    key_asked = Signal()
    cancelled = Signal()
    model_chosen = Signal(str)
    masks_switched = Signal(tuple, bool)
    passages_chosen = Signal(tuple)
    next_time_chosen = Signal(str)

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(theme, window)
        self._ready = self._key_missing = False
        self.masks = MaskList(theme)
        self.passages = PassageList(theme)
        self.raw = RawRequest(theme)
        self.notes = Notes(theme)
        self.masks.switched.connect(self.masks_switched)
        self.passages.chosen.connect(self.passages_chosen)
        self._build()
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            send = QShortcut(QKeySequence(keys), self)
            send.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            send.activated.connect(self._press)

    # What it shows

    def show_waiting(self) -> None:
        """The draft is being made, for the first time or anew."""
        self._ready = False
        self._send.setEnabled(False)
        self._send.show()
        self._name_way_out("Cancel")
        if not self.isVisible():
            self._title.setText("Ask a provider?")
            self.setAccessibleName("Ask a provider?")
            self._facts.hide()
            self.notes.show_notes(())
            self._side.hide()
            self._views.hide()
            self._body.setCurrentWidget(self._waiting)
            self.open_over(self._cancel)

    def show_draft(self, draft: Draft, standing: Standing) -> None:
        self._ready, self._key_missing = True, standing.key_missing
        question = draft.question
        title = f"Ask {called(question.provider.name, question.model)}?"
        self._title.setText(title)
        self.setAccessibleName(title)
        self._show_facts(draft, standing)
        self.notes.show_notes(notes(draft, standing))
        self._show_messages(draft)
        self.raw.show_request(draft.request)
        self.masks.show_masks(draft.masks)
        kept_here = dict(draft.kept_here)
        self.passages.show_passages(draft.sources, draft.passages, kept_here)
        for part in (self._facts, self._side, self._views):
            part.show()
        self._choose_view(self._view)
        self._show_send(standing)

    def show_failure(self, explanation: Explanation) -> None:
        """No draft could be made."""
        self._ready = False
        self._failure_title.setText(explanation.title)
        self._failure.setText(breakable(sentence(explanation.what)))
        self._advice.setText(explanation.advice)
        self._views.hide()
        self._side.hide()
        self._next.hide()
        self._next_words.hide()
        self._send.hide()
        self._name_way_out("Close")
        self._body.setCurrentWidget(self._failed)

    def set_next_times(self, choices: Sequence[tuple[str, str]], chosen: str) -> None:
        """What is to be done with the next hard question: (key, words) of each."""
        self._next.set_choices(choices)
        self._next.choose(chosen)
        self._next.setVisible(len(choices) > 1)
        self._next_words.setVisible(len(choices) > 1)

    @property
    def texts(self) -> list[SentText]:
        """The messages on the screen."""
        return list(self._texts)

    def choose_view(self, view: str) -> None:
        self._views.choose(view)
        self._choose_view(view)

    def close_sheet(self) -> None:
        """Nothing is sent."""
        if self.isVisible():
            self.cancelled.emit()
        super().close_sheet()

    # Parts

    def _build(self) -> None:
        self._view = MESSAGES
        self._texts: list[SentText] = []
        self._title = label("Ask a provider?", size="title", weight="semibold")
        close = IconButton(self._theme, "x", "Close without sending", size=16)
        close.clicked.connect(self.close_sheet)
        self._views = Segments("What is shown", {MESSAGES: None, RAW: None})
        self._views.choose(MESSAGES)
        self._views.chosen.connect(self._choose_view)
        self._build_body()
        self._side = self._build_side()
        middle = row(self._body, self._side, spacing=Space.L)
        middle.setStretch(0, 1)
        parts = (
            boxed(row(self._title, None, close)),
            self._build_facts(),
            self.notes,
            boxed(row(self._views, None)),
            middle,
            self._build_foot(),
        )
        layout = column(*parts, spacing=10, margins=(24, 18, 24, 16))
        layout.setStretch(4, 1)
        self._card.setLayout(layout)

    def _build_facts(self) -> QWidget:
        self._model = Picker(self._theme, "Who is asked")
        self._model.chosen.connect(self.model_chosen)
        self._host = label(tone="cloud", size="label", weight="medium")
        self._price = label(size="label", weight="semibold")
        self._tokens = label(tone="muted", size="label")
        cloud = Icon(self._theme, "cloud", "cloud", 16)
        self._facts = boxed(
            row(self._model, 4, cloud, self._host, None, self._tokens, self._price, spacing=8)
        )
        return self._facts

    def _build_body(self) -> None:
        self._messages = column(spacing=Space.XS, margins=(14, 12, 10, 12))
        inside = QWidget()
        inside.setLayout(column(boxed(self._messages), None, spacing=0))
        self._paper = _framed(scrolled(inside))
        self._waiting = QWidget()
        said = label("Writing what would be sent, and looking for what should be masked…", tone="muted")
        self._waiting.setLayout(column(None, row(None, Busy(self._theme), said, None, spacing=10), None))
        self._failure_title = label(weight="semibold")
        self._failure = label(wrap=True)
        self._advice = label(tone="muted", wrap=True)
        self._failed = QWidget()
        for words in (self._failure_title, self._failure, self._advice):
            words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._failed.setLayout(column(None, self._failure_title, self._failure, self._advice, None))
        self._body = QStackedWidget()
        for page in (self._paper, self.raw, self._waiting, self._failed):
            self._body.addWidget(page)

    def _build_side(self) -> QWidget:
        inside = QWidget()
        inside.setLayout(column(self.masks, self.passages, None, spacing=Space.XL, margins=(0, 0, 4, 0)))
        side = scrolled(inside)
        side.setFixedWidth(SIDE)
        return side

    def _build_foot(self) -> QWidget:
        self._next = Picker(self._theme, "Next time")
        self._next.chosen.connect(self.next_time_chosen)
        self._next_words = label("Next time", tone="muted", size="label")
        self._cancel = button("Cancel")
        self._cancel.clicked.connect(self.close_sheet)
        self._send = button("Send", "cloud")
        self._send.setAutoDefault(False)  # sending is deliberate: a press, or Mod+Enter
        self._send.clicked.connect(self._press)
        return boxed(row(self._next_words, self._next, None, self._cancel, self._send))

    def _show_facts(self, draft: Draft, standing: Standing) -> None:
        provider, estimate = draft.question.provider, draft.estimate
        self._model.set_choices(standing.models)
        self._model.choose(standing.model)
        self._host.setText(plain(provider.authority, 48))
        self._host.setToolTip(tooltip(draft.request.url))
        self._price.setText(about(estimate, standing.currency))
        most = "" if not estimate.most else f"at most {shown(estimate.most, standing.currency)}"
        self._tokens.setText(joined((tokens(estimate.prompt_tokens), most)))

    def _show_messages(self, draft: Draft) -> None:
        if len(self._texts) != len(draft.sent):
            clear(self._messages)
            self._texts = []
            for message in draft.sent:
                role = ROLES.get(message.role, message.role)
                text = SentText(self._theme, role)
                self._texts.append(text)
                self._messages.addWidget(label(role, tone="muted", size="small", weight="medium"))
                self._messages.addWidget(text)
                self._messages.addSpacing(Space.S)
        for text, message in zip(self._texts, draft.sent, strict=True):
            text.show_message(message.text, draft.masks)

    def _show_send(self, standing: Standing) -> None:
        words = "Send"
        if standing.key_missing:
            words = "Add a key…"
        elif not standing.online:
            words = "Go online and send"
        self._send.setText(menu_text(words))
        self._send.setAccessibleName(words)
        keys = QKeySequence("Ctrl+Return").toString(QKeySequence.SequenceFormat.NativeText)
        self._send.setToolTip(tooltip("" if standing.key_missing else keys))
        self._send.setEnabled(True)

    def _name_way_out(self, words: str) -> None:
        self._cancel.setText(words)
        self._cancel.setAccessibleName(words)

    def _choose_view(self, view: str) -> None:
        self._view = view
        self._body.setCurrentWidget(self.raw if view == RAW else self._paper)

    def _press(self) -> None:
        if not self._ready:
            return
        (self.key_asked if self._key_missing else self.send_asked).emit()

    def _cover(self) -> None:
        super()._cover()
        self._card.setFixedSize(
            min(WIDEST, self._window.width() - 2 * AROUND), min(HIGHEST, self._window.height() - 2 * AROUND)
        )


def _framed(content: QWidget) -> QFrame:
    frame = card("inset")
    frame.setLayout(row(content, margins=(1, 1, 1, 1)))
    return frame


def notes(draft: Draft, standing: Standing) -> list[Note]:
    """What is to be known before this is sent."""
    said: list[Note] = []
    if draft.unsought:
        words = f"Names and addresses could not be looked for: {plain(draft.unsought, 160)} Read it yourself."
        said.append(("triangle-alert", "warning", words))
    if any(not mask.on for mask in draft.masks):
        said.append(("eye", "warning", "What stands on amber is sent as it is."))
    if standing.key_missing:
        host = plain(draft.question.provider.authority, 48)
        said.append(("lock", "muted", f"There is no key for {host} yet. Nothing can be sent without one."))
    elif not standing.online:
        said.append(("lock", "muted", "Carrel is offline. Nothing of this has left your computer."))
    if draft.question.provider.local:
        said.append(("info", "muted", "This is a server of yours: on this computer or in your own network."))
    elif draft.estimate.amount is None:
        name = whom(draft.question.provider, draft.question.model)
        said.append(("info", "muted", f"What {name} takes for this is not known. Prices stand in Usage."))
    return said
