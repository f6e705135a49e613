"""“How many contracts end in 2025?”: a plan, the reading of every document, and the count with its proof."""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.lanes import Job, Lane, once
from desktop.tasks.ask_line import EXAMPLE
from desktop.tasks.head import BackHeader
from desktop.tasks.plan_card import Chooser, PlanCard
from desktop.tasks.running import Running, Underway
from desktop.tasks.tally_card import TallyCard
from desktop.theme.controls import button, label, set_property
from desktop.theme.layouts import boxed, column, reading_column, row
from desktop.theme.theme import Theme
from desktop.theme.tokens import Space
from desktop.viewer.spot import Spot
from desktop.window.ports import CarrelApplication
from engine.tasks.values import QuestionPlan, RunEnded, RunRow, RunSource, StoredLine, Tally
from engine.values import Source

ALL = ""
COUNT_MS = 500
"""Counting goes through all lines of the run: at most twice a second while it works."""


class EveryDocument(QWidget):
    """Asks, plans, reads, counts. `source_asked` carries the Spot of a document to open."""

    closed = Signal()
    sidebar_asked = Signal()
    table_asked = Signal(int)
    source_asked = Signal(object)
    failed = Signal(object)

    def __init__(self, theme: Theme, app: CarrelApplication, running: Running, errands: Lane) -> None:
        """`running` has the runs that are under way, `errands` is the lane of short questions."""
        super().__init__()
        self._theme, self._app = theme, app
        self._running, self._errands = running, errands
        self._planning: Job | None = None
        self._reading: Underway | None = None
        self._counting: Job | None = None
        self._shown_run: int | None = None
        self._is_stale = False
        self._header = BackHeader(theme, "Tasks")
        self._header.show_name("Ask every document")
        self._question = QLineEdit()
        self._question.setPlaceholderText(EXAMPLE)
        self._question.setAccessibleName("Question about every document")
        self._scope: Chooser[str] = Chooser(theme, "Which documents")
        self._ask = button("Make a plan", "primary")
        self._words = label(tone="muted", size="label", wrap=True)
        self.plan_card = PlanCard(theme)
        self.tally_card = TallyCard(theme, app.tasks)
        self._build()
        self._connect()

    def set_sidebar_button(self, shown: bool) -> None:
        self._header.set_sidebar_button(shown)

    # Opening

    def begin(self, question: str = "", collection: str = ALL) -> None:
        """An empty page, or a question that is planned at once."""
        self._offer_scopes(collection)
        self._question.setText(question)
        self._hide_all()
        self._say("")
        if question:
            self._plan()
        else:
            self._question.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_run(self, run_id: int) -> None:
        """The answer of an earlier question, as far as it came."""
        run = self._app.tasks.run(run_id)
        self._offer_scopes(run.source.collection)
        self._question.setText(run.question.text if run.question else run.title)
        self.plan_card.hide()
        self._say("")
        self._show(run_id)

    def refresh(self) -> None:
        """A cell may have been corrected elsewhere: count again."""
        if self._shown_run is not None and self.isVisible():
            self._show(self._shown_run)

    # Planning

    def _plan(self) -> None:
        question = self._question.text().strip()
        if not question:
            return
        if self._planning is not None:
            self._planning.cancel()
        source = RunSource(collection=self._scope.value)
        tasks = self._app.tasks
        self._hide_all()
        self._say("Working out what to look for in each document…")
        self._ask.setEnabled(False)
        self._planning = self._errands.job(once(lambda: tasks.plan_question(question, source)))
        self._planning.happened.connect(self._planned)
        self._planning.failed.connect(self._fail)
        self._errands.start(self._planning)

    def _planned(self, plan: QuestionPlan | None) -> None:
        self._ask.setEnabled(True)
        self._say("")
        if plan is None:
            return
        if plan.total == 0:
            self._say("There are no documents to read here yet. Add some in Documents first.")
            return
        self.plan_card.show_plan(plan)
        self.plan_card.show()
        set_property(self._ask, "kind", "secondary")  # what comes next is to read them

    # Reading

    def _start(self, plan: QuestionPlan) -> None:
        self.plan_card.hide()
        self._say("Making a list of the documents…")
        self._reading = self._running.ask(plan)

    def _resume(self, run_id: int) -> None:
        self._reading = self._running.resume(self._app.tasks.run(run_id))
        self._show(run_id)

    def _began(self, underway: Underway, run_id: int) -> None:
        if self._reading is not None and underway.key == self._reading.key:
            self._say("")
            self._show(run_id)

    def _moved(self, underway: Underway) -> None:
        """Stored a few times a second; counted anew at most every half."""
        if underway.run_id is not None and underway.run_id == self._shown_run:
            self.tally_card.show_pace(underway)
            if not self._again.isActive():
                self._again.start()

    def _ended(self, underway: Underway, _: RunEnded) -> None:
        if underway.run_id is not None and underway.run_id == self._shown_run:
            self._show(underway.run_id)

    def _listed(self) -> None:
        """Some run began or ended, maybe this one; maybe before there was anything to show."""
        if self._reading is not None and all(one.key != self._reading.key for one in self._running.all):
            self._reading = None
            self._say("")
        self.refresh()

    def _pause(self) -> None:
        if self._shown_run is not None:
            self._running.pause_run(self._shown_run)

    def _show(self, run_id: int) -> None:
        """Count, which goes through all lines of the run: on a lane, one count at a time."""
        self._shown_run = run_id
        if self._counting is not None and not self._counting.is_over:
            self._is_stale = True
            return
        self._is_stale = False
        tasks = self._app.tasks
        job = self._counting = self._errands.job(once(lambda: (tasks.run(run_id), tasks.tally(run_id))))
        job.happened.connect(self._counted)
        job.done.connect(self._count_again)
        job.failed.connect(self._fail)
        self._errands.start(job)

    def _counted(self, found: tuple[RunRow, Tally]) -> None:
        run, tally = found
        if run.id == self._shown_run:
            self.tally_card.show_run(run, tally, self._running.of(run.id))
            self.tally_card.show()

    def _count_again(self) -> None:
        if self._is_stale and self._shown_run is not None:
            self._show(self._shown_run)

    def _fail(self, error: object) -> None:
        self._ask.setEnabled(True)
        self._say("")
        self.failed.emit(error)

    # Showing

    def _open(self, line: StoredLine) -> None:
        """The document, at the words that the value rests on."""
        if not line.item.path:
            return
        cell = line.cells.get(self._column())
        quotes = cell.cell.evidence if cell is not None else ()
        name = PurePath(line.item.path).name
        if not quotes:
            self.source_asked.emit(Spot(Source(name, line.item.path, None, 0, 0, "", "", 0.0)))
            return
        said = quotes[0]
        source = Source(name, line.item.path, said.page, said.start, said.end, said.text, "", 0.0)
        self.source_asked.emit(Spot(source, ((0, len(said.text)),)))

    def _column(self) -> str:
        run_id = self.tally_card.run_id
        question = self._app.tasks.run(run_id).question if run_id is not None else None
        return question.column if question is not None else ""

    def _offer_scopes(self, collection: str) -> None:
        names = [found.name for found in self._app.collections()]
        self._scope.offer({ALL: "All documents", **{name: name for name in names}}, collection)

    def _hide_all(self) -> None:
        self._shown_run = None
        set_property(self._ask, "kind", "primary")
        self.plan_card.hide()
        self.tally_card.hide()

    @property
    def run_id(self) -> int | None:
        """The run whose answer is shown."""
        return self._shown_run

    def _say(self, words: str) -> None:
        self._words.setText(words)
        self._words.setVisible(bool(words))

    def _build(self) -> None:
        self._again = QTimer(self, interval=COUNT_MS, singleShot=True)
        self._again.timeout.connect(self.refresh)
        words = label(
            "Each document is read for what you ask. The answer is counted, and every document behind it "
            "is listed with its words.",
            tone="muted",
            size="reading",
            wrap=True,
        )
        asked = boxed(row(self._question, self._ask, spacing=10), stretch=0)
        where = boxed(row(label("in", tone="muted", size="label"), self._scope, None))
        content = column(
            words,
            Space.S,
            asked,
            where,
            self._words,
            self.plan_card,
            self.tally_card,
            None,
            spacing=Space.M,
        )
        self.setLayout(column(self._header, reading_column(content), spacing=0))
        self._offer_scopes(ALL)
        self.plan_card.hide()
        self.tally_card.hide()
        self._say("")

    def _connect(self) -> None:
        self._header.back_asked.connect(self.closed)
        self._header.sidebar_asked.connect(self.sidebar_asked)
        self._ask.clicked.connect(self._plan)
        self._question.returnPressed.connect(self._plan)
        self.plan_card.start_asked.connect(self._start)
        self.tally_card.stop_asked.connect(self._pause)
        self.tally_card.resume_asked.connect(self._resume)
        self.tally_card.table_asked.connect(self.table_asked)
        self.tally_card.line_opened.connect(self._open)
        running = self._running
        running.began.connect(self._began)
        running.moved.connect(self._moved)
        running.ended.connect(self._ended)
        running.listed.connect(self._listed)
