"""What was masked: one switch for each thing, however it is written."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.preview_sheet.names import KINDS
from desktop.preview_sheet.visible import visible
from desktop.theme.controls import ElidedLabel, label
from desktop.theme.foreign import plain
from desktop.theme.layouts import boxed, clear, column, row
from desktop.theme.switch import Switch
from desktop.theme.theme import Theme
from desktop.theme.tokens import Space
from engine.masking.values import Mask

# “⟨PERSON_1_b⟩” is another way of writing “⟨PERSON_1⟩”.
_VARIANT = re.compile(r"^⟨([A-Z]+_\d+)(?:_\w+)?⟩$")


class MaskList(QWidget):
    """`switched` brings the placeholders of one thing, and whether they are to stand in its place."""

    switched = Signal(tuple, bool)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._title = label(size="label", weight="semibold")
        self._rows = column(spacing=Space.S)
        self.switches: list[Switch] = []
        self.setLayout(column(self._title, boxed(self._rows), spacing=Space.S))
        self._shown: list[tuple[Mask, ...]] = []

    def show_masks(self, masks: Sequence[Mask]) -> None:
        """Rows stay where they are while only switches change, and with them the keyboard."""
        found = things(masks)
        hidden = sum(thing[0].on for thing in found)
        self._title.setText(f"Masked: {hidden} of {len(found)}" if found else "Nothing to mask was found")
        if [_names(thing) for thing in found] != [_names(thing) for thing in self._shown]:
            clear(self._rows)
            self.switches = []
            for thing in found:
                self._rows.addWidget(self._row(thing))
        for switch, thing in zip(self.switches, found, strict=True):
            switch.setChecked(thing[0].on)
        self._shown = found

    def _row(self, thing: tuple[Mask, ...]) -> QWidget:
        first = thing[0]
        originals = ", ".join(dict.fromkeys(visible(mask.original) for mask in thing))
        times = sum(mask.count for mask in thing)
        kind = KINDS.get(first.kind, first.kind)
        switch = Switch(self._theme, "")
        switch.setAccessibleName(f"Mask {kind} {plain(originals)}")
        switch.clicked.connect(self._switch)
        self.switches.append(switch)
        counted = f"{kind}  ·  {times:,}×" if times > 1 else kind
        placeholder = label(first.placeholder, tone="cloud", size="small", weight="medium")
        words = column(
            ElidedLabel(plain(originals, 200), size="label"),
            row(label(counted, tone="muted", size="small"), None, placeholder, spacing=6),
            spacing=1,
        )
        holder = boxed(row(switch, words, spacing=2))
        holder.layout().setStretch(1, 1)  # type: ignore[union-attr]
        return holder

    def _switch(self, on: bool) -> None:
        for switch, thing in zip(self.switches, self._shown, strict=True):
            if switch is self.sender():
                self.switched.emit(tuple(mask.placeholder for mask in thing), on)
                return


def things(masks: Sequence[Mask]) -> list[tuple[Mask, ...]]:
    """The masks, those of one thing together, in the order in which they were found."""
    found: dict[str, list[Mask]] = {}
    for mask in masks:
        variant = _VARIANT.match(mask.placeholder)
        found.setdefault(variant[1] if variant else mask.placeholder, []).append(mask)
    return [tuple(same) for same in found.values()]


def _names(thing: Sequence[Mask]) -> list[tuple[str, str, int]]:
    return [(mask.placeholder, mask.original, mask.count) for mask in thing]
