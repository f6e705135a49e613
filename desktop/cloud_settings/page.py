"""Settings, Cloud, as somebody walks through it who was just told that an answer looks hard:

First, in one sentence, whether anything can leave this computer; one button changes that. Then who could be
asked: calm rows, each with its host and whether a key is there. I open one, paste my key, press Test, and
read that it works, or why not. I say which model hard questions go to. Below stands when it may be asked,
what that would have meant for my own answers so far and what for my money, what is masked, and which of my
collections never leave, whatever else is allowed.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent

from desktop.cloud_settings.advanced import AdvancedPart
from desktop.cloud_settings.allowed import AllowedPart
from desktop.cloud_settings.providers_part import ProvidersPart
from desktop.cloud_settings.way_out import WayOut
from desktop.tasks.head import BackHeader
from desktop.theme.controls import Surface
from desktop.theme.focus import move_focus
from desktop.theme.layouts import column, reading_column
from desktop.theme.theme import Theme
from desktop.window.ports import ProviderRow
from engine.routing.values import Policy


class CloudPage(Surface):
    """Shows what it is given; its parts say what the person wants. `closed` leads back to Settings."""

    closed = Signal()
    sidebar_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__("page")
        self.way_out = WayOut(theme)
        self.providers = ProvidersPart(theme)
        self.allowed = AllowedPart(theme)
        self.advanced = AdvancedPart(theme)
        self._header = BackHeader(theme, "Settings")
        self._header.show_name("Cloud")
        self._header.back_asked.connect(self.closed)
        self._header.sidebar_asked.connect(self.sidebar_asked)
        parts = (self.way_out, self.providers, self.allowed, self.advanced, None)
        self._area = reading_column(column(*parts, spacing=26))
        self.setLayout(column(self._header, self._area, spacing=0))
        self.providers.grown.connect(self._area.bring_into_sight)
        self.providers.key_next.connect(self._go_to_key)
        self.allowed.rules.grown.connect(self._area.bring_into_sight)

    def set_sidebar_button(self, shown: bool) -> None:
        self._header.set_sidebar_button(shown)

    def show_providers(self, rows: Sequence[ProviderRow], keyring: str | None, model: str) -> None:
        self.providers.show_rows(rows, keyring, model)

    def show_policy(self, policy: Policy, collections: Sequence[str], *, online: bool) -> None:
        self.way_out.show_state(online=online, automatic=policy.mode == "automatic")
        self.allowed.show_policy(policy, collections)

    def open_provider(self, provider_id: str) -> None:
        """Bring a provider into sight, with the keyboard in its field for a key where that is shown."""
        self.providers.open(provider_id)
        field = self.providers.entry(provider_id).panel.key.field
        if field.isVisible():
            field.setFocus()

    def _go_to_key(self, provider_id: str) -> None:
        """To what comes next once an address is saved: its key, or a test where it asks for none."""
        key = self.providers.entry(provider_id).panel.key
        key.take_keyboard()
        self._area.bring_into_sight(key)

    def hideEvent(self, event: QHideEvent) -> None:
        """Whoever leaves with a key half written does not leave it in memory."""
        super().hideEvent(event)
        self.providers.forget_keys()

    def focusNextPrevChild(self, forward: bool) -> bool:
        return move_focus(self, forward) or super().focusNextPrevChild(forward)
