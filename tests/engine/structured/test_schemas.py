"""Which schemas are taken, which are refused and by what name, and what they say of values."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

import pytest

from engine.errors import SchemaUnsupported
from engine.structured import grammar
from engine.structured.guides import LARGEST
from engine.structured.keywords import AFTERWARDS, HELD, HELD_FORMATS
from engine.structured.schemas import MAX_CHARACTERS, check, invalid_at
from engine.structured.validation import LEGACY

DRAFT_4 = "http://json-schema.org/draft-04/schema#"
DRAFT_7 = "http://json-schema.org/draft-07/schema#"


def guide_of(schema: dict[str, Any]) -> dict[str, Any]:
    guide: dict[str, Any] = json.loads(check(schema).guide)
    return guide


def refusal(schema: Any) -> SchemaUnsupported:
    with pytest.raises(SchemaUnsupported) as caught:
        check(schema)
    return caught.value


# --- the table of keywords ---------------------------------------------------------------------------


@pytest.mark.parametrize("keyword", sorted(AFTERWARDS))
def test_llguidance_cannot_say_what_is_checked_afterwards(keyword: str) -> None:
    assert keyword in grammar.compile_error({keyword: {}})


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("type", "string"),
        ("enum", [1]),
        ("const", 1),
        ("anyOf", [{}]),
        ("allOf", [{}]),
        ("oneOf", [{}]),
        ("properties", {"a": {}}),
        ("required", ["a"]),
        ("additionalProperties", False),
        ("patternProperties", {"a": {}}),
        ("minProperties", 1),
        ("maxProperties", 1),
        ("items", {}),
        ("prefixItems", [{}]),
        ("minItems", 1),
        ("maxItems", 1),
        ("minLength", 1),
        ("maxLength", 1),
        ("pattern", "a"),
        ("format", "date"),
        ("minimum", 1),
        ("maximum", 1),
        ("exclusiveMinimum", 1),
        ("exclusiveMaximum", 1),
        ("multipleOf", 2),
    ],
)
def test_what_is_held_reaches_the_grammar(keyword: str, value: Any) -> None:
    assert keyword in HELD
    assert keyword in guide_of({keyword: value})
    assert check({keyword: value}).afterwards == ()


@pytest.mark.parametrize(
    ("keyword", "value", "good", "bad"),
    [
        ("not", {"type": "integer"}, "a", 1),
        ("contains", {"const": 1}, [2, 1], [2]),
        ("uniqueItems", True, [1, 2], [1, 1]),
        ("dependentRequired", {"a": ["b"]}, {"a": 1, "b": 2}, {"a": 1}),
        ("dependentSchemas", {"a": {"required": ["b"]}}, {"b": 2}, {"a": 1}),
        ("propertyNames", {"maxLength": 1}, {"a": 1}, {"ab": 1}),
        ("unevaluatedProperties", False, {}, {"a": 1}),
        ("unevaluatedItems", False, [], [1]),
    ],
)
def test_what_is_checked_afterwards_is_said_and_checked(
    keyword: str, value: Any, good: Any, bad: Any
) -> None:
    schema = check({keyword: value})
    assert schema.afterwards == (keyword,)
    assert invalid_at(schema, good) == ""
    assert invalid_at(schema, bad)


def test_if_then_else_is_checked_afterwards() -> None:
    schema = check({"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"required": ["c"]}})
    assert schema.afterwards == ("if",)
    assert invalid_at(schema, {"a": 1, "b": 1}) == ""
    assert invalid_at(schema, {"a": 1})


def test_one_of_that_may_overlap_is_checked_afterwards() -> None:
    schema = check({"oneOf": [{"type": "integer"}, {"type": "integer", "minimum": 5}]})
    assert schema.afterwards == ("oneOf",)
    assert invalid_at(schema, 3) == ""
    assert invalid_at(schema, 7)


def test_one_of_told_apart_by_a_constant_is_held() -> None:
    branches = [{"type": "object", "properties": {"k": {"const": k}}, "required": ["k"]} for k in "ab"]
    assert check({"oneOf": branches}).afterwards == ()


def test_bounds_on_optional_properties_are_checked_afterwards() -> None:
    schema = check({"properties": {name: {} for name in "abc"}, "minProperties": 2})
    assert schema.afterwards == ("maxProperties", "minProperties")
    assert invalid_at(schema, {"a": 1})


# --- refusals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schema", "keyword", "place"),
    [
        ({"items": {"$dynamicRef": "#a"}}, "$dynamicRef", "/items/$dynamicRef"),
        ({"properties": {"a/b": {"format": "iban"}}}, "format", "/properties/a~1b/format"),
        ({"items": {"pattern": "(?!a)b"}}, "pattern", "/items/pattern"),
        ({"pattern": "(a)\\1"}, "pattern", "/pattern"),
        ({"patternProperties": {"(?=a)": {}}}, "patternProperties", "/patternProperties/(?=a)"),
        ({"$schema": "http://json-schema.org/draft-03/schema#"}, "$schema", "/$schema"),
        ({"properties": {"a": {"type": "text"}}}, "type", "/properties/a/type"),
        ({"minLength": -1}, "minLength", "/minLength"),
        ({"items": {"$ref": "https://example.org/schema"}}, "$ref", "/items"),
        ({"$ref": "file:///etc/passwd"}, "$ref", ""),
        ({"$ref": "#/$defs/absent"}, "$ref", ""),
        ({"$ref": "#"}, "$ref", ""),
        ({"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}]}}, "$ref": "#/$defs/a"}, "$ref", "/$defs/a"),
        ({"type": "integer", "minimum": 5, "maximum": 3}, "", ""),
        ({"enum": []}, "", ""),
        ({"minimum": 10**400}, "", ""),
    ],
)
def test_a_refusal_names_keyword_and_place(schema: Any, keyword: str, place: str) -> None:
    error = refusal(schema)
    assert (error.keyword, error.place) == (keyword, place)
    assert str(error).endswith(".")


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "{'a': 1}", '{"minimum": NaN}', "[" * 100_000])
def test_what_is_no_json_object_is_refused(text: str) -> None:
    assert "cannot be promised" in str(refusal(text))


def test_a_schema_too_long_deep_or_wide_is_refused_quickly() -> None:
    deep: dict[str, Any] = {}
    for _ in range(150):
        deep = {"items": deep}
    started = time.process_time()
    for schema in (" " * (MAX_CHARACTERS + 1), deep, {"prefixItems": [{"type": "string"}] * 20_000}):
        assert not refusal(schema).keyword
    assert time.process_time() - started < 2


def test_part_of_a_schema_that_nothing_leads_to_is_no_reason_to_refuse() -> None:
    assert check({"type": "string", "$defs": {"unused": {"format": "iban", "$ref": "https://example.org"}}})


def test_formats_of_numbers_say_nothing() -> None:
    assert check({"type": "integer", "format": "int32"}).afterwards == ()


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: Any) -> None:
        raise AssertionError("looked for the network")

    monkeypatch.setattr(socket, "socket", forbidden)
    monkeypatch.setattr("urllib.request.urlopen", forbidden)
    schema = check({"$schema": DRAFT_7, "$id": "https://example.org/a", "items": {"$ref": "#/definitions/b"},
                    "definitions": {"b": {"type": "integer"}}})  # fmt: skip
    assert invalid_at(schema, [1]) == ""
    assert invalid_at(schema, ["a"])
    assert refusal({"$ref": "https://example.org/a"}).keyword == "$ref"


# --- drafts and references ---------------------------------------------------------------------------


def test_a_schema_without_a_draft_is_read_by_the_newest_that_takes_it() -> None:
    assert check({"items": {}}).draft == "Draft202012"
    assert check({"items": [{}]}).draft == "Draft7"
    assert check({"minimum": 1, "exclusiveMinimum": True}).draft == "Draft4"


def test_old_exclusive_bounds_are_understood() -> None:
    schema = check({"$schema": DRAFT_4, "type": "integer", "minimum": 1, "exclusiveMinimum": True})
    assert schema.draft in LEGACY
    assert invalid_at(schema, 1)
    assert invalid_at(schema, 2) == ""


def test_a_reference_through_the_schemas_own_name_stays_inside() -> None:
    schema = check({"$id": "https://example.org/a", "$defs": {"n": {"type": "null"}},
                    "items": {"$ref": "https://example.org/a#/$defs/n"}})  # fmt: skip
    assert invalid_at(schema, [None]) == ""
    assert invalid_at(schema, [1])


def test_names_of_parts_do_not_disturb_references() -> None:
    properties = {"p": {"id": "/p", "items": {}}, "q": {"$ref": "#/definitions/n"}}
    definitions = {"n": {"type": "null"}}
    schema = check({"$schema": DRAFT_4, "id": "/a", "definitions": definitions, "properties": properties})
    assert invalid_at(schema, {"q": 1})


def test_a_recursive_schema_is_taken() -> None:
    schema = check({"type": "array", "items": {"$ref": "#"}})
    assert invalid_at(schema, [[], [[]]]) == ""
    assert invalid_at(schema, [[1]])


# --- the guide ---------------------------------------------------------------------------------------


def test_an_object_with_named_properties_is_closed_for_the_model_only() -> None:
    schema = check({"type": "object", "properties": {"a": {}}})
    assert json.loads(schema.guide)["additionalProperties"] is False
    assert invalid_at(schema, {"b": 1}) == ""


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": {}}, "additionalProperties": {"type": "integer"}},
        {"properties": {"a": {}}, "required": ["b"]},
        {"properties": {"a": {}}, "minProperties": 2},
        {"properties": {"a": {}}, "allOf": [{"required": ["b"]}]},
    ],
)
def test_an_object_that_needs_other_properties_stays_open(schema: dict[str, Any]) -> None:
    assert guide_of(schema).get("additionalProperties") is not False


def test_branches_are_closed_only_where_nothing_else_looks_at_the_object() -> None:
    branch = {"type": "object", "properties": {"b": {}}}
    assert guide_of({"anyOf": [branch]})["anyOf"][0]["additionalProperties"] is False
    shared = guide_of({"properties": {"a": {}}, "anyOf": [branch]})
    assert "additionalProperties" not in shared["anyOf"][0]


def test_digits_are_bounded_but_never_past_the_schemas_own_bounds() -> None:
    assert guide_of({"type": "integer"})["maximum"] == LARGEST
    assert guide_of({"type": "integer", "minimum": 10**16}).get("maximum") is None
    assert "multipleOf" not in guide_of({"type": "number", "minimum": 0, "maximum": 1e-12})
    assert guide_of({"type": "number", "exclusiveMinimum": 0})["multipleOf"] == 1e-9


def test_words_for_people_do_not_reach_the_grammar() -> None:
    assert guide_of({"type": "null", "title": "t", "description": "d", "examples": [1], "x-own": 1}) == {
        "type": "null"
    }


# --- values ------------------------------------------------------------------------------------------


def test_a_fault_is_said_with_its_place() -> None:
    schema = check({"properties": {"a/b": {"items": {"minimum": 5}}}})
    assert invalid_at(schema, {"a/b": [7, 3]}) == "at “/a~1b/1”: 3 is less than the minimum of 5."


def test_multiples_are_those_of_decimal_numbers() -> None:
    schema = check({"type": "number", "multipleOf": 0.01})
    assert invalid_at(schema, 19.99) == ""
    assert invalid_at(schema, 19.999)


@pytest.mark.parametrize("draft", [DRAFT_4, DRAFT_7])
def test_a_pattern_means_the_same_in_grammar_and_check(draft: str) -> None:
    schema = check({"$schema": draft, "pattern": r"^\d+$"})
    assert invalid_at(schema, "123") == ""
    assert invalid_at(schema, "١٢٣")  # Python's own \d takes these, JSON Schema's does not


def test_patterns_decide_which_properties_are_additional() -> None:
    schema = check({"patternProperties": {"^n_": {"type": "integer"}}, "additionalProperties": False})
    assert invalid_at(schema, {"n_a": 1}) == ""
    assert invalid_at(schema, {"n_a": "x"})
    assert invalid_at(schema, {"a": 1})
    assert invalid_at(check({"additionalProperties": {"type": "null"}}), {"a": 1})


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("date", "2024-02-29", "2023-02-29"),
        ("date-time", "2024-01-01T10:00:00Z", "2024-01-01 10:00"),
        ("time", "10:00:00+01:00", "25:00:00Z"),
        ("duration", "P1DT2H", "1 day"),
        ("email", "a@example.org", "a at example.org"),
        ("hostname", "example.org", "-example"),
        ("ipv4", "127.0.0.1", "256.0.0.1"),
        ("ipv6", "::1", "1:2"),
        ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123e4567"),
        ("uri", "https://example.org/a?b#c", "no uri"),
        ("regex", "a+", "("),
        ("idn-email", "ü@example.org", "ü"),
    ],
)
def test_formats_are_checked(name: str, good: str, bad: str) -> None:
    schema = check({"format": name})
    assert ("format" in schema.afterwards) == (name not in HELD_FORMATS)
    assert invalid_at(schema, good) == ""
    assert invalid_at(schema, bad)
    assert invalid_at(schema, 5) == ""


def test_a_pattern_that_would_keep_python_busy_for_years_is_decided_at_once() -> None:
    started = time.process_time()
    assert invalid_at(check({"pattern": "^(a+)+$"}), "a" * 2000 + "!")
    assert time.process_time() - started < 1


def test_checking_a_value_ends_though_references_double() -> None:
    doubling = {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(40)}
    schema = check({"$defs": {**doubling, "a40": {"type": "integer"}}, "$ref": "#/$defs/a0"})
    assert "too long" in invalid_at(schema, 1)


def test_a_value_nested_too_deeply_is_a_fault_not_a_crash() -> None:
    value: list[Any] = []
    for _ in range(900):
        value = [value]
    assert "deeply" in invalid_at(check({"type": "array", "items": {"$ref": "#"}}), value)
