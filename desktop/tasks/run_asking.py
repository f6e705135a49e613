"""Asking a provider about the run on the screen: whom, about how many cells, how far that is."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from desktop.tasks.asking import Asked
from desktop.tasks.review_bar import ReviewBar
from desktop.tasks.run_facts import RunFacts
from desktop.tasks.table_view import LinesView
from desktop.window.ports import Tasks
from engine.tasks.asks import was_not_asked
from engine.tasks.values import RunCounts, RunRow, StoredLine


class RunAsking(QObject):
    """`asked` carries the run and the lines to ask about, None for all; `stop_asked` the run."""

    asked = Signal(int, object)
    stop_asked = Signal(int)

    def __init__(self, tasks: Tasks, facts: RunFacts, bar: ReviewBar, table: LinesView) -> None:
        super().__init__(table)
        self._tasks = tasks
        self._facts = facts
        self._table = table
        self._run_id = 0
        self._provider = ""
        self._underway: Asked | None = None
        facts.ask_asked.connect(self._ask_about_all)
        facts.stop_asked.connect(self._stop)
        bar.ask_asked.connect(self._ask_about_this)

    def show_run(self, run: RunRow, counts: RunCounts) -> None:
        """Look up whom to ask about how many cells: where that may have changed."""
        if run.id != self._run_id:
            self._run_id, self._underway = run.id, None
        has_doubts = bool(counts.review or run.asks) and run.kind != "faq"
        self._provider = self._tasks.frontier_name() if has_doubts else ""
        cells = self._tasks.cells_to_ask(run.id) if self._provider else 0
        self._facts.show_asking(self._provider, cells, self._underway)

    def show_underway(self, asked: Asked | None) -> bool:
        """How far the asking about this run is, None where nobody is asked; whether it has just ended."""
        has_ended = self._underway is not None and asked is None
        self._underway = asked
        return has_ended

    def provider_for(self, line: StoredLine | None) -> str:
        """Who may be asked about a line; “”: nobody."""
        is_free = self._underway is None and line is not None and was_not_asked(line)
        return self._provider if is_free else ""

    def _ask_about_all(self) -> None:
        self.asked.emit(self._run_id, None)

    def _ask_about_this(self) -> None:
        found = self._table.current
        if found is not None:
            self.asked.emit(self._run_id, [found.id])

    def _stop(self) -> None:
        self.stop_asked.emit(self._run_id)
