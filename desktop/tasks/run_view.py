"""One run: how far it is, its lines as a table, the review of what is in doubt, everything about a line."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QPushButton, QStackedWidget, QWidget

from desktop.lanes import Lanes
from desktop.tasks.asking import Asked
from desktop.tasks.comparison import ComparisonView
from desktop.tasks.counting import counts_after
from desktop.tasks.details import DetailsPanel
from desktop.tasks.editing import Editing
from desktop.tasks.evidence import spot_of
from desktop.tasks.filters import FilterBar
from desktop.tasks.review import KEYS, Review, title_of
from desktop.tasks.review_bar import ReviewBar
from desktop.tasks.run_asking import RunAsking
from desktop.tasks.run_body import RunBody
from desktop.tasks.run_facts import RunFacts
from desktop.tasks.run_head import RunHead
from desktop.tasks.table_view import LinesView
from desktop.theme.controls import Surface, line
from desktop.theme.foreign import plain
from desktop.theme.layouts import column
from desktop.theme.theme import Theme
from desktop.window.ports import Tasks
from engine.errors import RunUnknown
from engine.tasks.values import (
    LineId,
    RowsAsked,
    RowsStored,
    RunCounts,
    RunEnded,
    RunEvent,
    RunRow,
    StoredLine,
)

FIRST_SCREEN = 9
REFRESH_MS = 500
SHARE = 20
"""The list of lines is fetched anew at most so seldom that it takes a twentieth of the time."""


class RunView(Surface):
    """Shows what the store says about a run, and what the events of its work add meanwhile.

    It does not run anything itself: `pause_asked` and `resume_asked` carry the run's id to whoever does,
    who hands every event on to `take`.
    """

    closed = Signal()
    sidebar_asked = Signal()
    pause_asked = Signal(int)
    resume_asked = Signal(int)
    source_asked = Signal(object)
    ask_asked = Signal(int, object)
    ask_stop_asked = Signal(int)
    exported = Signal(str)
    said = Signal(str)
    failed = Signal(object)

    def __init__(self, theme: Theme, tasks: Tasks, lanes: Lanes) -> None:
        super().__init__("page")
        self._theme = theme
        self._tasks = tasks
        self._lanes = lanes
        self._run: RunRow | None = None
        self._counts = RunCounts()
        self._pace: tuple[float, float | None] | None = None
        self._fetch_seconds = 0.0
        self._build()
        self._connect()
        self._keys = self._key_table()

    def set_sidebar_button(self, shown: bool) -> None:
        self.head.set_sidebar_button(shown)

    # What it shows

    @property
    def run(self) -> RunRow | None:
        return self._run

    def show_run(self, run_id: int, at: LineId | None = None) -> None:
        """Open on a run, at a line where one is named."""
        run = self._tasks.run(run_id)
        is_other = self._run is None or self._run.id != run_id
        self._run, self._counts, self._pace = run, run.counts, None
        self._stack.setCurrentIndex(0)
        if is_other:
            self.filters.reset()
            self.body.open_details(False)
        self.table.show_run(run, self._fetch_ids())
        self.review.show_run(run)
        self.details.show_run(run)
        self.head.show_run(run)
        self._show_offer()
        self._show_emptiness()
        if at is None or not self.table.go_to(at):
            self._begin_review()
        self._show_line()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def take(self, event: RunEvent) -> None:
        """What the work on a run has just stored; events of other runs are none of this page's business."""
        run = self._run
        if run is None or not isinstance(event, RowsStored | RowsAsked | RunEnded) or event.run_id != run.id:
            return
        self._counts = event.counts
        if isinstance(event, RowsAsked):
            self._run = replace(run, cost=event.cost, counts=event.counts)
            self._rows_stored(event)
        elif isinstance(event, RunEnded):
            self._pace = None
            self.show_state()
            self._refresh_lines()
        else:
            self._pace = (event.rows_per_minute, event.seconds_left)
            if run.state != "running":
                self._run = replace(run, state="running", reason="", counts=event.counts)
                self.head.show_run(self._run)
            self._rows_stored(event)
        self._show_numbers()
        self.review.forget()
        self._show_line()

    def show_state(self) -> None:
        """Ask the store whether the run is at work: after it was started, or could not be."""
        if self._run is None:
            return
        with suppress(RunUnknown):  # it was deleted while it ended
            self._run = self._tasks.run(self._run.id)
            self._counts = self._run.counts
            self.head.show_run(self._run)
            self._show_offer()

    def show_asking(self, asked: Asked | None) -> None:
        """How far the asking about this run is; None: nobody is being asked."""
        if self._asking.show_underway(asked):
            self.show_state()
        else:
            self._show_offer()

    def escape(self) -> bool:
        """Leave what is on top: the comparison, the details; whether there was anything."""
        if self._stack.currentIndex() == 1:
            self._stack.setCurrentIndex(0)
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        if self.body.is_open:
            self.body.open_details(False)
            self.body.take_keyboard()
            return True
        return False

    # Lines

    def _fetch_ids(self) -> list[LineId]:
        assert self._run is not None
        began = time.perf_counter()
        ids = list(self._tasks.line_ids(self._run.id, self.filters.which, self.filters.words))
        self._fetch_seconds = time.perf_counter() - began
        return ids

    def _filter_changed(self) -> None:
        if self._run is None:
            return
        current, output = self.table.current, self.table.current_output
        self.table.lines.show_ids(self._fetch_ids())
        self.review.forget(self.filters.words)
        if current is None or not self.table.go_to(current.id, output):
            self.table.scrollToTop()
            self._begin_review()
        self._show_emptiness()
        self.filters.show_counts(self._counts)
        self._show_line()

    def _rows_stored(self, event: RowsStored | RowsAsked) -> None:
        self.table.lines.forget(event.rows)
        if self._may_have_other_lines() and not self._refresh.isActive():
            self._refresh.start(max(REFRESH_MS, round(self._fetch_seconds * 1000 * SHARE)))

    def _may_have_other_lines(self) -> bool:
        """Whether the table may need other rows: with one line for each input, all of them always stand."""
        counts = self._counts
        is_plain = self.filters.which == "all" and not self.filters.words
        return not is_plain or counts.lines not in (counts.done, counts.total, counts.done + counts.failed)

    def _refresh_lines(self) -> None:
        if self._run is None:
            return
        current, output = self.table.current, self.table.current_output
        top = self.table.verticalScrollBar().value()
        self.table.lines.merge(self._fetch_ids(), keep=self.filters.which != "all")
        if current is not None and self.table.current != current and self.table.lines.rowCount():
            self.table.go_to(current.id, output)
            self.table.verticalScrollBar().setValue(top)
        self._show_emptiness()

    def _show_emptiness(self) -> None:
        words = {
            "review": "Nothing needs review.",
            "corrected": "You have corrected nothing yet.",
            "failed": "Nothing has failed.",
            "cloud": "Nothing came from the cloud.",
        }.get(self.filters.which, "There is nothing in this run.")
        if self.filters.words:
            words = f"Nothing here holds “{plain(self.filters.words, 40)}”."
        self.table.say_when_empty(words)

    # Review

    def _begin_review(self) -> None:
        """At the first line in doubt where it is on the first screen, else at the first of all."""
        lines = self.table.lines
        for number in range(min(FIRST_SCREEN, lines.rowCount())):
            found = lines.line(number)
            if found is not None and found.needs_review:
                self.review.enter(found.id)
                return
        if lines.first is not None:
            self.table.go_to(lines.first)

    def _changed(self, before: StoredLine, after: StoredLine) -> None:
        self._counts = counts_after(self._counts, before, after)
        self._show_offer()

    def _show_line(self) -> None:
        """The line at hand, in the bar and in the details."""
        found = self.table.current
        provider = self._asking.provider_for(found)
        question = self.review.question
        self.bar.show_question(question, found, remaining=self._counts.review, provider=provider)
        self.bar.setVisible(
            bool(self.table.lines.rowCount()) and bool(self._counts.review or found is not None)
        )
        if self.body.is_open:
            title = title_of(found, self.table) if found is not None else ""
            column_at_hand = self.review.column
            self.details.show_line(found, title, column_at_hand.name if column_at_hand else "")

    def _show_evidence(self) -> None:
        found, question = self.table.current, self.review.question
        if found is None or question is None or not question.evidence:
            return
        spot = spot_of(found, question.evidence[0])
        if spot is not None:
            self.source_asked.emit(spot)
            return
        self.body.open_details()
        self.details.show_evidence()

    def _take_keyboard(self) -> None:
        QTimer.singleShot(0, self.body, self.body.take_keyboard)

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._stack.currentIndex() == 0 and self._act(event):
            event.accept()
            return
        super().keyPressEvent(event)

    def _act(self, event: QKeyEvent) -> bool:
        """Do what a key means; Enter only where no button has the keyboard: there it is the button's."""
        allowed = Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier
        if event.modifiers() & ~allowed:
            return False
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and isinstance(QApplication.focusWidget(), QPushButton):
            return False
        act = self._keys.get(event.key())
        if act is not None:
            act()
        return act is not None

    def _key_table(self) -> dict[int, Callable[[], object]]:
        """None of them loses anything: what they change, U takes back."""
        key = Qt.Key
        labels = {key.Key_0 + number: partial(self.review.choose, number) for number in range(1, KEYS + 1)}
        return {
            **labels,
            key.Key_J: partial(self.review.step, 1),
            key.Key_K: partial(self.review.step, -1),
            key.Key_Return: self.review.accept,
            key.Key_Enter: self.review.accept,
            key.Key_E: self.editing.begin,
            key.Key_U: self.review.undo,
            key.Key_Space: self.body.toggle,
            key.Key_Slash: self.filters.focus_search,
        }

    # Details

    def _step_line(self, step: int) -> None:
        at = self.table.currentIndex()
        number = at.row() + step
        if 0 <= number < self.table.lines.rowCount():
            self.table.setCurrentIndex(self.table.lines.index(number, at.column()))

    def _choose_cell(self, output: str) -> None:
        found = self.table.current
        if found is not None:
            self.table.go_to(found.id, output)

    # Failed rows

    def _retry_line(self, failed: StoredLine) -> None:
        self._retry([failed.id.row])

    def _retry_current(self) -> None:
        found = self.table.current
        if found is not None:
            self._retry_line(found)

    def _retry_all(self) -> None:
        self._retry(None)

    def _retry(self, rows: list[int] | None) -> None:
        if self._run is None:
            return
        self._tasks.retry_rows(self._run.id, rows)
        self._run = self._tasks.run(self._run.id)
        self._counts = self._run.counts
        self.table.lines.forget(rows if rows is not None else range(self._counts.total))
        self._show_numbers()
        self._show_line()
        self.resume_asked.emit(self._run.id)

    # Comparison

    def compare(self, other_id: int) -> None:
        if self._run is not None:
            other = self._tasks.run(other_id)
            self._stack.setCurrentIndex(1)
            self.comparison.compare(self._run, other)

    def _go_to_difference(self, found: LineId) -> None:
        self._stack.setCurrentIndex(0)
        if not self.table.go_to(found):
            self.filters.reset()
            self._filter_changed()
            self.table.go_to(found)
        self.body.open_details()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    # Numbers

    def _show_numbers(self) -> None:
        if self._run is not None:
            self._facts.show_run(self._run, self._counts, self._pace)
            self.filters.show_counts(self._counts)

    def _show_offer(self) -> None:
        if self._run is not None:
            self._asking.show_run(self._run, self._counts)
            self._show_numbers()

    def _undo_cell(self, output: str) -> None:
        """Put back what stood in a cell before a provider was asked."""
        self._choose_cell(output)
        self.review.undo_at_hand()

    def _ask_to_pause(self) -> None:
        if self._run is not None:
            self.pause_asked.emit(self._run.id)

    def _ask_to_resume(self) -> None:
        if self._run is not None:
            self.resume_asked.emit(self._run.id)

    # Parts

    def _build(self) -> None:
        theme, tasks = self._theme, self._tasks
        self.head = RunHead(theme, tasks, self._lanes.errands)
        self._facts = RunFacts(theme, tasks.money)
        self.filters = FilterBar(theme)
        self.table = LinesView(theme, tasks)
        self.review = Review(tasks, self.table, self)
        self.bar = ReviewBar(theme)
        self._asking = RunAsking(tasks, self._facts, self.bar, self.table)
        self.details = DetailsPanel(theme, tasks.money)
        self.comparison = ComparisonView(theme, tasks, self._lanes.errands)
        self.body = RunBody(theme, self.table, self.details)
        self.editing = Editing(theme, self.review, self.table, self, self.bar)
        page = QWidget()
        parts = column(self.head, line(), self._facts, self.filters, self.body, self.bar, spacing=0)
        parts.setStretch(4, 1)
        page.setLayout(parts)
        self._stack = QStackedWidget()
        self._stack.addWidget(page)
        self._stack.addWidget(self.comparison)
        self.setLayout(column(self._stack, spacing=0))
        self._refresh = QTimer(self, singleShot=True)
        self._refresh.timeout.connect(self._refresh_lines)

    def _connect(self) -> None:
        self.head.closed.connect(self.closed)
        self.head.sidebar_asked.connect(self.sidebar_asked)
        self.head.pause_asked.connect(self._ask_to_pause)
        self.head.resume_asked.connect(self._ask_to_resume)
        self.head.compare_asked.connect(self.compare)
        self._asking.asked.connect(self.ask_asked)
        self._asking.stop_asked.connect(self.ask_stop_asked)
        self.head.exported.connect(self.exported)
        self.head.said.connect(self.said)
        self.head.failed.connect(self.failed)
        self._connect_lines()
        self.comparison.closed.connect(self.escape)
        self.comparison.line_asked.connect(self._go_to_difference)
        self.comparison.failed.connect(self.failed)

    def _connect_lines(self) -> None:
        self.filters.changed.connect(self._filter_changed)
        self.filters.retry_asked.connect(self._retry_all)
        self.table.opened.connect(self.body.open_details)
        self.table.edit_asked.connect(self.editing.begin)
        self.table.accept_asked.connect(self.review.accept)
        self.table.undo_asked.connect(self.review.undo_at_hand)
        self.body.opened.connect(self._show_line)
        self.review.moved.connect(self._show_line)
        self.review.changed.connect(self._changed)
        self.review.failed.connect(self.failed)
        self.review.remembered.connect(self.bar.say_remembered)
        self.bar.chosen.connect(self.review.choose)
        self.bar.accepted.connect(self.review.accept)
        self.bar.edit_asked.connect(self.editing.begin)
        self.bar.more_asked.connect(self.editing.choose)
        self.bar.evidence_asked.connect(self._show_evidence)
        self.bar.step_asked.connect(self.review.step)
        self.bar.retry_asked.connect(self._retry_current)
        self.details.closed.connect(self.escape)
        self.details.cell_chosen.connect(self._choose_cell)
        self.details.edit_asked.connect(self.editing.begin)
        self.details.undo_asked.connect(self._undo_cell)
        self.details.retry_asked.connect(self._retry_line)
        self.details.source_asked.connect(self.source_asked)
        self.details.step_asked.connect(self._step_line)
        self.editing.ended.connect(self._take_keyboard)
