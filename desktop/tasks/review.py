"""Going through the cells that need a look: which comes next, and what becomes of the one at hand."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.tasks.cell_text import doubt_words, is_same, text_of
from desktop.tasks.table_model import key_of, line_of, shown_text
from desktop.tasks.table_view import LinesView
from desktop.window.ports import Tasks
from engine.errors import EngineError, RecipeUnknown
from engine.tasks.values import Column, LineId, Quote, RunRow, StoredCell, StoredLine

KEYS = 9
"""Labels that have a number key."""


@dataclass(frozen=True, slots=True)
class Question:
    """What the person is asked about a cell. `choices` are the labels with a key, in the order of the keys;
    `more`: there are others. `position` of `count` doubtful cells of the line, from 1."""

    title: str
    column: Column
    value: Any
    shown: str
    choices: tuple[str, ...]
    more: bool
    doubts: str
    evidence: tuple[Quote, ...]
    position: int
    count: int
    corrected: bool

    def is_chosen(self, label: str) -> bool:
        if self.column.type == "boolean":
            return self.shown == label
        return label in self.value if isinstance(self.value, list) else bool(label == self.value)


@dataclass(frozen=True, slots=True)
class _Step:
    """Something that can be taken back: a cell that was set (it was `before`), or a line found right."""

    line: LineId
    column: str
    before: StoredCell | None = None
    set: bool = False
    accepted: bool = False


class Review(QObject):
    """Acts on the cell at hand in the table; moves on by itself once it is settled.

    `changed` carries the line before and after; `remembered` comes with the first correction of a run.
    """

    changed = Signal(object, object)
    remembered = Signal()
    moved = Signal()
    failed = Signal(object)

    def __init__(self, tasks: Tasks, view: LinesView, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._view = view
        self._run: RunRow | None = None
        self._waiting: list[int] | None = None
        self._search = ""
        self._steps: list[_Step] = []
        self._passed: set[tuple[LineId, str]] = set()
        self._recent: dict[str, list[str]] = {}
        self._has_remembered = False
        view.moved.connect(self.moved)

    def show_run(self, run: RunRow) -> None:
        if self._run is None or run.id != self._run.id:
            self._steps, self._recent, self._has_remembered = [], {}, False
            self._passed = set()
        self._run = run
        self.forget()

    def forget(self, search: str | None = None) -> None:
        """Other lines may need review now; `search` is what the table is searched for, where that changed."""
        self._waiting = None
        self._search = self._search if search is None else search

    @property
    def _run_id(self) -> int:
        assert self._run is not None  # without a run there is no line to do anything with
        return self._run.id

    # The cell at hand

    @property
    def column(self) -> Column | None:
        """The output column at hand: the one the person stands in, else the one in doubt, else the first."""
        line = self._view.current
        if line is None or self._run is None or line.state != "done":
            return None
        names = [self._view.current_output, *self._doubtful(line), *(c.name for c in self._run.columns)]
        wanted = next((name for name in names if name in line.cells), None)
        return next((each for each in self._run.columns if each.name == wanted), None)

    @property
    def question(self) -> Question | None:
        line, column = self._view.current, self.column
        if line is None or column is None:
            return None
        cell = line.cells[column.name]
        doubtful = self._all_doubtful(line)
        choices = self._choices(column, cell)
        return Question(
            title=title_of(line, self._view),
            column=column,
            value=cell.cell.value,
            shown=text_of(cell.cell.value, column.type),
            choices=tuple(choices[:KEYS]),
            more=len(choices) > KEYS,
            doubts=doubt_words(cell) if cell.needs_review and not line.accepted else "",
            evidence=cell.cell.evidence,
            position=doubtful.index(column.name) + 1 if column.name in doubtful else 0,
            count=len(doubtful),
            corrected=cell.corrected,
        )

    def _choices(self, column: Column, cell: StoredCell) -> list[str]:
        """Labels in the recipe's order; of many, the present one and those chosen last come first."""
        if column.type == "boolean" and not column.many:
            return ["yes", "no"]
        if column.type != "choice" or len(column.labels) <= KEYS:
            return list(column.labels)
        value = cell.cell.value
        present = value if isinstance(value, list) else [value]
        first = [each for each in present if each in column.labels]
        return list(dict.fromkeys([*first, *self._recent.get(column.name, []), *column.labels]))

    def _all_doubtful(self, line: StoredLine) -> list[str]:
        columns = self._run.columns if self._run is not None else ()
        if line.accepted:
            return []
        return [c.name for c in columns if c.name in line.cells and line.cells[c.name].needs_review]

    def _doubtful(self, line: StoredLine) -> list[str]:
        """Columns that are still to be looked at."""
        return [name for name in self._all_doubtful(line) if (line.id, name) not in self._passed]

    # Moving

    def step(self, step: int) -> bool:
        """To the next cell that needs review, or the one before; whether there is one but this."""
        line = self._view.current
        if line is not None:
            within = self._all_doubtful(line)
            at = self._view.current_output
            if at in within:
                beside = within.index(at) + step
                if 0 <= beside < len(within):
                    return self._view.go_to(line.id, within[beside])
        return any(self.enter(each, step) for each in self._lines_from(line, step))

    def enter(self, wanted: LineId, step: int = 1) -> bool:
        """To the first cell of a line that needs review, or the last; whether it has one."""
        number = self._view.lines.number_of(wanted)
        line = self._view.lines.line(number) if number is not None else None
        if line is None:
            return False
        doubtful = self._all_doubtful(line)
        if not doubtful:
            return False
        return self._view.go_to(wanted, doubtful[0 if step > 0 else -1])

    def _lines_from(self, line: StoredLine | None, step: int) -> Iterator[LineId]:
        """Lines that may need review: those after (or before) this one, then round from the other end."""
        waiting = self._queue() if self._run is not None else []
        numbers: Iterable[int]
        if line is None:
            numbers = range(len(waiting)) if step > 0 else reversed(range(len(waiting)))
        elif step > 0:
            cut = bisect_right(waiting, key_of(line.id))
            numbers = chain(range(cut, len(waiting)), range(cut))
        else:
            cut = bisect_left(waiting, key_of(line.id))
            numbers = chain(reversed(range(cut)), reversed(range(cut, len(waiting))))
        return (line_of(waiting[number]) for number in numbers)

    def _queue(self) -> list[int]:
        if self._waiting is None:
            ids = self._tasks.line_ids(self._run_id, "review", self._search)
            self._waiting = [key_of(each) for each in ids]
        return self._waiting

    def _queue_again(self, line: StoredLine) -> None:
        """Out of what waits, or back into it."""
        waiting, key = self._waiting, key_of(line.id)
        if waiting is None:
            return
        place = bisect_left(waiting, key)
        is_there = place < len(waiting) and waiting[place] == key
        if is_there and not line.needs_review:
            del waiting[place]
        elif line.needs_review and not is_there:
            waiting.insert(place, key)

    # Settling

    def choose(self, number: int) -> None:
        """The label with this number key, from 1."""
        question = self.question
        if question is not None and 1 <= number <= len(question.choices):
            self.choose_label(question.choices[number - 1])

    def choose_label(self, label: str) -> None:
        """The only label, or one more or less of several."""
        column, line = self.column, self._view.current
        if column is None or line is None:
            return
        recent = [each for each in self._recent.get(column.name, []) if each != label]
        self._recent[column.name] = [label, *recent][:KEYS]
        if column.type == "boolean":
            self.set_value(label == "yes")
        elif column.many:
            self._toggle(line, column, label)
        else:
            self.set_value(label)

    def _toggle(self, line: StoredLine, column: Column, label: str) -> None:
        value = line.cells[column.name].cell.value
        present = list(value) if isinstance(value, list) else []
        wanted = [each for each in present if each != label] if label in present else [*present, label]
        ordered = [each for each in column.labels if each in wanted]
        self._set(line, column.name, ordered)

    def set_value(self, value: Any) -> None:
        """Correct the cell at hand; the same value again says that it is right."""
        column, line = self.column, self._view.current
        if column is None or line is None:
            return
        cell = line.cells[column.name]
        if is_same(value, cell.cell.value) and cell.needs_review:
            self.accept()
        elif not is_same(value, cell.cell.value):
            was_doubtful = column.name in self._all_doubtful(line)
            if self._set(line, column.name, value) and was_doubtful:
                self._settle(line.id)

    def accept(self) -> None:
        """The cell at hand is right as it is. A line is accepted once all its doubtful cells are."""
        column, line = self.column, self._view.current
        if column is None or line is None:
            return
        if column.name in self._all_doubtful(line):
            self._passed.add((line.id, column.name))
        self._settle(line.id)

    def _settle(self, line_id: LineId) -> None:
        """On to what is left of the line; once nothing is, it is accepted, and the next one's turn comes."""
        line = self._view.current
        if line is not None and line.id == line_id and line.needs_review:
            left = self._doubtful(line)
            if left:
                self._view.go_to(line_id, left[0])
                return
            self._accept(line)
        if not self.step(1):
            self.moved.emit()

    def _accept(self, line: StoredLine) -> None:
        run_id = self._run_id
        after = self._attempt(lambda: self._tasks.accept(run_id, line.id))
        if after is not None:
            self._steps.append(_Step(line.id, self._view.current_output, accepted=True))
            self._take(line, after)

    def _set(self, line: StoredLine, column: str, value: Any) -> bool:
        run_id = self._run_id
        after = self._attempt(lambda: self._tasks.correct(run_id, line.id, column, value))
        if after is None:
            return False
        self._steps.append(_Step(line.id, column, line.cells[column], set=True))
        self._take(line, after)
        if not self._has_remembered and self._is_example(line.id):
            self._has_remembered = True
            self.remembered.emit()
        return True

    def _attempt(self, change: Callable[[], StoredLine]) -> StoredLine | None:
        """The line as it is then; None where it cannot be kept now, such as on a full disk."""
        try:
            return change()
        except EngineError as error:
            self.failed.emit(error)
            return None

    def _is_example(self, line: LineId) -> bool:
        """Whether what is corrected in a line teaches the recipe: inputs that are several lines do not."""
        run, others = self._run, self._view.lines
        if run is None or run.recipe_id is None or line.row < 0:
            return False
        if line.line or others.number_of(LineId(line.row, 1)) is not None:
            return False
        try:
            return not self._tasks.recipe(run.recipe_id).several_lines
        except RecipeUnknown:  # it was deleted since
            return False

    def _take(self, before: StoredLine, after: StoredLine) -> None:
        self._view.lines.put(after)
        self._queue_again(after)
        self.changed.emit(before, after)
        self.moved.emit()

    # Taking back

    @property
    def can_undo(self) -> bool:
        line = self._view.current
        column = self.column
        return bool(self._steps) or bool(line and column and _can_be_undone(line.cells[column.name]))

    def undo(self) -> None:
        """Take back what was done last, or else the correction at hand; and go there."""
        if self._steps:
            self._take_back(self._steps.pop())
        else:
            self.undo_at_hand()

    def undo_at_hand(self) -> None:
        """Take back the correction of the cell at hand, or what a provider said, whenever that was."""
        line, column = self._view.current, self.column
        if line is not None and column is not None and _can_be_undone(line.cells[column.name]):
            here = (line.id, column.name)
            self._steps = [each for each in self._steps if (each.line, each.column) != here]
            self._take_back(_Step(line.id, column.name, set=True))

    def _take_back(self, step: _Step) -> None:
        (before,) = self._tasks.lines(self._run_id, [step.line])
        self._passed = {each for each in self._passed if each[0] != step.line}
        after = self._attempt(partial(self._undone, step))
        if after is not None:
            self._view.go_to(step.line, step.column)
            self._take(before, after)

    def _undone(self, step: _Step) -> StoredLine:
        if step.accepted:
            return self._tasks.accept(self._run_id, step.line, False)
        if step.before is not None and step.before.corrected:
            return self._tasks.correct(self._run_id, step.line, step.column, step.before.cell.value)
        return self._tasks.undo_correction(self._run_id, step.line, step.column)


def _can_be_undone(cell: StoredCell) -> bool:
    return cell.corrected or cell.local is not None


def title_of(line: StoredLine, view: LinesView) -> str:
    """What a line is called: its first column, which usually names it."""
    first = view.lines.columns[0]
    return shown_text(line, first)[:80] or line.item.title
