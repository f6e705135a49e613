"""What a recipe with choices must say, and must not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from engine.errors import RecipeInvalid
from engine.tasks.recipe import Choice, Recipe
from engine.tasks.values import Column


def check_choices(recipe: Recipe) -> None:
    """Raises RecipeInvalid, with the place: no choices, or such as nobody could choose among."""
    if not recipe.choices:
        raise RecipeInvalid("There is nothing to choose: add a column with labels.", "choices")
    _check_names([choice.name for choice in recipe.choices], "choices", "column")
    for choice in recipe.choices:
        _check_labels(choice)
    for number, example in enumerate(recipe.examples, start=1):
        place = f"examples › {number}"
        if not example.input.strip():
            raise RecipeInvalid("The example has no text.", place)
        check_values(recipe, example.output.items(), place)


def check_values(recipe: Recipe, values: Iterable[tuple[str, Any]], place: str) -> None:
    """Raises RecipeInvalid: `values` name a column that is no choice of the recipe, or a label it lacks."""
    choices = {choice.name: choice for choice in recipe.choices}
    for column, value in values:
        if column not in choices:
            raise RecipeInvalid(f"There is no column “{column}”.", place)
        known = {label.name for label in choices[column].labels}
        for label in _labels_of(value, choices[column], place):
            if label not in known:
                raise RecipeInvalid(f"“{column}” has no label “{label}”.", place)


def choice_columns(recipe: Recipe) -> tuple[Column, ...]:
    return tuple(
        Column(choice.name, "choice", choice.several, tuple(label.name for label in choice.labels))
        for choice in recipe.choices
    )


def _labels_of(value: Any, choice: Choice, place: str) -> Sequence[Any]:
    if value is None:  # the example says nothing about this column
        return ()
    if choice.several:
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise RecipeInvalid(f"“{choice.name}” takes a list of labels.", place)
        return value
    if not isinstance(value, str):
        raise RecipeInvalid(f"“{choice.name}” takes one label.", place)
    return (value,)


def _check_labels(choice: Choice) -> None:
    place = f"choices › {choice.name}"
    least = 1 if choice.several else 2
    if len(choice.labels) < least:
        wanted = "one label" if choice.several else "two labels"
        raise RecipeInvalid(f"It needs at least {wanted} to choose from.", place)
    _check_names([label.name for label in choice.labels], place, "label")


def _check_names(names: Sequence[str], place: str, what: str) -> None:
    seen = set()
    for name in names:
        if not name.strip():
            raise RecipeInvalid(f"A {what} has no name.", place)
        if name.strip().casefold() in seen:
            raise RecipeInvalid(f"Two {what}s are called “{name.strip()}”.", place)
        seen.add(name.strip().casefold())
