"""Dates and amounts of a text weighed: do the words around one say that it is what a field asks for?

Objective: no value for what the text does not say. A model that fills fields seldom leaves one empty: of a
contract that names no end it gives the day on which it begins. Asked about one sentence alone, with yes or
no, the same model knows better; and what is weighed stands in the text, so no digit can be wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from engine.tasks.choices.weighing import Asking
from engine.tasks.evidence import span
from engine.tasks.field_cells import Place, cell_of, sorted_doubts
from engine.tasks.normalising.normal import Surroundings
from engine.tasks.normalising.values import normal_value
from engine.tasks.recipe import Field, FieldType, Recipe
from engine.tasks.values import Cell
from engine.values import Message

YES, NO = "Yes", "No"
# Shares of yes. From SURE on no other values are asked about; from SAID on words say it, if no others say it
# more, and from TAKEN on others do; below DENIED none do. 30 contracts, of which three name no end: the end
# has .47 or more (25 of 27 .5), and the most of all dates; of others the most is .43, but for .57 beside an
# end in the same sentence. 21 fields of other texts: one of 13 true values below SAID (.38), of 8 that the
# text does not say four below DENIED.
SURE, TAKEN, SAID, DENIED = 0.5, 0.45, 0.4, 0.3
# Below, the model had something else to say than yes or no. The default one covers .98 or more; SmolLM2 135M,
# whose replies tell nothing here (.35 to .55 whatever is asked), .54 to .73.
COVERED = 0.9
MOST_OTHERS = 6  # other values weighed, the nearest to the one that the model gave: each takes a question

# A label, or a line of its own, tells too little: true dates of scanned receipts have .25 to .6, and of 30
# totals three right ones gave way to wrong ones. A sentence has more letters beside a value.
LEAST_LETTERS = 9
MOST_BEFORE, MOST_BEHIND = 240, 160
# “am 3. Mai” does not end behind the 3.
_ENDS = re.compile(r"(?<!\b\d)(?<!\b\d\d)[.!?…][\"'”’»)\]]*\s+|[。！？]|\s*\n\s*")

# Of the ways tried this one tells best: instructions, brackets around the words and examples blur it.
_INSTRUCTIONS = "You check what a sentence says."

_KINDS: dict[FieldType, Literal["number", "date"]] = {"date": "date", "amount": "number"}
_Span = tuple[int, int]


def is_weighed(field: Field, recipe: Recipe) -> bool:
    """Where examples show what is meant by a field, they count, and not its description alone."""
    shown = any(field.name in example.output for example in recipe.examples)
    return field.type in _KINDS and not (field.many or recipe.several_lines or shown)


def weighed_cell(field: Field, cell: Cell, place: Place, around: Surroundings, asking: Asking) -> Cell | None:
    """The cell of what the text says for the field, which may be another value than the model gave, or none.

    A value whose words do not say it gives way to another of the text whose words do; where there is none,
    the cell is empty, or in between its value unsure and without words that it rests on. What stands nowhere
    in the text and has no other in its place keeps its doubt. What stands there stays where the field is
    required, for every text says it, and where no sentence around it tells anything. None when cancelled.
    """
    if cell.value is None:
        return cell
    return _Weighing(field, place, around, asking).of(cell)


@dataclass(frozen=True, slots=True)
class _Weighing:
    """In one piece of a text."""

    field: Field
    place: Place
    around: Surroundings
    asking: Asking

    def of(self, cell: Cell) -> Cell | None:
        spans = self._spans(cell)
        if spans and (self.field.required or not self._tells(spans[0])):
            return cell
        given = self._most(spans[:1], SURE)
        if given is None or given[0] >= SURE:
            return given and cell
        others = self._most(self._others(spans), 0.0)
        if others is None:
            return None
        share, other = others
        if share >= TAKEN and share > given[0]:
            return cell_of(self.field, self.place.piece.text[slice(*other)], share, self.place, self.around)
        if given[0] >= SAID or not spans:
            return cell
        most = max(given[0], share)
        if most < DENIED:
            return Cell(self.field.name, None, 1 - most)
        return replace(cell, evidence=(), doubts=sorted_doubts({*cell.doubts, "unsure"}))

    def _tells(self, of: _Span) -> bool:
        """Whether there are words around."""
        text = self.place.piece.text
        first, last = around_words(text, of)
        beside = text[first : of[0]] + text[of[1] : last]
        return sum(letter.isalpha() for letter in beside) >= LEAST_LETTERS

    def _spans(self, cell: Cell) -> list[_Span]:
        """Where the piece says the cell's value, the place by the field's own words first."""
        stated = _stated(cell.value)
        kind, text, locate = _KINDS[self.field.type], self.place.piece.text, self.around.locate
        best = span(stated, kind, text, locate, self.field.name) if stated else None
        return [best, *(each for each in locate(stated, kind, text) if each != best)] if best else []

    def _others(self, spans: list[_Span]) -> list[_Span]:
        """Other values of the type, each once, the nearest to the given one first."""
        text, kind = self.place.piece.text, _KINDS[self.field.type]
        about = spans[0][0] if spans else 0
        found: dict[str, _Span] = {}
        for said in self.around.locate.readings(text, kind):
            each = (said.start, said.end)
            normal = normal_value(self.field, text[slice(*each)], self.around)
            if normal is not None and each not in spans and self._tells(each):
                found.setdefault(normal.stated, each)
        return sorted(found.values(), key=lambda each: abs(each[0] - about))[:MOST_OTHERS]

    def _most(self, spans: Sequence[_Span], unheard: float) -> tuple[float, _Span] | None:
        """The place whose words say most, with its share; 0.0 where there is none. None when cancelled."""
        best = (0.0, (0, 0))
        for each in spans:
            share = self._share(each, unheard)
            if share is None:
                return None
            best = max(best, (share, each), key=lambda found: found[0])
        return best

    def _share(self, of: _Span, unheard: float) -> float | None:
        """The share of yes, `unheard` where the model meant to reply with neither; None when cancelled."""
        scored = self.asking.weigh(weighing_messages(self.field, self.place.piece.text, of), (YES, NO))
        if scored is None:
            return None
        return scored.scores[0].probability if scored.covered >= COVERED else unheard


def weighing_messages(field: Field, text: str, of: _Span) -> list[Message]:
    """To be replied to with yes or no."""
    what = field.description.strip().rstrip(".") or f"the {field.name.replace('_', ' ')}"
    about = " ".join(text[slice(*around_words(text, of))].split())
    words = " ".join(text[slice(*of)].split())
    asked = f"Does this say that {words} is {what}? Reply {YES} or {NO}."
    return [Message("system", _INSTRUCTIONS), Message("user", f"“{about}”\n\n{asked}")]


def around_words(text: str, of: _Span) -> _Span:
    """The sentence, or the line, that the words stand in."""
    start, end = of
    first = max(0, start - MOST_BEFORE)
    *_, first = first, *(match.end() for match in _ENDS.finditer(text, first, start))
    behind = _ENDS.search(text, end, end + MOST_BEHIND)
    last = min(len(text), end + MOST_BEHIND) if behind is None else behind.start() + 1
    return first, last


def _stated(value: Any) -> str:
    """What the text says where it says the value of a cell; “” for what is none of its type."""
    if isinstance(value, dict):
        return format(abs(Decimal(str(value["value"]))), "f")
    return str(value)
