"""Kinds that have nothing to say of all inputs together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.tasks.ports import Tools
from engine.tasks.recipe import Recipe
from engine.tasks.values import Conclusion, Line, LineId


class EachAlone:
    def conclude(
        self,
        recipe: Recipe,
        lines: Sequence[tuple[LineId, Line]],
        tools: Tools,
        *,
        cancelled: Callable[[], bool],
    ) -> Conclusion | None:
        return Conclusion()
