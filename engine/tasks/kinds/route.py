"""Sorting what comes in to a queue, a priority, a person: by rules, and by the model where none decides."""

from __future__ import annotations

from collections.abc import Callable

from engine.tasks.choices.checking import check_choices, choice_columns
from engine.tasks.choices.deciding import decide
from engine.tasks.choices.rules import check_rules, ruled
from engine.tasks.choices.weighing import Asking
from engine.tasks.kinds.each_alone import EachAlone
from engine.tasks.ports import Tools
from engine.tasks.recipe import Recipe
from engine.tasks.values import Cell, Column, Outcome, TaskText


class Route(EachAlone):
    """Implements `engine.tasks.ports.TaskKind`."""

    def check(self, recipe: Recipe) -> None:
        check_choices(recipe)
        check_rules(recipe)

    def columns(self, recipe: Recipe) -> tuple[Column, ...]:
        return choice_columns(recipe)

    def work(
        self, recipe: Recipe, text: TaskText, tools: Tools, *, cancelled: Callable[[], bool]
    ) -> Outcome | None:
        rules = ruled(recipe, text)
        asking = Asking(tools.model, cancelled)
        cells: list[Cell] = []
        for choice in recipe.choices:
            cell = rules.cells.get(choice.name) or decide(recipe, choice, text, tools.nearest, asking)
            if cell is None:
                return None
            cells.append(cell)
        return Outcome((tuple(cells),), asking.tokens, asking.used, rules.notes)


KIND = Route()
