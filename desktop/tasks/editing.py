"""Writing into the cell at hand, or choosing for it from a list, in its place in the table."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, QRect, Signal
from PySide6.QtWidgets import QWidget

from desktop.tasks.cell_editor import CellEditor
from desktop.tasks.choice_list import ChoiceList
from desktop.tasks.review import Question, Review
from desktop.tasks.table_view import LinesView
from desktop.theme.theme import Theme


class Editing(QObject):
    """`room` is what an editor lies on; `instead` stands for the cell while the table is not shown."""

    ended = Signal()

    def __init__(
        self, theme: Theme, review: Review, table: LinesView, room: QWidget, instead: QWidget
    ) -> None:
        super().__init__(room)
        self._theme = theme
        self._review = review
        self._table = table
        self._room = room
        self._instead = instead

    def begin(self, output: str = "") -> None:
        """The editor that the cell's type asks for; of another column of the line where one is named."""
        line = self._table.current
        if line is None:
            return
        if output:
            self._table.go_to(line.id, output)
        question = self._review.question
        if question is None:
            return
        self._table.go_to(line.id, question.column.name)
        if is_chosen(question):
            self.choose()
        else:
            self._write(question)

    def choose(self) -> None:
        """All labels of the cell at hand, to be found by typing."""
        question = self._review.question
        if question is None:
            return
        column = question.column
        is_boolean = column.type == "boolean"
        labels = ("yes", "no") if is_boolean else column.labels
        value = question.shown or None if is_boolean else question.value
        chooser = ChoiceList(self._theme, self._room, column.name, labels, value, several=column.many)
        chooser.chosen.connect(self._chosen)
        chooser.closed.connect(self.ended)
        chooser.open_below(self._place())

    def _write(self, question: Question) -> None:
        editor = CellEditor(self._theme, self._room, question.column, question.value)
        editor.written.connect(self._review.set_value)
        editor.closed.connect(self.ended)
        editor.open_over(self._place())

    def _chosen(self, label: str | None) -> None:
        if label is None:
            self._review.set_value(None)
        else:
            self._review.choose_label(label)

    def _place(self) -> QRect:
        """The cell at hand, on what editors lie on."""
        if not self._table.isVisible():
            corner = self._instead.mapTo(self._room.window(), QPoint(0, 0))
            return QRect(self._room.mapFrom(self._room.window(), corner), self._instead.size())
        cell = self._table.visualRect(self._table.currentIndex())
        return cell.translated(self._table.viewport().mapTo(self._room, QPoint(0, 0)))


def is_chosen(question: Question) -> bool:
    """Whether the value is one of a few that can be listed."""
    column = question.column
    return column.type == "choice" or (column.type == "boolean" and not column.many)
