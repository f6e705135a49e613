"""A card for a model on this computer: what it is, whether it answers now, how well it suits, what it can."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QFrame, QPushButton, QWidget

from desktop.models import words
from desktop.models.quickenings import Quickening
from desktop.models.strip import ProgressStrip
from desktop.theme.controls import ElidedLabel, Icon, IconButton, Menu, Pill, button, label
from desktop.theme.foreign import breakable
from desktop.theme.layouts import boxed, column, row, wrapping
from desktop.theme.theme import Theme
from engine.models.installed import InstalledModel
from engine.models.values import Fit

LOADED_OTHERWISE = "Loaded in the way that reads fastest on this computer"
STAYS = "Came with Carrel, so it cannot be removed"


class ModelCard(QFrame):
    """One model. Asks for what the person presses, naming the model."""

    use_asked = Signal(str)
    details_asked = Signal(str)
    quicken_asked = Signal(str)
    stop_asked = Signal(str)
    result_asked = Signal(str)
    as_before_asked = Signal(str)
    remove_asked = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._model: InstalledModel | None = None
        self._quickening: Quickening | None = None
        self.setProperty("kind", "card")
        self._build()

    @property
    def id(self) -> str:
        return self._model.id if self._model else ""

    def show_model(self, model: InstalledModel, *, in_use: bool, fit: Fit | None) -> None:
        """`fit` is None where the model cannot be used."""
        self._model = model
        name = words.model_name(model)
        self.setAccessibleName(f"Model {name}")
        self._name.set_whole(name)
        self._in_use.setVisible(in_use)
        self._use.setVisible(not in_use and not model.problem)
        self._use.setAccessibleName(f"Use {name}")
        self._more.set_icon("ellipsis", f"More for {name}")
        _say(self._description, model.description)
        self._facts.setText(breakable(words.facts(model)))
        self._show_fit(fit)
        self._otherwise.setVisible(not model.repacked and not model.problem)
        self._problem_words.setText(breakable(model.problem))
        self._problem.setVisible(bool(model.problem))

    def show_quickening(self, shown: Quickening | None) -> None:
        self._quickening = shown
        self._strip.setVisible(shown is not None and shown.runs)
        self._result.setVisible(shown is not None and not shown.runs)
        if shown is None:
            return
        if shown.result is not None:
            self._result_words.setText(_result_words(shown))
            return
        progress = shown.progress
        said = "Stopping…" if shown.stopping else progress.words if progress else "Getting ready…"
        done, total = (progress.done, progress.total) if progress else (0, 0)
        self._strip.show_progress(said, done, total, name="Making it faster")
        self._stop.setEnabled(not shown.stopping)

    def _show_fit(self, fit: Fit | None) -> None:
        self._pill.setVisible(fit is not None)
        _say(self._fit, fit.words if fit else "")
        if fit is not None:
            self._pill.show_state(*words.PILLS[fit.verdict])
            self._pill.setAccessibleDescription(fit.words)

    # Parts

    def _build(self) -> None:
        theme = self._theme
        self._name = ElidedLabel(size="reading", weight="semibold")
        self._pill, self._in_use = Pill(theme), Pill(theme)
        self._in_use.show_state("In use", "accent")
        self._use = button("Use")
        self._use.clicked.connect(lambda: self.use_asked.emit(self.id))
        self._more = IconButton(theme, "ellipsis", "More", size=17)
        self._more.clicked.connect(self._open_menu)
        parts = (Icon(theme, "cpu", "text"), self._name, self._pill, self._in_use, self._use, self._more)
        head = boxed(row(*parts, spacing=9), stretch=1)
        head.setMinimumHeight(36)
        self._description = label(tone="muted", wrap=True)
        self._facts = label(tone="faint", size="label", wrap=True)
        self._fit = label(tone="faint", size="label", wrap=True)
        self._build_quickening()
        words_of_it = (self._description, self._facts, self._fit, self._build_otherwise())
        below = (*words_of_it, self._build_problem(), self._strip, self._result)
        self.setLayout(column(head, *below, spacing=5, margins=(18, 10, 14, 14)))

    def _build_otherwise(self) -> QWidget:
        """That it is loaded otherwise than usual: quiet, because all is well."""
        said = label(LOADED_OTHERWISE, tone="faint", size="label", wrap=True)
        back = button("As before", "link", name="Load it as before")
        back.clicked.connect(lambda: self.as_before_asked.emit(self.id))
        self._otherwise = wrapping(row(said, back, spacing=10), stretch=0)
        return self._otherwise

    def _build_problem(self) -> QWidget:
        self._problem_words = label(tone="warning", size="label", wrap=True)
        icon = Icon(self._theme, "triangle-alert", "warning", 15)
        self._problem = wrapping(row(icon, self._problem_words, spacing=7), stretch=1)
        return self._problem

    def _build_quickening(self) -> None:
        self._stop = button("Stop", "link", name="Stop making it faster")
        self._stop.clicked.connect(lambda: self.stop_asked.emit(self.id))
        self._strip = ProgressStrip(self._stop)
        self._result_words = label(tone="accent", size="label", wrap=True)
        look: QPushButton = button("Show both", "link", name="Show both forms side by side")
        look.clicked.connect(lambda: self.result_asked.emit(self.id))
        icon = Icon(self._theme, "check", "accent", 15)
        self._result = wrapping(row(icon, self._result_words, look, spacing=7), stretch=1)
        self._strip.hide()
        self._result.hide()

    def _open_menu(self) -> None:
        self.menu().popup(self._more.mapToGlobal(QPoint(0, self._more.height() + 2)))

    def menu(self) -> Menu:
        """What can be done with this model, quietly."""
        menu = Menu(self, f"Model {self._name.whole}")
        menu.aboutToHide.connect(menu.deleteLater)
        usable = self._model is not None and not self._model.problem
        menu.addAction(
            self._theme.icon("info"), "Details…", lambda: self.details_asked.emit(self.id)
        ).setEnabled(usable)
        menu.addAction(
            self._theme.icon("refresh-cw"),
            "Make it faster on this computer…",
            lambda: self.quicken_asked.emit(self.id),
        ).setEnabled(usable and self._quickening is None)
        menu.addSeparator()
        self._add_remove(menu)
        return menu

    def _add_remove(self, menu: Menu) -> None:
        if self._model is not None and self._model.delivered:
            menu.addAction(STAYS).setEnabled(False)
            return
        remove = menu.addAction(
            self._theme.icon("trash-2", "danger"), "Remove…", lambda: self.remove_asked.emit(self.id)
        )
        remove.setEnabled(self._quickening is None or not self._quickening.runs)


def _result_words(shown: Quickening) -> str:
    result = shown.result
    if result is None or not result.worthwhile:
        return "It is already as fast as it gets on this computer."
    faster = words.times_faster(result.before, result.after)
    if result.kind == "layout":
        return f"It can read {faster}."
    return f"A form that reads {faster} is ready."


def _say(made: QWidget, text: str) -> None:
    """Show a label that stands only while it has something to say."""
    made.setText(text)  # type: ignore[attr-defined]
    made.setVisible(bool(text))
