"""What is allowed: when a provider is asked, what is masked, and what may never leave this computer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from desktop.cloud_settings import words
from desktop.cloud_settings.option import Options
from desktop.cloud_settings.rules import RulesPart
from desktop.cloud_settings.threshold import ThresholdSlider
from desktop.theme.controls import button, card, label, line, tooltip
from desktop.theme.foreign import plain
from desktop.theme.layouts import boxed, clear, column, row, wrapping
from desktop.theme.switch import Switch
from desktop.theme.theme import Theme
from engine.masking.values import MaskKind
from engine.routing.values import Mode, Policy, Rule, ThresholdEffects
from engine.usage.values import Currency, Limits

MASKED = (
    "What is found of these is replaced by a placeholder such as ⟨PERSON_1⟩, and put back into the answer. "
    "No search finds everything: before anything goes, you see what was found."
)
NAME = 34
"""Characters of a collection's name: so many of the widest fit at the least width."""

KEPT = "Nothing from these collections goes anywhere, whatever else is allowed."


class AllowedPart(QWidget):
    """`changed` carries the policy as it is wanted now."""

    changed = Signal(object)
    budget_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._policy = Policy()
        self._switches: dict[str, Switch] = {}
        self.modes = Options(theme, "When a provider is asked", words.MODES)
        self.tasks = Options(theme, "When tasks ask a provider", words.TASKS)
        self.threshold = ThresholdSlider()
        self.rules = RulesPart(theme)
        self.modes.chosen.connect(self._choose_mode)
        self.tasks.chosen.connect(self._choose_tasks)
        self.threshold.chosen.connect(self._choose_threshold)
        self.rules.changed.connect(self._choose_rules)
        sections = (
            _section("Hard questions", self.modes, line(), self._hard(), line(), self._budget()),
            _section("Tasks", self.tasks),
            _section("Masked before anything goes", self._masks()),
            _section("Never leaves this computer", self._collections()),
        )
        self.setLayout(column(*sections, spacing=26))

    def show_policy(self, policy: Policy, collections: Sequence[str]) -> None:
        self._policy = policy
        self.modes.choose(policy.mode)
        self.tasks.choose(policy.tasks)
        self.threshold.show_threshold(policy.threshold)
        self.rules.show_rules(policy.rules)
        self._hard_part.setEnabled(policy.mode != "never")
        for kind, switch in self._masked.items():
            switch.setChecked(kind in policy.masked)
        self._show_collections(sorted({*collections, *policy.kept_here}, key=str.casefold))

    def show_effects(self, effects: ThresholdEffects, currency: Currency) -> None:
        self.threshold.show_effects(effects, currency)

    def show_budget(self, limits: Limits, currency: Currency) -> None:
        self._budget_words.setText(words.budget(limits, currency))

    def collection(self, name: str) -> Switch:
        return self._switches[name]

    def kind(self, kind: MaskKind) -> Switch:
        return self._masked[kind]

    # Parts

    def _hard(self) -> QWidget:
        title = label("How unsure must an answer be?", weight="medium")
        slider = column(title, self.threshold, spacing=9)
        self._hard_part = wrapping(column(slider, self.rules, spacing=18))
        return self._hard_part

    def _budget(self) -> QWidget:
        self._budget_words = label(tone="muted", size="label", wrap=True)
        change = button("Change the budget…", name="Change the budget")
        change.clicked.connect(self.budget_asked)
        text = column(label("Budget", weight="medium"), self._budget_words, spacing=3)
        return wrapping(row(text, change, spacing=18), stretch=0)

    def _masks(self) -> QWidget:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(4)
        self._masked: dict[MaskKind, Switch] = {}
        for number, (kind, name) in enumerate(words.KINDS.items()):
            switch = Switch(self._theme, name)
            switch.clicked.connect(self._choose_masks)
            self._masked[kind] = switch
            grid.addWidget(switch, number // 2, number % 2, Qt.AlignmentFlag.AlignLeft)
        grid.setColumnMinimumWidth(0, 260)
        grid.setColumnStretch(1, 1)
        holder = QWidget()
        holder.setLayout(grid)
        return wrapping(column(label(MASKED, tone="muted", size="label", wrap=True), holder, spacing=11))

    def _collections(self) -> QWidget:
        self._list = column(spacing=4)
        self._none = label("You have no collections yet.", tone="muted", size="label")
        kept = label(KEPT, tone="muted", size="label", wrap=True)
        return wrapping(column(kept, self._none, boxed(self._list), spacing=9))

    def _show_collections(self, names: Sequence[str]) -> None:
        self._none.setVisible(not names)
        if list(names) != list(self._switches):
            clear(self._list)
            self._switches = {}
            for name in names:
                shown = plain(name, NAME)
                switch = Switch(self._theme, shown)
                switch.setAccessibleName(f"{plain(name)}: never leaves this computer")
                switch.setToolTip(tooltip(plain(name, 400) if shown != name else ""))
                switch.clicked.connect(self._choose_collections)
                self._switches[name] = switch
                self._list.addWidget(switch)
        for name, switch in self._switches.items():
            switch.setChecked(name in self._policy.kept_here)

    # What the person chooses

    def _choose_mode(self, mode: Mode) -> None:
        self._want(replace(self._policy, mode=mode))

    def _choose_tasks(self, mode: Mode) -> None:
        self._want(replace(self._policy, tasks=mode))

    def _choose_threshold(self, threshold: float) -> None:
        self._want(replace(self._policy, threshold=threshold))

    def _choose_rules(self, rules: tuple[Rule, ...]) -> None:
        self._want(replace(self._policy, rules=rules))

    def _choose_masks(self) -> None:
        on = frozenset(kind for kind, switch in self._masked.items() if switch.isChecked())
        self._want(replace(self._policy, masked=on))

    def _choose_collections(self) -> None:
        kept = frozenset(name for name, switch in self._switches.items() if switch.isChecked())
        self._want(replace(self._policy, kept_here=kept))

    def _want(self, policy: Policy) -> None:
        if policy != self._policy:
            self._policy = policy
            self._hard_part.setEnabled(policy.mode != "never")
            self.changed.emit(policy)


def _section(title: str, *parts: QWidget) -> QWidget:
    made = card()
    made.setLayout(column(*parts, spacing=16, margins=(18, 16, 18, 17)))
    return boxed(column(label(title, weight="semibold"), made, spacing=9))
