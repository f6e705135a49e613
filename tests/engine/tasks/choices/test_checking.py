from __future__ import annotations

from typing import Any

import pytest

from engine.errors import RecipeInvalid
from engine.tasks.choices.checking import check_choices, choice_columns
from engine.tasks.recipe import Choice, Example, Label, Recipe
from engine.tasks.values import Column

QUEUE = Choice("queue", (Label("network"), Label("billing")))
TOPICS = Choice("topics", (Label("price"), Label("quality")), several=True)


def recipe(*choices: Choice, examples: tuple[Example, ...] = ()) -> Recipe:
    return Recipe("Tickets", "classify", choices=choices, examples=examples)


def refused(*choices: Choice, example: dict[str, Any] | None = None, text: str = "No line.") -> RecipeInvalid:
    examples = () if example is None else (Example(text, example),)
    with pytest.raises(RecipeInvalid) as caught:
        check_choices(recipe(*choices, examples=examples))
    return caught.value


def test_a_recipe_needs_something_to_choose() -> None:
    assert refused().place == "choices"


def test_a_choice_needs_two_labels_unless_several_may_apply() -> None:
    error = refused(Choice("queue", (Label("network"),)))
    assert error.place == "choices › queue"
    assert "two labels" in str(error)
    check_choices(recipe(Choice("urgent", (Label("urgent"),), several=True)))
    assert refused(Choice("topics", (), several=True)).place == "choices › topics"


def test_labels_that_differ_in_case_alone_are_the_same() -> None:
    error = refused(Choice("queue", (Label("Network"), Label("network "))))
    assert (error.place, "“network”" in str(error)) == ("choices › queue", True)
    assert refused(Choice("queue", (Label("network"), Label(" ")))).place == "choices › queue"


def test_two_columns_of_one_name_are_refused() -> None:
    assert refused(QUEUE, Choice("Queue", TOPICS.labels)).place == "choices"


@pytest.mark.parametrize(
    "output",
    [
        {"priority": "high"},
        {"queue": "sales"},
        {"queue": ["network"]},
        {"queue": 3},
        {"topics": "price"},
        {"topics": ["taste"]},
    ],
)
def test_examples_name_columns_and_labels_that_there_are(output: dict[str, Any]) -> None:
    assert refused(QUEUE, TOPICS, example=output).place == "examples › 1"


def test_an_example_needs_a_text() -> None:
    assert refused(QUEUE, example={"queue": "network"}, text="  ").place == "examples › 1"


def test_examples_may_leave_columns_out() -> None:
    said = {"queue": None, "topics": ["price", "quality"]}
    check_choices(recipe(QUEUE, TOPICS, examples=(Example("Too dear.", said), Example("No line.", {}))))


def test_columns_are_the_choices_with_their_labels() -> None:
    assert choice_columns(recipe(QUEUE, TOPICS)) == (
        Column("queue", "choice", labels=("network", "billing")),
        Column("topics", "choice", many=True, labels=("price", "quality")),
    )
