"""What becomes of each keyword of JSON Schema.

    held        the grammar keeps to it while the model writes
    afterwards  only the finished reply is checked for it (with one repair attempt)
    refused     neither: the schema is refused by the keyword's name
    ignored     says nothing about values (titles, unknown keywords); JSON Schema asks to ignore those

    type enum const $ref anyOf allOf properties required additionalProperties items prefixItems
    additionalItems minItems maxItems minLength maxLength pattern minimum maximum exclusiveMinimum
    exclusiveMaximum multipleOf                                                                     held
    patternProperties minProperties maxProperties oneOf    held where llguidance can say them, else afterwards
    not if/then/else contains minContains maxContains uniqueItems dependencies dependentRequired
    dependentSchemas propertyNames unevaluatedItems unevaluatedProperties                     afterwards
    format    `HELD_FORMATS` held, `CHECKED_FORMATS` afterwards, any other format of a text refused
    $dynamicRef $recursiveRef, a $ref out of the schema, look-around in a pattern               refused

Source: llguidance's list of implemented keywords (parser/src/json/schema.rs), each tried alone with
version 1.9.1 (`tests/engine/structured/test_schemas.py` repeats it); jsonschema's `VALIDATORS` for the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

HELD = frozenset(
    (
        "type",
        "enum",
        "const",
        "anyOf",
        "allOf",
        "oneOf",
        "$ref",
        "properties",
        "required",
        "additionalProperties",
        "patternProperties",
        "minProperties",
        "maxProperties",
        "items",
        "prefixItems",
        "additionalItems",
        "minItems",
        "maxItems",
        "minLength",
        "maxLength",
        "pattern",
        "format",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
    )
)
AFTERWARDS = frozenset(
    (
        "not",
        "if",
        "contains",
        "uniqueItems",
        "dependencies",
        "dependentRequired",
        "dependentSchemas",
        "propertyNames",
        "unevaluatedItems",
        "unevaluatedProperties",
    )
)
# Their meaning hangs on how the schema was reached; jsonschema would follow them without an end in sight.
REFUSED = frozenset(("$dynamicRef", "$recursiveRef"))

HELD_FORMATS = frozenset(
    (
        "date-time",
        "date",
        "time",
        "duration",
        "email",
        "hostname",
        "ipv4",
        "ipv6",
        "uuid",
        "uri",
    )
)
CHECKED_FORMATS = frozenset(("idn-email", "regex"))  # the checks that jsonschema brings without extras

_ONE = frozenset(
    (
        "additionalItems",
        "additionalProperties",
        "contains",
        "items",
        "not",
        "if",
        "then",
        "else",
        "propertyNames",
        "unevaluatedItems",
        "unevaluatedProperties",
    )
)
_LIST = frozenset(("allOf", "anyOf", "oneOf", "prefixItems", "items"))
_MAP = frozenset(("properties", "patternProperties", "dependentSchemas", "dependencies"))
# These look at the same value as the schema that they stand in.
IN_PLACE = frozenset(
    (
        "$ref",
        "allOf",
        "anyOf",
        "oneOf",
        "not",
        "if",
        "then",
        "else",
        "dependentSchemas",
        "dependencies",
    )
)


def children(node: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """The schemas directly in a schema: keyword, JSON pointer from here, schema. Definitions do not count:
    they say nothing until a `$ref` leads to them."""
    for keyword, value in node.items():
        if keyword in _ONE and isinstance(value, dict | bool):
            yield keyword, f"/{keyword}", value
        elif keyword in _LIST and isinstance(value, list):
            yield from ((keyword, f"/{keyword}/{index}", item) for index, item in enumerate(value))
        elif keyword in _MAP and isinstance(value, dict):
            for name, item in value.items():
                if isinstance(item, dict | bool):
                    yield keyword, f"/{keyword}/{escape(name)}", item


def escape(name: str) -> str:
    """A name as one step of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
