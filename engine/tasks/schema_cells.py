"""What a model wrote by a JSON Schema, as cells that are checked against the text, and joined over pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.structured.schemas import Schema, invalid_at
from engine.tasks.certainty import Path, under
from engine.tasks.evidence import span
from engine.tasks.field_cells import Place, ranked, sorted_doubts
from engine.tasks.normalising.absence import is_absent
from engine.tasks.ports import Locate, ValueKind
from engine.tasks.quotes import quote
from engine.tasks.schema_columns import OTHER, WHOLE, is_whole, property_of, resolved
from engine.tasks.values import Cell, Column, Doubt, Line, Quote

# A longer text is a summary or a description in the model's own words more often than a copy.
LONGEST_COPY = 120
MOST_QUOTES = 12  # of one cell

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:T.*)?")


@dataclass(frozen=True, slots=True)
class Filled:
    """A cell with what was written for it, word for word; `ABSENT` where nothing was."""

    written: Any
    cell: Cell


ABSENT = object()
Row = dict[str, Filled]


@dataclass(frozen=True, slots=True)
class Filling:
    """A schema that is filled from a text, with its columns."""

    schema: Schema
    columns: tuple[Column, ...]
    locate: Locate

    def row(self, value: Any, certainty: Mapping[Path, float], place: Place) -> Row:
        """The cells of what was written for one piece, by column.

        A cell is in doubt where a leaf of it stands nowhere in the piece: a number, a date, or a text of up
        to `LONGEST_COPY` characters, but for yes and no, and for what the schema lists (“enum”, “const”).
        """
        top = resolved(self.schema, self.schema.rules)
        if is_whole(self.schema):
            return {WHOLE: Filled(value, self._cell(WHOLE, value, under(certainty, ()), top, place))}
        named = top.get("properties", {})
        row = {}
        for column in self.columns:
            name, written = column.name, value.get(column.name, ABSENT)
            if name == OTHER and name not in named:
                written = {key: each for key, each in value.items() if key not in named} or ABSENT
            node = property_of(self.schema, top, name)
            cell = self._cell(name, written, under(certainty, (name,)), node, place)
            if cell.value is None and written not in (None, ABSENT) and name in top.get("required", ()):
                cell = replace(cell, doubts=sorted_doubts({*cell.doubts, "missing"}))
            row[name] = Filled(written, cell)
        return row

    def _cell(
        self, name: str, written: Any, confidence: float | None, node: Mapping[str, Any], place: Place
    ) -> Cell:
        quotes: list[Quote] = []
        doubts: set[Doubt] = set()
        value = None if written is ABSENT else written
        if isinstance(value, str) and is_absent(value) and "enum" not in node:
            value = None
        for key, said, kind in _leaves(value, node, self.schema, name):
            found = span(said, kind, place.piece.text, self.locate, key)
            if found is None:
                doubts.add("not_in_text")
            elif len(quotes) < MOST_QUOTES:
                quotes.append(quote(place.text, *(place.piece.start + end for end in found)))
        if confidence is not None and confidence < place.review_below and value is not None:
            doubts.add("unsure")
        return Cell(name, value, confidence, tuple(quotes), sorted_doubts(doubts))

    def line(self, rows: Sequence[Row]) -> Line:
        """One line out of those of a text's pieces: lists are joined, of other values the best counts.

        Where the schema allows no such whole (a list too long for it), the line of the piece that says most
        stands, marked as incomplete.
        """
        row = {column.name: _joined([each[column.name] for each in rows]) for column in self.columns}
        if len(rows) == 1 or not invalid_at(self.schema, self._value(row)):
            return tuple(filled.cell for filled in row.values())
        fullest = max(
            rows, key=lambda each: sum(ranked(filled.cell)[:2] == (True, True) for filled in each.values())
        )
        return tuple(
            replace(filled.cell, doubts=sorted_doubts({*filled.cell.doubts, "incomplete"}))
            for filled in fullest.values()
        )

    def _value(self, row: Row) -> Any:
        """What the cells of a row say together."""
        if is_whole(self.schema):
            return row[WHOLE].written
        named = resolved(self.schema, self.schema.rules)["properties"]
        value = {name: filled.written for name, filled in row.items() if filled.written is not ABSENT}
        rest = value.pop(OTHER, {}) if OTHER not in named else {}
        return {**value, **rest}


def _leaves(
    value: Any, node: Mapping[str, Any], schema: Schema, key: str
) -> Iterator[tuple[str, str, ValueKind]]:
    """What is to be looked up: the key that it stands under, what, and as what."""
    waiting: list[tuple[Any, Mapping[str, Any], str]] = [(value, node, key)]
    while waiting:
        each, part, name = waiting.pop()
        if "enum" in part or "const" in part:
            continue
        if isinstance(each, dict):
            waiting += [(inner, property_of(schema, part, step), step) for step, inner in each.items()]
        elif isinstance(each, list):
            waiting += [(inner, property_of(schema, part, step), name) for step, inner in enumerate(each)]
        elif isinstance(each, int | float) and not isinstance(each, bool):
            yield name, str(each), "number"
        elif isinstance(each, str) and each.strip() and len(each) <= LONGEST_COPY:
            is_date = bool(_DATE.fullmatch(each))
            yield name, each[:10] if is_date else each, "date" if is_date else "text"


def _joined(pieces: Sequence[Filled]) -> Filled:
    lists = [filled for filled in pieces if isinstance(filled.written, list) and filled.written]
    if len(lists) < 2:
        return lists[0] if lists else max(pieces, key=lambda filled: ranked(filled.cell))
    values: list[Any] = []
    for filled in lists:
        values += [value for value in filled.written if value not in values]
    cells = [filled.cell for filled in lists]
    known = [cell.confidence for cell in cells if cell.confidence is not None]
    evidence = tuple(each for cell in cells for each in cell.evidence)[:MOST_QUOTES]
    doubts = {doubt for cell in cells for doubt in cell.doubts}
    cell = Cell(cells[0].column, values, min(known, default=None), evidence, sorted_doubts(doubts))
    return Filled(values, cell)
