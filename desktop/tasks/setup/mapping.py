"""Which columns of a table are read, and which one a rule means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from desktop.tasks.setup.source import section
from desktop.theme.controls import label
from desktop.theme.foreign import plain
from desktop.theme.inputs import Picker, Toggle
from desktop.theme.layouts import boxed, clear, column, row
from desktop.theme.theme import Theme
from engine.tasks.recipe import Recipe
from engine.tasks.values import Preview

ACROSS = 4
NAME = 22
NONE = ""


class ColumnMapping(QWidget):
    """`columns` is what the run's source needs: the table's columns, by what the recipe calls them."""

    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._all: tuple[str, ...] = ()
        self._chips: dict[str, Toggle] = {}
        self._named: dict[str, Picker] = {}
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(8)
        self._grid.setColumnStretch(ACROSS, 1)
        holder = QWidget()
        holder.setLayout(self._grid)
        hint = "The longest one is chosen. Choose more where the text is spread over several."
        chosen = section("Which column holds the text?", hint, holder)
        self._rows = column(spacing=8)
        self._rules = section("Which columns do the rules look into?", "", boxed(self._rows))
        self.setLayout(column(chosen, self._rules, spacing=20))

    @property
    def columns(self) -> Mapping[str, str]:
        """Empty where all columns are read under their own names."""
        chosen = {name: name for name, chip in self._chips.items() if chip.isChecked()}
        for called, picker in self._named.items():
            if picker.value != NONE:
                chosen[picker.value] = called
        if list(chosen.items()) == [(name, name) for name in self._all]:
            return {}
        return {name: chosen[name] for name in self._all if name in chosen}

    @property
    def is_complete(self) -> bool:
        return not self._all or any(chip.isChecked() for chip in self._chips.values())

    def show_table(self, preview: Preview, recipe: Recipe) -> None:
        self._all = preview.columns
        self.setVisible(bool(preview.columns))
        self._show_chips(longest_column(preview))
        self._show_rules(ruled_columns(recipe))

    def _show_chips(self, longest: str) -> None:
        clear(self._grid)
        self._chips = {}
        for number, name in enumerate(self._all):
            chip = Toggle(self._theme, plain(name, NAME) or "(no name)", name=f"Read the column {name}")
            chip.setChecked(name == longest)
            chip.toggled.connect(self.changed)
            self._chips[name] = chip
            self._grid.addWidget(chip, number // ACROSS, number % ACROSS)

    def _show_rules(self, called: Sequence[str]) -> None:
        clear(self._rows)
        self._named = {}
        for name in called:
            picker = Picker(self._theme, f"The column for {name}")
            picker.set_choices([(NONE, "none"), *((each, plain(each, NAME)) for each in self._all)])
            picker.choose(next((each for each in self._all if each.casefold() == name.casefold()), NONE))
            picker.chosen.connect(self.changed)
            self._named[name] = picker
            self._rows.addLayout(row(label(f"“{plain(name, NAME)}” is", tone="muted"), picker, None))
        self._rules.setVisible(bool(called))


def likely_columns(preview: Preview, recipe: Recipe) -> dict[str, str]:
    """What a run would begin with: the longest column, and those that rules name."""
    named = {name.casefold(): name for name in ruled_columns(recipe)}
    longest = longest_column(preview)
    found = {name: named.get(name.casefold(), name) for name in preview.columns}
    return {name: called for name, called in found.items() if name == longest or name.casefold() in named}


def ruled_columns(recipe: Recipe) -> list[str]:
    """The columns that the rules of a recipe look into, by the names they use."""
    return sorted({rule.column for rule in recipe.rules if rule.column})


def longest_column(preview: Preview) -> str:
    """The column whose first values are the longest on average; “” where there is no table."""

    def length(name: str) -> float:
        return fmean(len(item.values.get(name, "")) for item in preview.first) if preview.first else 0.0

    return max(preview.columns, key=length, default="")
