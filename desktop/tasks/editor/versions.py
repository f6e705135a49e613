"""The versions of a recipe, the newest first."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QWidget

from desktop.tasks import words
from desktop.theme.controls import Menu
from desktop.window.ports import Tasks


def versions_menu(parent: QWidget, tasks: Tasks, recipe_id: int, show: Callable[[int], None]) -> Menu:
    """Each with the day on which it was saved; `show` takes the one that is chosen."""
    menu = Menu(parent, "Versions")
    menu.aboutToHide.connect(menu.deleteLater)
    for each in sorted(tasks.recipe_versions(recipe_id), key=lambda each: -each.version):
        said = f"Version {each.version}{words.BETWEEN}{words.when(each.saved, time.time())}"
        menu.addAction(said, partial(show, each.version))
    return menu


def newest_version(tasks: Tasks, recipe_id: int) -> int:
    return max((each.version for each in tasks.recipe_versions(recipe_id)), default=1)
