"""What a model wrote for a field, as a cell: normalised, found in the text, with its doubts."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

from engine.tasks.evidence import span
from engine.tasks.field_schema import LONGEST_TEXT, MOST_VALUES
from engine.tasks.normalising.normal import Surroundings
from engine.tasks.normalising.values import is_empty, normal_value
from engine.tasks.pieces import Piece
from engine.tasks.quotes import quote
from engine.tasks.recipe import Field
from engine.tasks.values import Cell, Doubt, Quote, TaskText

# The order in which a cell's doubts stand.
_ORDER: tuple[Doubt, ...] = ("missing", "invalid", "not_in_text", "incomplete", "unsure")
_GRAVE: frozenset[Doubt] = frozenset(("invalid", "not_in_text"))


@dataclass(frozen=True, slots=True)
class Place:
    """A piece of the text of an input; values of less confidence than `review_below` are unsure.

    Where a text holds several things, the next is looked for `after` the one before, a place in the piece;
    `ends` are where the values of the present one were found to end.
    """

    text: TaskText
    piece: Piece
    review_below: float
    after: int | None = None
    ends: list[int] = field(default_factory=list)

    def behind(self) -> Place:
        """For the next thing."""
        return self if self.after is None else replace(self, after=max([self.after, *self.ends]), ends=[])


def cell_of(field: Field, raw: Any, confidence: float | None, place: Place, around: Surroundings) -> Cell:
    """The cell of what a model read for `field` in one piece of a text."""
    values, evidence = [], []
    doubts: set[Doubt] = set()
    for each in raw if field.many else [raw]:
        if is_empty(field, each):
            continue
        value, quotes, found = _checked(field, each, place, around)
        if value not in values:
            values.append(value)
            evidence += quotes
            doubts |= found
    if confidence is not None and confidence < place.review_below and (values or field.required):
        doubts.add("unsure")
    if (field.many and len(raw) >= MOST_VALUES) or (isinstance(raw, str) and len(raw) >= LONGEST_TEXT):
        doubts.add("incomplete")
    value = values if field.many else (values[0] if values else None)
    return Cell(field.name, value, confidence, tuple(evidence), sorted_doubts(doubts))


def _checked(
    field: Field, raw: Any, place: Place, around: Surroundings
) -> tuple[Any, list[Quote], set[Doubt]]:
    """A value with where it stands. What is none of its type is kept as it was written."""
    normal = normal_value(field, raw, around)
    doubts: set[Doubt] = set()
    if normal is None:
        doubts.add("invalid")
    elif normal.unsure:
        doubts.add("unsure")
    stated, kind = (normal.stated, normal.kind) if normal else (str(raw), "text")
    if field.type == "choice":
        stated = str(raw)  # shown where it happens to stand there; no doubt where not
    found = span(stated, kind, place.piece.text, around.locate, field.name, place.after) if stated else None
    quotes = [quote(place.text, *(place.piece.start + end for end in found))] if found else []
    if found:
        place.ends.append(found[1])
    elif field.type not in ("choice", "boolean"):
        doubts.add("not_in_text")
    return normal.value if normal else raw, quotes, doubts


def merged(field: Field, cells: Sequence[Cell]) -> Cell:
    """One cell out of those of a text's pieces, in order."""
    if not field.many:
        return max(cells, key=ranked)  # of equal ones the first
    values, evidence = [], []
    doubts: set[Doubt] = set()
    for cell in cells:
        values += [value for value in cell.value if value not in values]
        evidence += [each for each in cell.evidence if each not in evidence]
        doubts |= set(cell.doubts) if cell.value else set()
    known = [cell.confidence for cell in cells if cell.confidence is not None and cell.value]
    return Cell(field.name, values, min(known, default=None), tuple(evidence), sorted_doubts(doubts))


def ranked(cell: Cell) -> tuple[bool, bool, float]:
    """A value before none, one without grave doubts before others, then the surer one."""
    if cell.value is None:
        return (False, False, 0.0)
    return (True, not _GRAVE & set(cell.doubts), cell.confidence or 0.0)


def missing(field: Field, cell: Cell) -> Cell:
    """The cell with its doubt where the recipe requires a value and there is none."""
    if not field.required or cell.value not in (None, []) or "missing" in cell.doubts:
        return cell
    return replace(cell, doubts=sorted_doubts({*cell.doubts, "missing"} - {"unsure"}))


def sorted_doubts(doubts: Set[Doubt]) -> tuple[Doubt, ...]:
    return tuple(doubt for doubt in _ORDER if doubt in doubts)
