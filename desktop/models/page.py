"""The models page: a calm list of what is installed, and which one answers."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.theme.controls import Icon, Pill, Surface, button, card, label
from desktop.theme.layouts import boxed, clear, column, reading_column, row
from desktop.theme.theme import Theme
from desktop.window.header import PageHeader
from desktop.window.ports import Models
from engine.models.installed import InstalledModel


class ModelsPage(Surface):
    model_chosen = Signal(str)
    sidebar_asked = Signal()

    def __init__(self, theme: Theme, models: Models) -> None:
        super().__init__("page")
        self._theme = theme
        self._models = models
        self._header = PageHeader(theme, "Models")
        self._header.sidebar_asked.connect(self.sidebar_asked)
        self._list = column(spacing=14)
        self.setLayout(column(self._header, reading_column(self._list), spacing=0))

    def set_sidebar_button(self, shown: bool) -> None:
        self._header.set_sidebar_button(shown)

    def refresh(self, current_id: str) -> None:
        clear(self._list)
        models = self._models.models()
        words = (
            "These answer on this computer; nothing is sent anywhere."
            if models
            else "No model is installed. Run the set-up again to fetch one."
        )
        self._list.addWidget(label(words, tone="muted", wrap=True))
        for model in models:
            self._list.addWidget(self._card(model, model.id == current_id))
        self._list.addStretch(1)

    def _card(self, model: InstalledModel, in_use: bool) -> QWidget:
        made = card()
        made.setAccessibleName(f"Model {model.name}")
        head = row(
            Icon(self._theme, "cpu", "text"),
            label(model.name, size="reading", weight="semibold"),
            None,
            spacing=9,
        )
        if in_use:
            pill = Pill(self._theme)
            pill.show_state("In use", "accent")
            head.addWidget(pill)
        elif not model.problem:
            use = button("Use", name=f"Use {model.name}")
            use.clicked.connect(lambda: self.model_chosen.emit(model.id))
            head.addWidget(use)
        content = column(head, spacing=7, margins=(18, 14, 16, 15))
        if model.description:
            content.addWidget(label(model.description, tone="muted", wrap=True))
        content.addWidget(label(facts(model), tone="faint", size="label", wrap=True))
        if model.problem:
            problem = row(
                Icon(self._theme, "triangle-alert", "warning", 15),
                label(model.problem, tone="warning", size="label", wrap=True),
                spacing=7,
            )
            content.addWidget(boxed(problem, stretch=1))
        made.setLayout(content)
        return made


def facts(model: InstalledModel) -> str:
    """“1.1 GB · Q4_K_M · reads 8,192 tokens · Apache-2.0 · came with Carrel”."""
    size = (
        f"{model.size_bytes / 1e9:.1f} GB" if model.size_bytes >= 1e9 else f"{model.size_bytes / 1e6:.0f} MB"
    )
    parts = (
        size,
        model.quantization,
        f"reads {model.context_tokens:,} tokens at once",
        model.licence,
        "came with Carrel" if model.delivered else "added by you",
    )
    return "  ·  ".join(part for part in parts if part)
