"""The answer to a question about every document: the number, and every document behind it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QProgressBar, QPushButton, QWidget

from desktop.documents.rows import counted
from desktop.tasks.plan_card import duration
from desktop.tasks.running import Underway
from desktop.tasks.tally_rows import TallyView
from desktop.theme.controls import ThemedButton, button, card, label
from desktop.theme.layouts import boxed, column, row, wrapping
from desktop.theme.theme import Theme
from desktop.theme.tokens import Space
from desktop.window.ports import Tasks
from engine.tasks.tally import condition, says_nothing
from engine.tasks.values import CountQuestion, LineId, RunCounts, RunRow, Tally

MOST_ROWS = 12  # in sight at once; a longer list scrolls by itself


class TallyCard(QWidget):
    """Counts while the run goes on; four lists that together hold every document."""

    stop_asked = Signal()
    resume_asked = Signal(int)
    table_asked = Signal(int)
    line_opened = Signal(object)

    def __init__(self, theme: Theme, tasks: Tasks) -> None:
        super().__init__()
        self._tasks = tasks
        self._run: RunRow | None = None
        self._tally: Tally | None = None
        self._headline = label(size="display", weight="semibold", wrap=True)
        self._condition = label(tone="muted", size="reading", wrap=True)
        self._caution = label(tone="warning", size="label", wrap=True)
        self._progress = label(tone="muted", size="label", wrap=True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._stop = ThemedButton(theme, "pause", "Pause")
        self._resume = ThemedButton(theme, "refresh-cw", "Go on")
        self._table = button("Open as a table")
        self.view = TallyView(theme)
        self._none = label(tone="muted", size="label")
        self._tabs = [button("", "segment", name=f"List {n} of 4") for n in range(1, 5)]
        self._shown = 0
        self._build()
        self._stop.clicked.connect(self.stop_asked)
        self._resume.clicked.connect(lambda: self.resume_asked.emit(self._run.id if self._run else 0))
        self._table.clicked.connect(lambda: self.table_asked.emit(self._run.id if self._run else 0))
        self.view.opened.connect(self.line_opened)

    @property
    def run_id(self) -> int | None:
        return self._run.id if self._run is not None else None

    def show_run(self, run: RunRow, tally: Tally, underway: Underway | None) -> None:
        """What was counted, and how far the run is; `underway` while it works."""
        is_other = self._run is None or self._run.id != run.id
        self._run = run
        counts = run.counts
        self._bar.setVisible(bool(counts.waiting))
        self._stop.setVisible(underway is not None and not underway.stopping)
        self._resume.setVisible(bool(counts.waiting) and underway is None)
        self._progress.setVisible(bool(counts.waiting))
        if underway is not None:
            self.show_pace(underway)
        else:
            self._show_numbers(counts, f" · paused{': ' if run.reason else ''}{run.reason}")
        if is_other:
            self._choose(0)
        self._show_tally(tally)

    def show_pace(self, underway: Underway) -> None:
        """How far it is and how long it will still take."""
        if underway.counts is None:
            return
        left = f" · about {duration(underway.seconds_left)} left" if underway.seconds_left else ""
        if underway.is_waiting:
            left = " · waits for another run"
        self._show_numbers(underway.counts, " · stopping…" if underway.stopping else left)

    def _show_numbers(self, counts: RunCounts, more: str) -> None:
        self._bar.setRange(0, max(1, counts.total))
        self._bar.setValue(counts.done + counts.failed)
        self._progress.setText(f"{counts.done + counts.failed:,} of {counts.total:,} read{more}")

    def _show_tally(self, tally: Tally) -> None:
        self._tally = tally
        self._headline.setText(headline(tally))
        self._condition.setText(sentence_of(tally.question))
        self._caution.setText(caution(tally))
        self._caution.setVisible(bool(self._caution.text()))
        for tab, (words, ids) in zip(self._tabs, _lists(tally), strict=True):
            tab.setText(f"{words}  {len(ids):,}")
            tab.setAccessibleName(f"{words}: {len(ids):,}")
        self._show_list()

    def _choose(self, number: int) -> None:
        self._shown = number
        self._tabs[number].setChecked(True)
        self._show_list()

    def _show_list(self) -> None:
        if self._tally is None or self._run is None:
            return
        _, ids = _lists(self._tally)[self._shown]
        run_id = self._run.id
        self.view.rows.show_lines(
            ids, self._tally.question.column, lambda wanted: self._tasks.lines(run_id, wanted)
        )
        self.view.setVisible(bool(ids))
        self.view.setFixedHeight(self.view.height_of(min(len(ids), MOST_ROWS)))
        self._none.setVisible(not ids)
        self._none.setText("None." if not self._run.counts.waiting else "None yet.")

    def _build(self) -> None:
        group = QButtonGroup(self)
        for number, tab in enumerate(self._tabs):
            tab.setCheckable(True)
            group.addButton(tab)
            tab.clicked.connect(partial(self._choose, number))
        self._tabs[0].setChecked(True)
        segments = card("segments")
        segments.setLayout(row(*self._tabs, spacing=2, margins=(3, 3, 3, 3)))
        pace = row(self._progress, None, self._stop, self._resume, self._table)
        pace.setStretch(0, 1000)  # all that is free for the words; without words, nothing else grows
        frame = card()
        frame.setLayout(
            column(
                column(self._headline, self._condition, spacing=Space.XS),
                self._caution,
                wrapping(pace),
                self._bar,
                spacing=Space.M,
                margins=(20, 18, 20, 18),
            )
        )
        table = card("table")
        self._none.setContentsMargins(15, 8, 15, 8)
        table.setLayout(column(self._none, self.view, spacing=0, margins=(1, 6, 1, 6)))
        self.setLayout(column(frame, boxed(row(segments, None)), table, spacing=Space.L))

    @property
    def tabs(self) -> list[QPushButton]:
        return self._tabs


def headline(tally: Tally) -> str:
    """The answer as the first thing that is read: “12 of 300 documents”, or the sentence of a sum."""
    if tally.question.aggregate not in ("count", "list"):
        return tally.sentence.partition(". ")[0].removesuffix(".")
    total = sum(len(ids) for _, ids in _lists(tally))
    so_far = " so far" if tally.waiting else ""
    return f"{len(tally.matches):,} of {counted(total, 'document')}{so_far}"


def sentence_of(question: CountQuestion) -> str:
    said = condition(question)
    return f"{said[:1].upper()}{said[1:]}."


def caution(tally: Tally) -> str:
    """What the number leaves open; empty where it leaves nothing."""
    parts = []
    if tally.unclear:
        silent = f" ({tally.silent:,} {says_nothing(tally.question, tally.silent)})" if tally.silent else ""
        parts.append(f"{counted(len(tally.unclear), 'document')} unclear{silent}")
    if tally.unreadable:
        parts.append(f"{len(tally.unreadable):,} not read")
    return f"Not in this number: {', '.join(parts)}. They are listed below." if parts else ""


def _lists(tally: Tally) -> list[tuple[str, tuple[LineId, ...]]]:
    return [
        ("Counted", tally.matches),
        ("Not counted", tally.others),
        ("Unclear", tally.unclear),
        ("Not read", tally.unreadable),
    ]
