"""Where a run stands on the screen: how far reading its inputs is, then its table."""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar, QStackedWidget, QWidget

from desktop.lanes import Lanes
from desktop.tasks import words
from desktop.tasks.asking import Asked
from desktop.tasks.head import BackHeader
from desktop.tasks.run_view import RunView
from desktop.tasks.running import Running, Underway
from desktop.theme.controls import ThemedButton, label
from desktop.theme.foreign import plain
from desktop.theme.layouts import centred, column
from desktop.theme.theme import Theme
from desktop.window.ports import Tasks
from engine.tasks.values import RowsStored, RunEvent


class RunPlace(QStackedWidget):
    """`show_beginning` for a run whose inputs are still read: its table opens by itself when they are.

    `source_asked` brings the place in a document that is to be looked at, `said` words for a moment.
    """

    closed = Signal()
    sidebar_asked = Signal()
    resume_asked = Signal(int)
    source_asked = Signal(object)
    ask_asked = Signal(int, object)
    ask_stop_asked = Signal(int)
    said = Signal(str)
    failed = Signal(object)

    def __init__(self, theme: Theme, tasks: Tasks, running: Running, lanes: Lanes) -> None:
        super().__init__()
        self._theme, self._tasks, self._lanes = theme, tasks, lanes
        self._running = running
        self._view: RunView | None = None
        self._sidebar_button = False
        self._key: int | None = None
        self._run_id: int | None = None
        self._build()
        self._connect()

    @property
    def run_id(self) -> int | None:
        """The run whose table is open."""
        return self._run_id

    def set_sidebar_button(self, shown: bool) -> None:
        self._sidebar_button = shown
        self._header.set_sidebar_button(shown)
        if self._view is not None:
            self._view.set_sidebar_button(shown)

    @property
    def view(self) -> RunView:
        """Made when the first run is opened: the start does without."""
        if self._view is None:
            self._view = RunView(self._theme, self._tasks, self._lanes)
            self._view.set_sidebar_button(self._sidebar_button)
            self._connect_view(self._view)
            self.addWidget(self._view)
        return self._view

    @property
    def foot(self) -> QWidget | None:
        """What stands at the foot of an open run and is not to be covered."""
        shown = self._view.bar if self._view is not None else None
        return shown if shown is not None and shown.isVisible() else None

    def show_beginning(self, underway: Underway) -> None:
        self._key, self._run_id = underway.key, None
        self._header.show_name(plain(underway.name, words.NAME))
        self._moved(underway)
        self.setCurrentWidget(self._beginning)

    def show_run(self, run_id: int) -> None:
        self._key, self._run_id = None, run_id
        self.view.show_run(run_id)
        self._tell_pace(run_id)
        self.setCurrentWidget(self.view)

    def show_asking(self, run_id: int, asked: Asked | None) -> None:
        """How far the asking about a run is; None: nobody is being asked."""
        if run_id == self._run_id:
            self.view.show_asking(asked)

    def leave(self) -> None:
        """What comes later opens nothing any more."""
        self._key = self._run_id = None

    def escape(self) -> bool:
        """Leave what is on top within the run; whether there was anything."""
        return self._run_id is not None and self.view.escape()

    # Parts

    def _build(self) -> None:
        self._stop = ThemedButton(self._theme, "x", "Stop")
        self._stop.clicked.connect(self._ask_to_stop)
        self._header = BackHeader(self._theme, "Tasks", self._stop)
        self._words = label(tone="muted", wrap=True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Inputs read")
        inside = QWidget()
        inside.setMaximumWidth(420)
        inside.setLayout(column(self._words, self._bar, spacing=12))
        self._beginning = QWidget()
        middle = centred(inside, margins=(24, 0, 24, 0))
        self._beginning.setLayout(column(self._header, None, middle, None, None, spacing=0))
        self.addWidget(self._beginning)

    def _connect(self) -> None:
        self._header.back_asked.connect(self.closed)
        self._header.sidebar_asked.connect(self.sidebar_asked)
        self._running.moved.connect(self._moved)
        self._running.began.connect(self._began)
        self._running.happened.connect(self.take)
        self._running.listed.connect(self._listed)

    def _connect_view(self, view: RunView) -> None:
        view.closed.connect(self.closed)
        view.sidebar_asked.connect(self.sidebar_asked)
        view.pause_asked.connect(self._running.pause_run)
        view.resume_asked.connect(self.resume_asked)
        view.source_asked.connect(self.source_asked)
        view.ask_asked.connect(self.ask_asked)
        view.ask_stop_asked.connect(self.ask_stop_asked)
        view.said.connect(self.said)
        view.exported.connect(self._exported)
        view.failed.connect(self.failed)

    # Moving

    def _began(self, underway: Underway, run_id: int) -> None:
        if underway.key == self._key:
            self.show_run(run_id)

    def _moved(self, underway: Underway) -> None:
        if underway.key == self._key:
            self._words.setText(words.underway_words(underway, ""))
            self._bar.setRange(0, underway.to_gather or 1)
            self._bar.setValue(underway.gathered if underway.to_gather else 0)
            self._stop.setEnabled(not underway.stopping)

    def take(self, event: RunEvent) -> None:
        """What the work on a run has just stored."""
        if self._run_id is not None:
            self.view.take(event)

    def _tell_pace(self, run_id: int) -> None:
        """What the last event said of a run that is under way, for a table that opens only now."""
        underway = self._running.of(run_id)
        if underway is not None and underway.counts is not None and underway.rows_per_minute:
            pace = underway.rows_per_minute, underway.seconds_left
            self.view.take(RowsStored(run_id, (), underway.counts, *pace))

    def _listed(self) -> None:
        """Some run began or ended, maybe this one."""
        if self._run_id is not None:
            self.view.show_state()
        elif self._key is not None and all(each.key != self._key for each in self._running.all):
            self.closed.emit()  # it ended before there was anything to show

    def _exported(self, path: str) -> None:
        self.said.emit(f"Saved as {plain(PurePath(path).name, words.NAME)}.")

    def _ask_to_stop(self) -> None:
        if self._key is not None:
            self._running.pause(self._key)
