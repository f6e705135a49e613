"""“How many contracts end in 2025?”: a plan, the reading of every document, and the count with its proof."""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.lanes import Job, Lane, Work, once
from desktop.tasks.plan_card import Chooser, PlanCard
from desktop.tasks.tally_card import TallyCard
from desktop.theme.controls import ThemedButton, button, label
from desktop.theme.layouts import boxed, column, reading_column, row
from desktop.theme.theme import Theme
from desktop.theme.tokens import Space
from desktop.viewer.spot import Spot
from desktop.window.ports import CarrelApplication
from engine.tasks.values import QuestionPlan, RowsStored, RunEnded, RunSource, RunStarted, StoredLine
from engine.values import Source

ALL = ""
EXAMPLE = "How many contracts end in 2025?"


class EveryDocument(QWidget):
    """Asks, plans, reads, counts. `source_asked` carries the Spot of a document to open."""

    closed = Signal()
    table_asked = Signal(int)
    source_asked = Signal(object)
    failed = Signal(object)
    runs_changed = Signal()

    def __init__(self, theme: Theme, app: CarrelApplication, work: Lane, errands: Lane) -> None:
        """`work` is the lane that runs go on, `errands` that of short questions to the model."""
        super().__init__()
        self._theme, self._app = theme, app
        self._work, self._errands = work, errands
        self._planning: Job | None = None
        self._reading: Job | None = None
        self._back = ThemedButton(theme, "chevron-left", "Tasks", "quiet")
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

    # Opening

    def begin(self, question: str = "", collection: str = ALL) -> None:
        """An empty page, or a question that is planned at once."""
        self._offer_scopes(collection)
        self._question.setText(question)
        self.plan_card.hide()
        self.tally_card.hide()
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
        self.tally_card.show()
        self.tally_card.show_run(run, is_working=self._is_reading(run_id))

    def refresh(self) -> None:
        """A cell was corrected elsewhere: count again."""
        run_id = self.tally_card.run_id
        if run_id is not None and self.tally_card.isVisibleTo(self):
            self.show_run(run_id)

    # Planning

    def _plan(self) -> None:
        question = self._question.text().strip()
        if not question:
            return
        if self._planning is not None:
            self._planning.cancel()
        source = RunSource(collection=self._scope.value)
        tasks = self._app.tasks
        self.plan_card.hide()
        self.tally_card.hide()
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

    # Reading

    def _start(self, plan: QuestionPlan) -> None:
        tasks = self._app.tasks
        self.plan_card.hide()
        self._say("Making a list of the documents…")
        self._drive(lambda cancelled: tasks.run_question(plan, cancelled=cancelled))

    def _resume(self, run_id: int) -> None:
        tasks = self._app.tasks
        self._drive(lambda cancelled: tasks.resume_run(run_id, cancelled=cancelled))
        self.tally_card.show_run(tasks.run(run_id), is_working=True)

    def _drive(self, work: Work) -> None:
        job = self._reading = self._work.job(work)
        job.happened.connect(self._read)
        job.failed.connect(self._fail)
        job.cancelled.connect(self._paused)
        self._work.start(job)

    def _read(self, event: object) -> None:
        if isinstance(event, RunStarted):
            self._say("")
            self.tally_card.show()
            self.tally_card.show_run(self._app.tasks.run(event.run_id), is_working=True)
            self.runs_changed.emit()
        elif isinstance(event, RowsStored):
            self.tally_card.show_run(self._app.tasks.run(event.run_id), is_working=True)
            self.tally_card.show_progress(event)
        elif isinstance(event, RunEnded):
            self.tally_card.show_run(self._app.tasks.run(event.run_id), is_working=False)
            self.runs_changed.emit()

    def _paused(self) -> None:
        self._say("")
        run_id = self.tally_card.run_id
        if run_id is not None:
            self.tally_card.show_run(self._app.tasks.run(run_id), is_working=False)

    def _stop(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._say("Stopping… What has been read is kept.")

    def _is_reading(self, run_id: int) -> bool:
        busy = self._reading is not None and not self._reading.is_over
        return busy and self.tally_card.run_id == run_id

    def _fail(self, error: object) -> None:
        self._ask.setEnabled(True)
        self._say("")
        self._paused()
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

    def _say(self, words: str) -> None:
        self._words.setText(words)
        self._words.setVisible(bool(words))

    def _build(self) -> None:
        head = label("Ask every document", size="display", weight="semibold")
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
            boxed(row(self._back, None)),
            head,
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
        self.setLayout(column(reading_column(content), spacing=0))
        self._offer_scopes(ALL)
        self.plan_card.hide()
        self.tally_card.hide()
        self._say("")

    def _connect(self) -> None:
        self._back.clicked.connect(self.closed)
        self._ask.clicked.connect(self._plan)
        self._question.returnPressed.connect(self._plan)
        self.plan_card.start_asked.connect(self._start)
        self.tally_card.stop_asked.connect(self._stop)
        self.tally_card.resume_asked.connect(self._resume)
        self.tally_card.table_asked.connect(self.table_asked)
        self.tally_card.line_opened.connect(self._open)
