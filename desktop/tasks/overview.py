"""The first page of Tasks, as the person who has a pile to work through meets it:

At the top I can ask something of every document. Below stand the runs: what works, what waits for me, what
is done; one press opens its table. Then the folders that are watched for me, my own recipes, and under them
those that Carrel comes with: I press “Try it with the sample” and see at once what one does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop.tasks import words
from desktop.tasks.ask_line import AskLine
from desktop.tasks.gallery import Gallery
from desktop.tasks.recipe_rows import RecipeLine
from desktop.tasks.row_list import RowList
from desktop.tasks.run_rows import MoreButton, RunLine
from desktop.tasks.running import Underway
from desktop.tasks.watched_rows import WatchedLine
from desktop.theme.controls import Mark, Menu, ThemedButton, button, label
from desktop.theme.layouts import FoldingRow, ScrollArea, column, row, scrolled, wrapping
from desktop.theme.theme import Theme
from desktop.theme.tokens import Space
from desktop.window.header import PageHeader
from engine.tasks.recipe import Kind
from engine.tasks.values import GalleryRecipe, RecipeRow, RunRow, WatchedTask

SHOWN = 5
"""So many runs are shown before the person asks for all of them."""

FIRST = "support-triage"
"""The recipe of the gallery whose sample an empty page offers; the first one where there is none such."""


class Overview(QWidget):
    """Shows what it is told, asks for what is pressed."""

    sidebar_asked = Signal()
    every_document_asked = Signal(str)
    run_opened = Signal(int)
    run_resumed = Signal(int)
    run_paused = Signal(int)
    run_delete_asked = Signal(object)
    watched_resumed = Signal(int)
    results_asked = Signal(object)
    unwatch_asked = Signal(object)
    recipe_opened = Signal(int)
    recipe_run_asked = Signal(int)
    recipe_duplicate_asked = Signal(int)
    recipe_export_asked = Signal(int)
    recipe_delete_asked = Signal(object)
    new_asked = Signal(str)
    import_asked = Signal()
    ready_opened = Signal(object)
    ready_try_asked = Signal(object)

    def __init__(self, theme: Theme, *, now: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._theme = theme
        self._now = now
        self._all_runs = False
        self._runs: Sequence[RunRow] = ()
        self._underway: Sequence[Underway] = ()
        self._ready: Sequence[GalleryRecipe] = ()
        self._build()

    def set_sidebar_button(self, shown: bool) -> None:
        self._header.set_sidebar_button(shown)

    # Showing

    def show_runs(self, runs: Sequence[RunRow], underway: Sequence[Underway]) -> None:
        self._runs, self._underway = runs, underway
        beginning = [each for each in underway if each.run_id is None]
        listed = runs if self._all_runs else runs[:SHOWN]
        keys = [*(("new", each.key) for each in beginning), *(run.id for run in listed)]
        rows = self._run_list.arrange(keys)
        for shown, each in zip(rows, beginning, strict=False):
            shown.show_beginning(each)
        for shown, run in zip(rows[len(beginning) :], listed, strict=True):
            shown.show_run(run, self._underway_of(run), self._now())
        self._runs_section.setVisible(bool(keys))
        self._more.setVisible(len(listed) < len(runs))
        self._more.show_count(len(runs))

    def show_moved(self, underway: Underway) -> None:
        """One that is further than before."""
        self._underway = [underway if each.key == underway.key else each for each in self._underway]
        if underway.run_id is None:
            shown = self._run_list.row_of(("new", underway.key))
            if shown is not None:
                shown.show_beginning(underway)
            return
        shown = self._run_list.row_of(underway.run_id)
        run = next((run for run in self._runs if run.id == underway.run_id), None)
        if shown is not None and run is not None:
            shown.show_run(run, underway, self._now())

    def show_watched(self, tasks: Sequence[WatchedTask], is_paused: Callable[[int], bool]) -> None:
        for shown, task in zip(self._watched.arrange([each.id for each in tasks]), tasks, strict=True):
            shown.show_task(task, paused=is_paused(task.id))
        self._watched_section.setVisible(bool(tasks))

    def show_recipes(self, recipes: Sequence[RecipeRow], ready: Sequence[GalleryRecipe]) -> None:
        self._ready = ready
        for shown, recipe in zip(self._recipes.arrange([each.id for each in recipes]), recipes, strict=True):
            shown.show_recipe(recipe)
        self._recipes_section.setVisible(bool(recipes))
        self._gallery.show_recipes(ready)
        self._ready_section.setVisible(bool(ready))

    def show_empty(self, empty: bool) -> None:
        """The first time: what this is, and one thing to press."""
        self._empty.setVisible(empty)
        self._new.setVisible(not empty)
        first = self._first_ready()
        self._sample.setVisible(first is not None)
        if first is not None:
            self._sample.setText(f"Try {first.recipe.name.casefold()} with a sample")
            self._sample.setAccessibleName(self._sample.text())

    def _first_ready(self) -> GalleryRecipe | None:
        wanted = [each for each in self._ready if each.key == FIRST] or list(self._ready)
        return next(iter(wanted), None)

    def _underway_of(self, run: RunRow) -> Underway | None:
        return next((each for each in self._underway if each.run_id == run.id), None)

    # Parts

    def _build(self) -> None:
        brought = ThemedButton(self._theme, "upload", "Import a recipe…")
        brought.clicked.connect(self.import_asked)
        self._new = ThemedButton(self._theme, "plus", "New recipe", "primary", colour="on_accent")
        self._new.clicked.connect(lambda: self._open_kinds(self._new))
        self._header = PageHeader(self._theme, "Tasks", brought, self._new)
        self._header.sidebar_asked.connect(self.sidebar_asked)
        self._ask = AskLine(self._theme)
        self._ask.asked.connect(self.every_document_asked)
        self._build_lists()
        parts = (
            self._ask,
            self._empty_state(),
            self._runs_section,
            self._watched_section,
            self._recipes_section,
            self._ready_section,
            None,
        )
        inside = QWidget()
        margins = (Space.XL, 22, Space.XL - ScrollArea.BAR, Space.XL)
        inside.setLayout(column(*parts, spacing=Space.L + 4, margins=margins))
        self.setLayout(column(self._header, scrolled(inside), spacing=0))

    def _build_lists(self) -> None:
        self._run_list = RowList(self._run_line)
        self._watched = RowList(self._watched_line)
        self._recipes = RowList(self._recipe_line)
        self._more = MoreButton(self._theme)
        self._more.clicked.connect(self._show_all)
        self._gallery = Gallery(self._theme)
        self._gallery.opened.connect(self.ready_opened)
        self._gallery.try_asked.connect(self.ready_try_asked)
        self._runs_section = _section("Runs", self._run_list, self._more)
        self._watched_section = _section("Watched folders", self._watched)
        self._recipes_section = _section("Your recipes", self._recipes)
        self._ready_section = _section("Ready to use", self._gallery)

    def _empty_state(self) -> QWidget:
        title = label("A pile of files or a long table?", size="title", weight="semibold", wrap=True)
        words_of_it = label(
            "A recipe does the same thing with each of them, and you check what comes of it.",
            tone="muted",
            wrap=True,
        )
        self._sample = button("Try it with a sample", "primary")
        self._sample.clicked.connect(self._try_first)
        self._make = button("Make a recipe")
        self._make.clicked.connect(lambda: self._open_kinds(self._make))
        for each in (title, words_of_it):
            each.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        head = row(None, Mark(self._theme, 36), None)
        buttons = FoldingRow(self._sample, self._make, spacing=10, centred=True)
        self._empty = wrapping(column(14, head, 4, title, words_of_it, 6, buttons, 14, spacing=8))
        return self._empty

    def _run_line(self) -> RunLine:
        made = RunLine(self._theme)
        made.opened.connect(self.run_opened)
        made.resumed.connect(self.run_resumed)
        made.paused.connect(self.run_paused)
        made.delete_asked.connect(self.run_delete_asked)
        return made

    def _watched_line(self) -> WatchedLine:
        made = WatchedLine(self._theme)
        made.resumed.connect(self.watched_resumed)
        made.results_asked.connect(self.results_asked)
        made.unwatch_asked.connect(self.unwatch_asked)
        return made

    def _recipe_line(self) -> RecipeLine:
        made = RecipeLine(self._theme)
        made.opened.connect(self.recipe_opened)
        made.run_asked.connect(self.recipe_run_asked)
        made.duplicate_asked.connect(self.recipe_duplicate_asked)
        made.export_asked.connect(self.recipe_export_asked)
        made.delete_asked.connect(self.recipe_delete_asked)
        return made

    def _show_all(self) -> None:
        self._all_runs = True
        self.show_runs(self._runs, self._underway)

    def _try_first(self) -> None:
        first = self._first_ready()
        if first is not None:
            self.ready_try_asked.emit(first)

    def _open_kinds(self, below: QWidget) -> None:
        self.kinds_menu().popup(below.mapToGlobal(QPoint(0, below.height() + 2)))

    def kinds_menu(self) -> Menu:
        """What a new recipe can do."""
        menu = Menu(self, "What the recipe does")
        menu.aboutToHide.connect(menu.deleteLater)
        for kind, said in words.KINDS.items():
            action = menu.addAction(self._theme.icon(said.icon), said.name)
            action.setToolTip("")
            action.triggered.connect(lambda _=False, kind=kind: self._choose(kind))
        return menu

    def _choose(self, kind: Kind) -> None:
        self.new_asked.emit(kind)


def _section(title: str, *parts: QWidget) -> QWidget:
    return wrapping(column(label(title, size="reading", weight="semibold"), *parts, spacing=9))
