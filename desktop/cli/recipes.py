"""Which recipe a command means."""

from __future__ import annotations

from pathlib import Path

from desktop.errors import UsageError
from desktop.window.ports import Tasks
from engine.tasks import recipe_files
from engine.tasks.recipe import Recipe
from engine.tasks.values import RecipeRow


def recipe_of(tasks: Tasks, named: str) -> RecipeRow:
    """The saved recipe of that name, or that of a TOML file, which is saved where no equal one is.

    Raises:
        RecipeUnknown, RecipeInvalid, UsageError
    """
    path = Path(named).expanduser()
    if path.suffix.lower() != ".toml":
        return tasks.named(named)
    recipe = in_file(path)
    for row in tasks.recipes():
        if row.name == recipe.name and tasks.recipe(row.id) == recipe:
            return row
    return tasks.save_recipe(recipe)


def in_file(path: Path) -> Recipe:
    """Raises: UsageError, RecipeInvalid."""
    try:
        if path.stat().st_size > recipe_files.SIZE_LIMIT_BYTES:
            raise UsageError(f"{path} is too large for a recipe.")
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path} could not be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no recipe: it is not text.") from error
    return recipe_files.loads(text)
