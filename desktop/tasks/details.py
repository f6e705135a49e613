"""Everything about one line: its cells with what they rest on, who made them, and the whole input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from desktop.chat.lit_text import LitText
from desktop.chat.quotes import Range
from desktop.preview_sheet.names import model_name
from desktop.tasks.cell_text import (
    TIERS,
    cloud_words,
    confidence_text,
    doubt_words,
    is_from_cloud,
    text_of,
    told_confidence,
    whole_text_of,
)
from desktop.tasks.evidence import lit_in, quotes_of, spot_of
from desktop.theme.controls import (
    ClickableCard,
    ElidedLabel,
    Icon,
    IconButton,
    Surface,
    button,
    label,
    set_property,
)
from desktop.theme.elided_link import ElidedLink
from desktop.theme.foreign import breakable, plain
from desktop.theme.layouts import ScrollArea, boxed, clear, column, row, scrolled
from desktop.theme.theme import Theme
from desktop.theme.tokens import Size
from engine.tasks.values import Column, Quote, RunRow, StoredCell, StoredLine
from engine.usage.values import Money

WHOLE = 12_000
"""Characters of an input that are set at once; the rest is a press away."""

VALUE, QUOTE = 1_500, 90
SHORT = 60
"""A text of an input that is shorter stands beside its name."""


class DetailsPanel(Surface):
    """Follows the line at hand; outlines the cell at hand and lights what it rests on."""

    closed = Signal()
    cell_chosen = Signal(str)
    edit_asked = Signal(str)
    undo_asked = Signal(str)
    retry_asked = Signal(object)
    source_asked = Signal(object)
    step_asked = Signal(int)

    def __init__(self, theme: Theme, words: Callable[[Money], str]) -> None:
        """`words` says an amount in the person's currency."""
        super().__init__("panel")
        self._words = words
        self._theme = theme
        self._run: RunRow | None = None
        self._line: StoredLine | None = None
        self._output = ""
        self._cards: dict[str, CellCard] = {}
        self._inputs: dict[str, tuple[LitText, str]] = {}
        self._build()

    @property
    def line(self) -> StoredLine | None:
        return self._line

    def show_run(self, run: RunRow) -> None:
        self._run = run
        self._line = None

    def show_line(self, line: StoredLine | None, title: str, output: str) -> None:
        """A line, with the cell of `output` at hand."""
        if line is None or self._run is None:
            clear(self._content)
            self._line = None
            return
        if line != self._line:
            moved = self._line is None or line.id != self._line.id
            self._line = line
            self._title.set_whole(title)
            self._fill(line)
            if moved:
                self._area.verticalScrollBar().setValue(0)
        self._output = output
        for name, each in self._cards.items():
            set_property(each, "chosen", name == output)
        self._light()
        QTimer.singleShot(0, self, self._bring_into_view)

    # Parts

    def _build(self) -> None:
        self._title = ElidedLabel(weight="semibold")
        up = IconButton(self._theme, "chevron-up", "The line above", size=17)
        up.clicked.connect(partial(self.step_asked.emit, -1))
        down = IconButton(self._theme, "chevron-down", "The line below", size=17)
        down.clicked.connect(partial(self.step_asked.emit, 1))
        close = IconButton(self._theme, "x", "Close the details", size=17, keys="Esc")
        close.clicked.connect(self.closed)
        bar = row(self._title, up, down, close, spacing=4, margins=(16, 0, 10, 0))
        head = boxed(bar, stretch=0)
        head.setFixedHeight(Size.HEADER - 10)
        self._content = column(spacing=8, margins=(16, 2, 16 - ScrollArea.BAR, 16))
        self._content.setAlignment(Qt.AlignmentFlag.AlignTop)
        inside = QWidget()
        inside.setLayout(self._content)
        self._area = scrolled(inside)
        self.setLayout(column(head, self._area, spacing=0))
        self.setAccessibleName("Details of the line")

    def _fill(self, line: StoredLine) -> None:
        clear(self._content)
        self._cards, self._inputs = {}, {}
        if line.state == "failed":
            self._content.addWidget(self._failure(line))
        elif line.state == "waiting":
            self._content.addWidget(label("Waiting to be done", tone="muted", size="label"))
        for note in line.notes:
            self._content.addWidget(self._warning(note))
        for each in self._run.columns if self._run is not None else ():
            if each.name in line.cells:
                self._content.addWidget(self._card(line, each))
        for widget in self._input_parts(line):
            self._content.addWidget(widget)
        words = made_by(line, self._words)
        if words:
            self._content.addWidget(label(words, tone="faint", size="small", wrap=True))

    def _failure(self, line: StoredLine) -> QWidget:
        words = label(breakable(plain(line.reason, 600)), tone="danger", size="label", wrap=True)
        again = button("Try again", name="Try this input again")
        again.clicked.connect(lambda: self.retry_asked.emit(line))
        return boxed(column(words, row(again, None), spacing=8))

    def _warning(self, note: str) -> QWidget:
        words = label(breakable(plain(note, 600)), tone="warning", size="label", wrap=True)
        shown = row(Icon(self._theme, "triangle-alert", "warning", 14), words, spacing=8)
        shown.setStretch(1, 1)
        return boxed(shown)

    def _card(self, line: StoredLine, output: Column) -> CellCard:
        made = CellCard(self._theme, line, output, line.cells[output.name])
        made.pressed.connect(partial(self.cell_chosen.emit, output.name))
        made.edit_asked.connect(partial(self.edit_asked.emit, output.name))
        made.undo_asked.connect(partial(self.undo_asked.emit, output.name))
        made.quote_asked.connect(self._show_quote)
        self._cards[output.name] = made
        return made

    def _input_parts(self, line: StoredLine) -> list[QWidget]:
        if line.item.path:
            return [_heading("Document"), self._document(line)]
        parts: list[QWidget] = [_heading("Input")] if line.item.values else []
        for name, text in line.item.values.items():
            if len(text) <= SHORT and "\n" not in text and not lit_in(quotes_of(line), name, text):
                parts.append(_short(name, text))
                continue
            parts.append(_name(name))
            parts.extend(self._text(name, text))
        return parts

    def _document(self, line: StoredLine) -> QWidget:
        name = ElidedLabel(line.item.title, size="label", middle=True)
        opened = button("Open the document", "link", name=f"Open {plain(line.item.title)}")
        first = next(iter(quotes_of(line)), Quote("", 0, 0))
        opened.clicked.connect(lambda: self.source_asked.emit(spot_of(line, first)))
        return boxed(column(name, row(opened, None), spacing=2))

    def _text(self, name: str, text: str) -> list[QWidget]:
        """A column's text with what is lit; of a very long one the beginning, until more is asked for."""
        shown = LitText(self._theme, f"Text of {name}", plain="text")
        self._inputs[name] = (shown, text)
        if len(text) <= WHOLE:
            return [shown]
        more = button(f"Show all {len(text):,} characters", "link")
        more.clicked.connect(partial(self._show_whole, name, more))
        shown.setProperty("cut", True)
        return [shown, boxed(row(more, None))]

    def _show_whole(self, name: str, more: QWidget) -> None:
        self._inputs[name][0].setProperty("cut", False)
        more.hide()
        self._light()

    # Lighting

    def _light(self) -> None:
        """What the cell at hand rests on; what any cell rests on where that one has nothing."""
        if self._line is None:
            return
        quotes = quotes_of(self._line, self._output) or quotes_of(self._line)
        for name, (shown, text) in self._inputs.items():
            lit = lit_in(quotes, name, text)
            if shown.property("cut"):
                text, lit = _cut(text, lit)
            shown.show_text(text, lit)

    def _show_quote(self, quote: Quote) -> None:
        """To the words: in their document, or in the text of this panel."""
        if self._line is None:
            return
        spot = spot_of(self._line, quote)
        if spot is not None:
            self.source_asked.emit(spot)
        elif quote.column in self._inputs:
            shown, text = self._inputs[quote.column]
            lit = [(quote.start, quote.end)] if lit_in([quote], quote.column, text) else []
            if shown.property("cut"):
                text, lit = _cut(text, lit)
            shown.show_text(text, lit)
            self._scroll_to(shown)

    def show_evidence(self) -> None:
        """The first of what the cell at hand rests on."""
        if self._line is not None:
            for quote in quotes_of(self._line, self._output)[:1]:
                self._show_quote(quote)

    def _bring_into_view(self) -> None:
        chosen = self._cards.get(self._output)
        bar, seen = self._area.verticalScrollBar(), self._area.viewport().height()
        if chosen is not None and not bar.value() <= chosen.y() <= bar.value() + seen - chosen.height():
            bar.setValue(max(0, chosen.y() - 8))

    def _scroll_to(self, shown: LitText) -> None:
        top = shown.y() + round(shown.lit_top())
        self._area.verticalScrollBar().setValue(max(0, top - self._area.viewport().height() // 3))


class CellCard(ClickableCard):
    """One cell: its value whole, what is doubtful, the words it rests on, how sure and by whom."""

    edit_asked = Signal()
    undo_asked = Signal()
    quote_asked = Signal(object)

    def __init__(self, theme: Theme, line: StoredLine, output: Column, cell: StoredCell) -> None:
        super().__init__()
        self._theme = theme
        value = whole_text_of(cell.cell.value, output.type)
        self.setAccessibleName(f"{output.name}: {plain(value, 120) or 'nothing'}")
        self._parts = column(spacing=3, margins=(12, 8, 12, 9))
        edit = button("Edit", "link", name=f"Edit {output.name}")
        edit.clicked.connect(self.edit_asked)
        self._parts.addLayout(row(_name(output.name), None, edit))
        shown = breakable(_lines(value)) or "nothing"
        self._parts.addWidget(label(shown, tone="" if value else "faint", wrap=True))
        self._show_state(line, output, cell)
        for quote in cell.cell.evidence[:6]:
            self._parts.addWidget(self._quote(quote))
        self._parts.addWidget(label(_maker(cell), tone="faint", size="small", wrap=True))
        self.setLayout(self._parts)

    def _show_state(self, line: StoredLine, output: Column, cell: StoredCell) -> None:
        if cell.corrected:
            before = plain(text_of(cell.first, output.type), 120)
            words = f"You set this. It was “{before}”." if before else "You set this. It was empty."
            self._parts.addWidget(label(breakable(words), tone="muted", size="small", wrap=True))
            return
        if is_from_cloud(cell):
            self._show_cloud(output, cell)
        words = doubt_words(cell)
        if words and line.accepted:
            self._parts.addWidget(label("You found this right.", tone="muted", size="small", wrap=True))
        elif words:
            told = label(words, tone="warning", size="small", wrap=True)
            shown = row(Icon(self._theme, "triangle-alert", "warning", 13), told, spacing=6)
            shown.setStretch(1, 1)
            self._parts.addLayout(shown)

    def _show_cloud(self, output: Column, cell: StoredCell) -> None:
        told = label(breakable(cloud_words(cell, output)), tone="cloud", size="small", wrap=True)
        undo = button("Put it back", "link", name=f"Put back what {output.name} was")
        undo.clicked.connect(self.undo_asked)
        shown = row(Icon(self._theme, "cloud", "cloud", 13), told, undo, spacing=6)
        shown.setStretch(1, 1)
        self._parts.addLayout(shown)

    def _quote(self, quote: Quote) -> QWidget:
        where = f" · page {quote.page}" if quote.page is not None else ""
        words = f"“{plain(quote.text, QUOTE)}”{where}"
        made = ElidedLink(words)
        made.setAccessibleName(f"Show in the text: {words}")
        made.clicked.connect(lambda: self.quote_asked.emit(quote))
        return made


def made_by(line: StoredLine, words: Callable[[Money], str]) -> str:
    """Who did a line, and what it took: “Qwen2.5 1.5B · 1.8 s · 412 tokens”."""
    parts = [plain(line.model, 60)] if line.model else []
    if line.seconds:
        parts.append(f"{line.seconds:.1f} s")
    tokens = line.tokens.prompt + line.tokens.completion
    if tokens:
        parts.append(f"{tokens:,} tokens")
    if line.cost:
        parts.append(f"cloud {words(line.cost)}")
    return " · ".join(parts)


def _maker(cell: StoredCell) -> str:
    if cell.corrected:
        return "You"
    confidence = confidence_text(told_confidence(cell))
    model = f" · {model_name(cell.model)}" if cell.model else ""
    return TIERS[cell.cell.tier] + model + (f" · confidence {confidence}" if confidence else "")


def _lines(text: str) -> str:
    kept = "\n".join(plain(each, VALUE) for each in text[: VALUE * 4].splitlines())
    return kept if len(kept) <= VALUE else f"{kept[:VALUE]}…"


def _cut(text: str, lit: Sequence[Range]) -> tuple[str, list[Range]]:
    """WHOLE characters around the first lit range, and the ranges inside them."""
    start = max(0, min((lit[0][0] if lit else 0) - WHOLE // 3, len(text) - WHOLE))
    part = text[start : start + WHOLE]
    return part, [(a - start, b - start) for a, b in lit if start <= a and b <= start + WHOLE]


def _heading(words: str) -> QWidget:
    made = label(words, weight="semibold", size="label")
    made.setContentsMargins(0, 8, 0, 0)
    return made


def _name(name: str) -> QWidget:
    return label(plain(name, 60), tone="faint", size="small", weight="medium")


def _short(name: str, text: str) -> QWidget:
    value = label(breakable(plain(text)), size="label", wrap=True)
    shown = row(_name(name), value, spacing=12)
    shown.setStretch(1, 1)
    value.setAlignment(Qt.AlignmentFlag.AlignRight)
    return boxed(shown)
