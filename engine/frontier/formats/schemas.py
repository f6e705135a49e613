"""A JSON Schema in what a provider can hold a model to.

Each provider knows a part of JSON Schema and refuses a request with the rest. So what only narrows a value
(bounds, lengths) is told in the description instead; the reply is checked against the whole schema
afterwards, as any model's (`engine.structured.replies`). A schema that cannot be said so without keeping
right values out is told in words.

Source: the providers' pages on structured outputs, November 2026; `transform_schema` of the SDK `anthropic`
2.13 and `_ensure_strict_json_schema` of `openai` 3.57.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from engine.frontier.formats import json_bytes

DEEPEST = 32

_STRUCTURE = frozenset(
    ("type", "properties", "required", "additionalProperties", "items", "anyOf", "enum", "const", "$ref",
     "$defs", "definitions", "title", "description")
)  # fmt: skip
# These narrow only: a schema without them lets in all values that it let in before, and some more.
_NARROWS = frozenset(
    ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
     "pattern", "format", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties")
)  # fmt: skip
_SILENT = frozenset(("$schema", "$id", "$comment", "default", "examples", "deprecated"))
_TYPE_OF = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}


class Unfit(Exception):
    """The schema cannot be said to this provider."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one provider knows. `held` narrows and may be said; `all_required`: every property must be.

    `typed_enums`: an enum needs its type beside it. `most_unions`, `most_optional`, `most_properties`: more
    are refused.
    """

    held: frozenset[str] = frozenset()
    all_required: bool = False
    typed_enums: bool = False
    recursive: bool = True
    most_unions: int = 1_000_000
    most_optional: int = 1_000_000
    most_properties: int = 1_000_000
    most_choices: int = 1_000_000


OPENAI = Dialect(
    frozenset(
        ("pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems",
         "maxItems")
    ),
    all_required=True,
    typed_enums=True,
    most_properties=5_000,
    most_choices=1_000,
)  # fmt: skip
ANTHROPIC = Dialect(recursive=False, most_unions=16, most_optional=24)
GOOGLE = Dialect(frozenset(("minimum", "maximum", "minItems", "maxItems")), typed_enums=True)


def fitted(schema: str, dialect: Dialect) -> dict[str, Any] | None:
    """The schema as the provider takes it; None where it must be told in words."""
    try:
        rules = json_bytes.value(schema)
        if not isinstance(rules, dict) or rules.get("type") != "object":
            return None  # a reply is an object, for all of them
        return _Fitting(dialect, rules).rules(rules, 0)
    except (Unfit, ValueError):
        return None


class _Fitting:
    def __init__(self, dialect: Dialect, root: dict[str, Any]) -> None:
        self._dialect = dialect
        self._root = root
        self._unions = self._optional = self._properties = self._choices = 0
        self._named = frozenset(name for key in ("$defs", "definitions") for name in self._definitions(key))

    def _definitions(self, key: str) -> dict[str, Any]:
        found = self._root.get(key, {})
        return found if isinstance(found, dict) else {}

    def rules(self, rules: Any, depth: int) -> dict[str, Any]:
        if not isinstance(rules, dict) or not rules or depth > DEEPEST:
            raise Unfit
        if rules.keys() - _STRUCTURE - _NARROWS - _SILENT:
            raise Unfit
        said = {key: self._one(key, value, depth) for key, value in rules.items() if self._is_said(key)}
        untold = {key: value for key, value in rules.items() if key in _NARROWS and key not in said}
        if untold:
            words = json.dumps(untold, ensure_ascii=False)
            said["description"] = f"{said['description']}\n\n{words}" if "description" in said else words
        self._check_object(rules, said)
        self._type_choices(said)
        self._count(said)
        return said

    def _is_said(self, key: str) -> bool:
        return key in _STRUCTURE or key in self._dialect.held

    def _one(self, key: str, value: Any, depth: int) -> Any:
        if key in ("properties", "$defs", "definitions"):
            if not isinstance(value, dict):
                raise Unfit
            return {name: self.rules(each, depth + 1) for name, each in value.items()}
        if key == "items":
            return self.rules(value, depth + 1)
        if key == "anyOf":
            if not isinstance(value, list) or not value:
                raise Unfit
            return [self.rules(each, depth + 1) for each in value]
        if key == "$ref" and (not self._dialect.recursive or not str(value).startswith("#/")):
            raise Unfit
        if key in ("enum", "const"):
            choices = value if key == "enum" and isinstance(value, list) else [value]
            self._choices += len(choices)
            if any(isinstance(choice, (list, dict)) for choice in choices):
                raise Unfit
        return value

    def _check_object(self, rules: dict[str, Any], said: dict[str, Any]) -> None:
        """Objects are closed for all of them; one that may hold other properties cannot be said."""
        if "object" not in _types(rules):
            return
        named, required = said.get("properties", {}), said.get("required", [])
        if rules.get("additionalProperties") is not False or set(required) - set(named):
            raise Unfit
        optional = len(named) - len(required)
        self._optional += optional
        self._properties += len(named)
        if self._dialect.all_required and optional:
            raise Unfit

    def _type_choices(self, said: dict[str, Any]) -> None:
        if not self._dialect.typed_enums:
            return
        if "const" in said:
            said["enum"] = [said.pop("const")]
        if "enum" in said and "type" not in said:
            types = list(dict.fromkeys(_TYPE_OF[type(choice)] for choice in said["enum"]))
            said["type"] = types[0] if len(types) == 1 else types

    def _count(self, said: dict[str, Any]) -> None:
        self._unions += "anyOf" in said or len(_types(said)) > 1
        dialect = self._dialect
        if (
            self._unions > dialect.most_unions
            or self._optional > dialect.most_optional
            or self._properties > dialect.most_properties
            or self._choices > dialect.most_choices
        ):
            raise Unfit


def _types(rules: dict[str, Any]) -> list[Any]:
    types = rules.get("type", [])
    return types if isinstance(types, list) else [types]
