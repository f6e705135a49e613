"""Fields that rules fill: what has a shape of its own is found in the text without a model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from engine.tasks.normalising import emails, ibans, phones, urls
from engine.tasks.normalising.normal import Candidate, Surroundings
from engine.tasks.normalising.values import normal_value
from engine.tasks.quotes import quote
from engine.tasks.recipe import Field, FieldType, Recipe
from engine.tasks.values import Cell, Doubt, TaskText

_CANDIDATES: Mapping[FieldType, Callable[[str], list[Candidate]]] = {
    "email": emails.candidates,
    "phone": phones.candidates,
    "url": urls.candidates,
    "iban": ibans.candidates,
}


def ruled_cells(recipe: Recipe, text: TaskText, around: Surroundings) -> dict[str, Cell]:
    """The cells that need no model, by column.

    No candidate in the text: there is no value, whatever a model would say. Exactly one, and one field that
    asks for such: it is the value; a field for many takes all. Where there are lines, or several fields of
    the type, or several candidates for one value, a model says which is meant.
    """
    asked = Counter(field.type for field in recipe.fields)
    found: dict[FieldType, list[Candidate]] = {}
    cells = {}
    for field in recipe.fields:
        if field.type not in _CANDIDATES:
            continue
        if field.type not in found:
            found[field.type] = _CANDIDATES[field.type](text.text)
        alone = asked[field.type] == 1 and not recipe.several_lines
        cell = _cell(field, found[field.type], alone, text, around)
        if cell is not None:
            cells[field.name] = cell
    return cells


def _cell(
    field: Field, candidates: Sequence[Candidate], alone: bool, text: TaskText, around: Surroundings
) -> Cell | None:
    if not candidates:
        missing: tuple[Doubt, ...] = ("missing",) if field.required else ()
        return Cell(field.name, [] if field.many else None, 1.0, (), missing, "rules")
    sure = [candidate for candidate in candidates if candidate.sure]
    if not alone or not sure or (not field.many and len(_different(sure, text)) > 1):
        return None
    values, evidence = [], []
    doubts: set[Doubt] = set()
    for candidate in sure:
        words = text.text[candidate.start : candidate.end]
        normal = normal_value(field, words, around)
        value = normal.value if normal else words
        if value not in values:
            values.append(value)
            evidence.append(quote(text, candidate.start, candidate.end))
        if normal is None:
            doubts.add("invalid")
    return Cell(
        field.name,
        values if field.many else values[0],
        1.0,
        tuple(evidence),
        tuple(sorted(doubts)),
        "rules",
    )


def _different(candidates: Sequence[Candidate], text: TaskText) -> set[str]:
    return {"".join(text.text[candidate.start : candidate.end].split()).lower() for candidate in candidates}
