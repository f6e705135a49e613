"""Which passages go along; those of a collection that never leaves this computer cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.chat.quotes import place
from desktop.theme.controls import ElidedLabel, Icon, label, set_property, tooltip
from desktop.theme.foreign import plain
from desktop.theme.layouts import boxed, clear, column, row
from desktop.theme.switch import Switch
from desktop.theme.theme import Theme
from desktop.theme.tokens import Space
from engine.values import Source


class PassageList(QWidget):
    """`chosen` brings the numbers (from 0) of the passages that shall go along."""

    chosen = Signal(tuple)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._title = label(size="label", weight="semibold")
        self._rows = column(spacing=Space.S)
        self.switches: dict[int, Switch] = {}
        self._shown: tuple[Sequence[Source], Mapping[int, str]] = ((), {})
        self.setLayout(column(self._title, boxed(self._rows), spacing=Space.S))

    def show_passages(
        self, sources: Sequence[Source], going: Sequence[int], kept_here: Mapping[int, str]
    ) -> None:
        """`kept_here`: the collections of those that may not go, by the passages' numbers."""
        self.setVisible(bool(sources))
        self._title.setText(f"Passages: {len(going)} of {len(sources)} go along")
        if (sources, kept_here) != self._shown:
            self._shown = (sources, dict(kept_here))
            clear(self._rows)
            self.switches = {}
            for number, source in enumerate(sources):
                self._rows.addWidget(self._row(number, source, kept_here.get(number)))
        for number, switch in self.switches.items():
            switch.setChecked(number in going)

    def _row(self, number: int, source: Source, kept_in: str | None) -> QWidget:
        name = ElidedLabel(plain(source.document), size="label", middle=True)
        name.setToolTip(tooltip(source.text))
        if kept_in is not None:
            set_property(name, "tone", "muted")
            reason = label(f"Stays here: “{plain(kept_in, 40)}” may never leave this computer.", wrap=True)
            set_property(reason, "tone", "muted")
            set_property(reason, "type", "small")
            lock = boxed(row(None, Icon(self._theme, "lock", "muted", 15), None))
            lock.setFixedWidth(Switch(self._theme, "").sizeHint().width())
            made = boxed(row(lock, column(name, reason, spacing=1), spacing=2))
            made.setAccessibleName(f"{plain(source.document)}: {reason.text()}")
        else:
            switch = Switch(self._theme, "")
            switch.setAccessibleName(f"Send the passage of {plain(source.document)}, {place(source)}")
            switch.clicked.connect(self._choose)
            self.switches[number] = switch
            where = ElidedLabel(plain(place(source)), tone="muted", size="small")
            made = boxed(row(switch, column(name, where, spacing=1), spacing=2))
        made.layout().setStretch(1, 1)  # type: ignore[union-attr]
        return made

    def _choose(self) -> None:
        self.chosen.emit(tuple(number for number, made in self.switches.items() if made.isChecked()))
