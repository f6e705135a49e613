"""Recipes for some of a recipe's columns alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from engine.tasks.recipe import Example, Kind, Recipe

REPLY = "reply"
"""The column of a draft, in recipes of the kind “reply”."""


def parts(recipe: Recipe) -> list[Recipe]:
    """The recipe's choices and its fields, as recipes of the kinds that fill such columns."""
    found = []
    if recipe.choices:
        names = [choice.name for choice in recipe.choices]
        found.append(_part(recipe, "route", names, choices=recipe.choices, rules=recipe.rules))
    if recipe.fields:
        names = [field.name for field in recipe.fields]
        found.append(_part(recipe, "extract", names, fields=recipe.fields))
    return found


def narrowed(recipe: Recipe, columns: Collection[str]) -> list[Recipe]:
    """What fills these columns and asks as little else as can be: each choice is a question of its own.

    Fields stay together: they are one question, and what rules say of one depends on the others.
    """
    choices = tuple(choice for choice in recipe.choices if choice.name in columns)
    fields = recipe.fields if any(field.name in columns for field in recipe.fields) else ()
    if recipe.kind != "reply":
        return [replace(recipe, choices=choices)]
    fewer = replace(recipe, choices=choices, fields=fields, rules=recipe.rules if choices else ())
    return [fewer] if REPLY in columns else parts(fewer)


def _part(recipe: Recipe, kind: Kind, columns: Collection[str], **own: Any) -> Recipe:
    return Recipe(
        recipe.name,
        kind,
        instructions=recipe.instructions,
        examples=_saying(recipe.examples, columns),
        settings=recipe.settings,
        **own,
    )


def _saying(examples: Iterable[Example], columns: Collection[str]) -> tuple[Example, ...]:
    """Examples with what they say of these columns; those that say nothing of them are left out."""
    return tuple(
        Example(each.input, said)
        for each in examples
        if (said := {column: value for column, value in each.output.items() if column in columns})
    )
