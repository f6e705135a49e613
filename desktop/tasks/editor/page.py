"""The editor of a recipe: the form at the left, trying it at the right; in a narrow window one at a time."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QScrollArea, QWidget

from desktop.lanes import Lanes
from desktop.tasks import words
from desktop.tasks.desk import TaskDesk, Then
from desktop.tasks.editor.blank import blank
from desktop.tasks.editor.form import RecipeForm
from desktop.tasks.editor.section import Section
from desktop.tasks.editor.trial import TrialPanel
from desktop.tasks.editor.trying import Trying
from desktop.tasks.editor.versions import newest_version, versions_menu
from desktop.tasks.head import BackHeader
from desktop.theme.controls import IconButton, Menu, ThemedButton, label, line
from desktop.theme.foreign import plain
from desktop.theme.layouts import column, reading_column, row, wrapping
from desktop.theme.theme import Theme
from desktop.window.ports import CarrelApplication
from engine.errors import EngineError, RecipeInvalid
from engine.models.installed import InstalledModel
from engine.tasks.recipe import Example, Kind, Recipe
from engine.tasks.values import GalleryRecipe

BESIDE = 900
"""The page needs this width to show both sides."""

TRIAL = 372
SETTLE_MS = 300
"""So long after the last key the columns of the examples follow what was written."""


class RecipeEditor(QWidget):
    """`open_recipe`, `open_ready` or `open_new` begin; `closed` when the person leaves.

    `run_asked` carries the recipe's number: it is saved by then.
    """

    closed = Signal()
    sidebar_asked = Signal()
    run_asked = Signal(int)
    failed = Signal(object)

    def __init__(self, theme: Theme, app: CarrelApplication, desk: TaskDesk, lanes: Lanes) -> None:
        super().__init__()
        self._theme = theme
        self._app = app
        self._desk = desk
        self._recipe_id: int | None = None
        self._saved: Recipe | None = None
        self._known: tuple[Example, ...] = ()
        self._refused = False
        self._on_trial = False
        self.form = RecipeForm(theme)
        self.trial = TrialPanel(theme)
        self.trying = Trying(app, lanes.answers, self.trial, self)
        self._build()
        self._connect()

    # Opening

    def open_recipe(self, recipe_id: int) -> None:
        self._recipe_id = recipe_id
        self.trying.use(self.trying.remembered(recipe_id))
        self._begin(self._app.tasks.recipe(recipe_id), saved=True)

    def open_ready(self, ready: GalleryRecipe, *, try_now: bool = False) -> None:
        """One that came with Carrel: it becomes the person's own when it is saved."""
        self._recipe_id = None
        self.trying.use("", sample=ready.sample)
        self._begin(ready.recipe, saved=True)
        if try_now:
            self.try_it()

    def open_new(self, kind: Kind) -> None:
        self._recipe_id = None
        self.trying.use("")
        self._begin(blank(kind), saved=True)
        self.form.focus_name()

    def _begin(self, recipe: Recipe, *, saved: bool) -> None:
        self.trying.stop()
        self.trial.clear()
        self._note.hide()
        self._refused = False
        self._known = recipe.examples
        self._show(recipe)
        self._saved = self.form.recipe if saved else self._saved
        self._set_on_trial(False)
        self._show_state()

    def _show(self, recipe: Recipe) -> None:
        models = [(model.id, plain(model.name, 40)) for model in self._models()]
        collections = [each.name for each in self._app.collections()]
        self.form.show_recipe(recipe, self._columns(recipe), models=models, collections=collections)
        self._area.verticalScrollBar().setValue(0)

    def _models(self) -> list[InstalledModel]:
        return [model for model in self._app.models() if not model.problem]

    # State

    @property
    def is_changed(self) -> bool:
        return self._saved is not None and self.form.recipe != self._saved

    @property
    def recipe_id(self) -> int | None:
        """None for one that has never been saved."""
        return self._recipe_id

    def leave(self) -> None:
        """Back to the overview; asks first where something would be lost."""
        self.give_up(self._close)

    def give_up(self, then: Then) -> None:
        """Do `then` with the recipe out of the way: at once, or after the person said what becomes of it."""
        if not self.is_changed:
            then()
            return
        name = plain(self.form.recipe.name, 40) or "this recipe"
        save, discard = partial(self._save_first, then), partial(self._discard, then)
        self._desk.ask_to_save(name, save=save, discard=discard)

    def _save_first(self, then: Then) -> None:
        if self.save():
            then()

    def _discard(self, then: Then) -> None:
        self._saved = None
        then()

    def _close(self) -> None:
        self.trying.stop()
        self._saved = None
        self.closed.emit()

    # Saving

    def save(self) -> bool:
        """As the newest version; False where something is wrong with it, which is shown at its place."""
        self._catch_up()
        recipe = self.form.recipe
        if not recipe.name:
            self._refuse(RecipeInvalid("Give it a name, to find it again.", "name"))
            return False
        if not self._check(recipe):
            return False
        was = self._recipe_id
        try:
            row_of = self._app.tasks.save_recipe(recipe, was)
        except RecipeInvalid as error:
            self._refuse(error)
            return False
        except EngineError as error:
            self.failed.emit(error)
            return False
        self._recipe_id, self._saved = row_of.id, self.form.recipe
        self._known = recipe.examples
        self.trying.remember(row_of.id)
        self._note.hide()
        self._show_state()
        self._desk.say_saved(row_of, is_new=was is None)
        return True

    def _catch_up(self) -> None:
        """Take in what was corrected in a run since the recipe was opened: saving without would forget it."""
        if self._recipe_id is None:
            return
        here, newest = self.form.recipe.examples, self._app.tasks.recipe(self._recipe_id).examples
        came = tuple(each for each in newest if each not in self._known and each not in here)
        if came:
            self.form.show_examples((*here, *came))

    def _check(self, recipe: Recipe) -> bool:
        try:
            self._app.tasks.check_recipe(recipe)
        except RecipeInvalid as error:
            self._refuse(error)
            return False
        self._refused = False
        self.form.show_error(None)
        return True

    def _refuse(self, error: RecipeInvalid) -> None:
        """Say what is wrong where it is wrong, and go there."""
        self._refused = True
        self._set_on_trial(False)
        section = self.form.show_error(error)
        if section is not None:
            QTimer.singleShot(0, self, partial(self._go_to, section))

    def _go_to(self, section: Section) -> None:
        if section.isVisible():
            self._area.ensureWidgetVisible(section, 0, 60)

    def _run(self) -> None:
        if (self.is_changed or self._recipe_id is None) and not self.save():
            return
        if self._recipe_id is not None:
            self.run_asked.emit(self._recipe_id)

    # Trying

    def try_it(self) -> None:
        recipe = self.form.recipe
        recipe = recipe if recipe.name else replace(recipe, name="New recipe")
        if self._check(recipe):
            self._set_on_trial(True)
            self.trying.start(recipe, self._columns(recipe))
            if self._recipe_id is not None:
                self.trying.remember(self._recipe_id)

    def take_files(self, files: list[Path]) -> bool:
        """A file that was dropped is one to try the recipe on."""
        if not files:
            return False
        self.trying.choose(str(files[0]))
        self._set_on_trial(True)
        return True

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Try the recipe on a file")
        if name:
            self.trying.choose(name)
        else:
            self.trying.show_source()

    def _columns(self, recipe: Recipe) -> tuple:  # type: ignore[type-arg]
        try:
            return self._app.tasks.recipe_columns(recipe)
        except EngineError:  # it cannot be used yet: nothing is known of what comes out
            return ()

    # Versions

    def versions_menu(self) -> Menu:
        assert self._recipe_id is not None
        return versions_menu(self, self._app.tasks, self._recipe_id, self.show_version)

    def show_version(self, version: int) -> None:
        """An earlier one; saving it makes it the newest."""
        assert self._recipe_id is not None
        newest = newest_version(self._app.tasks, self._recipe_id)
        self._show(self._app.tasks.recipe(self._recipe_id, version))
        self.form.show_error(None)
        self._note_words.setText(f"This is version {version}. Saving it makes it the newest.")
        self._note.setVisible(version != newest)
        self._show_state()

    # Parts

    def set_sidebar_button(self, shown: bool) -> None:
        self._header.set_sidebar_button(shown)

    def _build(self) -> None:
        theme = self._theme
        self._versions = ThemedButton(theme, "clock", "Versions", "chip", size=14)
        self._more = IconButton(theme, "ellipsis", "More for this recipe", size=17)
        self._side = ThemedButton(theme, "play", "Try it", size=15)
        self._save = ThemedButton(theme, "check", "Save", size=15)
        self._run_button = ThemedButton(theme, "table", "Run…", "primary", colour="on_accent", size=15)
        actions = (self._more, self._side, self._save, self._run_button)
        self._header = BackHeader(theme, "Tasks", *actions, beside=self._versions)
        self._note_words = label(tone="warning", size="label", wrap=True)
        self._note = wrapping(row(self._note_words, margins=(0, 0, 0, 6)))
        inside = column(self._note, self.form, None, spacing=0)
        self._area: QScrollArea = reading_column(inside)
        self._edge = line(vertical=True)
        body = QHBoxLayout()
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        body.addWidget(self._area, 1)
        body.addWidget(self._edge)
        body.addWidget(self.trial)
        self.setLayout(column(self._header, body, spacing=0))
        self._settle = QTimer(self, interval=SETTLE_MS, singleShot=True)

    def _connect(self) -> None:
        self._header.back_asked.connect(self.leave)
        self._header.sidebar_asked.connect(self.sidebar_asked)
        self._versions.clicked.connect(lambda: self._open(self.versions_menu(), self._versions))
        self._more.clicked.connect(lambda: self._open(self.menu(), self._more))
        self._side.clicked.connect(self._press_side)
        self._save.clicked.connect(self.save)
        self._run_button.clicked.connect(self._run)
        self.form.changed.connect(self._written)
        self.form.schema_written.connect(self._check_now)
        self._settle.timeout.connect(self._settled)
        self._theme.changed.connect(self._place)
        self.trial.try_asked.connect(self.try_it)
        self.trial.stop_asked.connect(self.trying.stop)
        self.trial.file_asked.connect(self._choose_file)
        self.trial.sample_asked.connect(self.trying.choose_sample)
        self.trial.run_asked.connect(self._run)
        self.trying.failed.connect(self.failed)

    def menu(self) -> Menu:
        menu, recipe_id = Menu(self, "This recipe"), self._recipe_id
        menu.aboutToHide.connect(menu.deleteLater)
        icon, saved = self._theme.icon, recipe_id is not None
        copy = menu.addAction(icon("copy"), "Duplicate", self._duplicate)
        export = menu.addAction(icon("download"), "Export…", self._export)
        menu.addSeparator()
        gone = menu.addAction(icon("trash-2", "danger"), "Delete", self._delete)
        for action in (copy, export, gone):
            action.setEnabled(saved)
        return menu

    def _open(self, menu: Menu, below: QWidget) -> None:
        menu.popup(below.mapToGlobal(QPoint(0, below.height() + 2)))

    def _duplicate(self) -> None:
        if self._recipe_id is not None:
            self.give_up(partial(self._desk.duplicate, self._recipe_id))

    def _export(self) -> None:
        """What is on the screen is what is written."""
        if self._recipe_id is not None and (not self.is_changed or self.save()):
            self._desk.choose_export(self._recipe_id)

    def _delete(self) -> None:
        row_of = next((each for each in self._app.tasks.recipes() if each.id == self._recipe_id), None)
        if row_of is not None:
            self._desk.delete_recipe(row_of)
            self._close()

    # Following what is written

    def _written(self) -> None:
        self._show_state()
        self._settle.start()

    def _settled(self) -> None:
        recipe = self.form.recipe
        self.form.show_columns(self._columns(recipe))
        if self._refused:
            self._check_now()

    def _check_now(self) -> None:
        """Say what is wrong, or that it no longer is, without moving the page."""
        try:
            self._app.tasks.check_recipe(self.form.recipe)
        except RecipeInvalid as error:
            self._refused = True
            self.form.show_error(error)
        else:
            self._refused = False
            self.form.show_error(None)

    def _show_state(self) -> None:
        self._header.show_name(plain(self.form.recipe.name, words.NAME) or "New recipe")
        saved = self._recipe_id is not None
        self._save.setEnabled(self.is_changed or not saved)
        self._versions.setVisible(saved)
        if self._recipe_id is not None:
            self._versions.set_text(f"Version {newest_version(self._app.tasks, self._recipe_id)}")

    # Room

    def _press_side(self) -> None:
        if self._on_trial:
            self._set_on_trial(False)
        elif self.trial.cards:
            self._set_on_trial(True)
        else:
            self.try_it()

    def _set_on_trial(self, on_trial: bool) -> None:
        """In a narrow window: which side is shown."""
        self._on_trial = on_trial
        self._place()

    def _place(self) -> None:
        trial = max(TRIAL, self._theme.pixels(TRIAL))
        beside = self.width() >= BESIDE + 2 * (trial - TRIAL)
        self._side.setVisible(not beside)
        self._side.set_text("The recipe" if self._on_trial else "Try it")
        self._side.set_icon("pencil" if self._on_trial else "play")
        self._area.setVisible(beside or not self._on_trial)
        self.trial.setVisible(beside or self._on_trial)
        self._edge.setVisible(beside)
        self.trial.setMinimumWidth(trial if beside else 0)
        self.trial.setMaximumWidth(trial if beside else 16_777_215)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()
