"""Rules: what is decided without a model, because the text holds a certain word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.tasks.editor.entries import Entries, Entry
from desktop.theme.controls import label
from desktop.theme.inputs import Picker, show_text, text_line
from desktop.theme.layouts import clear, column, row
from desktop.theme.theme import Theme
from engine.tasks.recipe import Choice, Rule

WORDS, PATTERN = "words", "pattern"
HOLDS = ((WORDS, "holds one of"), (PATTERN, "fits the pattern"))
OPEN = ""
"""The rule leaves the column to the next one, or to the model."""


class RuleEntry(Entry):
    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "rule")
        self.setProperty("kind", "card")
        self._choices: tuple[Choice, ...] = ()
        self._then: dict[str, Any] = {}
        self._column = text_line("Which column the rule looks into", "the whole text", small=True)
        self._how = Picker(theme, "How it is found", HOLDS)
        self._what = text_line("What is looked for", "words, with commas between", small=True)
        for each in (self._column, self._what):
            each.textChanged.connect(self.changed)
        self._how.chosen.connect(self._show_how)
        self._how.chosen.connect(self.changed)
        self._thens = column(spacing=6)
        when = row(label("If", tone="muted", size="label"), self._column, self._how, self._what, self._more)
        when.setStretch(1, 2)
        when.setStretch(3, 4)
        self.setLayout(column(when, self._thens, spacing=7, margins=(14, 10, 14, 10)))

    @property
    def rule(self) -> Rule:
        then = {name: value for name, value in self._then.items() if value not in (OPEN, None)}
        text, column_name = self._what.text().strip(), self._column.text().strip()
        if self._how.value == PATTERN:
            return Rule(then, (), text, column_name)
        parts = tuple(part.strip() for part in text.split(",") if part.strip())
        return Rule(then, parts, "", column_name)

    def show_rule(self, rule: Rule) -> None:
        show_text(self._column, rule.column)
        self._how.choose(PATTERN if rule.pattern else WORDS)
        show_text(self._what, rule.pattern or ", ".join(rule.words))
        self._then = dict(rule.then)
        self._show_how()
        self._show_thens()

    def show_choices(self, choices: tuple[Choice, ...]) -> None:
        """What can be decided, by the columns of the recipe as they are now."""
        if choices != self._choices:
            self._choices = choices
            self._show_thens()

    def _show_how(self) -> None:
        pattern = self._how.value == PATTERN
        self._what.setPlaceholderText("a regular expression" if pattern else "words, with commas between")

    def _show_thens(self) -> None:
        clear(self._thens)
        for choice in self._choices:
            if choice.name:
                self._thens.addLayout(self._then_row(choice))

    def _then_row(self, choice: Choice) -> Any:
        """“then category is [billing]”; a value that is no label any more is still shown."""
        picker = Picker(self._theme, f"What {choice.name} becomes")
        names = [each.name for each in choice.labels]
        now = _single(self._then.get(choice.name))
        choices = [(OPEN, "left open"), *((name, name) for name in names)]
        picker.set_choices(choices if now in (OPEN, *names) else [*choices, (now, now)])
        picker.choose(now)
        picker.chosen.connect(lambda value: self._decide(choice, value))
        named = label(f"then {choice.name} is", tone="muted", size="label")
        return row(named, picker, None, margins=(22, 0, 0, 0))

    def _decide(self, choice: Choice, value: str) -> None:
        self._then[choice.name] = [value] if choice.several and value else value
        self.changed.emit()


class RulesPart(QWidget):
    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._choices: tuple[Choice, ...] = ()
        self._list = Entries(theme, self._entry, "Add a rule", spacing=8)
        self._list.changed.connect(self.changed)
        self.setLayout(column(self._list))

    @property
    def rules(self) -> tuple[Rule, ...]:
        return tuple(entry.rule for entry in self._list.entries)

    def show_rules(self, rules: tuple[Rule, ...]) -> None:
        for entry, rule in zip(self._list.fill(len(rules)), rules, strict=True):
            entry.show_rule(rule)

    def show_choices(self, choices: tuple[Choice, ...]) -> None:
        self._choices = choices
        for entry in self._list.entries:
            entry.show_choices(choices)

    def _entry(self) -> RuleEntry:
        made = RuleEntry(self._theme)
        made.show_choices(self._choices)
        return made


def _single(value: Mapping[str, Any] | list[Any] | str | None) -> str:
    if isinstance(value, list | tuple):
        return str(value[0]) if value else OPEN
    return str(value) if value else OPEN
