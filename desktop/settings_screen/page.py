"""The settings page: how Carrel looks, what leaves this computer, where things are kept."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from desktop.places import Profile
from desktop.theme.controls import ElidedLabel, Icon, Surface, button, card, label, line
from desktop.theme.layouts import boxed, column, reading_column, row, wrapping
from desktop.theme.segments import Segments
from desktop.theme.theme import Appearance, Theme
from desktop.theme.tokens import TEXT_SIZES
from desktop.window.header import PageHeader
from desktop.window.ports import Status
from desktop.window.shortcuts import keys_of

APPEARANCES: dict[str, Appearance] = {"System": "system", "Light": "light", "Dark": "dark"}


OFFLINE = (
    "Your documents, questions and answers stay on this computer. Carrel is offline and does not track you."
)
ONLINE = (
    "Carrel is online: what you send to a provider goes out, after you have seen it. All else stays on this "
    "computer, and nothing tracks you."
)


class SettingsPage(Surface):
    appearance_chosen = Signal(str)
    scale_chosen = Signal(float)
    keys_asked = Signal()
    place_asked = Signal(str)
    sidebar_asked = Signal()

    def __init__(self, theme: Theme, profile: Profile) -> None:
        super().__init__("page")
        self._theme = theme
        self._profile = profile
        self._header = PageHeader(theme, "Settings")
        self._header.sidebar_asked.connect(self.sidebar_asked)
        sections = (self._looks(), self._privacy(), self._cloud(), self._storage(), self._help(), None)
        self.setLayout(column(self._header, reading_column(column(*sections, spacing=26)), spacing=0))
        theme.changed.connect(self._show_choices)
        self._show_choices()

    def set_sidebar_button(self, shown: bool) -> None:
        self._header.set_sidebar_button(shown)

    def show_status(self, status: Status) -> None:
        self._promise.setText(OFFLINE if status.offline else ONLINE)
        out, blocked = status.connections, status.blocked
        self._connections.setText(
            f"Since Carrel started, {out or 'no'} connection{'' if out == 1 else 's'} went out"
            + (f", and {blocked:,} {'was' if blocked == 1 else 'were'} blocked." if blocked else ".")
        )

    def _looks(self) -> QWidget:
        self._appearance = Segments("Appearance", APPEARANCES)
        self._appearance.chosen.connect(lambda name: self.appearance_chosen.emit(APPEARANCES[name]))
        self._size = Segments("Text size", TEXT_SIZES)
        self._size.chosen.connect(lambda name: self.scale_chosen.emit(TEXT_SIZES[name]))
        return _section(
            "Appearance",
            _choice("Colours", "System follows your computer, by day and by night.", self._appearance),
            _choice(
                "Text size",
                f"{keys_of('larger')} and {keys_of('smaller')} change it in smaller steps.",
                self._size,
            ),
        )

    def _privacy(self) -> QWidget:
        self._connections = label(tone="muted", wrap=True)
        opened = button("See what went out", name="Privacy: see what went out")
        opened.clicked.connect(partial(self.place_asked.emit, "privacy"))
        self._promise = label(wrap=True)
        text = column(self._promise, self._connections, spacing=4)
        icon = Icon(self._theme, "lock", "accent", 20)
        body = row(icon, text, opened, spacing=14, margins=(18, 15, 16, 15))
        body.setStretch(1, 1)
        return _section("Privacy", wrapping(body))

    def _cloud(self) -> QWidget:
        """What leads to the places of hard questions."""
        providers = button("Open", name="Open providers and keys")
        providers.clicked.connect(partial(self.place_asked.emit, "cloud"))
        usage = button("Open", name="Open usage")
        usage.clicked.connect(partial(self.place_asked.emit, "usage"))
        return _section(
            "Cloud",
            _choice(
                "Providers, keys and what is allowed",
                "For questions that are too hard for a model on this computer. Off until you add a key.",
                providers,
            ),
            _choice("Usage and budget", "What was asked, what it cost, and where it stops.", usage),
        )

    def _storage(self) -> QWidget:
        path = ElidedLabel(str(self._profile.folder), tone="muted", size="label", middle=True)
        opened = button("Open folder")
        opened.clicked.connect(self._open_folder)
        text = column(label("Your profile"), path, spacing=3)
        body = row(text, opened, spacing=18, margins=(18, 13, 16, 13))
        body.setStretch(0, 1)
        return _section("Where things are kept", boxed(body))

    def _help(self) -> QWidget:
        keys = button("Show shortcuts")
        keys.clicked.connect(self.keys_asked)
        return _section(
            "Keyboard",
            _choice(
                "Everything can be reached by keyboard", f"{keys_of('keys')} shows this list anywhere.", keys
            ),
        )

    def _show_choices(self) -> None:
        current = {kind: name for name, kind in APPEARANCES.items()}
        self._appearance.choose(current[self._theme.appearance])
        sizes = {scale: name for name, scale in TEXT_SIZES.items()}
        self._size.choose(sizes.get(self._theme.scale, ""))

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._profile.folder)))


def _section(title: str, *parts: QWidget) -> QWidget:
    made = card()
    content = column(spacing=0)
    for number, part in enumerate(parts):
        if number:
            content.addWidget(line())
        content.addWidget(part)
    made.setLayout(content)
    return wrapping(column(label(title, weight="semibold"), made, spacing=9))


def _choice(title: str, words: str, control: QWidget) -> QWidget:
    text = column(label(title, wrap=True), label(words, tone="muted", size="label", wrap=True), spacing=3)
    body = row(text, control, spacing=18, margins=(18, 13, 16, 13))
    return wrapping(body, stretch=0)
