"""The documents page: what has been added, what is being read, and what could not be."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QStackedWidget, QWidget

from desktop.documents.activity import Activity, Reading
from desktop.documents.cards import CollectionCard, DropCard
from desktop.documents.collection import CollectionPage
from desktop.documents.problems import ProblemsTable
from desktop.lanes import Lane
from desktop.theme.controls import Mark, Surface, ThemedButton, button, label
from desktop.theme.layouts import ScrollArea, column, row, scrolled, wrapping
from desktop.theme.theme import Theme
from desktop.theme.tokens import Space
from desktop.viewer.outside import show_in_folder
from desktop.viewer.stage import Stage
from desktop.window.header import PageHeader
from desktop.window.ports import Documents
from rag.values import CollectionStatus

TWO_COLUMNS = 700


class DocumentsPage(Surface):
    """Cards, problems, or the empty state. Shows what the library says; asks for everything else."""

    ask_about = Signal(str)
    files_asked = Signal()
    folder_asked = Signal()
    samples_asked = Signal()
    remove_asked = Signal(str)
    remove_document_asked = Signal(object)
    rebuild_asked = Signal(str)
    watch_asked = Signal(str, bool)
    open_asked = Signal(str, str)
    sidebar_asked = Signal()
    failed = Signal(object)

    def __init__(self, theme: Theme, documents: Documents, activity: Activity, errands: Lane) -> None:
        super().__init__("page")
        self._theme = theme
        self._documents = documents
        self._activity = activity
        self._cards: list[CollectionCard] = []
        self._statuses: list[CollectionStatus] = []
        self._problems_of = ""
        self._columns = 2
        self._errands = errands
        self._collection: CollectionPage | None = None
        self._build()
        activity.progressed.connect(self._show_cards)
        activity.library_changed.connect(self.refresh)

    def refresh(self) -> None:
        """Ask the library for its numbers and show them."""
        self._statuses = self._documents.collections()
        self._show_cards()
        self._show_problems()
        if self._in_collection:
            self._refresh_collection()

    def show_all(self) -> bool:
        """Back to all collections; whether one was open."""
        was_open = self._in_collection
        self._inner.setCurrentIndex(0)
        return was_open

    def open_collection(self, name: str, *, problems: bool = False) -> None:
        status = self._status_of(name)
        if status is not None:
            self.collection.show_collection(status, self._reading_of(name), problems=problems)
            self._inner.setCurrentWidget(self.collection)
            self.collection.focus()

    @property
    def collection(self) -> CollectionPage:
        """The page of one collection, made when the first is opened: the start does without."""
        if self._collection is None:
            self._collection = CollectionPage(self._theme, self._documents, self._activity, self._errands)
            self._inner.addWidget(self._collection)
            self._connect_collection(self._collection)
        return self._collection

    @property
    def _in_collection(self) -> bool:
        return self._collection is not None and self._inner.currentWidget() is self._collection

    def _refresh_collection(self) -> None:
        status = self._status_of(self.collection.name)
        if status is None:  # it was removed
            self.show_all()
            return
        self.collection.show_status(status, self._reading_of(status.name))
        self.collection.refresh()

    def _status_of(self, name: str) -> CollectionStatus | None:
        return next((status for status in self._statuses if status.name == name), None)

    def _reading_of(self, name: str) -> Reading | None:
        return self._activity.reading if name == self._being_read() else None

    def set_sidebar_button(self, shown: bool) -> None:
        self._header.set_sidebar_button(shown)

    # Parts

    def _build(self) -> None:
        files = ThemedButton(self._theme, "file-plus", "Add files")
        files.clicked.connect(self.files_asked)
        folder = ThemedButton(self._theme, "folder-plus", "Add a folder", "primary", colour="on_accent")
        folder.clicked.connect(self.folder_asked)
        self._header = PageHeader(self._theme, "Documents", files, folder)
        self._header.sidebar_asked.connect(self.sidebar_asked)
        self._grid = QGridLayout()
        self._grid.setSpacing(14)
        self._drop = DropCard(self._theme)
        self._hint = label(tone="muted", size="label", wrap=True)
        self._problems = ProblemsTable()
        self._problems.retry_asked.connect(self._activity.retry)
        self._problems.show_asked.connect(show_in_folder)
        self._empty = self._empty_state()
        self._arrange()
        inside = QWidget()
        parts = (self._empty, self._grid, self._hint, self._problems, None)
        inside.setLayout(
            column(*parts, spacing=Space.L + 2, margins=(Space.XL, 22, Space.XL - ScrollArea.BAR, Space.XL))
        )
        overview = QWidget()
        overview.setLayout(column(self._header, scrolled(inside), spacing=0))
        self._inner = QStackedWidget()
        self._inner.addWidget(overview)
        self.stage = Stage(self._inner)
        self.setLayout(column(self.stage, spacing=0))

    def _connect_collection(self, opened: CollectionPage) -> None:
        opened.closed.connect(self.show_all)
        opened.ask_about.connect(self.ask_about)
        opened.open_asked.connect(self.open_asked)
        opened.watch_asked.connect(self.watch_asked)
        opened.rebuild_asked.connect(self.rebuild_asked)
        opened.remove_asked.connect(self.remove_asked)
        opened.remove_document_asked.connect(self.remove_document_asked)
        opened.show_asked.connect(show_in_folder)
        opened.failed.connect(self.failed)

    def _empty_state(self) -> QWidget:
        title = label("No documents yet", size="title", weight="semibold")
        words = label("Add files or a folder, or begin with the sample documents.", tone="muted", wrap=True)
        samples = button("Try it with sample documents")
        samples.clicked.connect(self.samples_asked)
        for each in (title, words):
            each.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        head = row(None, Mark(self._theme, 36), None)
        return wrapping(column(48, head, 4, title, words, 6, row(None, samples, None), 28, spacing=8))

    # Showing

    def _show_cards(self) -> None:
        wanted = len(self._statuses)
        self._empty.setVisible(not wanted and not self._activity.is_busy)
        if wanted != len(self._cards):
            self._make_cards(wanted)
        current = self._being_read()
        for shown, status in zip(self._cards, self._statuses, strict=True):
            reading = self._activity.reading if status.name == current else None
            shown.show_status(status, reading)
            if self._in_collection and status.name == self.collection.name:
                self.collection.show_status(status, reading)
        self._show_hint()

    def _being_read(self) -> str | None:
        """The collection whose files are read now: the one the running file lies in, else one that waits."""
        reading = self._activity.reading
        if reading is None:
            return None
        for status in self._statuses:
            if any(Path(reading.path).is_relative_to(folder) for folder in status.folders if reading.path):
                return status.name
        waiting = [status.name for status in self._statuses if status.waiting]
        return reading.collection if reading.collection in waiting else next(iter(waiting), None)

    def _show_hint(self) -> None:
        reading = self._activity.reading
        ready = any(status.ready for status in self._statuses)
        words = ""
        if reading is not None and ready:
            words = "You can already ask about the files that are ready."
        elif reading is not None and not self._statuses:
            words = "Looking for files…"
        self._hint.setText(words)
        self._hint.setVisible(bool(words))

    def _show_problems(self) -> None:
        failed = [status for status in self._statuses if status.failed]
        chosen = next((status for status in failed if status.name == self._problems_of), None)
        self._problems.show_problems(chosen or next(iter(failed), None))

    def _choose_problems(self, name: str) -> None:
        self._problems_of = name
        self._show_problems()

    def _make_cards(self, wanted: int) -> None:
        while len(self._cards) > wanted:
            self._cards.pop().deleteLater()
        while len(self._cards) < wanted:
            self._cards.append(self._card())
        self._arrange()

    def _card(self) -> CollectionCard:
        made = CollectionCard(self._theme)
        made.opened.connect(self.open_collection)
        made.ask_about.connect(self.ask_about)
        made.problems_asked.connect(self._choose_problems)
        made.stop_asked.connect(self._activity.stop)
        made.resume_asked.connect(self._activity.resume)
        made.look_asked.connect(self._activity.look_again)
        made.rebuild_asked.connect(self.rebuild_asked)
        made.remove_asked.connect(self.remove_asked)
        return made

    def _arrange(self) -> None:
        for position, shown in enumerate([*self._cards, self._drop]):
            self._grid.removeWidget(shown)
            span = 1 if self._cards else self._columns
            self._grid.addWidget(shown, position // self._columns, position % self._columns, 1, span)
        for index in range(2):
            self._grid.setColumnStretch(index, 1 if index < self._columns else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        columns = 2 if event.size().width() >= TWO_COLUMNS else 1
        if columns != self._columns:
            self._columns = columns
            self._arrange()
