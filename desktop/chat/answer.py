"""One answer in the transcript: its verdict, its text with marks, where it came from, what can be done."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from PySide6.QtCore import QEvent, QPoint, QUrl, Signal, SignalInstance
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QPushButton, QWidget

from desktop.chat.busy import Busy
from desktop.chat.offer import Offer
from desktop.chat.run import Progress
from desktop.chat.textview import TextView
from desktop.chat.typeset import Typesetter, read_mark_address
from desktop.theme.controls import Icon, IconButton, Menu, button, label, menu_text, set_property
from desktop.theme.layouts import FoldingRow, boxed, column, row, wrapping
from desktop.theme.theme import Theme
from desktop.theme.tokens import Colour, Space
from desktop.window.shortcuts import keys_of
from engine.values import Answer

NOTES: dict[str, str] = {
    "stopped": "Stopped",
    "interrupted": "This answer was interrupted when Carrel closed.",
    "length": "The answer reached its longest length and ends here.",
    "failed": "This question could not be answered.",
}


NO_NAMES: Mapping[str, str] = MappingProxyType({})


class AnswerView(QWidget):
    """An answer, given or on its way. Asks for what the person presses; does nothing by itself."""

    source_chosen = Signal(int, int)
    copy_asked = Signal()
    regenerate_asked = Signal()
    without_documents_asked = Signal()
    everywhere_asked = Signal()
    every_document_asked = Signal()
    details_asked = Signal()
    cloud_asked = Signal()
    link_asked = Signal(str)

    def __init__(self, theme: Theme, *, scoped: bool = False, names: Mapping[str, str] = NO_NAMES) -> None:
        """`names` gives the names of models by their ids."""
        super().__init__()
        self._theme = theme
        self._names = names
        self._answer: Answer | None = None
        self._text = ""
        self._scoped = scoped
        self._is_last = False
        self._whom = ""
        self.message_id: int | None = None  # under which it is kept
        self._build()
        theme.changed.connect(self._redraw)

    @property
    def text(self) -> str:
        """The answer as it is copied: its Markdown."""
        return self._text

    @property
    def answer(self) -> Answer | None:
        return self._answer

    # Showing

    def show_progress(self, progress: Progress) -> None:
        """The answer so far; before its first token, what is happening."""
        writing = bool(progress.text)
        self._busy_row.setVisible(not writing or progress.stopping)
        self._busy_words.setText("Stopping…" if progress.stopping else progress.words)
        if progress.text != self._text and writing:
            self._text = progress.text
            self._view.show()
            self._setter.stream(progress.text)

    def show_answer(self, answer: Answer) -> None:
        """A finished answer, checked against its sources."""
        self._answer, self._text = answer, answer.text
        self._busy_row.hide()
        self._view.setVisible(bool(answer.text))
        self._setter.set_answer(answer)
        self._show_verdict(answer)
        self._show_footer(answer)
        if answer.state in NOTES:
            self.show_note(answer.state)

    def show_text(self, text: str) -> None:
        """A text that was kept without being checked: stopped or interrupted."""
        self._text = text
        self._busy_row.hide()
        self._view.setVisible(bool(text))
        self._setter.set_text(text)

    def show_note(self, state: str, words: str = "", *, again: bool = True) -> None:
        """Why the answer ends where it ends; with a button for another try where that makes sense."""
        self._busy_row.hide()
        self._note_words.setText(words or NOTES.get(state, ""))
        failed = state == "failed"
        set_property(self._note_words, "tone", "danger" if failed else "muted")
        icons: dict[str, tuple[str, Colour]] = {
            "failed": ("circle-alert", "danger"),
            "stopped": ("stop", "muted"),
        }
        self._note_icon.set_icon(*icons.get(state, ("info", "muted")))
        self._again.setVisible(again and state in ("failed", "interrupted"))
        self._note.show()

    def show_details_button(self) -> None:
        self._details.show()

    def offer_every_document(self) -> None:
        """The question can only be answered by reading all documents, not the few passages found."""
        self._every.show()

    def set_whom(self, whom: str) -> None:
        """Who could be asked instead, in a word; empty where nobody may be."""
        self._whom = whom
        if whom:
            self._footer.show()  # also under an answer that failed: just then another may help
        self._show_actions(self._is_last)

    def set_last(self, is_last: bool) -> None:
        """The last answer shows its actions always and can be given anew."""
        self._is_last = is_last
        self._regenerate.setVisible(is_last)
        self._again.setEnabled(is_last)
        for offer in (self._without, self._everywhere):
            offer.setEnabled(is_last)
        if not is_last:
            self.offer.hide()
        self._show_actions(is_last)

    # Parts

    def _build(self) -> None:
        theme = self._theme
        self._verdict_icon = Icon(theme, "shield-check", "accent", 15)
        self._verdict_words = label(tone="accent", size="label", weight="medium", wrap=True)
        self._verdict = wrapping(row(self._verdict_icon, self._verdict_words, spacing=7), stretch=1)
        self._busy_words = label(tone="muted")
        self._busy_row = boxed(row(Busy(theme), self._busy_words, None, spacing=10))
        self._view = TextView(theme, "Answer")
        self._view.anchorClicked.connect(self._clicked)
        self._setter = Typesetter(self._view.document(), theme)
        self._build_note()
        self._build_offers()
        self._build_footer()
        self._left_out = label(tone="muted", size="label", wrap=True)
        self.offer = Offer(theme)
        self.offer.pressed.connect(self.cloud_asked)
        offers = (self._every, self._offers, self._left_out, self.offer)
        below = (self._view, self._note, *offers, self._footer)
        self.setLayout(column(self._verdict, self._busy_row, *below, spacing=Space.S))
        for part in (self._verdict, *below):
            part.hide()

    def _build_note(self) -> None:
        self._note_icon = Icon(self._theme, "info", "muted", 15)
        self._note_words = label(tone="muted", size="label", wrap=True)
        self._again = _pressing(button("Try again", "link"), self.regenerate_asked)
        self._details = _pressing(button("Copy details", "link"), self.details_asked)
        self._details.hide()
        parts = (self._note_icon, self._note_words, self._again, self._details)
        self._note = wrapping(row(*parts, spacing=10), stretch=1)

    def _build_offers(self) -> None:
        self._without = _pressing(button("Answer without documents"), self.without_documents_asked)
        self._everywhere = _pressing(button("Search all documents"), self.everywhere_asked)
        self._offers = FoldingRow(self._everywhere, self._without)

        words = label(
            "Only the passages found were read for this. To count or list, every document has to be read.",
            tone="muted",
            size="label",
            wrap=True,
        )
        read = _pressing(button("Read every document"), self.every_document_asked)
        parts = (Icon(self._theme, "info", "warning", 15), words, read)
        self._every = wrapping(row(*parts, spacing=10), stretch=1)

    def _build_footer(self) -> None:
        self._where = label(tone="faint", size="label", wrap=True)
        self._copy = IconButton(self._theme, "copy", "Copy answer", size=17, colour="faint")
        self._copy.clicked.connect(self.copy_asked)
        self._regenerate = IconButton(
            self._theme, "refresh-cw", "Answer again", size=17, colour="faint", keys=keys_of("regenerate")
        )
        self._regenerate.clicked.connect(self.regenerate_asked)
        self._more = IconButton(self._theme, "ellipsis", "More", size=17, colour="faint")
        self._more.clicked.connect(self._open_menu)
        self._more.hide()
        actions = (self._copy, self._regenerate, self._more)
        self._footer = wrapping(row(self._where, 0, *actions, spacing=2), stretch=0)
        self._footer.setMinimumHeight(30)

    def _show_verdict(self, answer: Answer) -> None:
        words, tone, icon = verdict(answer)
        self._verdict_words.setText(words)
        set_property(self._verdict_words, "tone", tone)
        self._verdict_icon.set_icon(icon, tone)
        self._verdict.setVisible(bool(words))
        self._offers.setVisible(answer.abstained)
        self._everywhere.setVisible(self._scoped)

    def _show_footer(self, answer: Answer) -> None:
        self._where.setText(provenance(answer, self._names))
        self._left_out.setText(left_out(answer.left_out))
        self._left_out.setVisible(bool(answer.left_out))
        self._footer.show()

    def _redraw(self) -> None:
        if self._answer is not None:
            self._setter.set_answer(self._answer)
        elif self._text:
            self._setter.set_text(self._text)

    def _clicked(self, address: QUrl) -> None:
        chosen = read_mark_address(address.fragment())
        link = self._setter.link(address.fragment())
        if chosen is not None:
            self.source_chosen.emit(*chosen)
        elif link is not None:
            self.link_asked.emit(link)

    def _open_menu(self) -> None:
        menu = self.menu()
        menu.popup(self._more.mapToGlobal(QPoint(0, self._more.height() + 2)))

    def menu(self) -> Menu:
        """What else can be done with the answer."""
        menu = Menu(self, "More")
        menu.aboutToHide.connect(menu.deleteLater)
        self._fill_menu(menu)
        return menu

    def _fill_menu(self, menu: Menu) -> None:
        menu.addAction("Copy", self.copy_asked.emit)
        if self._whom and self._is_last:
            menu.addAction(f"Ask {menu_text(self._whom)}…", self.cloud_asked.emit)

    # Actions appear when the answer is pointed at

    def enterEvent(self, event: QEnterEvent) -> None:
        self._show_actions(True)

    def leaveEvent(self, event: QEvent) -> None:
        self._show_actions(self._is_last)

    def _show_actions(self, shown: bool) -> None:
        self._copy.setVisible(shown and bool(self._text))
        self._regenerate.setVisible(shown and self._is_last)
        self._more.setVisible(shown and self._is_last and bool(self._whom))


def verdict(answer: Answer) -> tuple[str, Literal["accent", "warning", "muted"], str]:
    """(words, tone, icon) of the line over an answer."""
    if answer.abstained:
        return "", "muted", "info"
    if not answer.grounded:
        return "Answered without your documents", "muted", "info"
    total = len(answer.sentences)
    if not total:
        return "", "muted", "info"
    found = sum(sentence.state != "not_found" for sentence in answer.sentences)
    if not found:
        return "Not found in your documents", "warning", "triangle-alert"
    if total == 1:
        return "Found in your documents", "accent", "shield-check"
    return f"{found} of {total} sentences found in your documents", "accent", "shield-check"


def left_out(messages: int) -> str:
    """What of a long chat the model was not given."""
    first = (
        "The first message of this chat was"
        if messages == 1
        else f"The first {messages:,} messages of this chat were"
    )
    return f"{first} left out; the model cannot read them all at once."


def provenance(answer: Answer, names: Mapping[str, str] = NO_NAMES) -> str:
    """“Answered on this computer   Qwen2.5 1.5B   6.1 s   17 tokens/s”; what is not known is left out."""
    name = names.get(answer.model, "")
    if answer.tier == "frontier":
        parts = [f"Answered by {name or answer.model}"]
    else:
        parts = ["Answered on this computer"]
        if name and answer.tier != "rules":  # rules answer without a model
            parts.append(name)
    seconds = answer.seconds
    if seconds.total >= 0.05:  # no “0.0 s” where rules answered
        parts.append(f"{seconds.total:.1f} s")
    writing = seconds.total - seconds.first_token
    if answer.tokens.completion > 1 and writing > 0.05:
        parts.append(f"{answer.tokens.completion / writing:.0f} tokens/s")
    return "    ".join(parts)


def _pressing(made: QPushButton, signal: SignalInstance) -> QPushButton:
    made.clicked.connect(signal)
    return made
