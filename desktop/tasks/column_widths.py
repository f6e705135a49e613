"""How columns share the width of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """Column `number` would like `width` pixels and cannot do with less than `least`."""

    number: int
    width: int
    least: int
    is_input: bool


def shared(wanted: Sequence[Wanted], room: int) -> dict[int, int]:
    """Widths by column that fill `room` where they can.

    Free room goes to the widest input, which is the text one reads. Where there is too little, inputs give
    way first, the widest most, then all others; below their least the table is wider than its room.
    """
    widths = {each.number: each.width for each in wanted}
    free = room - sum(widths.values())
    if free >= 0:
        readers = [each for each in wanted if each.is_input] or list(wanted)
        widest = max(readers, key=lambda each: each.width)
        widths[widest.number] += free
        return widths
    for inputs in (True, False):
        free = -_taken([each for each in wanted if each.is_input is inputs], widths, -free)
        if free >= 0:
            break
    return widths


def _taken(from_: Sequence[Wanted], widths: dict[int, int], needed: int) -> int:
    """Take `needed` pixels from columns, in proportion to what they can give; how many could not be had."""
    spare = {each.number: widths[each.number] - each.least for each in from_}
    total = sum(spare.values())
    if total <= 0:
        return needed
    give = min(total, needed)
    given = 0
    for number, can in spare.items():
        share = min(can, -(-give * can // total), give - given)
        widths[number] -= share
        given += share
    return needed - given
