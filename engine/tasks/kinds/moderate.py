"""Holding texts to a policy: for each of its categories how severe, and the sentences that it rests on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from engine.errors import RecipeInvalid
from engine.tasks.choices.checking import check_choices, choice_columns
from engine.tasks.choices.deciding import decide
from engine.tasks.choices.severity import offending, worst
from engine.tasks.choices.weighing import Asking
from engine.tasks.kinds.each_alone import EachAlone
from engine.tasks.ports import Tools
from engine.tasks.recipe import Choice, Recipe
from engine.tasks.values import Cell, Column, Outcome, TaskText


class Moderate(EachAlone):
    """Implements `engine.tasks.ports.TaskKind`. The first label of a category says that there is nothing."""

    def check(self, recipe: Recipe) -> None:
        check_choices(recipe)
        for choice in recipe.choices:
            if choice.several:
                place = f"choices › {choice.name}"
                raise RecipeInvalid("A category has one severity: it cannot take several labels.", place)

    def columns(self, recipe: Recipe) -> tuple[Column, ...]:
        return choice_columns(recipe)

    def work(
        self, recipe: Recipe, text: TaskText, tools: Tools, *, cancelled: Callable[[], bool]
    ) -> Outcome | None:
        asking = Asking(tools.model, cancelled)
        cells: list[Cell] = []
        for choice in recipe.choices:
            cell = self._cell(recipe, choice, text, tools, asking)
            if cell is None:
                return None
            cells.append(cell)
        return Outcome((tuple(cells),), asking.tokens, asking.used)

    def _cell(
        self, recipe: Recipe, choice: Choice, text: TaskText, tools: Tools, asking: Asking
    ) -> Cell | None:
        cell = decide(recipe, choice, text, tools.nearest, asking, partial(worst, choice))
        if cell is None or cell.value in (None, choice.labels[0].name):
            return cell and replace(cell, evidence=())
        evidence = offending(recipe, choice, text, asking)
        return None if evidence is None else replace(cell, evidence=evidence)


KIND = Moderate()
