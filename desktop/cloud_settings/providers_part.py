"""The list of providers, one of which may be open; and a new one of the person's own."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.cloud_settings.address_part import AddressPart
from desktop.cloud_settings.key_part import Outcome
from desktop.cloud_settings.provider_row import ProviderEntry
from desktop.theme.controls import ThemedButton, card, label, line
from desktop.theme.layouts import boxed, column, row
from desktop.theme.theme import Theme
from desktop.window.ports import ProviderRow
from engine.frontier.values import Provider


class ProvidersPart(QWidget):
    """Every wish names its provider first. `key_given` carries a Secret for whoever keeps it to wipe.

    `grown` brings what has opened, and is to be brought into sight; `key_next` a provider that was saved, of
    which the key or a test comes next.
    """

    key_given = Signal(str, object, bool)
    test_asked = Signal(str)
    remove_key_asked = Signal(str)
    use_asked = Signal(str, str)
    provider_saved = Signal(object)
    provider_added = Signal(object)
    grown = Signal(QWidget)
    key_next = Signal(str)
    remove_asked = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._entries: dict[str, ProviderEntry] = {}
        self._shown: list[list[str]] = []
        self._far, self._near = column(spacing=0), column(spacing=0)
        self._new = AddressPart(theme, is_new=True)
        self._new.saved.connect(self.provider_added)
        self._new.cancelled.connect(self._close_new)
        form = column(line(), column(self._new, margins=(18, 14, 18, 16)), spacing=0)
        self._new_part = boxed(form)
        self._new_part.hide()
        self._add = ThemedButton(theme, "plus", "Add a server of your own…", "link", colour="accent", size=15)
        self._add.clicked.connect(self._open_new)
        self._add_line = boxed(column(line(), row(self._add, None, margins=(17, 12, 17, 12)), spacing=0))
        far, near = card(), card()
        far.setLayout(column(self._far, margins=(1, 1, 1, 1)))
        inside = column(self._near, self._new_part, self._add_line, spacing=0, margins=(1, 1, 1, 1))
        near.setLayout(inside)
        self._far_part = boxed(column(label("Providers and keys", weight="semibold"), far, spacing=9))
        near_title = label("On this computer and in your network", weight="semibold")
        self.setLayout(column(self._far_part, boxed(column(near_title, near, spacing=9)), spacing=26))

    def show_rows(self, rows: Sequence[ProviderRow], keyring: str | None, model: str) -> None:
        """`model` is the policy's, of the row that is used. `keyring`: see `KeyPart`."""
        far = [each for each in rows if not each.provider.local]
        near = [each for each in rows if each.provider.local]
        wanted = [[each.provider.id for each in group] for group in (far, near)]
        if wanted != self._shown:
            self._arrange(*wanted)
        for group in (far, near):
            for number, each in enumerate(group):
                self._entries[each.provider.id].show_row(each, keyring, model, first=number == 0)
        self._far_part.setVisible(bool(far))

    def open(self, provider_id: str) -> None:
        """Open a provider and close the others; “” closes all."""
        for known, entry in self._entries.items():
            entry.set_open(known == provider_id)
        if provider_id:
            self._close_new()
            self.grown.emit(self._entries[provider_id])

    def entry(self, provider_id: str) -> ProviderEntry:
        return self._entries[provider_id]

    def say(self, provider_id: str, what: Outcome, sentence: str) -> None:
        """What came of a wish about a provider's key; nothing where the provider has gone."""
        if provider_id in self._entries:
            self._entries[provider_id].panel.key.say(what, sentence)

    def show_listed(self, provider_id: str, models: Sequence[str]) -> None:
        if provider_id in self._entries:
            self._entries[provider_id].panel.show_listed(models)

    def saved(self, provider: Provider) -> None:
        """It was kept, and is in the rows by now."""
        self._close_new()
        self.open(provider.id)
        self.key_next.emit(provider.id)

    def refuse(self, provider: Provider, why: str) -> None:
        """It was not kept: said where it was written."""
        entry = self._entries.get(provider.id)
        (entry.panel.address if entry is not None else self._new).show_error(why)

    def forget_keys(self) -> None:
        """Whatever stands in a field is overwritten."""
        for entry in self._entries.values():
            entry.panel.key.end_replacing()

    def _arrange(self, far: list[str], near: list[str]) -> None:
        """Entries are kept while their providers stay: nothing that is being written is lost."""
        kept, self._entries, self._shown = self._entries, {}, [far, near]
        for entry in kept.values():
            self._far.removeWidget(entry)
            self._near.removeWidget(entry)
        for gone in kept.keys() - {*far, *near}:
            kept[gone].panel.key.field.clear()
            kept[gone].hide()
            kept[gone].deleteLater()
        for layout, wanted in ((self._far, far), (self._near, near)):
            for provider_id in wanted:
                self._entries[provider_id] = kept.get(provider_id) or self._entry(provider_id)
                layout.addWidget(self._entries[provider_id])

    def _entry(self, provider_id: str) -> ProviderEntry:
        made = ProviderEntry(self._theme, provider_id)
        wishes = _Wishes(self, made)
        made.opened.connect(self.open)
        made.panel.key.given.connect(wishes.give_key)
        made.panel.key.test_asked.connect(wishes.test)
        made.panel.key.remove_asked.connect(wishes.remove_key)
        made.panel.use_asked.connect(wishes.use)
        made.panel.remove_asked.connect(wishes.remove)
        made.panel.address.saved.connect(self.provider_saved)
        return made

    def _open_new(self) -> None:
        self.open("")
        self._new.show_provider(Provider("", "", "openai", ""))
        self._new_part.show()
        self._add_line.hide()
        self._new.name.setFocus()
        self.grown.emit(self._new_part)

    def _close_new(self) -> None:
        self._new_part.hide()
        self._add_line.show()


class _Wishes(QObject):
    """What the person wants of one provider, with its name."""

    def __init__(self, part: ProvidersPart, entry: ProviderEntry) -> None:
        super().__init__(entry)
        self._part = part
        self._id = entry.provider_id

    def give_key(self, key: object, session: bool) -> None:
        self._part.key_given.emit(self._id, key, session)

    def test(self) -> None:
        self._part.test_asked.emit(self._id)

    def remove_key(self) -> None:
        self._part.remove_key_asked.emit(self._id)

    def use(self, model: str) -> None:
        self._part.use_asked.emit(self._id, model)

    def remove(self) -> None:
        self._part.remove_asked.emit(self._id)
