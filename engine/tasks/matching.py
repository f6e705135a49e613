"""Which of a reply's lines says what a line of the table says: an input may hold several things."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from engine.tasks.values import Cell, Line, StoredLine


def cells_for(
    lines: Sequence[StoredLine], wanted: Mapping[int, Collection[str]], replies: Sequence[Line]
) -> dict[int, list[Cell]]:
    """The cells of a reply for the wanted columns of an input's lines, by the line's place.

    A line of the reply belongs to that line of the table which is alike in the cells that nobody doubts;
    where none is alike, or several are, to the one at its place, if both have as many lines. A line without
    a counterpart has no cells here.
    """
    found = {}
    for line in lines:
        place = line.id.line
        if place in wanted:
            reply = _counterpart(line, wanted[place], replies, len(lines))
            if reply is not None:
                found[place] = [cell for cell in reply if cell.column in wanted[place]]
    return found


def _counterpart(
    line: StoredLine, doubted: Collection[str], replies: Sequence[Line], lines: int
) -> Line | None:
    at_its_place = replies[line.id.line] if len(replies) == lines else None
    if lines == 1 and at_its_place is not None:
        return at_its_place
    sure = {
        name: stored.cell.value
        for name, stored in line.cells.items()
        if name not in doubted and stored.cell.value not in (None, [])
    }
    alike = [
        sum(sure[cell.column] == cell.value for cell in reply if cell.column in sure) for reply in replies
    ]
    most = max(alike, default=0)
    if most and alike.count(most) == 1:
        return replies[alike.index(most)]
    return at_its_place
