"""The JSON Schema that a model is held to while it fills a recipe's fields."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from engine.errors import RecipeInvalid
from engine.tasks.recipe import Field, FieldType

MOST_VALUES = 100  # in one list of one piece; a model that goes round in circles ends there
MOST_FIELDS = 60
LINES = "items"

# What a model has only to copy is copied, and read by code: a date or an amount that it rewrites it gets
# wrong more often, and its words can be found again.
_TYPES = {"integer": "integer", "boolean": "boolean"}
LONGEST_TEXT = 800  # characters of one value

# One number with its sign and unit, or one in words. Without that, the default model went on from one amount
# of a receipt to the next until its tokens ran out, in 3 of 18.
_NUMBER = r"^(?:[^0-9\n]{0,12}[0-9]{1,20}(?:[.,'’][0-9]{1,20}| [0-9]{3}){0,8}[^0-9\n]{0,16}|[^0-9\n]{1,40})$"
_SHAPES: dict[FieldType, dict[str, Any]] = {
    "text": {"maxLength": LONGEST_TEXT},
    "number": {"pattern": _NUMBER},
    "amount": {"pattern": _NUMBER},
    "date": {"pattern": r"^[^\n]{1,40}$"},
    "email": {"pattern": r"^[^\s]{3,254}$"},
    "phone": {"pattern": r"^[^\n]{3,40}$"},
    "url": {"pattern": r"^[^\s]{3,800}$"},
    "iban": {"pattern": r"^[^\n]{3,60}$"},
}


def field_schema(fields: Sequence[Field], *, several_lines: bool) -> str:
    """An object with every field, null where the text does not say; or, under `LINES`, a list of such."""
    line = {
        "type": "object",
        "properties": {field.name: _property(field) for field in fields},
        "required": [field.name for field in fields],
        "additionalProperties": False,
    }
    if several_lines:
        line = {
            "type": "object",
            "properties": {LINES: {"type": "array", "items": line, "maxItems": MOST_VALUES}},
            "required": [LINES],
            "additionalProperties": False,
        }
    return json.dumps(line, ensure_ascii=False)


def _property(field: Field) -> dict[str, Any]:
    if field.many:
        return {"type": "array", "items": _value(field), "maxItems": MOST_VALUES}
    value = _value(field)
    if field.type == "choice":
        return {"enum": [*value["enum"], None]}
    return value | {"type": [value["type"], "null"]}


def _value(field: Field) -> dict[str, Any]:
    if field.type == "choice":
        return {"enum": list(field.choices)}
    return {"type": _TYPES.get(field.type, "string"), **_SHAPES.get(field.type, {})}


def check_fields(fields: Sequence[Field]) -> None:
    """Raises RecipeInvalid: there are none, two of a name, too many, or a choice without choices."""
    if not fields:
        raise RecipeInvalid("it has no fields.", "fields")
    if len(fields) > MOST_FIELDS:
        raise RecipeInvalid(
            f"it has {len(fields)} fields; at most {MOST_FIELDS} can be filled at once.", "fields"
        )
    seen: set[str] = set()
    for field in fields:
        if not field.name.strip():
            raise RecipeInvalid("a field has no name.", "fields")
        place = f"fields › {field.name}"
        if field.name in seen:
            raise RecipeInvalid("two fields have this name.", place)
        seen.add(field.name)
        if field.type == "choice" and len(set(field.choices) - {""}) < 2:
            raise RecipeInvalid("a choice needs at least two different values.", place)
