"""What can be set for one provider: its address, its key, its model, and whether it is the one asked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.cloud_settings.address_part import AddressPart
from desktop.cloud_settings.key_part import KeyPart
from desktop.cloud_settings.model_field import ModelField
from desktop.theme.controls import button, label
from desktop.theme.layouts import boxed, column, row, wrapping
from desktop.theme.theme import Theme
from desktop.window.ports import ProviderRow
from engine.frontier.values import Provider


class ProviderPanel(QWidget):
    """`use_asked` names the model that hard questions shall go to. A new model of the provider that is used
    already counts at once."""

    use_asked = Signal(str)
    remove_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._row: ProviderRow | None = None
        self._listed: tuple[str, ...] = ()
        self.address = AddressPart(theme)
        self.key = KeyPart(theme)
        self.model = ModelField(theme)
        self._use = button("Use for hard questions", "primary")
        self._used = label(tone="muted", size="label", wrap=True)
        self._remove = button("Remove this provider…", "danger")
        self._model_hint = label(tone="faint", size="label", wrap=True)
        model = column(label("Model", weight="medium"), self.model, self._model_hint, spacing=8)
        foot = boxed(row(self._use, self._used, None, self._remove, spacing=10))
        self.setLayout(column(self.address, self.key, wrapping(model), foot, spacing=20))
        self._use.clicked.connect(self._asked)
        self._remove.clicked.connect(self.remove_asked)
        self.model.chosen.connect(self._model_chosen)
        self.model.line.textChanged.connect(self._show_use)

    def show_row(self, row: ProviderRow, keyring: str | None, model: str) -> None:
        fresh = self._row is None or self._row.provider != row.provider
        self._row = row
        self.key.show_row(row, keyring)
        if fresh:
            self.address.show_provider(row.provider)
        self.address.setVisible(_may_move(row.provider))
        self._remove.setVisible(not row.provider.built_in)
        wanted = model or self.model.model or next(iter(row.provider.models), "")
        self.model.show_model(wanted, self._listed or row.provider.models)
        self._model_hint.setText(
            "“Test” brings the list of those that your key may use."
            if row.provider.needs_key
            else "“Test” brings the list of those that it has."
        )
        self._model_hint.setVisible(not self._listed)
        self._show_use()

    def show_listed(self, models: Sequence[str]) -> None:
        """Those that the provider says it has."""
        self._listed = tuple(models)
        if self._row is not None:
            self.model.show_model(self.model.model or next(iter(models), ""), self._listed)
        self._model_hint.setVisible(not self._listed)

    def _show_use(self, *_: object) -> None:
        if self._row is None:
            return
        ready = bool(self._row.key) or not self._row.provider.needs_key
        self._use.setVisible(not self._row.used)
        self._use.setEnabled(ready and bool(self.model.model))
        said = "Hard questions go here." if self._row.used else "" if ready else "Add a key first."
        self._used.setText(said)
        self._used.setVisible(bool(said))

    def _asked(self) -> None:
        self.use_asked.emit(self.model.model)

    def _model_chosen(self, model: str) -> None:
        if self._row is not None and self._row.used:
            self.use_asked.emit(model)


def _may_move(provider: Provider) -> bool:
    """Whether its address is the person's to say: their own server, their resource at Azure, another port."""
    return not provider.built_in or provider.local or provider.format == "azure"
