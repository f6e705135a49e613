"""Inputs with what should come out of them: shown to the model, the nearest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.tasks.cell_text import Unreadable, text_of, value_of, whole_text_of
from desktop.theme.controls import ClickableCard, ElidedLabel, IconButton, ThemedButton, label, set_property
from desktop.theme.foreign import plain
from desktop.theme.inputs import Picker, TextArea, show_text, text_line
from desktop.theme.layouts import boxed, clear, column, row
from desktop.theme.scaled import keep_width
from desktop.theme.theme import Theme
from engine.tasks.recipe import Example
from engine.tasks.values import Column

SHOWN = 12
"""So many stand there at first; the person asks for more."""

INPUT = 200  # characters of an example's input in one line
UNSAID = ""


class ExampleLine(ClickableCard):
    """An example in one line; a press opens it for changing."""

    remove_asked = Signal()

    def __init__(self, theme: Theme, example: Example, columns: Sequence[Column]) -> None:
        super().__init__("row")
        said = ElidedLabel(plain(example.input, INPUT), size="label")
        out = ElidedLabel(outcome_words(example, columns), tone="muted", size="label")
        self.setAccessibleName(f"Example {plain(example.input, 60)}")
        gone = IconButton(theme, "x", f"Remove the example {plain(example.input, 40)}", size=15)
        gone.clicked.connect(self.remove_asked)
        layout = row(column(said, out, spacing=2), gone, spacing=8, margins=(12, 6, 6, 6))
        layout.setStretch(0, 1)
        self.setLayout(layout)


class ExampleForm(QWidget):
    """An example that is being written: its input, and a value for each column."""

    done = Signal(object)
    dropped = Signal()

    def __init__(self, theme: Theme, example: Example, columns: Sequence[Column]) -> None:
        super().__init__()
        self._theme = theme
        self._example = example
        self._columns = columns
        self._text = TextArea(theme, "The input", "The text that comes in", lines=2, most=8)
        self._text.set_text(example.input)
        self._reads: dict[str, Callable[[], Any]] = {}
        self._problem = label(tone="danger", size="label", wrap=True)
        self._problem.hide()
        values = [self._value_row(each) for each in columns]
        done = ThemedButton(theme, "check", "Keep it", "secondary", size=15)
        done.clicked.connect(self._finish)
        leave = ThemedButton(theme, "x", "Leave it", "quiet", size=15)
        leave.clicked.connect(self.dropped)
        buttons = row(done, leave, None, spacing=6)
        content = column(self._text, *values, self._problem, buttons, spacing=6, margins=(12, 10, 12, 10))
        self.setLayout(content)

    def focus(self) -> None:
        self._text.setFocus()

    def _value_row(self, each: Column) -> QWidget:
        now = self._example.output.get(each.name)
        if each.type == "choice" and not each.many:
            picker = Picker(self._theme, each.name, [(UNSAID, "not said"), *((n, n) for n in each.labels)])
            picker.choose(str(now) if now is not None else UNSAID)
            self._reads[each.name] = lambda: picker.value or None
            control: QWidget = picker
        else:
            hint = "several, with commas between" if each.many else ""
            line = text_line(each.name, hint, small=True)
            show_text(line, ", ".join(whole_text_of(now, each.type).splitlines()) if now is not None else "")
            self._reads[each.name] = lambda: _read(line.text(), each)
            line.textChanged.connect(lambda: set_property(line, "wrong", False))
            control = line
        named = label(plain(each.name, 24), tone="muted", size="label")
        keep_width(self._theme, named, 110)
        return boxed(row(named, control, spacing=8), stretch=1 if not isinstance(control, Picker) else None)

    def _finish(self) -> None:
        output: dict[str, Any] = {}
        for each in self._columns:
            try:
                value = self._reads[each.name]()
            except Unreadable as error:
                self._problem.setText(f"{each.name}: {error}")
                self._problem.show()
                return
            if value is not None:
                output[each.name] = value
        kept = {name: value for name, value in self._example.output.items() if name not in self._reads}
        self.done.emit(Example(self._text.text.strip(), kept | output))


class ExamplesPart(QWidget):
    """Keeps the examples; only those on the screen have widgets."""

    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._examples: list[Example] = []
        self._columns: Sequence[Column] = ()
        self._shown = SHOWN
        self._open: int | None = None
        self._list = column(spacing=2)
        self._add = ThemedButton(theme, "plus", "Add an example", "quiet", size=15)
        self._add.clicked.connect(self._begin)
        self._more = ThemedButton(theme, "chevron-down", "Show more", "quiet", size=15)
        self._more.clicked.connect(self._show_more)
        self.setLayout(column(self._list, boxed(row(self._add, self._more, None)), spacing=4))

    @property
    def examples(self) -> tuple[Example, ...]:
        return tuple(self._examples)

    @property
    def columns(self) -> Sequence[Column]:
        return self._columns

    def show_examples(self, examples: Sequence[Example], columns: Sequence[Column]) -> None:
        self._examples, self._columns = list(examples), columns
        self._shown, self._open = SHOWN, None
        self._draw()

    def show_columns(self, columns: Sequence[Column]) -> None:
        """The columns of the recipe as it is now; one that is being written is left alone."""
        if columns != self._columns and self._open is None:
            self._columns = columns
            self._draw()

    def _draw(self) -> None:
        clear(self._list)
        for number, example in enumerate(self._examples[: self._shown]):
            if number == self._open:
                self._list.addWidget(self._form(number, example))
            else:
                self._list.addWidget(self._line(number, example))
        if self._open is not None and self._open >= min(self._shown, len(self._examples)):
            self._list.addWidget(self._form(self._open, Example("", {})))
        left = len(self._examples) - self._shown
        self._more.set_text(f"Show {min(left, 100):,} more of {len(self._examples):,}")
        self._more.setVisible(left > 0)

    def _line(self, number: int, example: Example) -> ExampleLine:
        made = ExampleLine(self._theme, example, self._columns)
        made.pressed.connect(partial(self._edit, number))
        made.remove_asked.connect(partial(self._remove, number))
        return made

    def _form(self, number: int, example: Example) -> ExampleForm:
        made = ExampleForm(self._theme, example, self._columns)
        made.done.connect(partial(self._keep, number))
        made.dropped.connect(self._leave)
        made.focus()
        return made

    def _begin(self) -> None:
        self._edit(len(self._examples))

    def _edit(self, number: int) -> None:
        self._open = number
        self._draw()

    def _leave(self) -> None:
        self._open = None
        self._draw()

    def _keep(self, number: int, example: Example) -> None:
        self._examples[number : number + 1] = [example] if example.input else []
        self._shown = max(self._shown, min(len(self._examples), number + 1))
        self._leave()
        self.changed.emit()

    def _remove(self, number: int) -> None:
        del self._examples[number]
        self._leave()
        self.changed.emit()

    def _show_more(self) -> None:
        self._shown += 100
        self._draw()


def outcome_words(example: Example, columns: Sequence[Column]) -> str:
    """“category: billing  ·  urgency: high”."""
    kinds = {each.name: each.type for each in columns}
    parts = (
        f"{plain(name, 40)}: {text_of(value, kinds.get(name, 'text')) or 'nothing'}"
        for name, value in example.output.items()
    )
    return "  ·  ".join(parts) or "nothing said yet"


def _read(written: str, each: Column) -> Any:
    if each.many:
        written = "\n".join(part.strip() for part in written.split(",") if part.strip())
        return value_of(written, each) if written else None
    return value_of(written, each)
