"""The columns that are chosen, each with its labels: what stands for what, in words."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.tasks.editor.entries import Entries, Entry
from desktop.theme.controls import set_property
from desktop.theme.inputs import Toggle, show_text, text_line
from desktop.theme.layouts import column, row
from desktop.theme.theme import Theme
from engine.tasks.recipe import Choice, Kind, Label


@dataclass(frozen=True, slots=True)
class ChoiceWords:
    """What a choice and its labels are called for a kind of recipe."""

    column: str
    label: str
    question: str


WORDS = ChoiceWords("column", "label", "What is asked, such as “What is it about?”")
POLICY = ChoiceWords("category", "severity", "What counts as this category")


class LabelEntry(Entry):
    def __init__(self, theme: Theme, words: ChoiceWords) -> None:
        super().__init__(theme, words.label)
        self._name = text_line(f"Name of the {words.label}", words.label.capitalize(), small=True)
        self._description = text_line(
            f"When the {words.label} applies", "When it applies, in a few words", small=True
        )
        for each in (self._name, self._description):
            each.textChanged.connect(self.changed)
            each.returnPressed.connect(self.next_asked)
        layout = row(self._name, self._description, self._more, spacing=6)
        layout.setStretch(0, 2)
        layout.setStretch(1, 5)
        self.setLayout(layout)

    @property
    def label(self) -> Label:
        return Label(self._name.text().strip(), self._description.text().strip())

    def show_label(self, label: Label) -> None:
        show_text(self._name, label.name)
        show_text(self._description, label.description)


class ChoiceEntry(Entry):
    """A column with its labels."""

    def __init__(self, theme: Theme, words: ChoiceWords, *, can_be_several: bool) -> None:
        super().__init__(theme, words.column)
        self.setProperty("kind", "card")
        self._name = text_line(f"Name of the {words.column}", f"Name of the {words.column}")
        self._question = text_line("What is asked", words.question)
        self._several = Toggle(theme, "Several may apply")
        self._several.setVisible(can_be_several)
        self._labels = Entries(theme, lambda: LabelEntry(theme, words), f"Add a {words.label}")
        for each in (self._name, self._question):
            each.textChanged.connect(self.changed)
        self._several.toggled.connect(self.changed)
        self._labels.changed.connect(self.changed)
        head = row(self._name, None, self._several, self._more, spacing=8)
        head.setStretch(0, 3)
        head.setStretch(1, 1)
        layout = column(head, self._question, 2, self._labels, spacing=7, margins=(14, 12, 14, 6))
        self.setLayout(layout)

    @property
    def choice(self) -> Choice:
        """Labels without a name are not yet any."""
        labels = tuple(each.label for each in self._labels.entries if each.label.name)
        return Choice(
            self._name.text().strip(), labels, self._question.text().strip(), self._several.isChecked()
        )

    def show_choice(self, choice: Choice) -> None:
        show_text(self._name, choice.name)
        show_text(self._question, choice.question)
        self._several.setChecked(choice.several)
        for entry, label in zip(self._labels.fill(len(choice.labels)), choice.labels, strict=True):
            entry.show_label(label)

    def show_wrong(self, wrong: bool) -> None:
        set_property(self._name, "wrong", wrong)


class ChoicesPart(QWidget):
    changed = Signal()

    def __init__(self, theme: Theme, kind: Kind) -> None:
        super().__init__()
        words = POLICY if kind == "moderate" else WORDS
        several = kind != "moderate"
        self._list = Entries(
            theme,
            lambda: ChoiceEntry(theme, words, can_be_several=several),
            f"Add a {words.column}",
            spacing=10,
        )
        self._list.changed.connect(self.changed)
        self.setLayout(column(self._list))

    @property
    def choices(self) -> tuple[Choice, ...]:
        return tuple(entry.choice for entry in self._list.entries)

    def show_choices(self, choices: tuple[Choice, ...]) -> None:
        for entry, choice in zip(self._list.fill(len(choices)), choices, strict=True):
            entry.show_choice(choice)

    def show_wrong(self, name: str) -> None:
        for entry in self._list.entries:
            entry.show_wrong(bool(name) and entry.choice.name == name)
