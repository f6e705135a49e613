"""Which of a recipe's examples a model is shown before an input: those that come nearest to it."""

from __future__ import annotations

from collections.abc import Sequence

from engine.tasks.ports import Nearest
from engine.tasks.recipe import Example, Recipe


def chosen(recipe: Recipe, text: str, nearest: Nearest) -> Sequence[Example]:
    """Up to `settings.examples_shown` examples, the nearest last: small models attend most to that."""
    most = recipe.settings.examples_shown
    if len(recipe.examples) <= most:
        return recipe.examples
    if most < 1:
        return ()
    (ranked,) = nearest([text], [example.input for example in recipe.examples], most)
    return [recipe.examples[index] for index, _ in reversed(ranked)]
