"""Trying a recipe: up to three inputs, and what comes out of each, with the words it rests on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QWidget

from desktop.tasks.cell_text import doubt_words, parts_of
from desktop.theme.controls import (
    ElidedLabel,
    Icon,
    Pill,
    Surface,
    ThemedButton,
    button,
    label,
)
from desktop.theme.foreign import breakable, plain
from desktop.theme.inputs import Picker
from desktop.theme.layouts import ScrollArea, boxed, clear, column, row, scrolled, wrapping
from desktop.theme.scaled import keep_width
from desktop.theme.theme import Theme
from engine.tasks.values import Column, StoredCell, StoredLine

TRIED = 3
SAMPLE, OTHER = "sample", "other"
TITLE, TEXT, QUOTE, VALUE = 80, 220, 160, 300
PILLS = 6
BREAK = 12
"""Characters of what is shown; so many of a list's values; after so many a long word may
go on in the next line."""


class TrialPanel(Surface):
    """Shows lines as they come; whoever has the recipe tries it when `try_asked`."""

    try_asked = Signal()
    stop_asked = Signal()
    file_asked = Signal()
    sample_asked = Signal()
    run_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__("panel")
        self._theme = theme
        self._columns: Sequence[Column] = ()
        self._count = 0
        self._build()

    # What it shows

    def show_source(self, name: str, *, has_sample: bool) -> None:
        """What it is tried on; “” where that is still to be chosen."""
        choices = [(SAMPLE, "Its sample")] if has_sample else []
        if name:
            choices.append((name, plain(name, 34)))
        self._source.set_choices([*choices, (OTHER, "Choose a file…")])
        self._source.choose(name or (SAMPLE if has_sample else OTHER))
        can = bool(name or has_sample)
        self._try.setEnabled(can)
        self._hint.setText(
            "See what the recipe makes of a few inputs before you let it loose on many."
            if can
            else "Choose a file with a few inputs, or drop one here."
        )

    def begin(self, columns: Sequence[Column]) -> None:
        self._columns, self._count = columns, 0
        clear(self._results)
        self._hint.hide()
        self._show_running(True)
        self._say(f"Trying the first {TRIED} inputs…")

    def show_line(self, line: StoredLine) -> None:
        self._count += 1
        self._results.addWidget(TrialCard(self._theme, line, self._columns))
        self._say(f"{self._count} tried…")

    def end(self, problem: str = "") -> None:
        self._show_running(False)
        self._say(problem or ("" if self._count else "Nothing came out of it."))
        self._run.setVisible(bool(self._count) and not problem)

    def stopping(self) -> None:
        self._say("Stopping…")
        self._stop.setEnabled(False)

    def clear(self) -> None:
        clear(self._results)
        self._hint.show()
        self._run.hide()
        self._say("")

    @property
    def words(self) -> str:
        return self._state.text()

    @property
    def cards(self) -> list[TrialCard]:
        found = (self._results.itemAt(n).widget() for n in range(self._results.count()))
        return [each for each in found if isinstance(each, TrialCard)]

    # Parts

    def _build(self) -> None:
        self._source = Picker(self._theme, "What it is tried on")
        self._source.chosen.connect(self._choose)
        self._try = ThemedButton(self._theme, "play", "Try it", size=15)
        self._try.clicked.connect(self.try_asked)
        self._stop = ThemedButton(self._theme, "stop", "Stop", size=15)
        self._stop.clicked.connect(self.stop_asked)
        self._stop.hide()
        self._hint = label(tone="muted", size="label", wrap=True)
        self._state = label(tone="muted", size="label", wrap=True)
        self._state.hide()
        self._results = column(spacing=10)
        self._run = button("Use it on my files…", "primary")
        self._run.clicked.connect(self.run_asked)
        self._run.hide()
        head = boxed(row(self._source, None, self._stop, self._try, spacing=8))
        inside = QWidget()
        parts = (self._hint, self._results, self._state, boxed(row(self._run, None)), None)
        inside.setLayout(column(*parts, spacing=10, margins=(16, 0, 16 - ScrollArea.BAR, 16)))
        title = label("Try it", weight="semibold")
        top = boxed(column(title, head, spacing=8, margins=(16, 14, 16, 12)))
        self.setLayout(column(top, scrolled(inside), spacing=0))

    def _choose(self, which: str) -> None:
        if which == OTHER:
            self.file_asked.emit()
        elif which == SAMPLE:
            self.sample_asked.emit()

    def _show_running(self, running: bool) -> None:
        self._try.setVisible(not running)
        self._stop.setVisible(running)
        self._stop.setEnabled(True)
        self._run.hide()

    def _say(self, words: str) -> None:
        self._state.setText(_said(words, VALUE))
        self._state.setVisible(bool(words))


class TrialCard(QFrame):
    """An input, and its cells under each other."""

    def __init__(self, theme: Theme, line: StoredLine, columns: Sequence[Column]) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setAccessibleName(f"Result for {plain(line.item.title, TITLE)}")
        title = ElidedLabel(plain(line.item.title, TITLE), weight="semibold", size="label")
        content = column(title, spacing=7, margins=(14, 11, 14, 12))
        text = input_words(line)
        if text:
            content.addWidget(label(_said(text, TEXT), tone="muted", size="label", wrap=True))
        if line.state == "failed":
            content.addWidget(_doubt(theme, line.reason or "It could not be done."))
        for each in columns:
            if each.name in line.cells:
                content.addWidget(TrialCell(theme, each, line.cells[each.name]))
        if line.state == "done" and not line.cells:
            content.addWidget(label("Nothing of the kind stands in it.", tone="muted", size="label"))
        for note in line.notes:
            content.addWidget(label(_said(note, VALUE), tone="muted", size="label", wrap=True))
        self.setLayout(content)


class TrialCell(QWidget):
    """A column's name, its value as pills or text, the words it rests on, and what is in doubt."""

    def __init__(self, theme: Theme, each: Column, stored: StoredCell) -> None:
        super().__init__()
        name = label(breakable(plain(each.name, 40), 8), tone="muted", size="label")
        name.setAlignment(Qt.AlignmentFlag.AlignTop)
        value = self._value(theme, each, stored)
        name.setContentsMargins(0, 4 if value.findChild(Pill) else 0, 0, 0)  # on a line with the pill's word
        keep_width(theme, name, 92)
        name.setWordWrap(True)
        below = column(value, spacing=3)
        for quote in stored.cell.evidence[:2]:
            below.addWidget(label(f"“{_said(quote.text, QUOTE)}”", tone="faint", size="small", wrap=True))
        doubts = doubt_words(stored)
        if doubts:
            below.addWidget(_doubt(theme, doubts))
        layout = row(name, below, spacing=8)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def _value(self, theme: Theme, each: Column, stored: StoredCell) -> QWidget:
        parts = parts_of(stored.cell.value, each.type)
        if not parts:
            return label("not said", tone="faint", size="label")
        if each.type in ("text", "json") or any(len(part) > 24 for part in parts):
            return label(_said(", ".join(parts), VALUE), size="label", wrap=True)
        tone = "warning" if stored.needs_review else "accent"
        pills = column(spacing=4)
        for part in parts[:PILLS]:
            pill = Pill(theme)
            pill.show_state(part, tone)  # type: ignore[arg-type]
            pills.addLayout(row(pill, None))
        return boxed(pills)


def input_words(line: StoredLine) -> str:
    """The beginning of what came in, where the title does not say it already."""
    title = line.item.title.strip()
    values = (value for value in line.item.values.values() if value and value.strip() != title)
    return plain("  ·  ".join(values), TEXT)


def _said(text: str, limit: int) -> str:
    """A text from elsewhere, fit for the narrow panel."""
    return breakable(plain(text, limit), BREAK)


def _doubt(theme: Theme, said: str) -> QWidget:
    words = label(_said(said, VALUE), tone="warning", size="small", wrap=True)
    return wrapping(row(Icon(theme, "triangle-alert", "warning", 13), words, spacing=6), stretch=1)
