"""The Models place, as the person who never met a model walks through it:

I see at once who answers now, and that nothing is sent anywhere. Below stands what else is on this computer;
each says in words whether it suits it and how quick it is, and one button hands the answering over. Should
it feel slow, “Make it faster on this computer” tries another form of it and lets me compare. What could be
had stands below that: the best for this computer first, the others to be searched; what does not fit says
why. Before anything is fetched I read whom Carrel would call and for how much; then I see it come, pause it,
go on tomorrow. And a model file that somebody gave me is added by a button, or dropped anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal

from desktop.models import words
from desktop.models.card import ModelCard
from desktop.models.desk import ModelDesk
from desktop.models.import_card import ImportCard
from desktop.models.offers import Offers
from desktop.theme.controls import Surface, ThemedButton, label
from desktop.theme.foreign import breakable
from desktop.theme.layouts import column, reading_column
from desktop.theme.theme import Theme
from desktop.window.header import PageHeader
from desktop.window.ports import Models
from engine.errors import EngineError
from engine.models.installed import InstalledModel
from engine.models.values import Fit, Offer

BRING = "You have a model file (.gguf)? Add it above, or drop it anywhere in this window."


class ModelsPage(Surface):
    """Shows what the application says; what the person wants goes to the desk."""

    sidebar_asked = Signal()

    def __init__(self, theme: Theme, models: Models, desk: ModelDesk) -> None:
        super().__init__("page")
        self._theme = theme
        self._models = models
        self._desk = desk
        self._cards: dict[str, ModelCard] = {}
        self._strips: dict[Path, ImportCard] = {}
        self._build()
        desk.imports.changed.connect(self._show_imports)
        desk.quickenings.changed.connect(self._show_quickening)

    def set_sidebar_button(self, shown: bool) -> None:
        self._header.set_sidebar_button(shown)

    def refresh(self, current_id: str) -> None:
        """Ask for everything anew and show it; `current_id` is empty where none answers."""
        models = self._models.models()
        offers = self._show_offers()
        self._summary.setText(breakable(_summary(models, current_id, can_get=bool(offers))))
        if [model.id for model in models] != list(self._cards):
            self._arrange([model.id for model in models])
        for model in models:
            shown = self._cards[model.id]
            shown.show_model(model, in_use=model.id == current_id, fit=self._fit(model))
            shown.show_quickening(self._desk.quickenings.of(model.id))
        self._here.setVisible(bool(models))
        self._bring.setVisible(bool(models))  # without one, the first line says it

    def _show_offers(self) -> list[Offer]:
        """What can be had; nothing, and the reason, where the list of it is broken."""
        try:
            offers = self._models.catalogue()
        except EngineError as error:
            self._offers.show_problem(str(error))
            return []
        self._offers.show_offers(offers, has_one=bool(self._cards))
        return offers

    def card(self, model_id: str) -> ModelCard:
        return self._cards[model_id]

    # Parts

    def _build(self) -> None:
        add = ThemedButton(self._theme, "file-plus", "Add a model file…")
        add.clicked.connect(self._desk.choose_file)
        self._header = PageHeader(self._theme, "Models", add)
        self._header.sidebar_asked.connect(self.sidebar_asked)
        self._summary = label(tone="muted", wrap=True)
        self._here = label("On this computer", size="reading", weight="semibold")
        self._running = column(spacing=10)
        self._list = column(spacing=12)
        self._offers = Offers(self._theme, self._desk)
        self._bring = label(BRING, tone="faint", size="label", wrap=True)
        parts = (self._summary, 4, self._here, self._running, self._list, self._bring, 14, self._offers, None)
        self.setLayout(column(self._header, reading_column(column(*parts, spacing=10)), spacing=0))

    def _arrange(self, wanted: Sequence[str]) -> None:
        """Cards are kept while their models stay: nothing jumps, and the keyboard keeps its place."""
        kept, self._cards = self._cards, {}
        for shown in kept.values():
            self._list.removeWidget(shown)
        for gone in kept.keys() - set(wanted):
            kept[gone].hide()
            kept[gone].deleteLater()
        for model_id in wanted:
            self._cards[model_id] = kept.get(model_id) or self._card()
            self._list.addWidget(self._cards[model_id])

    def _card(self) -> ModelCard:
        made, desk = ModelCard(self._theme), self._desk
        made.use_asked.connect(desk.use_asked)
        made.details_asked.connect(desk.show_details)
        made.quicken_asked.connect(desk.quicken)
        made.stop_asked.connect(desk.quickenings.stop)
        made.result_asked.connect(desk.show_result)
        made.as_before_asked.connect(desk.use_as_before)
        made.remove_asked.connect(desk.remove)
        return made

    def _fit(self, model: InstalledModel) -> Fit | None:
        """None for a model that cannot be used, or whose file has just gone."""
        if model.problem:
            return None
        try:
            return self._models.model_fit(model.id)
        except EngineError:
            return None

    # What is under way

    def _show_quickening(self, model_id: str) -> None:
        shown = self._cards.get(model_id)
        if shown is not None:
            shown.show_quickening(self._desk.quickenings.of(model_id))

    def _show_imports(self) -> None:
        running = {shown.path: shown for shown in self._desk.imports.running}
        for gone in self._strips.keys() - running.keys():
            strip = self._strips.pop(gone)
            self._running.removeWidget(strip)
            strip.hide()
            strip.deleteLater()
        for path, shown in running.items():
            if path not in self._strips:
                self._strips[path] = ImportCard(path)
                self._strips[path].stop_asked.connect(self._desk.imports.stop)
                self._running.addWidget(self._strips[path])
            self._strips[path].show_import(shown)


def _summary(models: Sequence[InstalledModel], current_id: str, *, can_get: bool) -> str:
    """Who answers now; without anyone, what to do about it."""
    current = next((model for model in models if model.id == current_id), None)
    if current is not None:
        name = words.model_name(current)
        return f"{name} answers now. It works on this computer; nothing is sent anywhere."
    if models:
        return "None of these answers now. Choose one with “Use”."
    if can_get:
        return "No model is on this computer yet. Get one below, or add a model file that you have."
    return "No model is installed. Run the set-up again to fetch one."
