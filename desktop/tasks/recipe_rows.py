"""A row for each of the person's recipes."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QSizePolicy

from desktop.tasks import words
from desktop.theme.controls import ClickableCard, ElidedLabel, Icon, IconButton, Menu, button
from desktop.theme.foreign import plain
from desktop.theme.layouts import column, row
from desktop.theme.theme import Theme
from desktop.theme.wrapped import WrappedLabel
from engine.tasks.values import RecipeRow


class RecipeLine(ClickableCard):
    """One recipe; a press opens it in the editor."""

    opened = Signal(int)
    run_asked = Signal(int)
    duplicate_asked = Signal(int)
    export_asked = Signal(int)
    delete_asked = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__("row")
        self._theme = theme
        self._recipe: RecipeRow | None = None
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._build()
        self.pressed.connect(lambda: self.opened.emit(self._id))

    def show_recipe(self, recipe: RecipeRow) -> None:
        self._recipe = recipe
        name = plain(recipe.name, words.NAME)
        self.setAccessibleName(f"Recipe {name}")
        self._name.set_whole(name)
        self._facts.set_whole(words.recipe_facts(recipe))
        self._icon.set_icon(words.kind_icon(recipe.kind), "text")
        self._run.setAccessibleName(f"Run {name}")
        self._more.set_icon("ellipsis", f"More for {name}")

    @property
    def _id(self) -> int:
        return self._recipe.id if self._recipe else 0

    def _build(self) -> None:
        self._icon = Icon(self._theme, "table", "text")
        self._name = ElidedLabel(weight="medium")
        self._facts = WrappedLabel(tone="muted", size="label")
        self._run = button("Run…", "link")
        self._run.clicked.connect(lambda: self.run_asked.emit(self._id))
        self._more = IconButton(self._theme, "ellipsis", "More", size=17)
        self._more.clicked.connect(
            lambda: self.menu().popup(self._more.mapToGlobal(QPoint(0, self._more.height() + 2)))
        )
        body = row(
            self._icon,
            column(self._name, self._facts, spacing=3),
            self._run,
            self._more,
            spacing=12,
            margins=(16, 11, 12, 11),
        )
        body.setStretch(1, 1)
        self.setLayout(body)
        self.setMinimumHeight(64)

    def menu(self) -> Menu:
        menu, recipe = Menu(self, self.accessibleName()), self._recipe
        menu.aboutToHide.connect(menu.deleteLater)
        icon = self._theme.icon
        menu.addAction(icon("pencil"), "Change", lambda: self.opened.emit(self._id))
        menu.addAction(icon("copy"), "Duplicate", lambda: self.duplicate_asked.emit(self._id))
        menu.addAction(icon("download"), "Export…", lambda: self.export_asked.emit(self._id))
        menu.addSeparator()
        menu.addAction(icon("trash-2", "danger"), "Delete", lambda: self.delete_asked.emit(recipe))
        return menu
