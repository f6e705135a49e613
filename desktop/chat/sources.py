"""The right panel: every passage that was given to the model, with the words that say it lit."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from desktop.chat.lit_text import LitText
from desktop.chat.quotes import EXCERPT, Range, excerpt, place, quotes_of
from desktop.chat.sentences import citation_order, cited_sources
from desktop.theme.controls import (
    ClickableCard,
    ElidedLabel,
    Icon,
    IconButton,
    Surface,
    button,
    card,
    label,
    set_property,
)
from desktop.theme.foreign import plain
from desktop.theme.layouts import ScrollArea, boxed, clear, column, row, scrolled
from desktop.theme.theme import Theme
from desktop.theme.tokens import Size, Space
from desktop.viewer.glimpse import Glimpse, Seen
from desktop.viewer.spot import Spot
from engine.values import Answer, Source

CHOSEN_EXCERPT = 520
"""Characters of the chosen passage: with more, the other cards would be out of sight."""

SENTENCE = 240
"""Characters of a sentence of the answer that are shown over the document."""


class SourceCard(ClickableCard):
    """One passage: the lines around what is lit. Chosen, more of them, and their place on the page.

    A press opens the document, where all of it stands.
    """

    open_asked = Signal(int)

    def __init__(
        self, theme: Theme, index: int, source: Source, number: int | None, quotes: Sequence[Range]
    ) -> None:
        super().__init__()
        self.index, self.source = index, source
        self._quotes: Sequence[Range] = quotes
        self._chosen = False
        where = place(source)
        self.setAccessibleName(f"Source {number or ''}: {source.document}, {where}")
        self._build(theme, number, where)
        self.pressed.connect(self._ask_to_open)
        self._show_passage()

    def set_chosen(self, chosen: bool, quotes: Sequence[Range] | None = None) -> None:
        """Outline the card; light `quotes` of one sentence where given, else all."""
        self._chosen = chosen
        set_property(self, "chosen", chosen)
        if quotes is not None:
            self._quotes = quotes
        self._glimpse.setVisible(chosen and not self._glimpse.is_empty)
        self._show_passage()

    def show_glimpse(self, seen: Seen) -> None:
        """The lit place on its page."""
        self._glimpse.show_seen(seen)
        self._glimpse.setVisible(self._chosen)

    def lit_top(self) -> float:
        return self._inset.y() + self._text.y() + self._text.lit_top()

    def _build(self, theme: Theme, number: int | None, where: str) -> None:
        name = ElidedLabel(self.source.document, weight="semibold", size="label", middle=True)
        head = row(spacing=8)
        if number is not None:
            mark = label(str(number), tone="accent", size="small", weight="semibold")
            mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
            pill = card("pill")
            pill.setProperty("tone", "accent")
            pill.setLayout(row(mark, margins=(6, 0, 6, 0)))
            pill.setFixedHeight(19)
            pill.setMinimumWidth(22)  # “1” is narrower than “2”, and the names stand under each other
            pill.setStyleSheet('QFrame[kind="pill"] { border-radius: 5px; }')
            head.addWidget(pill)
        head.addWidget(name, 1)
        self._text = LitText(theme, f"Passage of {self.source.document}")
        self._inset = boxed(row(self._text))
        self._glimpse = Glimpse(theme)
        self._glimpse.hide()
        what = "document" if self.source.page is None else "page"
        self._open = button(f"Open the {what}", "link", name=f"Open the {what} in {self.source.document}")
        self._open.clicked.connect(self._ask_to_open)
        self.setLayout(
            column(
                head,
                ElidedLabel(where, tone="muted", size="small"),
                2,
                self._glimpse,
                self._inset,
                row(self._open, None, margins=(0, 2, 0, 0)),
                spacing=5,
                margins=(14, 13, 14, 9),
            )
        )

    def _ask_to_open(self) -> None:
        self.open_asked.emit(self.index)

    def _show_passage(self) -> None:
        size = CHOSEN_EXCERPT if self._chosen else EXCERPT
        self._text.show_text(*excerpt(self.source.text, self._quotes, size))


class SourcesPanel(Surface):
    """The sources of the answer at hand. Filled while the model still reads, numbered when it is done."""

    closed = Signal()
    open_asked = Signal()
    """Show the chosen source in its document."""
    glimpse_asked = Signal(object)
    """A source was chosen whose place on its page can be shown."""
    stepped = Signal()
    """Another source was chosen by going on from the last."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("panel")
        self._theme = theme
        self._answer: Answer | None = None
        self._cards: dict[int, SourceCard] = {}
        self._order: list[int] = []
        self._current: int | None = None
        self._sentence: int | None = None
        self.setAccessibleName("Sources")
        self.setMinimumWidth(280)
        self._build()

    @property
    def is_empty(self) -> bool:
        return not self._cards

    @property
    def current(self) -> int | None:
        """The index of the chosen source."""
        return self._current

    @property
    def position(self) -> tuple[int, int]:
        """The chosen source's place among all of them (from 1), and how many there are."""
        at = self._order.index(self._current) + 1 if self._current is not None else 0
        return at, len(self._order)

    @property
    def spot(self) -> Spot:
        """What to show of the chosen source."""
        assert self._current is not None
        source = self._cards[self._current].source
        if self._answer is None:
            return Spot(source)
        quotes = tuple(quotes_of(self._answer, self._current, self._sentence))
        return Spot(source, quotes, _said(self._answer, self._current, self._sentence))

    def card(self, index: int) -> SourceCard:
        return self._cards[index]

    # Showing

    def show_found(self, sources: Sequence[Source]) -> None:
        """Passages just found; which of them the answer rests on is not known yet."""
        self._answer = None
        self._fill([(index, source, None, ()) for index, source in enumerate(sources)])
        self._count.setText("")

    def show_answer(self, answer: Answer) -> None:
        """The sources of a finished answer: those it rests on first, numbered as the marks are."""
        kept = self._kept(answer)
        self._answer = answer
        cited = cited_sources(answer)
        order = citation_order(answer)
        self._fill(
            [
                (index, answer.sources[index], number if index in cited else None, quotes_of(answer, index))
                for number, index in enumerate(order, start=1)
            ]
        )
        if kept is not None:
            self.choose(kept)
        elif cited:
            self.choose(order[0])

    def _kept(self, answer: Answer) -> int | None:
        """The source that was chosen while the answer was on its way, if this is that answer."""
        index = self._current
        if index is None or self._answer is not None or index >= len(answer.sources):
            return None
        return index if self._cards[index].source == answer.sources[index] else None

    def show_nothing(self) -> None:
        self._answer = None
        self._fill([])

    def choose(self, index: int, sentence: int | None = None, *, opening: bool = False) -> None:
        """Outline a source and bring it into view; light only what one sentence rests on, where named.

        One that is being opened in its document needs no picture of its place here.
        """
        if index not in self._cards:
            return
        for other in self._cards.values():
            if other.index != index:
                other.set_chosen(False)
        self._current, self._sentence = index, sentence
        quotes = quotes_of(self._answer, index, sentence) if self._answer else None
        self._cards[index].set_chosen(True, quotes)
        self._previous.setEnabled(self._order.index(index) > 0)
        self._next.setEnabled(self._order.index(index) < len(self._order) - 1)
        if self._answer is not None and not opening:
            self.glimpse_asked.emit(self.spot)
        # The card takes its new height only when the event loop has laid it out.
        QTimer.singleShot(0, self, self._bring_into_view)

    def show_glimpse(self, seen: Seen) -> None:
        """The lit place of a source, unless something else is chosen by now."""
        if self._current is not None and self.spot == seen.spot:
            self._cards[self._current].show_glimpse(seen)

    def open(self, index: int, sentence: int | None = None) -> None:
        """Choose a source and ask for it to be shown in its document."""
        self.choose(index, sentence, opening=True)
        self.open_asked.emit()

    def step(self, step: int) -> None:
        """To the next source, or the one before."""
        at = self._order.index(self._current) + step if self._current is not None else 0
        if 0 <= at < len(self._order):
            self.choose(self._order[at])
            self.stepped.emit()

    # Parts

    def _build(self) -> None:
        title = label("Sources", weight="semibold")
        self._count = label(tone="faint", size="label")
        self._previous = IconButton(self._theme, "chevron-left", "Previous source", size=17)
        self._previous.clicked.connect(lambda: self.step(-1))
        self._next = IconButton(self._theme, "chevron-right", "Next source", size=17)
        self._next.clicked.connect(lambda: self.step(1))
        close = IconButton(self._theme, "x", "Close the sources", size=17)
        close.clicked.connect(self.closed)
        icon = Icon(self._theme, "file-text", "text", 16)
        head = boxed(
            row(
                icon,
                title,
                self._count,
                None,
                self._previous,
                self._next,
                close,
                spacing=6,
                margins=(16, 0, 10, 0),
            )
        )
        head.setFixedHeight(Size.HEADER - 6)
        self._list = column(spacing=Space.S + 2, margins=(16, 2, 16 - ScrollArea.BAR, 16))
        self._list.setAlignment(Qt.AlignmentFlag.AlignTop)
        inside = QWidget()
        inside.setLayout(self._list)
        self._area = scrolled(inside)
        self.setLayout(column(head, self._area, spacing=0))

    def _fill(self, cards: Sequence[tuple[int, Source, int | None, Sequence[Range]]]) -> None:
        clear(self._list)
        self._cards, self._order, self._current = {}, [], None
        was_cited = False
        for index, source, number, quotes in cards:
            if number is None and was_cited:
                self._list.addWidget(label("Also read", tone="faint", size="label"))
                was_cited = False
            was_cited = was_cited or number is not None
            self._add(SourceCard(self._theme, index, source, number, quotes))
        self._count.setText(str(len(cards)) if cards else "")
        for step in (self._previous, self._next):
            step.setEnabled(len(cards) > 1)
        if not cards:
            self._list.addWidget(_nothing())

    def _add(self, made: SourceCard) -> None:
        made.open_asked.connect(self.open)
        self._cards[made.index] = made
        self._order.append(made.index)
        self._list.addWidget(made)

    def _bring_into_view(self) -> None:
        if self._current is None:
            return
        made = self._cards[self._current]
        bar = self._area.verticalScrollBar()
        top, below = made.y(), made.y() + made.lit_top()
        seen = self._area.viewport().height()
        if below - top > seen * 0.7:
            bar.setValue(round(below - seen * 0.3))  # a long page: to the lit line, not to the page's head
        elif not bar.value() <= top <= bar.value() + seen - min(made.height(), seen):
            bar.setValue(max(0, top - Space.M))


def _nothing() -> QWidget:
    return label("The passages that an answer rests on appear here.", tone="faint", size="label", wrap=True)


def _said(answer: Answer, index: int, sentence: int | None) -> str:
    """The one sentence of the answer that rests on a source, without its Markdown; empty where more do."""
    resting = [each for each in answer.sentences if index in each.sources]
    if sentence is not None:
        resting = list(answer.sentences[sentence : sentence + 1])
    return plain(re.sub(r"[*`_#]+", "", resting[0].text), SENTENCE) if len(resting) == 1 else ""
