"""The right panel: every passage that was given to the model, with the words that say it lit."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QColor, QTextBlockFormat, QTextCharFormat, QTextCursor, QTextOption
from PySide6.QtWidgets import QWidget

from desktop.chat.quotes import Range, excerpt, merged, on_page, place, printable, quotes_of
from desktop.chat.sentences import citation_order, cited_sources
from desktop.chat.textview import TextView
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
from desktop.theme.layouts import ScrollArea, boxed, clear, column, row, scrolled
from desktop.theme.theme import Theme
from desktop.theme.tokens import Size, Space, Type
from engine.values import Answer, Source
from rag.values import Page


class LitText(TextView):
    """Text of a document in which some ranges are lit."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__(theme, name)
        self._text = ""
        self._lit: Sequence[Range] = ()
        self._position = 0
        theme.changed.connect(self._write)

    def show_text(self, text: str, lit: Sequence[Range] = ()) -> None:
        self._text, self._lit = text.rstrip(), lit
        self._write()

    def lit_top(self) -> float:
        """Pixels from the top to the first lit line."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(self._position)
        return float(self.cursorRect(cursor).top())

    def _write(self) -> None:
        document = self.document()
        document.clear()
        document.setDefaultFont(self.theme.font(Type.LABEL))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        document.setDefaultTextOption(option)
        cursor = QTextCursor(document)
        cursor.setBlockFormat(self._lines())
        plain, lit = QTextCharFormat(), QTextCharFormat()
        plain.setForeground(self.theme.colour("muted"))
        lit.setForeground(self.theme.colour("text"))
        lit.setBackground(QColor(self.theme.palette.lit))
        shown = printable(self._text)
        at = 0
        self._position = 0
        for start, end in merged(self._lit, len(self._text)):
            cursor.insertText(shown[at:start], plain)
            self._position = self._position or cursor.position()
            cursor.insertText(shown[start:end], lit)
            at = end
        cursor.insertText(shown[at:], plain)
        self._narrow_blank_lines()

    def _narrow_blank_lines(self) -> None:
        """Documents part their paragraphs by blank lines: half a line is enough."""
        block = self.document().begin()
        while block.isValid():
            if not block.text().strip():
                QTextCursor(block).setBlockFormat(self._lines(0.6))
            block = block.next()

    def _lines(self, share: float = 1.5) -> QTextBlockFormat:
        lines = QTextBlockFormat()
        height = round(self.theme.pixels(Type.LABEL) * share)
        lines.setLineHeight(height, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        return lines


class SourceCard(ClickableCard):
    """One passage. Chosen, it shows all of itself; unchosen, the lines around what is lit."""

    chosen = Signal(int)
    page_asked = Signal(int)

    def __init__(
        self, theme: Theme, index: int, source: Source, number: int | None, quotes: Sequence[Range]
    ) -> None:
        super().__init__()
        self.index, self.source = index, source
        self._quotes: Sequence[Range] = quotes
        self._chosen = False
        self._page: Page | None = None
        where = place(source)
        self.setAccessibleName(f"Source {number or ''}: {source.document}, {where}")
        self._build(theme, number, where)
        self.pressed.connect(self._choose)
        self._show_passage()

    def set_chosen(self, chosen: bool, quotes: Sequence[Range] | None = None) -> None:
        """Outline the card; light `quotes` of one sentence where given, else all."""
        self._chosen = chosen
        set_property(self, "chosen", chosen)
        if quotes is not None:
            self._quotes = quotes
        self._show_passage()

    def show_page(self, page: Page) -> None:
        """The whole page that the passage stands on, with the passage lit."""
        self._page = page
        self._show_passage()
        self._more.setText("Show the passage only")
        self._more.setEnabled(True)

    def page_failed(self) -> None:
        self._more.setEnabled(True)

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
            pill.setStyleSheet('QFrame[kind="pill"] { border-radius: 5px; }')
            head.addWidget(pill)
        head.addWidget(name, 1)
        self._text = LitText(theme, f"Passage of {self.source.document}")
        self._inset = boxed(row(self._text))
        self._more = button("Show the page", "link")
        self._more.clicked.connect(self._toggle_page)
        self.setLayout(
            column(
                head,
                ElidedLabel(where, tone="muted", size="small"),
                2,
                self._inset,
                row(self._more, None, margins=(0, 2, 0, 0)),
                spacing=5,
                margins=(14, 13, 14, 9),
            )
        )

    def _choose(self) -> None:
        self.chosen.emit(self.index)

    def _toggle_page(self) -> None:
        if self._page is None:
            self._more.setEnabled(False)
            self.page_asked.emit(self.index)
            return
        self._page = None
        self._more.setText("Show the page")
        self._show_passage()

    def _show_passage(self) -> None:
        if self._page is not None:
            self._text.show_text(self._page.text, on_page(self.source, self._page, self._quotes))
        elif self._chosen:
            self._text.show_text(self.source.text, self._quotes)
        else:
            self._text.show_text(*excerpt(self.source.text, self._quotes))


class SourcesPanel(Surface):
    """The sources of the answer at hand. Filled while the model still reads, numbered when it is done."""

    closed = Signal()
    page_asked = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__("panel")
        self._theme = theme
        self._answer: Answer | None = None
        self._cards: dict[int, SourceCard] = {}
        self._order: list[int] = []
        self._current: int | None = None
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
        self._answer = answer
        cited = cited_sources(answer)
        order = citation_order(answer)
        self._fill(
            [
                (index, answer.sources[index], number if index in cited else None, quotes_of(answer, index))
                for number, index in enumerate(order, start=1)
            ]
        )
        if cited:
            self.choose(order[0])

    def show_nothing(self) -> None:
        self._answer = None
        self._fill([])

    def choose(self, index: int, sentence: int | None = None) -> None:
        """Outline a source and bring it into view; light only what one sentence rests on, where named."""
        if index not in self._cards:
            return
        for other in self._cards.values():
            if other.index != index:
                other.set_chosen(False)
        self._current = index
        quotes = quotes_of(self._answer, index, sentence) if self._answer else None
        self._cards[index].set_chosen(True, quotes)
        self._previous.setEnabled(self._order.index(index) > 0)
        self._next.setEnabled(self._order.index(index) < len(self._order) - 1)
        # The card takes its new height only when the event loop has laid it out.
        QTimer.singleShot(0, self, self._bring_into_view)

    def show_page(self, source: Source, page: Page) -> None:
        """The page that was asked for, unless another answer's sources are shown by now."""
        for made in self._cards.values():
            if made.source is source:
                made.show_page(page)
                self.choose(made.index)

    def page_failed(self) -> None:
        for made in self._cards.values():
            made.page_failed()

    # Parts

    def _build(self) -> None:
        title = label("Sources", weight="semibold")
        self._count = label(tone="faint", size="label")
        self._previous = IconButton(self._theme, "chevron-left", "Previous source", size=17)
        self._previous.clicked.connect(lambda: self._step(-1))
        self._next = IconButton(self._theme, "chevron-right", "Next source", size=17)
        self._next.clicked.connect(lambda: self._step(1))
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
        made.chosen.connect(self.choose)
        made.page_asked.connect(self._ask_for_page)
        self._cards[made.index] = made
        self._order.append(made.index)
        self._list.addWidget(made)

    def _ask_for_page(self, index: int) -> None:
        self.page_asked.emit(self._cards[index].source)

    def _step(self, step: int) -> None:
        at = self._order.index(self._current) + step if self._current is not None else 0
        if 0 <= at < len(self._order):
            self.choose(self._order[at])

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
