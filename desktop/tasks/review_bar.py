"""The bar under the table: one question about one cell, its answers, and the keys that give them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QWidget

from desktop.tasks.review import Question
from desktop.theme.controls import (
    ElidedLabel,
    Icon,
    IconButton,
    button,
    card,
    line,
    set_property,
)
from desktop.theme.elided_link import ElidedLink
from desktop.theme.foreign import plain
from desktop.theme.layouts import clear, column, row
from desktop.theme.theme import Theme
from engine.tasks.values import StoredLine

REMEMBERED = "Remembered as an example of this recipe"
REMEMBERED_MS = 6_000
TITLE_WIDTH, NARROW_TITLE, NARROW = 220, 120, 820
EVIDENCE = 46
"""Characters of the words that a value rests on."""


class ReviewBar(QWidget):
    """Shows a question; says what the person answered."""

    chosen = Signal(int)
    more_asked = Signal()
    edit_asked = Signal()
    accepted = Signal()
    evidence_asked = Signal()
    retry_asked = Signal()
    ask_asked = Signal()
    step_asked = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._hint = ""
        self._question: Question | None = None
        self._answers: list[QPushButton] = []
        self._build()
        self._note_timer = QTimer(self, interval=REMEMBERED_MS, singleShot=True)
        self._note_timer.timeout.connect(self._show_keys)
        self.show_question(None, None, remaining=0)

    def show_question(
        self, question: Question | None, at_hand: StoredLine | None, *, remaining: int, provider: str = ""
    ) -> None:
        """A question about the line at hand, or why there is none; `remaining` lines need review. `provider`
        may be asked about this line."""
        self._ask.setText(f"Ask {plain(provider, 24)} about this one")
        self._ask.setVisible(bool(provider))
        has_failed = at_hand is not None and at_hand.state == "failed"
        if question != self._question or question is None:
            self._question = question
            self._show_answers(question, has_failed)
        self._title.set_whole(question.title if question else "")
        self._title.setVisible(question is not None)
        self._words.set_whole(_words(question, at_hand, remaining))
        set_property(self._words, "tone", "danger" if has_failed else "muted")
        self._show_doubts(question)
        self._hint = _keys(question, remaining)
        self._show_keys()

    def say_remembered(self) -> None:
        """Said once: what the person corrects is learnt from."""
        self._note_timer.start()
        self._show_keys()

    def _show_keys(self) -> None:
        is_noting = self._note_timer.isActive()
        for keys in (self._keys, self._narrow_keys):
            keys.set_whole(REMEMBERED if is_noting else self._hint)
            set_property(keys, "tone", "accent" if is_noting else "faint")
        self._fit_keys()

    @property
    def hint(self) -> str:
        """What stands where the keys are named."""
        return self._keys.whole

    @property
    def answers(self) -> Sequence[QPushButton]:
        return self._answers

    # Parts

    def _build(self) -> None:
        self._title = ElidedLabel(weight="semibold")
        self._words = ElidedLabel(tone="muted")
        self._buttons = row(spacing=10)
        self._holder = QWidget()
        self._holder.setLayout(self._buttons)
        previous = IconButton(self._theme, "chevron-up", "Previous in doubt", size=17, keys="K")
        previous.clicked.connect(partial(self.step_asked.emit, -1))
        following = IconButton(self._theme, "chevron-down", "Next in doubt", size=17, keys="J")
        following.clicked.connect(partial(self.step_asked.emit, 1))
        self._steps = row(previous, following, spacing=2)
        upper = row(self._title, self._words, self._holder, self._steps, spacing=12)
        upper.setStretch(2, 1)
        self._sign = Icon(self._theme, "triangle-alert", "warning", 14)
        self._doubts = ElidedLabel(tone="warning", size="label")
        self._evidence = ElidedLink()
        self._evidence.clicked.connect(self.evidence_asked)
        self._keys = ElidedLabel(tone="faint", size="label")
        self._narrow_keys = ElidedLabel(tone="faint", size="label")
        self._ask = button("", "link", name="Ask a provider about this one")
        self._ask.clicked.connect(self.ask_asked)
        lower = row(self._sign, self._doubts, self._evidence, self._ask, None, self._keys, spacing=8)
        self._frame = card()
        parts = column(upper, lower, self._narrow_keys, spacing=6, margins=(16, 12, 16, 10))
        self._frame.setLayout(parts)
        self._around = column(self._frame)
        self.setLayout(column(line(), self._around, spacing=0))
        self.setAccessibleName("Review")

    def _show_answers(self, question: Question | None, has_failed: bool) -> None:
        clear(self._buttons)
        self._answers = []
        if question is None:
            if has_failed:
                self._add(button("Try again", name="Try this input again")).clicked.connect(self.retry_asked)
                self._buttons.addStretch(1)
            return
        if question.choices:
            for number, words in enumerate(question.choices, start=1):
                self._add(self._answer(number, words, question))
            self._more = self._add(button("More…", name="All labels"))
            self._more.clicked.connect(self.more_asked)
        else:
            right = self._add(button("Right as it is", "primary"))
            right.clicked.connect(self.accepted)
            edit = self._add(button("Edit"))
            edit.clicked.connect(self.edit_asked)
            self._answers = [right, edit]
        self._buttons.addStretch(1)
        self._fit()

    def _answer(self, number: int, words: str, question: Question) -> QPushButton:
        is_chosen = question.is_chosen(words)
        made = button(f"{number} {plain(words, 32)}", "primary" if is_chosen else "secondary")
        state = ", as it is now" if is_chosen else ""
        made.setAccessibleName(f"{plain(words)}{state}, key {number}")
        made.clicked.connect(partial(self.chosen.emit, number))
        self._answers.append(made)
        return made

    def _add(self, made: QPushButton) -> QPushButton:
        self._buttons.addWidget(made)
        return made

    def _show_doubts(self, question: Question | None) -> None:
        doubts = question.doubts if question else ""
        if question and doubts and question.count > 1:
            doubts += f" · cell {question.position} of {question.count} in doubt here"
        self._doubts.set_whole(doubts)
        for part in (self._sign, self._doubts):
            part.setVisible(bool(doubts))
        quote = question.evidence[0].text if question and question.evidence else ""
        words = f"evidence: “{plain(quote, EVIDENCE)}”" if quote else ""
        self._evidence.set_whole(words)
        self._evidence.setAccessibleName(f"Show the {words}" if words else "")
        self._evidence.setVisible(bool(words))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_narrow = self.width() < NARROW * self._theme.scale
        width = NARROW_TITLE if is_narrow else TITLE_WIDTH
        self._title.setMaximumWidth(round(width * self._theme.scale))
        above = 8 if is_narrow else 14
        self._around.setContentsMargins(24, above, 24, above)
        self._fit()
        self._fit_keys()

    def _fit_keys(self) -> None:
        """The keys beside the doubts where all have room, else in a line of their own."""
        parts = (self._doubts, self._evidence, self._ask, self._keys)
        shown = [each for each in parts if each is self._keys or not each.isHidden()]
        needed = sum(each.sizeHint().width() + 8 for each in shown) + 2 * 24 + 2 * 16 + 22
        has_room = needed <= self.width() and self.width() >= NARROW * self._theme.scale
        doubts = self._doubts.sizeHint().width() + 30 if not self._doubts.isHidden() else 0
        ask = self._ask.sizeHint().width() + 8 if not self._ask.isHidden() else 0
        left = self.width() - 2 * 24 - 2 * 16 - doubts - ask - 8
        self._evidence.setMaximumWidth(max(ElidedLink.LEAST, left))  # the reason to look stays whole
        self._keys.setVisible(has_room)
        self._narrow_keys.setVisible(not has_room)

    def _fit(self) -> None:
        """As many answers as have room, each whole; the others are behind “More…” and on their keys."""
        question = self._question
        if question is None or not question.choices:
            return
        spacing = self._buttons.spacing()
        more = self._more.sizeHint().width() + spacing
        taken = self._words.sizeHint().width() + min(self._title.sizeHint().width(), TITLE_WIDTH)
        taken += self._steps.sizeHint().width()
        room = self.width() - 2 * 24 - 2 * 16 - taken - 4 * 12
        widths = [each.sizeHint().width() + spacing for each in self._answers]
        fits = len(widths)
        while fits > 1 and sum(widths[:fits]) + (more if question.more or fits < len(widths) else 0) > room:
            fits -= 1
        for number, each in enumerate(self._answers):
            each.setVisible(number < fits)
        self._more.setVisible(question.more or fits < len(widths))


def _words(question: Question | None, at_hand: StoredLine | None, remaining: int) -> str:
    if at_hand is not None and at_hand.state == "failed":
        return f"Failed: {plain(at_hand.reason, 160)}"
    if at_hand is not None and at_hand.state == "waiting":
        return "Waiting to be done."
    if question is None:
        return (
            "Nothing is left to be looked at." if not remaining else "Press J to go through what is in doubt."
        )
    if question.choices:
        asked = "Which apply?" if question.column.many else "Which is it?"
        return "Is it so?" if question.column.type == "boolean" else asked
    shown = plain(question.shown, 60)
    name = plain(question.column.name, 40)
    return f"{name}: “{shown}”" if shown else f"{name}: nothing"


def _keys(question: Question | None, remaining: int) -> str:
    if question is None:
        return "J next in doubt · K previous" if remaining else ""
    return "J next in doubt · K previous · Enter right as it is · E edit · U undo"
