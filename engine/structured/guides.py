"""The narrower schema that llguidance makes its grammar of.

Objective: every value that fits the guide fits the schema, as far as the grammar can say it, and a small
model finds its way to the end. So the guide leaves out what the grammar cannot say (checked afterwards),
and shuts what a model would run off in: objects take only their named properties where the schema leaves it
open, numbers have bounded digits, dates are dates of the calendar. Nothing is lost that a schema asks for.
"""

from __future__ import annotations

from typing import Any

from engine.errors import SchemaUnsupported
from engine.structured.grammar import compile_error, warnings
from engine.structured.keywords import HELD, HELD_FORMATS, IN_PLACE
from engine.structured.references import target

LARGEST = 10**15  # beyond, doubles (what JSON readers use) skip integers
SMALLEST = 1e-9  # no more than nine digits after the point
OPEN = "open"  # among what was loosened: objects were left open as the schema has them

_DATE = (
    r"^(?:[1-9][0-9]{3}-(?:(?:0[13-9]|1[0-2])-[0-9]{2}|02-(?:[01][0-9]|2[0-8]))"
    r"|(?:[1-9][0-9](?:0[48]|[2468][048]|[13579][26])|(?:[2468][048]|[13579][26])00)-02-29)"
)
_TIME = r"[0-9:]{6}[0-5][0-9](?:\.[0-9]{1,6})?(?:Z|[+-][0-9:]{5})$"
# With llguidance's own grammar for the format: no 29 February in other years, year 0 or 60th second, which
# Python's readers refuse, and no endless digits.
_NARROWER = {
    "date": _DATE + "$",
    "date-time": _DATE + "T" + _TIME,
    "time": "^" + _TIME,
    "duration": r"^P?(?:T?[0-9]{1,4}[YMDHSW])+$",
}
# What llguidance says that it cannot do, and what is left out of the guide then. Open objects come first:
# nothing the schema asks for is lost by them.
_LOOSENED_FOR = (
    ("nsatisfiable", OPEN),
    ("min/maxProperties", "minProperties"),
    ("isjoint", "patternProperties"),
    ("atternProperties", "patternProperties"),
    ("'multipleOf'", "multipleOf"),
)
_ALONG = {"minProperties": ("minProperties", "maxProperties")}
_NAMED = (
    ("regex", "pattern"),
    ("Failed to generate regex for integer range", "minimum"),
    ("Failed to generate regex for float range", "minimum"),
    ("circular references", "$ref"),
    ("enum", "enum"),
)
_OPENS = frozenset(
    (
        "additionalProperties",
        "patternProperties",
        "minProperties",
        "if",
        "dependencies",
        "dependentSchemas",
        "dependentRequired",
        "allOf",
        "anyOf",
        "oneOf",
        "$ref",
    )
)


def guide(rules: dict[str, Any], *, siblings_of_ref: bool) -> tuple[dict[str, Any], frozenset[str]]:
    """The guide, and the keywords that only the finished reply is checked for though llguidance knows them.

    Raises:
        SchemaUnsupported: llguidance can make no grammar of it, even so.
    """
    loosened: frozenset[str] = frozenset()
    while True:
        narrower = _Guide(rules, loosened, siblings_of_ref).schema
        failure = compile_error(narrower)
        if not failure:
            coerced = {"oneOf"} if any("oneOf" in warning for warning in warnings(narrower)) else set()
            return narrower, (loosened - {OPEN}) | coerced
        more = next((what for sign, what in _LOOSENED_FOR if sign in failure and what not in loosened), None)
        if more is None:
            raise _refusal(failure)
        loosened |= set(_ALONG.get(more, (more,)))


def _refusal(failure: str) -> SchemaUnsupported:
    detail = " ".join(failure.split())[:200]
    if "nsatisfiable" in failure:
        return SchemaUnsupported("", "", f"no value can fit it ({detail})")
    keyword = next((keyword for sign, keyword in _NAMED if sign in failure), "")
    return SchemaUnsupported(keyword, "", detail)


class _Guide:
    """One translation. References become definitions of its own, one for each way a part is used."""

    def __init__(self, rules: dict[str, Any], loosened: frozenset[str], siblings_of_ref: bool) -> None:
        self._rules = rules
        self._kept = HELD - loosened
        self._may_close = OPEN not in loosened
        self._siblings_of_ref = siblings_of_ref
        self._names: dict[tuple[str, bool], str] = {}
        self._waiting: list[tuple[str, bool]] = []
        self.schema = self._whole()

    def _whole(self) -> dict[str, Any]:
        root = self._part(self._rules, alone=True)
        definitions = {}
        while self._waiting:
            reference, alone = key = self._waiting.pop()
            part = target(self._rules, reference)
            definitions[self._names[key]] = self._part(part, alone) if isinstance(part, dict) else part
        if definitions:
            root["$defs"] = definitions
        return root

    def _part(self, node: dict[str, Any], alone: bool) -> dict[str, Any]:
        """`alone`: no other schema looks at the same value, so it may be closed."""
        if "$ref" in node and not self._siblings_of_ref:
            node = {"$ref": node["$ref"]}
        held = {keyword: value for keyword, value in node.items() if keyword in self._kept}
        result: dict[str, Any] = {}
        for keyword, value in held.items():
            others = held.keys() - {keyword, "type"}
            same = keyword in IN_PLACE
            result |= self._keyword(keyword, value, alone and not others if same else True, held)
        _narrow_numbers(result)
        _narrow_format(result)
        if self._may_close and alone:
            _close(result, node)
        return result

    def _keyword(self, keyword: str, value: Any, alone: bool, held: dict[str, Any]) -> dict[str, Any]:
        match keyword:
            case "$ref":
                return {"$ref": self._reference(value, alone)}
            case "allOf" | "anyOf" | "oneOf" | "prefixItems":
                only = alone and (keyword != "allOf" or len(value) == 1)
                return {keyword: [self._sub(item, only) for item in value]}
            case "properties" | "patternProperties":
                return {keyword: {name: self._sub(item) for name, item in value.items()}}
            case "items" if isinstance(value, list):
                return {"prefixItems": [self._sub(item) for item in value]}
            case "additionalItems":  # means something beside a list of items only
                return {"items": self._sub(value)} if isinstance(held.get("items"), list) else {}
            case "items" | "additionalProperties":
                return {keyword: self._sub(value)}
            case "format":
                return {"format": value} if value in HELD_FORMATS and may_be(held, "string") else {}
        return {keyword: value}

    def _sub(self, value: Any, alone: bool = True) -> Any:
        return self._part(value, alone) if isinstance(value, dict) else value

    def _reference(self, reference: str, alone: bool) -> str:
        key = (reference, alone)
        if key not in self._names:
            self._names[key] = f"part{len(self._names)}"
            self._waiting.append(key)
        return f"#/$defs/{self._names[key]}"


def may_be(node: dict[str, Any], kind: str) -> bool:
    """Whether the `type` of a schema lets a value be of that kind."""
    types = node.get("type", kind)
    return bool(kind in types if isinstance(types, list) else types == kind)


def _close(part: dict[str, Any], node: dict[str, Any]) -> None:
    properties = part.get("properties")
    if properties and not _OPENS & node.keys() and set(part.get("required", ())) <= properties.keys():
        part["additionalProperties"] = False


def _narrow_numbers(part: dict[str, Any]) -> None:
    """Bound the digits of a number, where the schema's own bounds leave room for that."""
    kinds = part.get("type", [])
    numeric = {"integer", "number"} & set(kinds if isinstance(kinds, list) else [kinds])
    if not numeric or {"enum", "const"} & part.keys():
        return
    given = [part[key] for key in _BOUNDS if key in part and not isinstance(part[key], bool)]
    if any(abs(bound) > LARGEST for bound in given):
        return
    if "number" in numeric and "multipleOf" not in part and all(float(each).is_integer() for each in given):
        part["multipleOf"] = SMALLEST
    if "exclusiveMinimum" not in part:
        part.setdefault("minimum", -LARGEST)
    if "exclusiveMaximum" not in part:
        part.setdefault("maximum", LARGEST)


_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def _narrow_format(part: dict[str, Any]) -> None:
    pattern = _NARROWER.get(part.get("format", ""))
    if pattern is None:
        return
    if "pattern" in part:
        part["allOf"] = [*part.get("allOf", ()), {"pattern": pattern}]
    else:
        part["pattern"] = pattern
