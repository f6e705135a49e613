"""The columns that are taken out of the text: a line for each."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.tasks import words
from desktop.tasks.editor.entries import Entries, Entry
from desktop.theme.controls import set_property
from desktop.theme.inputs import Picker, Toggle, show_text, text_line
from desktop.theme.layouts import boxed, column, row
from desktop.theme.scaled import keep_width
from desktop.theme.switch import Switch
from desktop.theme.theme import Theme
from engine.tasks.recipe import Field, FieldType

TYPE_WIDTH = 158


class FieldEntry(Entry):
    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "column")
        self.setProperty("kind", "card")
        self._name = text_line("Name of the column", "Name of the column", small=True)
        self._type = Picker(theme, "What it holds", list(words.TYPES.items()))
        keep_width(theme, self._type, TYPE_WIDTH)
        self._required, self._many = Toggle(theme, "Required"), Toggle(theme, "List")
        self._description = text_line("What it is", "What it is, in a few words", small=True)
        self._choices = text_line("What can be chosen", "The choices, with commas between", small=True)
        self._connect()
        head = row(self._name, self._type, self._required, self._many, self._more, spacing=6)
        head.setStretch(0, 1)
        self.setLayout(column(head, self._description, self._choices, spacing=6, margins=(12, 10, 12, 10)))
        self._show_choices()

    def _connect(self) -> None:
        for each in (self._name, self._description, self._choices):
            each.textChanged.connect(self.changed)
            each.returnPressed.connect(self.next_asked)
        for toggle in (self._required, self._many):
            toggle.toggled.connect(self.changed)
        self._type.chosen.connect(self._show_choices)
        self._type.chosen.connect(self.changed)

    @property
    def field(self) -> Field:
        kind: FieldType = next(each for each in words.TYPES if each == self._type.value)
        listed = [part.strip() for part in self._choices.text().split(",")]
        return Field(
            self._name.text().strip(),
            kind,
            self._description.text().strip(),
            self._required.isChecked(),
            self._many.isChecked(),
            tuple(part for part in listed if part) if kind == "choice" else (),
        )

    def show_field(self, field: Field) -> None:
        show_text(self._name, field.name)
        self._type.choose(field.type)
        self._required.setChecked(field.required)
        self._many.setChecked(field.many)
        show_text(self._description, field.description)
        show_text(self._choices, ", ".join(field.choices))
        self._show_choices()

    def show_wrong(self, wrong: bool) -> None:
        set_property(self._name, "wrong", wrong)

    def _show_choices(self) -> None:
        self._choices.setVisible(self._type.value == "choice")


class FieldsPart(QWidget):
    changed = Signal()

    def __init__(self, theme: Theme, *, can_be_several: bool = True) -> None:
        super().__init__()
        self._list = Entries(theme, lambda: FieldEntry(theme), "Add a column", spacing=8)
        self._several = Switch(theme, "One input may hold several: a line for each")
        self._several.setVisible(can_be_several)
        self._list.changed.connect(self.changed)
        self._several.toggled.connect(self.changed)
        self.setLayout(column(self._list, boxed(row(self._several, None)), spacing=4))

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(entry.field for entry in self._list.entries)

    @property
    def several_lines(self) -> bool:
        return self._several.isChecked()

    def show_fields(self, fields: tuple[Field, ...], several_lines: bool) -> None:
        self._several.setChecked(several_lines)
        for entry, field in zip(self._list.fill(len(fields)), fields, strict=True):
            entry.show_field(field)

    def show_wrong(self, name: str) -> None:
        for entry in self._list.entries:
            entry.show_wrong(bool(name) and entry.field.name == name)
