"""Two runs of a recipe side by side: how many cells are the same, and each that is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from desktop.lanes import Job, Lane, once
from desktop.tasks.cell_text import text_of
from desktop.tasks.runs_named import described
from desktop.tasks.table_paint import EDGE, LEFT, PADDING, Looks
from desktop.theme.controls import ElidedLabel, IconButton, label, line, name_corner, tooltip
from desktop.theme.foreign import plain
from desktop.theme.layouts import boxed, column, row
from desktop.theme.theme import Theme
from desktop.theme.tokens import Size, Space
from desktop.window.ports import Tasks
from engine.tasks.values import ColumnType, Comparison, Difference, RunRow

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

Index = QModelIndex | QPersistentModelIndex
ROW = 46
TITLES = ("input", "column", "this run", "other run")
NOTHING = "–"


class ComparisonView(QWidget):
    """Compares on a lane: two runs may have 100,000 lines each."""

    closed = Signal()
    line_asked = Signal(object)
    failed = Signal(object)

    def __init__(self, theme: Theme, tasks: Tasks, lane: Lane) -> None:
        super().__init__()
        self._theme = theme
        self._tasks = tasks
        self._lane = lane
        self._job: Job | None = None
        self._pair = (0, 0)
        self._build()

    def compare(self, run: RunRow, other: RunRow) -> None:
        self._pair = (run.id, other.id)
        self._name.set_whole(plain(run.recipe_name))
        self._runs.setText(f"This run: {described(run)}\nOther run: {described(other)}")
        self._share.setText("Comparing…")
        self._none.hide()
        self.table.differences.show(Comparison(0, 0, ()), run)
        pair, tasks = self._pair, self._tasks
        self._job = self._lane.job(once(lambda: (pair, run, tasks.compare_runs(*pair))))
        self._job.happened.connect(self._take)
        self._job.failed.connect(self.failed)
        self._lane.start(self._job)

    @property
    def share(self) -> str:
        return self._share.text()

    def _take(self, compared: tuple[tuple[int, int], RunRow, Comparison]) -> None:
        pair, run, found = compared
        if pair != self._pair:  # others were chosen meanwhile
            return
        self._share.setText(share_of(found))
        self.table.differences.show(found, run)
        self.table.setVisible(bool(found.differences))
        self._none.setVisible(not found.differences)
        if found.differences:
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _build(self) -> None:
        back = IconButton(self._theme, "arrow-left", "Back to the run", keys="Esc")
        back.clicked.connect(self.closed)
        self._name = ElidedLabel(size="reading", weight="semibold")
        head = boxed(
            row(back, self._name, label("Comparison", tone="muted"), None, spacing=10,
                margins=(Space.M, 0, Space.XL, 0))
        )  # fmt: skip
        head.setFixedHeight(Size.HEADER - 1)
        self._share = label(weight="semibold")
        self._runs = label(tone="muted", size="label")
        self._runs.setWordWrap(True)
        facts = boxed(column(self._share, self._runs, spacing=6, margins=(Space.XL, 15, Space.XL, 14)))
        self.table = DifferencesView(self._theme)
        self.table.line_asked.connect(self.line_asked)
        self._none = label("Both runs filled every cell alike.", tone="muted")
        self._none.setContentsMargins(Space.XL, 20, Space.XL, 20)
        self._none.hide()
        layout = column(head, line(), facts, line(), self.table, self._none, None, spacing=0)
        layout.setStretch(4, 1000)
        self.setLayout(layout)


def share_of(comparison: Comparison) -> str:
    """“9,412 of 10,000 cells are the same (94 %)”; never 100 % while one differs."""
    if not comparison.cells:
        return "The two runs have no cell in common."
    share = 100 * comparison.same / comparison.cells
    if comparison.same < comparison.cells:
        share = min(share, 99.9)
    number = f"{share:.1f}".removesuffix(".0")
    return f"{comparison.same:,} of {comparison.cells:,} cells are the same ({number} %)"


class DifferencesModel(QAbstractTableModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._found: tuple[Difference, ...] = ()
        self._types: dict[str, ColumnType] = {}

    def show(self, comparison: Comparison, run: RunRow) -> None:
        self.beginResetModel()
        self._found = comparison.differences
        self._types = {each.name: each.type for each in run.columns}
        self.endResetModel()

    def difference(self, number: int) -> Difference:
        return self._found[number]

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._found)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(TITLES)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        is_title = orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return TITLES[section] if is_title else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        text = self._text(self._found[index.row()], index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(text)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{TITLES[index.column()]}: {text or 'nothing'}"
        return None

    def _text(self, found: Difference, section: int) -> str:
        if section < 2:
            return plain(found.column if section else found.title, 200)
        return text_of(found.other if section == 3 else found.one, self._types.get(found.column, "text"))


class DifferencesView(QTableView):
    """Enter or a click goes to the line."""

    line_asked = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.differences = DifferencesModel(self)
        self.setModel(self.differences)
        self._painter = _Painter(theme, self)
        self.setItemDelegate(self._painter)
        self.setAccessibleName("Cells that differ")
        name_corner(self)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head = self.horizontalHeader()
        head.setSectionsClickable(False)
        head.setHighlightSections(False)
        head.setDefaultAlignment(LEFT)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.clicked.connect(self._ask)
        theme.changed.connect(self._theme_changed)
        self._theme_changed()

    def _theme_changed(self) -> None:
        self._painter.looks = Looks(self._theme)
        self.verticalHeader().setDefaultSectionSize(self._painter.looks.px(ROW))
        self.horizontalHeader().setFixedHeight(self._painter.looks.px(36))
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._ask(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _ask(self, index: Index) -> None:
        if index.isValid():
            found = self.differences.difference(index.row()).one_line
            if found is not None:
                self.line_asked.emit(found)


class _Painter(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: DifferencesView) -> None:
        super().__init__(view)
        self._view = view
        self.looks = Looks(theme)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, 0)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        looks, section = self.looks, index.column()
        box = QRect(cast("Any", option).rect)
        state: QStyle.StateFlag = cast("Any", option).state
        if index.row() == self._view.currentIndex().row():
            painter.fillRect(box, looks.soft)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, looks.hover)
        painter.setPen(looks.hairline)
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        if state & QStyle.StateFlag.State_HasFocus and self._view.hasFocus():
            painter.setPen(QPen(looks.accent, 2))
            painter.drawRoundedRect(box.toRectF().adjusted(2, 2, -2, -3), 6, 6)
        text = index.data() or NOTHING
        room = box.adjusted(EDGE if section == 0 else PADDING, 0, -PADDING, 0)
        painter.setFont(looks.text_font)
        painter.setPen(looks.text if section in (2, 3) and text != NOTHING else looks.muted)
        shown = looks.text_metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, LEFT | Qt.TextFlag.TextSingleLine, shown)
