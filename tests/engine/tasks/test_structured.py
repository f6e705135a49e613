from __future__ import annotations

import json
from typing import Any

import pytest

from engine.errors import RecipeInvalid
from engine.structured.schemas import check
from engine.tasks.kinds.registry import kind_of
from engine.tasks.kinds.structured import KIND
from engine.tasks.pieces import PIECE_CHARACTERS
from engine.tasks.recipe import Example, Field, Recipe
from engine.tasks.schema_columns import MOST_SHOWN, schema_columns, shown
from engine.tasks.values import Cell, Column, TaskText
from tests.fakes.filling import FillingModel, filling_tools
from tests.fakes.model import never

ORDER = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "An order",
    "type": "object",
    "properties": {
        "customer": {"type": "string", "description": "who writes"},
        "day": {"type": ["string", "null"], "format": "date"},
        "urgent": {"type": "boolean"},
        "size": {"enum": ["small", "large", None]},
        "emails": {"type": "array", "items": {"$ref": "#/$defs/mail"}},
        "positions": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"product": {"type": "string"}, "count": {"type": "integer"}},
                "required": ["product", "count"],
            },
        },
    },
    "required": ["customer"],
    "$defs": {"mail": {"type": "string", "format": "email"}},
}
TEXT = "Ann Okafor writes on 3 May 2026: twelve oak shelves, and 3 brass taps please. ann@example.com"


def recipe(schema: Any, **more: Any) -> Recipe:
    return Recipe("r", "structured", schema=json.dumps(schema), **more)


def line(of: Recipe, text: str, model: FillingModel) -> dict[str, Cell]:
    KIND.check(of)
    outcome = KIND.work(of, TaskText(text), filling_tools(model), cancelled=never)
    assert outcome is not None
    (cells,) = outcome.lines
    return {cell.column: cell for cell in cells}


def saying(value: Any) -> FillingModel:
    return FillingModel(lambda _text: json.dumps(value, ensure_ascii=False))


def test_columns_are_the_properties_of_the_object() -> None:
    assert KIND.columns(recipe(ORDER)) == (
        Column("customer", "text"), Column("day", "date"), Column("urgent", "boolean"),
        Column("size", "choice", labels=("small", "large")), Column("emails", "email", many=True),
        Column("positions", "json"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("schema", "columns"),
    [
        ({"type": "array", "items": {"type": "string"}}, (Column("value", "json"),)),
        ({"type": "object", "additionalProperties": {"type": "number"}}, (Column("value", "json"),)),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"type": "object", "properties": {"b": {"type": "number"}}}}},
         (Column("b", "number"),)),
        ({"type": "object", "properties": {"value": {}}}, (Column("value", "json"),)),
        ({"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": True},
         (Column("a", "integer"), Column("other", "json"))),
        ({}, (Column("value", "json"),)),
    ],
)  # fmt: skip
def test_a_schema_of_any_form_has_columns(schema: Any, columns: tuple[Column, ...]) -> None:
    assert schema_columns(check(json.dumps(schema))) == columns


def test_what_is_written_becomes_cells_that_are_looked_up_in_the_text() -> None:
    order = {
        "customer": "Ann Okafor", "day": "2026-05-03", "urgent": False, "size": "small",
        "emails": ["ann@example.com"],
        "positions": [{"product": "oak shelves", "count": 12}, {"product": "brass taps", "count": 3}],
    }  # fmt: skip
    found = line(recipe(ORDER), TEXT, saying(order))
    assert {name: cell.value for name, cell in found.items()} == order
    assert not any(cell.doubts for cell in found.values())
    assert [quote.text for quote in found["day"].evidence] == ["3 May 2026"]
    assert {quote.text for quote in found["positions"].evidence} == {
        "oak shelves",
        "twelve",
        "brass taps",
        "3",
    }
    assert found["customer"].confidence == pytest.approx(0.99)


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"customer": "Bob"}, "customer"),
        ({"day": "2026-05-04"}, "day"),
        ({"emails": ["ann@example.com", "b@c.de"]}, "emails"),
        ({"positions": [{"product": "oak shelves", "count": 13}]}, "positions"),
        ({"positions": [{"product": "doors", "count": 12}]}, "positions"),
    ],
)
def test_a_leaf_that_stands_nowhere_marks_its_cell(changed: dict[str, Any], column: str) -> None:
    found = line(recipe(ORDER), TEXT, saying({"customer": "Ann Okafor"} | changed))
    assert [name for name, cell in found.items() if cell.doubts] == [column]
    assert found[column].doubts == ("not_in_text",)


def test_a_long_text_in_the_models_own_words_is_not_looked_up() -> None:
    summary = {"type": "object", "properties": {"summary": {"type": "string"}}}
    words = "Somebody orders furniture and fittings for a kitchen or a shop, " * 3
    assert line(recipe(summary), TEXT, saying({"summary": words}))["summary"].doubts == ()


def test_what_is_left_out_or_a_word_for_nothing_is_none() -> None:
    found = line(recipe(ORDER), TEXT, saying({"customer": "N/A", "day": None}))
    assert (found["customer"].value, found["customer"].doubts) == (None, ("missing",))
    assert (found["day"].value, found["day"].doubts, found["emails"].value) == (None, (), None)


def test_what_an_open_object_holds_besides_is_not_lost() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "additionalProperties": {"type": "integer"},
    }
    found = line(recipe(schema), TEXT, saying({"a": "Ann", "shelves": 12, "taps": 3}))
    assert found["other"].value == {"shelves": 12, "taps": 3}
    assert found["other"].doubts == ()


def test_a_schema_without_an_object_fills_one_column() -> None:
    found = line(
        recipe({"type": "array", "items": {"type": "string"}}), TEXT, saying(["oak shelves", "doors"])
    )
    assert found == {"value": found["value"]}
    assert (found["value"].value, found["value"].doubts) == (["oak shelves", "doors"], ("not_in_text",))


@pytest.mark.parametrize(
    ("schema", "named"),
    [
        ({"type": "string", "format": "colour"}, "format"),
        ({"$ref": "https://example.com/other.json"}, "$ref"),
        ({"type": "string", "pattern": "(?=a)b"}, "pattern"),
        ("{", "JSON"),
    ],
)
def test_a_schema_that_cannot_be_kept_to_is_refused_by_the_keywords_name(schema: Any, named: str) -> None:
    text = schema if isinstance(schema, str) else json.dumps(schema)
    with pytest.raises(RecipeInvalid) as refused:
        KIND.check(Recipe("r", "structured", schema=text))
    assert named in refused.value.detail
    assert refused.value.place == "schema"


def test_a_recipe_has_either_a_schema_or_fields() -> None:
    assert kind_of("structured") is KIND
    for wrong in (
        Recipe("r", "structured"),
        recipe({}, fields=(Field("a"),)),
        recipe({}, several_lines=True),
    ):
        with pytest.raises(RecipeInvalid):
            KIND.check(wrong)


def test_a_table_of_columns_is_filled_as_fields_are() -> None:
    of = Recipe("r", "structured", fields=(Field("name"), Field("day", "date")))
    assert KIND.columns(of) == (Column("name"), Column("day", "date"))
    found = line(of, TEXT, saying({"name": "Ann Okafor", "day": "3 May 2026"}))
    assert found["day"].value == "2026-05-03"


def test_an_empty_text_says_nothing_and_no_model_is_asked() -> None:
    model = saying({})
    assert {cell.value for cell in line(recipe(ORDER), "", model).values()} == {None}
    assert model.asked == []


LONG = "\n\n".join([*["Lorem ipsum dolor sit amet."] * (PIECE_CHARACTERS // 28), TEXT])


def in_pieces(first: Any, last: Any) -> FillingModel:
    return FillingModel(lambda text: json.dumps(last if "Ann" in text else first))


def test_of_a_long_text_lists_are_joined_and_the_best_value_counts() -> None:
    model = in_pieces(
        {"customer": "Invented", "emails": ["a@b.co"]},
        {"customer": "Ann Okafor", "emails": ["a@b.co", "ann@example.com"]},
    )
    found = line(recipe(ORDER), LONG, model)
    assert len(model.asked) == 2
    assert found["customer"].value == "Ann Okafor"
    assert found["customer"].evidence[0].start == LONG.index("Ann Okafor")
    assert found["emails"].value == ["a@b.co", "ann@example.com"]


def test_a_joined_whole_that_the_schema_forbids_is_not_made_but_said() -> None:
    schema = {
        "type": "object",
        "properties": {"names": {"type": "array", "items": {"type": "string"}, "maxItems": 1}},
    }
    found = line(recipe(schema), LONG, in_pieces({"names": ["Lorem"]}, {"names": ["Ann Okafor"]}))
    assert found["names"].value == ["Lorem"]
    assert found["names"].doubts == ("incomplete",)


def test_a_cancelled_row_is_none() -> None:
    tools = filling_tools(saying({"customer": "Ann"}))
    assert KIND.work(recipe(ORDER), TaskText(TEXT), tools, cancelled=lambda: True) is None


def test_the_model_sees_the_schema_and_the_examples() -> None:
    model = saying({"customer": "Ann Okafor"})
    line(recipe(ORDER, instructions="Orders.", examples=(Example("Bob", {"customer": "Bob"}),)), TEXT, model)
    system, _asked, reply, _text = model.prompts[0]
    assert "who writes" in system.text
    assert "Orders." in system.text
    assert "$schema" not in system.text
    assert json.loads(reply.text) == {"customer": "Bob"}


def test_of_a_large_schema_only_the_first_level_is_shown() -> None:
    properties = {f"field{number}": {"type": "string", "description": "d" * 300} for number in range(100)}
    text = shown(check(json.dumps({"type": "object", "properties": properties})))
    assert len(text) <= MOST_SHOWN
    assert text.startswith("- field0 (string): ddd")


def test_braces_in_a_schema_are_no_placeholders() -> None:
    schema = {"type": "object", "properties": {"{schema}": {"type": "string", "description": "{0} {x}"}}}
    model = saying({"{schema}": "Ann"})
    line(recipe(schema), TEXT, model)
    assert "{0} {x}" in model.prompts[0][0].text
