"""The Privacy place, as somebody walks through it who has heard promises before:

First, in one sentence: is Carrel offline, and who sees to it? One button changes that. Then two numbers: what
went out, and what was held back. Each stands in the list below them, with where to and what for or who
tried; I can take it along as a file. I do not have to believe it: “Try to get out” makes Carrel try in
several ways before my eyes, and each appears in the list. What holds each part is said as it is here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from desktop.network import Attempt, count
from desktop.privacy import words
from desktop.privacy.attempts import AttemptsView
from desktop.privacy.proofs import Proofs
from desktop.privacy.words import Which
from desktop.processes.sandbox import Confinement
from desktop.theme.controls import Icon, Surface, ThemedButton, button, card, label, line
from desktop.theme.layouts import boxed, clear, column, reading_column, row, wrapping
from desktop.theme.segments import Segments
from desktop.theme.theme import Theme
from desktop.window.header import PageHeader

SHOWN = 200
FILTERS: dict[str, Which] = {"All": "all", "Went out": "out", "Blocked": "blocked"}
NOTHING: dict[Which, str] = {
    "all": "No connection was tried.",
    "out": "Nothing has gone out.",
    "blocked": "Nothing had to be blocked.",
}


class PrivacyPage(Surface):
    """Shows what it is given; what the person wants goes out as signals."""

    sidebar_asked = Signal()
    online_asked = Signal(bool)
    export_asked = Signal()
    cloud_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__("page")
        self._theme = theme
        self._attempts: Sequence[Attempt] = ()
        self._shown: Sequence[Attempt] | None = None
        self._which: Which = "all"
        self._online = False
        self.proofs = Proofs(theme)
        self.proofs.ended.connect(self._show_proofs)
        export = ThemedButton(theme, "upload", "Export report…")
        export.clicked.connect(self.export_asked)
        self._header = PageHeader(theme, "Privacy", export)
        self._header.sidebar_asked.connect(self.sidebar_asked)
        parts = (self._state(), self._numbers(), self._list(), self.proofs, self._walls(), None)
        self._area = reading_column(column(*parts, spacing=24))
        self.setLayout(column(self._header, self._area, spacing=0))

    def set_sidebar_button(self, shown: bool) -> None:
        self._header.set_sidebar_button(shown)

    def show_state(self, online: bool, held: Mapping[str, Confinement]) -> None:
        """Whether Carrel is online, and what the system holds each running process to."""
        self._online = online
        self._icon.set_icon("cloud" if online else "lock", "cloud" if online else "accent")
        self._title.setText(words.headline(online))
        self._words.setText(words.explanation(online, held.get("app", Confinement(reason="not known"))))
        self._switch.set_text("Go offline" if online else "Go online")
        self._show_walls(held)

    def show_attempts(self, attempts: Sequence[Attempt], *, since_start: Sequence[Attempt]) -> None:
        """All that are kept, oldest first, and those of this start."""
        counts = count(since_start)
        self._out.show_number(f"{counts.out:,}", "connection out" if counts.out == 1 else "connections out")
        self._out.show_note(words.crossed(counts))
        self._blocked.show_number(f"{counts.blocked:,}", "blocked")
        self._blocked.show_note("Each is listed below" if counts.blocked else "Nothing tried to get out")
        if attempts != self._attempts or self._shown is None:
            self._attempts = list(attempts)
            self._show_list()

    # Parts

    def _state(self) -> QWidget:
        self._icon = Icon(self._theme, "lock", "accent", 26)
        self._title = label(size="title", weight="semibold")
        self._words = label(tone="muted", wrap=True)
        self._switch = ThemedButton(self._theme, "power", "Go online")
        self._switch.clicked.connect(self._toggle)
        cloud = button("Providers and keys", "link")
        cloud.clicked.connect(self.cloud_asked)
        text = column(self._title, self._words, 4, row(self._switch, 6, cloud, None), spacing=6)
        body = row(column(2, self._icon, None), text, spacing=18, margins=(22, 20, 22, 18))
        body.setStretch(1, 1)
        made = card()
        made.setLayout(column(wrapping(body), spacing=0))
        return made

    def _numbers(self) -> QWidget:
        self._out, self._blocked = _Number("Since Carrel started"), _Number("Since Carrel started")
        layout = row(self._out, self._blocked, spacing=14)
        layout.setStretch(0, 1)
        layout.setStretch(1, 1)
        return boxed(layout)

    def _walls(self) -> QWidget:
        self._wall_rows = column(spacing=0)
        self._held: Mapping[str, Confinement] | None = None
        made = card()
        made.setLayout(self._wall_rows)
        return boxed(column(label("What holds each part back", weight="semibold"), made, spacing=9))

    def _show_walls(self, held: Mapping[str, Confinement]) -> None:
        if held == self._held:
            return
        self._held = dict(held)
        clear(self._wall_rows)
        for number, (name, confinement) in enumerate(held.items()):
            if number:
                self._wall_rows.addWidget(line())
            self._wall_rows.addWidget(self._wall(words.PARTS.get(name, name), confinement))

    def _wall(self, name: str, held: Confinement) -> QWidget:
        icon = Icon(self._theme, "shield-check", "accent" if held.network_blocked else "muted", 16)
        said = label(_capital(held.words) + ".", tone="muted", size="label", wrap=True)
        body = row(icon, column(label(name), said, spacing=2), spacing=14, margins=(18, 11, 18, 11))
        body.setStretch(1, 1)
        return wrapping(body)

    def _list(self) -> QWidget:
        self._filter = Segments("Connections shown", FILTERS)
        self._filter.choose("All")
        self._filter.chosen.connect(self._choose)
        self._view = AttemptsView(self._theme)
        self._nothing = label(tone="muted")
        self._empty = boxed(row(self._nothing, None, margins=(18, 16, 18, 16)))
        self._more = label(tone="muted", size="label")
        self._rest = boxed(row(self._more, None, margins=(18, 11, 18, 11)))
        made = card("table")
        made.setLayout(column(self._view, self._empty, self._rest, spacing=0, margins=(1, 6, 1, 6)))
        head = row(label("Connections", weight="semibold"), None, self._filter)
        return boxed(column(head, made, spacing=9))

    def _choose(self, name: str) -> None:
        self._which = FILTERS[name]
        self._show_list()

    def _show_list(self) -> None:
        self._shown = words.which(self._attempts, self._which)
        first, rest = self._shown[:SHOWN], len(self._shown) - SHOWN
        self._view.setVisible(bool(first))
        self._view.show_attempts(first)
        self._nothing.setText(NOTHING[self._which])
        self._empty.setVisible(not first)
        self._rest.setVisible(rest > 0)
        self._more.setText(f"and {rest:,} earlier ones: the report has them all")

    def _show_proofs(self) -> None:
        self._area.bring_into_sight(self.proofs)

    def _toggle(self) -> None:
        self.online_asked.emit(not self._online)


class _Number(QFrame):
    """A number that is read from across the room, what it counts, and a line about it."""

    def __init__(self, when: str) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._number = label("0", size="display", weight="semibold")
        self._what = label("", weight="medium")
        self._note = label("", tone="muted", size="label")
        when_label = label(when, tone="faint", size="small")
        upper = row(self._number, self._what, None, spacing=9)
        self.setLayout(column(when_label, upper, self._note, spacing=3, margins=(20, 14, 20, 15)))

    def show_number(self, number: str, what: str) -> None:
        self._number.setText(number)
        self._what.setText(what)
        self.setAccessibleName(f"{number} {what}")

    def show_note(self, note: str) -> None:
        self._note.setText(note)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
