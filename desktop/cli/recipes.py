"""Which recipe a command means."""

from __future__ import annotations

from pathlib import Path

from desktop.window.ports import Tasks
from engine.tasks import recipe_files
from engine.tasks.values import RecipeRow


def recipe_of(tasks: Tasks, named: str) -> RecipeRow:
    """The saved recipe of that name, or that of a TOML file, which is saved where no equal one is.

    Raises:
        RecipeUnknown, RecipeInvalid, InputUnreadable
    """
    path = Path(named).expanduser()
    if path.suffix.lower() != ".toml":
        return tasks.named(named)
    recipe = recipe_files.read(path)
    for row in tasks.recipes():
        if row.name == recipe.name and tasks.recipe(row.id) == recipe:
            return row
    return tasks.save_recipe(recipe)
