"""One collection by itself: its documents, its problems, whether its folder is followed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QProgressBar, QStackedWidget, QWidget

from desktop.documents.activity import Activity, Reading, sentence
from desktop.documents.cards import folders_of, numbers, pill_state
from desktop.documents.menu import CollectionMenu
from desktop.documents.problems import ProblemsTable
from desktop.documents.rows import DocumentsView, matching
from desktop.lanes import Job, Lane, once
from desktop.theme.controls import (
    ElidedLabel,
    IconButton,
    Pill,
    ThemedButton,
    button,
    card,
    label,
    line,
)
from desktop.theme.layouts import ScrollArea, boxed, column, row, scrolled
from desktop.theme.switch import Switch
from desktop.theme.theme import Theme
from desktop.theme.tokens import Size, Space
from desktop.window.ports import Documents
from rag.values import CollectionStatus, DocumentRow


class CollectionPage(QWidget):
    """What stands in a collection. Shows what the library says; asks for everything else."""

    closed = Signal()
    ask_about = Signal(str)
    open_asked = Signal(str, str)
    watch_asked = Signal(str, bool)
    rebuild_asked = Signal(str)
    remove_asked = Signal(str)
    remove_document_asked = Signal(object)
    show_asked = Signal(str)
    failed = Signal(object)

    def __init__(self, theme: Theme, documents: Documents, activity: Activity, lane: Lane) -> None:
        super().__init__()
        self._theme = theme
        self._documents = documents
        self._activity = activity
        self._lane = lane
        self._status: CollectionStatus | None = None
        self._rows: Sequence[DocumentRow] = ()
        self._job: Job | None = None
        self._is_stale = False
        self._build()

    @property
    def name(self) -> str:
        return self._status.name if self._status is not None else ""

    # Showing

    def show_collection(self, status: CollectionStatus, reading: Reading | None, *, problems: bool) -> None:
        """Open on a collection, at its documents or at its problems."""
        if status.name != self.name:
            self._rows = ()
            self._view.show_rows(())
            self._search.clear()
        self.show_status(status, reading)
        self._choose(problems and bool(status.failed))
        self.refresh()

    def show_status(self, status: CollectionStatus, reading: Reading | None) -> None:
        self._status = status
        self._name.set_whole(status.name)
        self._pill.show_state(*pill_state(status, reading))
        busy = reading is not None
        self._folder.set_whole(
            sentence(reading) if reading is not None and reading.name else folders_of(status)
        )
        self._numbers.setText(numbers(status, reading))
        self._bar.setVisible(busy or bool(status.waiting))
        self._bar.setRange(0, max(1, status.documents))
        self._bar.setValue(status.documents - status.waiting)
        self._pause.setVisible(busy)
        self._resume.setVisible(bool(status.waiting) and not busy)
        self._watch.setVisible(bool(status.folders))
        self._watch.setText("Follows changes in this folder" + ("s" if len(status.folders) > 1 else ""))
        self._watch.setChecked(status.watched)
        self._ask.setEnabled(bool(status.ready))
        for tab, (words, number) in zip(
            self._tabs, (("Documents", status.documents), ("Problems", status.failed)), strict=True
        ):
            tab.setText(f"{words}  {number:,}")
            tab.setAccessibleName(f"{words}: {number:,}")
        self._tabs_frame.setVisible(bool(status.failed))
        self._problems.show_problems(status)
        if not status.failed and self._stack.currentIndex() == 1:
            self._choose(False)

    def refresh(self) -> None:
        """Fetch the documents anew; a long list takes a while, so on a lane, and one fetch at a time."""
        if self._job is not None and not self._job.is_over:
            self._is_stale = True
            return
        self._is_stale = False
        name = self.name
        self._job = self._lane.job(once(lambda: (name, self._documents.documents(name))))
        self._job.happened.connect(self._take)
        self._job.done.connect(self._fetched)
        self._job.failed.connect(self.failed)
        self._lane.start(self._job)

    def focus(self) -> None:
        self._view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fetched(self) -> None:
        if self._is_stale:
            self.refresh()

    def _take(self, fetched: tuple[str, list[DocumentRow]]) -> None:
        name, rows = fetched
        if name == self.name:
            self._rows = rows
            self._show_rows()

    def _show_rows(self) -> None:
        found = matching(self._rows, self._search.text())
        self._view.show_rows(found)
        self._frame.setMaximumHeight(self._view.content_height + 14 if found else 60)
        words = "No document is called that." if self._rows else ""
        self._none.setText(words)
        self._none.setVisible(bool(words) and not found)

    def _choose(self, problems: bool) -> None:
        self._tabs[1 if problems else 0].setChecked(True)
        self._stack.setCurrentIndex(1 if problems else 0)
        self._search.setVisible(not problems)

    # Parts

    def _build(self) -> None:
        parts = (self._head(), line(), self._facts(), self._tab_row(), self._content())
        self.setLayout(column(*parts, spacing=0))

    def _head(self) -> QWidget:
        back = IconButton(self._theme, "arrow-left", "All collections", keys="Esc")
        back.clicked.connect(self.closed)
        self._name = ElidedLabel(size="reading", weight="semibold")
        self._pill = Pill(self._theme)
        self._ask = ThemedButton(self._theme, "message-square", "Ask about it", "primary", colour="on_accent")
        self._ask.clicked.connect(lambda: self.ask_about.emit(self.name))
        self._more = IconButton(self._theme, "ellipsis", "More for this collection", size=17)
        self._more.clicked.connect(self._open_menu)
        parts = (back, self._name, self._pill, None, self._ask, self._more)
        head = boxed(row(*parts, spacing=10, margins=(Space.M, 0, Space.XL, 0)))
        head.setFixedHeight(Size.HEADER - 1)
        return head

    def _facts(self) -> QWidget:
        self._folder = ElidedLabel(tone="muted", size="label")
        self._numbers = label(tone="muted", size="label")
        self._watch = Switch(self._theme, "Follows changes in this folder")
        self._watch.clicked.connect(lambda on: self.watch_asked.emit(self.name, on))
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Files read")
        self._pause = IconButton(self._theme, "pause", "Pause reading", size=17)
        self._pause.clicked.connect(self._activity.stop)
        self._resume = button("Go on", "link")
        self._resume.clicked.connect(self._activity.resume)
        words = column(self._folder, row(self._numbers, self._resume, self._pause, None), spacing=3)
        upper = row(words, self._watch, spacing=18)
        upper.setStretch(0, 1)
        margins = (Space.XL, 14, Space.XL, 8)
        return boxed(column(upper, self._bar, spacing=8, margins=margins))

    def _tab_row(self) -> QWidget:
        tabs = self._tabs_frame = card("segments")
        self._tabs = [button("Documents", "segment"), button("Problems", "segment")]
        group = QButtonGroup(self)
        for number, tab in enumerate(self._tabs):
            tab.setCheckable(True)
            tab.clicked.connect(partial(self._choose, bool(number)))
            group.addButton(tab)
        tabs.setLayout(row(*self._tabs, spacing=2, margins=(3, 3, 3, 3)))
        self._search = QLineEdit()
        self._search.setPlaceholderText("Find a document")
        self._search.setAccessibleName("Find a document by its name")
        self._search.setProperty("kind", "small")
        self._search.setMaximumWidth(240)
        self._search.textChanged.connect(lambda _: self._show_rows())
        return boxed(row(tabs, None, self._search, margins=(Space.XL, 4, Space.XL, 12)))

    def _content(self) -> QWidget:
        self._view = DocumentsView(self._theme)
        self._view.open_asked.connect(lambda found: self.open_asked.emit(found.name, found.path))
        self._view.retry_asked.connect(self._activity.retry)
        self._view.show_asked.connect(self.show_asked)
        self._view.remove_asked.connect(self.remove_document_asked)
        self._none = label(tone="muted", size="label")
        self._none.hide()
        frame = self._frame = card("table")
        frame.setLayout(column(self._none, self._view, spacing=0, margins=(1, 6, 1, 6)))
        self._none.setContentsMargins(15, 8, 15, 8)
        self._problems = ProblemsTable()
        self._problems.retry_asked.connect(self._activity.retry)
        self._problems.show_asked.connect(self.show_asked)
        inside = QWidget()
        inside.setLayout(column(self._problems, None, margins=(0, 0, Space.XL - ScrollArea.BAR, Space.L)))
        self._stack = QStackedWidget()
        self._stack.addWidget(_placed(frame))
        self._stack.addWidget(scrolled(inside))
        page = QWidget()
        page.setLayout(column(self._stack, margins=(Space.XL, 0, 0, 0)))
        return page

    def _open_menu(self) -> None:
        menu = self.menu()
        across = self._more.width() - menu.sizeHint().width()  # its right side under the button's
        menu.popup(self._more.mapToGlobal(QPoint(across, self._more.height() + 2)))

    def menu(self) -> CollectionMenu:
        name, busy = self.name, self._pause.isVisibleTo(self)
        has_folder = self._status is not None and bool(self._status.folders)
        menu = CollectionMenu(self, self._theme, name, busy=busy, has_folder=has_folder)
        menu.ask.triggered.connect(lambda: self.ask_about.emit(name))
        menu.look.triggered.connect(lambda: self._activity.look_again(name))
        menu.rebuild.triggered.connect(lambda: self.rebuild_asked.emit(name))
        menu.remove.triggered.connect(lambda: self.remove_asked.emit(name))
        return menu


def _placed(content: QWidget) -> QWidget:
    """Content at the top, as high as it may be, with the page's margins to its right and below."""
    layout = column(content, None, spacing=0, margins=(0, 0, Space.XL, Space.L))
    layout.setStretch(0, 1000)
    page = QWidget()
    page.setLayout(layout)
    return page
