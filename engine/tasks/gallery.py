"""The recipes that came with Carrel, each with a few inputs to try it on."""

from __future__ import annotations

from pathlib import Path

from engine.errors import RecipeInvalid
from engine.tasks.recipe import Recipe
from engine.tasks.recipe_files import loads
from engine.tasks.values import GalleryRecipe


def gallery(folder: Path) -> list[GalleryRecipe]:
    """Those in `folder`, by their files' names; their samples lie in `samples/<name>/` below it.

    Raises:
        RecipeInvalid: one of them is damaged; names the file.
    """
    return [
        GalleryRecipe(path.stem, _recipe(path), _sample(folder / "samples" / path.stem))
        for path in sorted(folder.glob("*.toml"))
    ]


def _recipe(path: Path) -> Recipe:
    try:
        return loads(path.read_text(encoding="utf-8"))
    except RecipeInvalid as error:
        raise RecipeInvalid(
            error.detail, f"{path.name} › {error.place}" if error.place else path.name
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise RecipeInvalid(f"It cannot be read: {error}", path.name) from error


def _sample(folder: Path) -> str:
    """The file in it where there is but one, such as a table; else the folder; “” where there is none."""
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return str(files[0] if len(files) == 1 else folder) if files else ""
