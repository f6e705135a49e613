"""The table on the screen: lines painted by their delegate, columns as wide as their content asks."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView

from desktop.tasks.column_widths import Wanted, shared
from desktop.tasks.table_model import LinesModel, input_text, is_numeric, shown_text
from desktop.tasks.table_paint import EDGE, PADDING, CellPainter
from desktop.theme.controls import Menu, menu_text, name_corner
from desktop.theme.foreign import plain
from desktop.theme.theme import Theme
from desktop.theme.tokens import Type
from desktop.window.ports import Tasks
from engine.tasks.values import LineId, RunRow, StoredLine

Index = QModelIndex | QPersistentModelIndex
ROW = 46
SAMPLED = 60
"""Lines from the top whose content says how wide a column should be."""

LEAST, ENOUGH, MOST = 72, 150, {"input": 560, "output": 300, "confidence": 120, "by": 150}
FOLDED_BELOW = {"by": 760, "confidence": 680}
INPUTS_SHOWN = 4
"""Where a table has more columns than this, those that the recipe does not read are folded away."""


class LinesView(QTableView):
    """Shows lines; the row at hand is lit. Keys that mean something for the review go on to the page."""

    moved = Signal()
    opened = Signal()
    edit_asked = Signal()
    accept_asked = Signal()
    undo_asked = Signal()

    def __init__(self, theme: Theme, tasks: Tasks) -> None:
        super().__init__()
        self._theme = theme
        self.lines = LinesModel(tasks, self)
        self.hovered = -1
        self._words = ""
        self.main_column = 0
        self.sorting_column = ""
        self._is_fitted = True
        self._is_fitting = False
        self.setModel(self.lines)
        self._painter = CellPainter(theme, self)
        self.setItemDelegate(self._painter)
        self._set_up()
        name_corner(self)
        theme.changed.connect(self._theme_changed)
        self._theme_changed()

    def show_run(self, run: RunRow, ids: list[LineId]) -> None:
        self.lines.show_run(run, ids)
        self.sorting_column = next((c.name for c in run.columns if c.type == "choice"), "")
        self.setAccessibleName(f"Lines of {plain(run.recipe_name)}")
        self._is_fitted = True
        self._choose_columns(run)
        self.fit_columns()

    def say_when_empty(self, words: str) -> None:
        """What stands in place of the lines where there is none."""
        self._words = words
        self.setAccessibleDescription(words if not self.lines.rowCount() else "")
        self.viewport().update()

    # The line at hand

    @property
    def current(self) -> StoredLine | None:
        return self.lines.line(self.currentIndex().row())

    @property
    def current_output(self) -> str:
        """The output column at hand; empty where it is another column."""
        section = self.currentIndex().column()
        columns = self.lines.columns
        if not 0 <= section < len(columns) or columns[section].part != "output":
            return ""
        return columns[section].name

    def go_to(self, line: LineId, output: str = "") -> bool:
        """Put a line at hand, at a column; whether it is shown."""
        number = self.lines.number_of(line)
        if number is None:
            return False
        section = self.lines.column_number(output) if output else None
        if section is None:
            section = max(0, self.currentIndex().column())
        index = self.lines.index(number, section)
        self.setCurrentIndex(index)
        self.scrollTo(index)
        return True

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self.viewport().update()
        self.moved.emit()

    # Columns

    def outputs_span(self) -> tuple[int, int]:
        """Left and right of all output columns, in the viewport."""
        sections = [n for n, column in enumerate(self.lines.columns) if column.part != "input"]
        first, last = sections[0], sections[-1]
        return self.columnViewportPosition(first), self.columnViewportPosition(last) + self.columnWidth(last)

    def fit_columns(self) -> None:
        """As wide as the content of the first lines asks, sharing what room there is."""
        self._is_fitting = True
        self._fold()
        self._share_room()
        self._is_fitting = False

    def _share_room(self) -> None:
        columns = self.lines.columns
        shown = [number for number in range(len(columns)) if not self.isColumnHidden(number)]
        if not shown:
            return
        wanted = [self._wanted(number) for number in shown]
        widest = max((w for w in wanted if w.is_input), key=lambda w: w.width, default=wanted[0])
        self.main_column = widest.number
        for number, width in shared(wanted, self.viewport().width()).items():
            self.horizontalHeader().resizeSection(number, width)

    def _fold(self) -> None:
        """In a narrow table the values matter more than how sure of them who was."""
        room = self.viewport().width() / self._painter.looks.scale
        for number, column in enumerate(self.lines.columns):
            if column.part in FOLDED_BELOW:
                self.setColumnHidden(number, room < FOLDED_BELOW[column.part])

    def _wanted(self, number: int) -> Wanted:
        column = self.lines.columns[number]
        scale = self._painter.looks.scale
        metrics = self.horizontalHeader().fontMetrics()
        around = 2 * PADDING + (EDGE - PADDING if number == 0 else 0)
        head = metrics.horizontalAdvance(column.title) + around + 8
        lines = [self.lines.line(each) for each in range(min(SAMPLED, self.lines.rowCount()))]
        widths = [self._painter.width_of(line, column) for line in lines if line is not None]
        widths.sort()
        # The widest tenth may be cut off: one long value should not cost the others their room.
        typical = widths[len(widths) * 9 // 10] if widths else 0
        typical = max(typical, self._painter.width_of_labels(column))
        most = round(MOST[column.part] * scale)
        width = max(head, min(most, typical + (EDGE - PADDING if number == 0 else 0)), round(LEAST * scale))
        # A number that is cut off says another one.
        least = width if is_numeric(column) else max(head, min(width, round(ENOUGH * scale)))
        return Wanted(number, width, least, column.part == "input")

    def _choose_columns(self, run: RunRow) -> None:
        read = set(run.source.columns.values())
        many = len(run.input_columns) > INPUTS_SHOWN and bool(read)
        self._is_fitting = True
        for number, column in enumerate(self.lines.columns):
            first = number == 0  # it usually names the row
            self.setColumnHidden(
                number, many and column.part == "input" and not first and column.name not in read
            )
        self._is_fitting = False

    def _resized(self) -> None:
        """Once the person has given a column its width, none changes by itself."""
        self._is_fitted = self._is_fitted and self._is_fitting

    # Set-up

    def _set_up(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setMouseTracking(True)
        self.setCornerButtonEnabled(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        side = self.verticalHeader()
        side.hide()
        side.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionsClickable(False)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setMinimumSectionSize(48)
        head.setAccessibleName("Columns")
        head.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        head.customContextMenuRequested.connect(self._open_columns_menu)
        head.sectionResized.connect(self._resized)
        self.clicked.connect(self._clicked)
        self.doubleClicked.connect(self.opened)

    def _theme_changed(self) -> None:
        self._painter.refresh()
        looks = self._painter.looks
        self.verticalHeader().setDefaultSectionSize(looks.px(ROW))
        self.horizontalHeader().setFixedHeight(looks.px(36))
        self.verticalScrollBar().setSingleStep(looks.px(ROW))
        if self._is_fitted:
            self.fit_columns()
        self.viewport().update()

    def columns_menu(self) -> Menu:
        """Which columns of the input are shown."""
        menu = Menu(self, "Columns")
        menu.aboutToHide.connect(menu.deleteLater)
        for number, column in enumerate(self.lines.columns):
            action = menu.addAction(menu_text(column.title))
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(number))
            action.setEnabled(column.part == "input")
            action.setData(number)
        menu.triggered.connect(lambda action: self._show_column(action.data(), action.isChecked()))
        return menu

    def _open_columns_menu(self, at: QPoint) -> None:
        self.columns_menu().popup(self.horizontalHeader().mapToGlobal(at))

    def _show_column(self, number: int, shown: bool) -> None:
        self.setColumnHidden(number, not shown)
        self.fit_columns()

    # Events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
        elif event.key() in _MOVES or event.modifiers() & _MODIFIERS:
            super().keyPressEvent(event)
        else:
            event.ignore()  # the review has its keys, and Qt's search by letters must not take them

    def _copy(self) -> None:
        line, section = self.current, self.currentIndex().column()
        if line is not None:
            column = self.lines.columns[section]
            is_input = column.part == "input"
            text = input_text(line, column) if is_input else shown_text(line, column)
            QGuiApplication.clipboard().setText(text)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        if event.reason() != QContextMenuEvent.Reason.Keyboard and index.isValid():
            self.setCurrentIndex(index)
        if self.currentIndex().isValid():
            self.cell_menu().popup(event.globalPos())

    def cell_menu(self) -> Menu:
        menu = Menu(self, "Cell")
        menu.aboutToHide.connect(menu.deleteLater)
        icon = self._theme.icon
        menu.addAction(icon("info"), "Show the whole line", self.opened.emit)
        edit = menu.addAction(icon("pencil"), "Edit", self.edit_asked.emit)
        edit.setEnabled(bool(self.current_output))
        line, output = self.current, self.current_output
        cell = line.cells.get(output) if line is not None else None
        if line is not None and cell is not None and cell.needs_review and not line.accepted:
            menu.addAction(icon("check"), "Right as it is", self.accept_asked.emit)
        if cell is not None and cell.corrected:
            menu.addAction(icon("rotate-ccw"), "Take back the correction", self.undo_asked.emit)
        menu.addAction(icon("copy"), "Copy", self._copy)
        return menu

    def _clicked(self, index: Index) -> None:
        if self.lines.columns[index.column()].part == "output":
            self.opened.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(self.rowAt(event.position().toPoint().y()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def _hover(self, number: int) -> None:
        if number == self.hovered:
            return
        for each in (self.hovered, number):
            if each >= 0:
                top, height = self.rowViewportPosition(each), self.rowHeight(each)
                self.viewport().update(0, top, self.viewport().width(), height)
        self.hovered = number

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.lines.rowCount():
            painter = QPainter(self.viewport())
            painter.setFont(self._theme.font(Type.LABEL))
            painter.setPen(self._theme.colour("muted"))
            place = self.viewport().rect().adjusted(EDGE, 20, -EDGE, 0)
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap, self._words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._is_fitted and event.size().width() != event.oldSize().width():
            self.fit_columns()


_MOVES = frozenset(
    {
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
    }
)
_MODIFIERS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
