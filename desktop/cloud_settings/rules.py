"""Which questions are always hard, however sure the answer is: the person's rules, and one that is made."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.theme.controls import IconButton, ThemedButton, button, label
from desktop.theme.foreign import breakable, plain
from desktop.theme.inputs import Picker, text_line
from desktop.theme.layouts import boxed, clear, column, row, wrapping
from desktop.theme.theme import Theme
from engine.language import NAMES
from engine.routing.routing import CHAT, DOCUMENTS, in_words, why_no_rule
from engine.routing.values import Rule

MEANING = "Questions like these count as hard, however sure the answer on this computer is."
NO_NUMBER = "Write how many words as a number, such as 60, or leave it empty."
WHAT = (("", "Any question"), (CHAT, "Questions without documents"), (DOCUMENTS, "Questions about documents"))
LANGUAGES = (("", "Any language"), *sorted(NAMES.items(), key=lambda item: item[1]))
_DIGITS = 9


def sentence(rule: Rule) -> str:
    """The rule as a line of its own. What stands in it may come from a file of settings."""
    said = plain(in_words(rule), 200)
    return said[:1].upper() + said[1:]


class RulesPart(QWidget):
    """`changed` carries the rules as they are wanted now; `grown` what has opened and is to be in sight."""

    changed = Signal(object)
    grown = Signal(QWidget)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._rules: tuple[Rule, ...] = ()
        self._list = column(spacing=2)
        self._list_part = wrapping(self._list)
        self._list_part.hide()
        self.new = NewRule(theme)
        self.new.wanted.connect(self._add)
        self.new.cancelled.connect(self._close)
        self.new.hide()
        self.add = ThemedButton(theme, "plus", "Add a rule", "link", colour="accent", size=15)
        self.add.clicked.connect(self._open)
        self._add_line = boxed(row(self.add, None))
        title = column(
            label("Always hard", weight="medium"),
            wrapping(row(label(MEANING, tone="muted", size="label", wrap=True))),
            spacing=3,
        )
        self.setLayout(column(title, self._list_part, self.new, self._add_line, spacing=7))

    def show_rules(self, rules: Sequence[Rule]) -> None:
        if tuple(rules) == self._rules:
            return
        self._rules = tuple(rules)
        clear(self._list)
        for number, rule in enumerate(self._rules):
            line = RuleLine(self._theme, rule, number)
            line.remove_asked.connect(self._remove)
            self._list.addWidget(line)
        self._list_part.setVisible(bool(self._rules))

    @property
    def lines(self) -> list[RuleLine]:
        items = (self._list.itemAt(number) for number in range(self._list.count()))
        widgets = [item.widget() for item in items if item is not None]
        return [line for line in widgets if isinstance(line, RuleLine)]

    def _open(self) -> None:
        self.new.begin()
        self.new.show()
        self._add_line.hide()
        self.new.what.setFocus()
        self.grown.emit(self.new)

    def _close(self) -> None:
        self.new.hide()
        self._add_line.show()
        self.add.setFocus()

    def _add(self, rule: Rule) -> None:
        if rule in self._rules:
            self.new.refuse("You have this rule already.")
            return
        self._close()
        self._want((*self._rules, rule))

    def _remove(self, number: int) -> None:
        """The keyboard goes on to the rule that has taken its place."""
        self._want((*self._rules[:number], *self._rules[number + 1 :]))
        lines = self.lines
        (lines[min(number, len(lines) - 1)].remove if lines else self.add).setFocus()

    def _want(self, rules: tuple[Rule, ...]) -> None:
        self.show_rules(rules)
        self.changed.emit(rules)


class RuleLine(QWidget):
    """A rule in words. `remove_asked` carries its number, from 0."""

    remove_asked = Signal(int)

    def __init__(self, theme: Theme, rule: Rule, number: int) -> None:
        super().__init__()
        self._number = number
        said = sentence(rule)
        self.words = label(breakable(said), wrap=True)
        self.remove = IconButton(theme, "x", f"Remove the rule: {said}", size=15)
        self.remove.clicked.connect(self._ask)
        layout = row(self.words, self.remove, spacing=10)
        layout.setStretch(0, 1)
        self.setLayout(layout)

    def _ask(self) -> None:
        self.remove_asked.emit(self._number)


class NewRule(QWidget):
    """A rule that is being made: which questions, how long, in which language. `wanted` carries it."""

    wanted = Signal(object)
    cancelled = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.what = Picker(theme, "Which questions", WHAT)
        self.language = Picker(theme, "Language", LANGUAGES)
        self.longer = text_line("Longer than so many words; empty for any length", "any", small=True)
        self.longer.setMaxLength(_DIGITS)
        self.longer.setFixedWidth(56)
        self.longer.returnPressed.connect(self._give)
        cancel = button("Cancel", "quiet", name="Cancel the new rule")
        cancel.clicked.connect(self.cancelled)
        give = button("Add", name="Add this rule")
        give.clicked.connect(self._give)
        self._wrong = label(size="label", tone="danger", wrap=True)
        than, many = (label(text, tone="muted", size="label") for text in ("longer than", "words"))
        choices = boxed(row(self.what, than, self.longer, many, self.language, None, spacing=7))
        said = wrapping(row(self._wrong, cancel, give, spacing=8), stretch=0)
        self.setLayout(column(choices, said, spacing=6))

    @property
    def why(self) -> str:
        return self._wrong.text()

    def begin(self) -> None:
        self.what.choose("")
        self.language.choose("")
        self.longer.clear()
        self.refuse("")

    def refuse(self, why: str) -> None:
        self._wrong.setText(why)

    def _give(self) -> None:
        text = self.longer.text().strip()
        if text and not (text.isascii() and text.isdigit()):
            self.refuse(NO_NUMBER)
            return
        rule = Rule(self.what.value, int(text) if text else None, self.language.value)
        self.refuse(why_no_rule(rule))
        if not self.why:
            self.wanted.emit(rule)
