"""What is rarely changed: when a cell is to be looked at, how many examples are shown, which model works."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.theme.controls import ThemedButton, label
from desktop.theme.inputs import Picker
from desktop.theme.layouts import boxed, column, row
from desktop.theme.theme import Theme
from engine.tasks.recipe import TaskSettings

REVIEW = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
EXAMPLES = (0, 3, 6, 10, 15)
IN_USE = ""


class AdvancedPart(QWidget):
    """Folded until it is asked for."""

    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._settings = TaskSettings()
        self._fold = ThemedButton(theme, "chevron-right", "Advanced", "quiet", size=15)
        self._fold.clicked.connect(self._toggle)
        self._review = Picker(theme, "Look at cells that are less sure than")
        self._examples = Picker(theme, "Examples shown to the model")
        self._model = Picker(theme, "Model")
        for picker in (self._review, self._examples, self._model):
            picker.chosen.connect(self.changed)
        self._inside = QWidget()
        lines = (
            _line("Review cells that are less sure than", self._review),
            _line("Examples shown to the model", self._examples),
            _line("Model", self._model),
        )
        self._inside.setLayout(column(*lines, spacing=8, margins=(12, 2, 0, 0)))
        self._inside.hide()
        self.setLayout(column(boxed(row(self._fold, None)), self._inside, spacing=4))

    @property
    def is_open(self) -> bool:
        return not self._inside.isHidden()

    @property
    def settings(self) -> TaskSettings:
        return replace(
            self._settings,
            review_below=float(self._review.value or 0.7),
            examples_shown=int(self._examples.value or 0),
            model=self._model.value,
        )

    def show_settings(self, settings: TaskSettings, models: Sequence[tuple[str, str]]) -> None:
        """`models` are (id, name) of those on this computer."""
        self._settings = settings
        levels = sorted({*REVIEW, settings.review_below})
        self._review.set_choices([(str(each), f"{each:.0%}") for each in levels])
        self._review.choose(str(settings.review_below))
        counts = sorted({*EXAMPLES, settings.examples_shown})
        self._examples.set_choices([(str(each), f"at most {each}" if each else "none") for each in counts])
        self._examples.choose(str(settings.examples_shown))
        known = [(IN_USE, "the one in use"), *models]
        if settings.model not in (each for each, _ in known):
            known.append((settings.model, f"{settings.model} (not here)"))
        self._model.set_choices(known)
        self._model.choose(settings.model)

    def open(self) -> None:
        self._inside.show()
        self._fold.set_icon("chevron-down")

    def _toggle(self) -> None:
        self._inside.setVisible(not self.is_open)
        self._fold.set_icon("chevron-down" if self.is_open else "chevron-right")


def _line(name: str, control: QWidget) -> QWidget:
    return boxed(row(label(name, tone="muted", size="label"), control, None, spacing=10))
