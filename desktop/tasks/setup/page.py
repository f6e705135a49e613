"""Setting up a run, as the person walks through it:

I press “Run…” at a recipe, and drop my table or choose a folder. I see the first rows and how many there are;
the column with the text is chosen already. I may try the first twenty only. What cannot be read is named
before anything starts. Of a folder I may want every file that will come into it, too, and say where the lines
go. Then I press Start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.documents.cards import count
from desktop.lanes import Job, Lane, once
from desktop.tasks import words
from desktop.tasks.desk import TaskDesk
from desktop.tasks.editor.trying import FILES
from desktop.tasks.head import BackHeader
from desktop.tasks.setup.first_rows import FirstRows
from desktop.tasks.setup.mapping import ColumnMapping
from desktop.tasks.setup.source import SourceCard, section
from desktop.tasks.setup.unreadable import UnreadableList
from desktop.tasks.setup.watching import Watchable, WatchChoice, watchable
from desktop.theme.controls import ThemedButton, label
from desktop.theme.foreign import breakable, plain
from desktop.theme.inputs import Picker
from desktop.theme.layouts import boxed, column, reading_column, row
from desktop.theme.theme import Theme
from desktop.window.ports import CarrelApplication, Tasks
from engine.errors import ExportFailed, NoInputs
from engine.tasks.recipe import Recipe
from engine.tasks.values import Preview, RunSource, WatchedTask

ALL = ""
LIMITS = (20, 100, 1_000)


class RunSetup(QWidget):
    """`open_recipe` begins, `started` carries what is under way then, `watched` the watched task."""

    closed = Signal()
    sidebar_asked = Signal()
    started = Signal(object)
    watched = Signal(object)

    def __init__(self, theme: Theme, app: CarrelApplication, desk: TaskDesk, errands: Lane) -> None:
        super().__init__()
        self._theme = theme
        self._app = app
        self._desk = desk
        self._errands = errands
        self._recipe_id = 0
        self._recipe = Recipe("", "classify")
        self._source = RunSource()
        self._preview: Preview | None = None
        self._watchable: Watchable | None = None
        self._job: Job | None = None
        self._build()
        self._connect()

    def set_sidebar_button(self, shown: bool) -> None:
        self._header.set_sidebar_button(shown)

    def open_recipe(self, recipe_id: int) -> None:
        self._recipe_id = recipe_id
        self._recipe = self._app.tasks.recipe(recipe_id)
        self._header.show_name(f"Run “{plain(self._recipe.name, words.NAME)}”")
        self.card.show_collections([each.name for each in self._app.collections() if each.documents])
        tried = self._tried_on()
        self.card.show_tried(Path(tried).name if tried else "")
        self.choose_nothing()

    # What it works on

    def choose_nothing(self) -> None:
        self._source, self._preview, self._watchable, self._job = RunSource(), None, None, None
        self.card.show_nothing()
        self._show()

    def choose_paths(self, paths: Sequence[Path]) -> None:
        if paths:
            self._look(RunSource(tuple(str(path) for path in paths)))

    def choose_collection(self, name: str) -> None:
        self._look(RunSource(collection=name))

    def choose_sheet(self, sheet: str) -> None:
        self._look(replace(self._source, sheet=sheet))

    def _choose_tried(self) -> None:
        self.choose_paths([Path(self._tried_on())])

    def _tried_on(self) -> str:
        return str(self._app.setting(FILES, {}).get(str(self._recipe_id), ""))

    def _choose_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, "What the recipe works on")
        self.choose_paths([Path(name) for name in names])

    def _choose_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "What the recipe works on")
        self.choose_paths([Path(name)] if name else [])

    # Looking at it

    def _look(self, source: RunSource) -> None:
        self._source, self._preview, self._watchable = source, None, None
        self.card.show_source(self._name, "Looking at it…", icon=self._source_icon)
        self._show()
        job = self._errands.job(once(partial(_look_at, self._app.tasks, source, self._recipe.name)))
        job.happened.connect(partial(self._looked, job))
        job.failed.connect(partial(self._failed, job))
        self._job = job
        self._errands.start(job)

    def _looked(self, job: Job, seen: tuple[Preview, Watchable | None]) -> None:
        if job is not self._job:  # something else has been chosen since
            return
        self._job = None
        preview, self._watchable = seen
        if self._watchable is not None:
            self._watch.show_folder(self._watchable, preview.total, are_rows=bool(preview.columns))
        self._preview = preview
        self._mapping.show_table(preview, self._recipe)
        self._sheets.set_choices([(name, plain(name, 40)) for name in preview.sheets])
        if self._source.sheet:
            self._sheets.choose(self._source.sheet)
        self._show_limits(preview.total)
        self._unreadable.show_files(preview.unreadable)
        self.card.show_source(self._name, _what(preview), icon=self._source_icon)
        self._show()

    def _failed(self, job: Job, error: BaseException) -> None:
        if job is self._job:
            self._job = None
            said = self._app.explain(error).what
            self.card.show_source(self._name, breakable(plain(said, 300)), icon="triangle-alert")
            self._show()

    @property
    def _name(self) -> str:
        return words.source_words(self._source)

    @property
    def _source_icon(self) -> str:
        if self._source.collection:
            return "library"
        paths = self._source.paths
        is_folder = len(paths) == 1 and not Path(paths[0]).suffix
        return "folder-open" if is_folder else "files"

    # Starting

    @property
    def source(self) -> RunSource:
        """As it is set up now."""
        limit = int(self._limit.value) if self._limit.value != ALL else None
        has_table = self._preview is not None and bool(self._preview.columns)
        columns = self._mapping.columns if has_table else {}
        return replace(self._source, columns=columns, limit=limit)

    @property
    def can_start(self) -> bool:
        if self._preview is None or self._job is not None:
            return False
        return self.will_watch or (self._preview.total != 0 and self._mapping.is_complete)

    @property
    def will_watch(self) -> bool:
        """Whether new files of the folder are wanted, too."""
        return self._watchable is not None and self._watch.is_on

    def start(self) -> None:
        if self.can_start and self.will_watch:
            self._start_watching()
        elif self.can_start:
            self.started.emit(self._desk.running.start(self._recipe_id, self._recipe.name, self.source))

    def _start_watching(self) -> None:
        """It looks through the folder, and may be refused."""
        assert self._watchable is not None
        work = partial(
            self._app.tasks.watch_task,
            self._recipe_id,
            self._watchable.folder,
            self._watch.output,
            existing=self._watch.existing,
        )
        job = self._errands.job(once(work))
        job.happened.connect(partial(self._watched, job))
        job.failed.connect(partial(self._refused, job))
        self._job = job
        self._show()
        self._errands.start(job)

    def _watched(self, job: Job, task: WatchedTask) -> None:
        if job is self._job:
            self._job = None
        self.watched.emit(task)

    def _refused(self, job: Job, error: BaseException) -> None:
        if job is self._job:
            self._job = None
            said = error.reason if isinstance(error, ExportFailed) else self._app.explain(error).what
            self._watch.show_refusal(said)
            self._show()

    # Parts

    def _build(self) -> None:
        self._start = ThemedButton(self._theme, "play", "Start", "primary", colour="on_accent", size=15)
        self._header = BackHeader(self._theme, "Tasks", self._start)
        self.card = SourceCard(self._theme)
        self._sheets = Picker(self._theme, "Sheet")
        self._sheet = section("Which sheet?", "", boxed(row(self._sheets, None)))
        self._rows = FirstRows()
        self._mapping = ColumnMapping(self._theme)
        self._limit = Picker(self._theme, "How many")
        self._many = section("How many?", "", boxed(row(self._limit, None)))
        self._watch = WatchChoice(self._theme)
        self._time = label(tone="muted", size="label", wrap=True)
        self._unreadable = UnreadableList(self._theme)
        what = section("What should it work on?", "", self.card)
        table = (self._sheet, self._rows, self._mapping)
        parts = (what, *table, self._many, self._watch, self._time, self._unreadable, None)
        self.setLayout(column(self._header, reading_column(column(*parts, spacing=20)), spacing=0))

    def _connect(self) -> None:
        self._header.back_asked.connect(self.closed)
        self._header.sidebar_asked.connect(self.sidebar_asked)
        self._start.clicked.connect(self.start)
        self.card.files_asked.connect(self._choose_files)
        self.card.folder_asked.connect(self._choose_folder)
        self.card.collection_chosen.connect(self.choose_collection)
        self.card.tried_chosen.connect(self._choose_tried)
        self.card.change_asked.connect(self.choose_nothing)
        self._sheets.chosen.connect(self.choose_sheet)
        self._mapping.changed.connect(self._show)
        self._limit.chosen.connect(self._show)
        self._watch.changed.connect(self._show)
        self._desk.running.listed.connect(self._show)

    # Showing

    def _show(self) -> None:
        preview, watches = self._preview, self.will_watch
        self._start.setEnabled(self.can_start)
        self._start.set_text("Start watching" if watches else "Start")
        self._sheet.setVisible(preview is not None and len(preview.sheets) > 1)
        self._mapping.setVisible(preview is not None and bool(preview.columns) and not watches)
        self._many.setVisible(self.can_start and len(self._limit.choices) > 1 and not watches)
        self._watch.setVisible(preview is not None and self._watchable is not None)
        self._unreadable.setVisible(preview is not None and bool(preview.unreadable))
        self._rows.setVisible(preview is not None)
        if preview is not None:
            self._rows.show_preview(preview, set(self._mapping.columns or preview.columns))
        begins = self.can_start and (not watches or self._watch.existing)
        said = self._time_words() if begins else ""
        self._time.setText(said)
        self._time.setVisible(bool(said))

    def _show_limits(self, total: int | None) -> None:
        """The numbers that are fewer than all."""
        noun = "row" if self._preview and self._preview.columns else "document"
        everything = f"all {count(total, noun)}" if total else f"all {noun}s"
        fewer = [each for each in LIMITS if total is None or each < total]
        first = [(str(each), f"only the first {each:,}") for each in fewer]
        self._limit.set_choices([(ALL, everything), *first])

    def _time_words(self) -> str:
        """How long it will take, where a run of the recipe tells; and what it waits for."""
        assert self._preview is not None
        said = []
        has_limit = self._limit.value != ALL and not self.will_watch
        chosen = int(self._limit.value) if has_limit else self._preview.total
        seconds = words.seconds_for(chosen, self._app.tasks.runs(self._recipe_id))
        if seconds is not None:
            said.append(f"It will take {words.duration(seconds)}, going by an earlier run.")
        waits_for = next(iter(self._desk.running.all), None)
        if waits_for is not None:
            said.append(f"“{plain(waits_for.name, words.NAME)}” is running; this one starts when it is done.")
        return " ".join(said)


def _look_at(tasks: Tasks, source: RunSource, recipe_name: str) -> tuple[Preview, Watchable | None]:
    """An empty folder can be watched, so it is no error."""
    taken = {task.output for task in tasks.watched_tasks()}
    found = watchable(source, recipe_name, taken)
    try:
        return tasks.preview(source), found
    except NoInputs:
        if found is None:
            raise
        return Preview(0), found


def _what(preview: Preview) -> str:
    """“1,204 rows in 6 columns”, “214 documents”."""
    if preview.columns:
        rows = count(preview.total, "row") if preview.total is not None else "Rows"
        return f"{rows} in {count(len(preview.columns), 'column')}"
    if preview.total is None:
        return "Documents; how many shows while they are read."
    return count(preview.total, "document") if preview.total else "There are no files in it yet."
