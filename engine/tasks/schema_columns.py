"""What a JSON Schema asks for, as columns of a table and in words for a model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.structured.references import target
from engine.structured.schemas import Schema
from engine.tasks.values import Column, ColumnType

WHOLE = "value"
"""The one column of a schema whose top is no object with named properties."""
OTHER = "other"
"""What an open object holds beside its named properties."""

MOST_SHOWN = 4_000  # characters of a schema in a prompt: a small model learns no more from longer ones
_SILENT = frozenset(("$schema", "$id", "id", "$comment", "examples", "default", "title"))
_FORMATS: Mapping[str, ColumnType] = {"date": "date", "email": "email", "uri": "url"}
_PLAIN: Mapping[str, ColumnType] = {
    "string": "text",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
}


def schema_columns(schema: Schema) -> tuple[Column, ...]:
    """A column for each property of an object; one of JSON where the schema is something else."""
    if is_whole(schema):
        return (Column(WHOLE, "json"),)
    top = resolved(schema, schema.rules)
    columns = [_column(schema, name, node) for name, node in top["properties"].items()]
    if not _is_closed(schema) and OTHER not in top["properties"]:
        columns.append(Column(OTHER, "json"))
    return tuple(columns)


def is_whole(schema: Schema) -> bool:
    """Whether what comes out is one value, not an object with named properties."""
    top = resolved(schema, schema.rules)
    return top.get("type") != "object" or not top.get("properties")


def resolved(schema: Schema, node: Any) -> dict[str, Any]:
    """A part of the schema, its references followed; {} where anything goes."""
    for _ in range(16):
        if not isinstance(node, dict) or "$ref" not in node:
            break
        node = target(schema.rules, node["$ref"])
    return node if isinstance(node, dict) else {}


def property_of(schema: Schema, node: Mapping[str, Any], step: str | int) -> dict[str, Any]:
    """The part that says what stands at a key, or a place in a list; {} where it is not said directly."""
    if isinstance(step, str):
        return resolved(schema, node.get("properties", {}).get(step))
    items = node.get("items")
    if isinstance(items, list):
        return resolved(schema, items[step] if step < len(items) else None)
    return resolved(schema, items)


def _is_closed(schema: Schema) -> bool:
    """Whether a model can only write the named properties: the guide shuts what the schema leaves open."""
    guide = json.loads(schema.guide)
    if "$ref" in guide:
        guide = target(guide, guide["$ref"])
    return isinstance(guide, dict) and guide.get("additionalProperties") is False


def _column(schema: Schema, name: str, part: Any) -> Column:
    node = resolved(schema, part)
    if labels := _labels(node):
        return Column(name, "choice", False, labels)
    if _types(node) == {"array"} and isinstance(node.get("items"), dict):
        inner = _column(schema, name, node["items"])
        if inner.type != "json" and not inner.many:
            return Column(name, inner.type, True, inner.labels)
    return Column(name, _type(node))


def _labels(node: Mapping[str, Any]) -> tuple[str, ...]:
    values = [value for value in node.get("enum", ()) if value is not None]
    return tuple(values) if all(isinstance(value, str) for value in values) else ()


def _types(node: Mapping[str, Any]) -> set[str]:
    types = node.get("type", [])
    return set(types if isinstance(types, list) else [types]) - {"null"}


def _type(node: Mapping[str, Any]) -> ColumnType:
    types = _types(node)
    if len(types) != 1:
        return "json"
    (kind,) = types
    if kind == "string":
        return _FORMATS.get(str(node.get("format")), "text")
    return _PLAIN.get(kind, "json")


def shown(schema: Schema) -> str:
    """The schema for a prompt: whole without what says nothing about values, or its first level."""
    whole = json.dumps(_said(schema.rules), ensure_ascii=False)
    if len(whole) <= MOST_SHOWN:
        return whole
    top = resolved(schema, schema.rules)
    lines = []
    for name, node in top.get("properties", {}).items():
        part = resolved(schema, node)
        about = " ".join(str(part.get("description", "")).split())[:200]
        lines.append(f"- {name} ({part.get('type', 'any')}){': ' if about else ''}{about}")
    return "\n".join(lines)[:MOST_SHOWN]


def _said(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: _said(value)
            for key, value in node.items()
            if key not in _SILENT or isinstance(value, dict)  # a property may have such a name
        }
    return [_said(value) for value in node] if isinstance(node, list) else node
