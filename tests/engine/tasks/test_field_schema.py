from __future__ import annotations

import json

import pytest

from engine.errors import RecipeInvalid
from engine.structured.schemas import check, invalid_at
from engine.tasks.field_schema import MOST_FIELDS, check_fields, field_schema
from engine.tasks.kinds.extract import KIND
from engine.tasks.kinds.registry import kind_of
from engine.tasks.recipe import Field, Recipe

FIELDS = (
    Field("name", required=True),
    Field("paid", "boolean"),
    Field("count", "integer"),
    Field("total", "amount"),
    Field("size", "choice", choices=("small", "large")),
    Field("tags", "choice", many=True, choices=("a", "b")),
    Field("dates", "date", many=True),
)
FULL = {
    "name": "A",
    "paid": True,
    "count": 3,
    "total": "1 €",
    "size": "large",
    "tags": ["a"],
    "dates": ["1 May"],
}
EMPTY = dict.fromkeys(FULL) | {"tags": [], "dates": []}


@pytest.mark.parametrize("line", [FULL, EMPTY])
def test_a_field_has_a_value_or_none_whether_or_not_it_is_required(line: dict[str, object]) -> None:
    assert invalid_at(check(field_schema(FIELDS, several_lines=False)), line) == ""
    assert invalid_at(check(field_schema(FIELDS, several_lines=True)), {"items": [line, line]}) == ""


@pytest.mark.parametrize(
    "wrong",
    [
        {"count": "three"},
        {"size": "medium"},
        {"tags": ["a", None]},
        {"dates": None},
        {"more": 1},
        {"paid": "yes"},
    ],
)
def test_nothing_else_fits(wrong: dict[str, object]) -> None:
    assert invalid_at(check(field_schema(FIELDS, several_lines=False)), FULL | wrong)
    assert invalid_at(check(field_schema(FIELDS, several_lines=False)), {"name": "A"})


def test_the_grammar_keeps_to_all_of_it() -> None:
    assert check(field_schema(FIELDS, several_lines=True)).afterwards == ()
    assert json.loads(field_schema([Field("Größe „x“")], several_lines=False))["required"] == ["Größe „x“"]


@pytest.mark.parametrize(
    "amount",
    ["1.940,00 €", "$1,234.50", "CHF 12.–", "RM60.30", "(45.00)", "-5", "1 940,00 kr", "3.2 million euros",
     "twelve hundred pounds", "1'940.50 Fr.", "US$ 12", "١٢ درهم"],
)  # fmt: skip
def test_an_amount_is_one_number_with_what_belongs_to_it(amount: str) -> None:
    schema = check(field_schema([Field("x", "amount")], several_lines=False))
    assert invalid_at(schema, {"x": amount}) == ""
    assert invalid_at(schema, {"x": f"{amount}, 31.00, {amount} 5"})
    assert invalid_at(schema, {"x": f"{amount}\n"})


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ((), "fields"),
        ((Field(" "),), "fields"),
        ((Field("a"), Field("a")), "fields › a"),
        ((Field("a", "choice", choices=("x",)),), "fields › a"),
        ((Field("a", "choice", choices=("x", "x")),), "fields › a"),
        (tuple(Field(f"f{number}") for number in range(MOST_FIELDS + 1)), "fields"),
    ],
)
def test_fields_that_cannot_be_filled_are_refused_with_their_place(
    fields: tuple[Field, ...], place: str
) -> None:
    with pytest.raises(RecipeInvalid) as refused:
        check_fields(fields)
    assert refused.value.place == place


def test_a_recipe_to_extract_has_fields_and_no_schema() -> None:
    assert kind_of("extract") is KIND
    KIND.check(Recipe("r", "extract", fields=FIELDS))
    with pytest.raises(RecipeInvalid, match="structured"):
        KIND.check(Recipe("r", "extract", fields=FIELDS, schema="{}"))
    types = [
        (column.name, column.type, column.many)
        for column in KIND.columns(Recipe("r", "extract", fields=FIELDS))
    ]
    assert types[3:6] == [("total", "amount", False), ("size", "choice", False), ("tags", "choice", True)]
