"""The master switch: whether anything can leave this computer, in words."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from desktop.theme.controls import Icon, ThemedButton, button, label, set_property
from desktop.theme.layouts import column, row, wrapping
from desktop.theme.theme import Theme

OFFLINE = ("Carrel is offline", "Nothing can leave this computer.")
ONLINE = (
    "Carrel is online",
    "Nothing is sent by itself: only what is allowed below, and of that only what you see.",
)
AUTOMATIC = "When an answer looks unsure, Carrel asks without showing it to you first, within your budget."


class WayOut(QFrame):
    """`online_asked` with what is wanted; `connections_asked` leads to the list of all that was tried."""

    online_asked = Signal(bool)
    connections_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._online = False
        self._icon = Icon(theme, "lock", "accent", 26)
        self._title = label(size="title", weight="semibold")
        self._words = label(tone="muted", wrap=True)
        self._switch = ThemedButton(theme, "power", "Go online")
        self._switch.clicked.connect(self._toggle)
        seen = button("Show connections", "link")
        seen.clicked.connect(self.connections_asked)
        text = column(self._title, self._words, 4, row(self._switch, 6, seen, None), spacing=6)
        body = row(column(2, self._icon, None), text, spacing=18, margins=(22, 20, 22, 18))
        body.setStretch(1, 1)
        self.setLayout(column(wrapping(body), spacing=0))
        self.show_state(online=False, automatic=False)

    def show_state(self, *, online: bool, automatic: bool) -> None:
        self._online = online
        title, meaning = ONLINE if online else OFFLINE
        self._title.setText(title)
        self._words.setText(AUTOMATIC if online and automatic else meaning)
        self._icon.set_icon("cloud" if online else "lock", "cloud" if online else "accent")
        self._switch.set_text("Go offline" if online else "Go online")
        set_property(self._switch, "kind", "secondary" if online else "primary")
        self._switch.set_icon("power", "muted" if online else "on_accent")
        self.setAccessibleName(f"{title}. {self._words.text()}")

    def _toggle(self) -> None:
        self.online_asked.emit(not self._online)
