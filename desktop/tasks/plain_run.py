"""A run without its table: what it is and how far."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QWidget

from desktop.lanes import Lanes
from desktop.tasks import words
from desktop.tasks.head import BackHeader
from desktop.theme.controls import ElidedLabel, ThemedButton, label
from desktop.theme.foreign import plain
from desktop.theme.layouts import column
from desktop.theme.theme import Theme
from desktop.window.ports import Tasks
from engine.tasks.values import LineId, RowsStored, RunCounts, RunEnded, RunEvent, RunRow


class PlainRun(QWidget):
    """Shows what the store says; `pause_asked` and `resume_asked` carry the run's number."""

    closed = Signal()
    sidebar_asked = Signal()
    pause_asked = Signal(int)
    resume_asked = Signal(int)
    source_asked = Signal(object)
    said = Signal(str)
    failed = Signal(object)

    def __init__(self, theme: Theme, tasks: Tasks, lanes: Lanes) -> None:
        super().__init__()
        self._theme = theme
        self._tasks = tasks
        self._run: RunRow | None = None
        self._build()

    def set_sidebar_button(self, shown: bool) -> None:
        self._header.set_sidebar_button(shown)

    def show_run(self, run_id: int, at: LineId | None = None) -> None:
        self._run = self._tasks.run(run_id)
        self._header.show_name(plain(self._run.recipe_name, words.NAME))
        self._source.set_whole(plain(self._run.title, words.NAME))
        self.show_state()

    def take(self, event: RunEvent) -> None:
        is_ours = isinstance(event, RowsStored | RunEnded) and self._run and event.run_id == self._run.id
        if is_ours:
            self.show_state()

    def show_state(self) -> None:
        if self._run is None:
            return
        self._run = self._tasks.run(self._run.id)
        self._pause.setVisible(self._run.state == "running")
        self._resume.setVisible(self._run.state == "paused")
        self._show_counts(self._run.counts)

    def escape(self) -> bool:
        return False

    @property
    def _id(self) -> int:
        return self._run.id if self._run else 0

    def _show_counts(self, counts: RunCounts) -> None:
        assert self._run is not None
        self._state.setText(words.run_state(self._run, None, self._run.updated))
        self._bar.setRange(0, max(1, counts.total))
        self._bar.setValue(counts.done + counts.failed)

    def _build(self) -> None:
        self._source = ElidedLabel(tone="muted", size="label", middle=True)
        self._pause = ThemedButton(self._theme, "pause", "Pause")
        self._pause.clicked.connect(lambda: self.pause_asked.emit(self._id))
        self._resume = ThemedButton(self._theme, "play", "Resume", "primary", colour="on_accent")
        self._resume.clicked.connect(lambda: self.resume_asked.emit(self._id))
        self._header = BackHeader(self._theme, "Tasks", self._pause, self._resume, beside=self._source)
        self._header.back_asked.connect(self.closed)
        self._header.sidebar_asked.connect(self.sidebar_asked)
        self._state = label(tone="muted", wrap=True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Inputs done")
        body = column(self._state, self._bar, None, spacing=12, margins=(24, 22, 24, 22))
        self.setLayout(column(self._header, body, spacing=0))
