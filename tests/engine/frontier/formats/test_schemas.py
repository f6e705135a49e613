from __future__ import annotations

import json
from typing import Any

import pytest

from engine.frontier.formats.schemas import ANTHROPIC, GOOGLE, OPENAI, Dialect, fitted
from engine.structured.schemas import check, invalid_at
from engine.tasks.field_schema import field_schema
from engine.tasks.recipe import Field

ALL = {"openai": OPENAI, "anthropic": ANTHROPIC, "google": GOOGLE}


def closed(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def fit(rules: Any, dialect: Dialect) -> Any:
    return fitted(json.dumps(rules), dialect)


@pytest.mark.parametrize("name", ALL)
def test_a_plain_schema_is_said_as_it_is(name: str) -> None:
    rules = closed(name={"type": "string", "description": "Whose"}, count={"type": ["integer", "null"]})
    assert fit(rules, ALL[name]) == rules


def test_what_only_narrows_is_told_in_the_description() -> None:
    rules = closed(
        text={"type": "string", "maxLength": 5, "pattern": "^a"}, n={"type": "number", "minimum": 1}
    )
    assert fit(rules, OPENAI)["properties"] == {
        "text": {"type": "string", "pattern": "^a", "description": '{"maxLength": 5}'},
        "n": {"type": "number", "minimum": 1},
    }
    assert fit(rules, ANTHROPIC)["properties"]["n"] == {"type": "number", "description": '{"minimum": 1}'}


def test_a_description_that_is_there_stays() -> None:
    rules = closed(text={"type": "string", "description": "A name.", "maxLength": 5})
    assert fit(rules, GOOGLE)["properties"]["text"]["description"] == 'A name.\n\n{"maxLength": 5}'


@pytest.mark.parametrize(
    "rules",
    [
        {"type": "array", "items": {"type": "string"}},
        {"type": "object"},
        {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
        closed(a={"not": {"type": "string"}}),
        closed(a={"oneOf": [{"type": "string"}]}),
        closed(a={"type": "object", "additionalProperties": True}),
        closed(a={}),
        closed(a=True),
        closed(a={"anyOf": []}),
        closed(a={"enum": [{"b": 1}, 2]}),
        {"type": "object", "properties": {}, "required": ["a"], "additionalProperties": False},
        [],
        3,
    ],
)
@pytest.mark.parametrize("name", ALL)
def test_what_cannot_be_said_is_told_in_words(name: str, rules: Any) -> None:
    assert fit(rules, ALL[name]) is None


def test_optional_properties_are_not_made_required() -> None:
    rules = closed(a={"type": "string"}, b={"type": "string"}) | {"required": ["a"]}
    assert fit(rules, OPENAI) is None
    assert fit(rules, ANTHROPIC) == rules


def test_an_enum_has_its_type_beside_it_where_that_is_wanted() -> None:
    rules = closed(a={"enum": ["x", None]}, b={"const": 3})
    assert fit(rules, OPENAI)["properties"] == {
        "a": {"enum": ["x", None], "type": ["string", "null"]},
        "b": {"enum": [3], "type": "integer"},
    }
    assert fit(rules, ANTHROPIC)["properties"] == rules["properties"]


def test_too_many_unions_or_choices_are_told_in_words() -> None:
    many = closed(**{f"f{n}": {"type": ["string", "null"]} for n in range(17)})
    assert fit(many, ANTHROPIC) is None
    assert fit(many, OPENAI) is not None
    assert fit(closed(a={"enum": [str(n) for n in range(1001)]}), OPENAI) is None


def test_a_schema_without_an_end_is_told_in_words() -> None:
    deep: Any = {"type": "string"}
    for _ in range(50):
        deep = {"type": "array", "items": deep}
    assert fit(closed(a=deep), OPENAI) is None
    assert fitted('{"a": ' * 5000, OPENAI) is None
    assert fitted("{broken", OPENAI) is None


def test_references_stay_within_the_schema() -> None:
    node = closed(next={"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]})
    rules = closed(first={"$ref": "#/$defs/node"}) | {"$defs": {"node": node}}
    assert fit(rules, OPENAI) == rules
    assert fit(rules, ANTHROPIC) is None  # it refuses what contains itself
    assert fit(closed(a={"$ref": "https://example.org/x"}), OPENAI) is None


FIELDS = (
    Field("Vendor", "text"),
    Field("Total", "amount"),
    Field("Due", "date"),
    Field("Kind", "choice", choices=("invoice", "reminder")),
    Field("Paid", "boolean"),
    Field("Items", "text", many=True),
)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("several", [False, True])
def test_the_schemas_of_our_own_tasks_are_held_by_all_and_let_in_what_is_right(
    name: str, several: bool
) -> None:
    schema = field_schema(FIELDS, several_lines=several)
    said = fitted(schema, ALL[name])
    assert said is not None
    line = {"Vendor": "A", "Total": "3 €", "Due": None, "Kind": "invoice", "Paid": True, "Items": ["x"]}
    value = {"items": [line]} if several else line
    for rules in (schema, json.dumps(said)):
        assert not invalid_at(check(rules), value)
