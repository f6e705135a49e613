"""Which JSON Schemas can be promised. `engine.structured.keywords` has the table, keyword by keyword."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from engine.errors import SchemaUnsupported
from engine.structured.guides import guide, may_be
from engine.structured.keywords import AFTERWARDS, CHECKED_FORMATS, HELD_FORMATS, REFUSED, escape
from engine.structured.patterns import compiles
from engine.structured.references import local
from engine.structured.validation import LEGACY, DraftName, draft_of, first_fault

MAX_CHARACTERS = 1_000_000
MAX_NESTING = 100  # of JSON in JSON; llguidance's own reader stops at 128
MAX_PARTS = 10_000  # objects and lists in it: 3 s of checking; the largest of 299 real ones has 2,500
_KEPT = 64  # checked schemas


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema that can be promised.

    `text` is the schema as it was given, `guide` the narrower one that the grammar is made of.
    `afterwards` are the keywords that only the finished reply is checked for. `rules` is what it is checked
    by; not to be changed.
    """

    text: str
    guide: str = field(compare=False, repr=False)
    afterwards: tuple[str, ...] = field(compare=False)
    draft: DraftName = field(compare=False)
    rules: dict[str, Any] = field(compare=False, repr=False)


def check(schema: Mapping[str, Any] | str) -> Schema:
    """The schema, parsed and proven to be one that can be kept to. Quick for one that was checked lately.

    Raises:
        SchemaUnsupported: it is no JSON Schema, too large, or asks for what can neither be held nor checked.
    """
    if isinstance(schema, str):
        return _check(schema)
    return _check(json.dumps(schema, ensure_ascii=False))


@lru_cache(_KEPT)
def _check(text: str) -> Schema:
    rules = _parsed(text)
    draft = draft_of(rules)
    places = local(rules)
    for pointer, node in places.items():
        _refuse(pointer, node, draft)
    narrower, loosened = guide(rules, siblings_of_ref=draft not in LEGACY)
    used = {keyword for node in places.values() for keyword in node if keyword in AFTERWARDS}
    formats = {"format" for node in places.values() if node.get("format") in CHECKED_FORMATS}
    return Schema(
        text,
        json.dumps(narrower, ensure_ascii=False),
        tuple(sorted(used | formats | loosened)),
        draft,
        rules,
    )


def _parsed(text: str) -> dict[str, Any]:
    if len(text) > MAX_CHARACTERS:
        raise SchemaUnsupported("", "", f"it is longer than {MAX_CHARACTERS:,} characters")
    try:
        rules = json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise SchemaUnsupported("", "", "it is nested too deeply") from None
    except ValueError as error:
        raise SchemaUnsupported("", "", f"it is not JSON: {str(error)[:100]}") from None
    if not isinstance(rules, dict):
        raise SchemaUnsupported("", "", "it is not a JSON object")
    _refuse_size(rules)
    return rules


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _refuse_size(rules: dict[str, Any]) -> None:
    depth, parts = 0, 0
    level: list[Any] = [rules]
    while level:
        depth, parts = depth + 1, parts + len(level)
        if depth > MAX_NESTING:
            raise SchemaUnsupported("", "", f"it is nested more than {MAX_NESTING} deep")
        if parts > MAX_PARTS:
            raise SchemaUnsupported("", "", f"it has more than {MAX_PARTS:,} parts")
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]


def _refuse(pointer: str, node: dict[str, Any], draft: DraftName) -> None:
    unknown = sorted(REFUSED & node.keys())
    if unknown:
        raise SchemaUnsupported(unknown[0], f"{pointer}/{unknown[0]}")
    if isinstance(node.get("pattern"), str):
        _refuse_pattern(node["pattern"], "pattern", f"{pointer}/pattern")
    for pattern in node.get("patternProperties", ()):
        _refuse_pattern(pattern, "patternProperties", f"{pointer}/patternProperties/{escape(pattern)}")
    name = node.get("format", "date")
    if name not in HELD_FORMATS | CHECKED_FORMATS and may_be(node, "string"):
        raise SchemaUnsupported("format", f"{pointer}/format", f"“{str(name)[:80]}” is not known")
    if "unevaluatedProperties" in node and "patternProperties" in json.dumps(node):
        # jsonschema would match these with Python's `re`, which a foreign pattern can keep busy for years.
        raise SchemaUnsupported("unevaluatedProperties", f"{pointer}/unevaluatedProperties")


def _refuse_pattern(pattern: str, keyword: str, place: str) -> None:
    why = compiles(pattern)
    if why:
        raise SchemaUnsupported(keyword, place, " ".join(why.split())[:200])


def invalid_at(schema: Schema, value: Any) -> str:
    """What is wrong with a value, in a sentence with the place; empty when it fits."""
    return first_fault(schema.rules, schema.draft, value)
