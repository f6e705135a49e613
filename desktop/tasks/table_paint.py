"""How a cell of the table is painted: values as soft pills, numbers in line, doubts in amber."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from desktop.tasks.cell_text import is_from_cloud, parts_of
from desktop.tasks.table_model import TableColumn, cell_of, is_numeric, shown_text
from desktop.theme import icons
from desktop.theme.foreign import plain
from desktop.theme.theme import Theme
from desktop.theme.tokens import Type
from engine.tasks.values import StoredCell, StoredLine

if TYPE_CHECKING:
    from desktop.tasks.table_view import LinesView

Index = QModelIndex | QPersistentModelIndex
PADDING, EDGE = 14, 24
"""Pixels beside a cell's text; at the first column's left the page's own margin."""

PILL, PILL_PADDING, PILL_GAP = 26, 11, 6
MARK, SLACK = 12, 4
_FIGURE = re.compile(r"\d")
VERTICAL = Qt.AlignmentFlag.AlignVCenter
LEFT, RIGHT = VERTICAL | Qt.AlignmentFlag.AlignLeft, VERTICAL | Qt.AlignmentFlag.AlignRight
NOTHING = "–"


class Looks:
    """Fonts, measures and colours, made once for an appearance: a screen has some 200 cells."""

    def __init__(self, theme: Theme) -> None:
        palette = theme.palette
        self.scale = max(1.0, theme.scale)
        self.text_font = theme.font(Type.INTERFACE)
        self.number_font = tabular(theme.font(Type.INTERFACE))
        self.pill_font = theme.font(Type.LABEL, QFont.Weight.Medium)
        self.text_metrics, self.pill_metrics = QFontMetrics(self.text_font), QFontMetrics(self.pill_font)
        self.text, self.muted, self.faint = (QColor(c) for c in (palette.text, palette.muted, palette.faint))
        self.accent, self.soft = QColor(palette.accent), QColor(palette.accent_soft)
        self.warning, self.warning_soft = QColor(palette.warning), QColor(palette.warning_soft)
        self.cloud, self.cloud_soft = QColor(palette.cloud), QColor(palette.cloud_soft)
        self.danger, self.raised = QColor(palette.danger), QColor(palette.raised)
        self.hover = QColor(palette.hover)
        self.hairline, self.ring = QPen(QColor(palette.line), 1), QPen(self.accent, 2)
        self.faint_name, self.cloud_name = palette.faint, palette.cloud

    def px(self, size: float) -> int:
        return round(size * self.scale)


def tabular(font: QFont) -> QFont:
    """A font whose figures are all as wide, so that numbers stand in line. Its hyphens are as wide, too."""
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


class CellPainter(QStyledItemDelegate):
    """Paints whatever a line holds; sizes come from the view, which measures a few lines only."""

    def __init__(self, theme: Theme, view: LinesView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view
        self.looks = Looks(theme)

    def refresh(self) -> None:
        """After the appearance has changed."""
        self.looks = Looks(self._theme)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, 0)

    def width_of(self, line: StoredLine, column: TableColumn) -> int:
        """Pixels that a line's cell would like to have."""
        looks = self.looks
        cell = cell_of(line, column)
        if cell is None or not self._is_pill(column, cell):
            text = shown_text(line, column)[:120]
            if is_numeric(column):
                text = _FIGURE.sub("0", text)  # measures know nothing of tabular figures; 0 is the widest
            has_mark = cell is not None and (cell.corrected or is_from_cloud(cell))
            mark = MARK + PILL_GAP if has_mark else 0
            return looks.text_metrics.horizontalAdvance(text) + 2 * PADDING + mark + SLACK
        metrics = looks.pill_metrics
        widths = [metrics.horizontalAdvance(part[:60]) + looks.px(2 * PILL_PADDING) for part in
                  self._parts(column, cell)[:4]]  # fmt: skip
        mark = MARK + PILL_GAP  # also before anything is corrected: a pill must not be cut off by its mark
        return sum(widths) + PILL_GAP * max(0, len(widths) - 1) + 2 * PADDING + mark + SLACK

    def width_of_labels(self, column: TableColumn) -> int:
        """Pixels that the longest label of a choice will like to have, before any is chosen."""
        labels = column.output.labels if column.output is not None else ()
        if not labels:
            return 0
        longest = max(self.looks.pill_metrics.horizontalAdvance(label[:60]) for label in labels)
        return longest + self.looks.px(2 * PILL_PADDING) + MARK + PILL_GAP + 2 * PADDING + SLACK

    # Painting

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        box = QRect(cast("Any", option).rect)
        number, section = index.row(), index.column()
        self._paint_ground(painter, box, number, section)
        line = self._view.lines.line(number)
        if line is None:
            return
        column = self._view.lines.columns[section]
        room = box.adjusted(PADDING if section else EDGE, 0, -PADDING, 0)
        if column.part == "input":
            self._paint_input(painter, room, line, column, section)
        elif line.state != "done":
            self._paint_state(painter, box, line, section)
        elif column.part == "output":
            self._paint_output(painter, room, line, column, number)
        else:
            is_number = column.part == "confidence"
            is_cloud = column.part == "by" and line.has_cloud
            ink = self.looks.cloud if is_cloud else self.looks.muted
            self._write(painter, room, shown_text(line, column), ink, is_number=is_number)

    def _paint_ground(self, painter: QPainter, box: QRect, number: int, section: int) -> None:
        view, looks = self._view, self.looks
        current = view.currentIndex()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if number == current.row():
            painter.fillRect(box, looks.soft)
        elif number == view.hovered:
            painter.fillRect(box, looks.hover)
        painter.setPen(looks.hairline)
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        if number == current.row() and section == current.column() and view.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(looks.ring)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(box).adjusted(2, 2, -2, -3), 6, 6)

    def _paint_input(
        self, painter: QPainter, room: QRect, line: StoredLine, column: TableColumn, section: int
    ) -> None:
        main = section == self._view.main_column
        text = shown_text(line, column)
        self._write(painter, room, text, self.looks.text if main else self.looks.muted)

    def _paint_state(self, painter: QPainter, box: QRect, line: StoredLine, section: int) -> None:
        """A line without cells: its state over all of the output columns, each painting its piece."""
        left, right = self._view.outputs_span()
        looks = self.looks
        place = QRect(left, box.top(), right - left, box.height())
        place.adjust(PADDING, 0, -PADDING, 0)
        painter.save()
        painter.setClipRect(box, Qt.ClipOperation.IntersectClip)
        if line.state == "failed":
            icon = icons.pixmap("circle-alert", looks.danger.name(), 16, painter.device().devicePixelRatioF())
            painter.drawPixmap(QPointF(place.left(), place.center().y() - 8), icon)
            self._write(painter, place.adjusted(24, 0, 0, 0), plain(line.reason, 300), looks.danger)
        else:
            self._write(painter, place, "Waiting", looks.faint)
        painter.restore()

    def _paint_output(
        self, painter: QPainter, room: QRect, line: StoredLine, column: TableColumn, number: int
    ) -> None:
        cell = cell_of(line, column)
        if cell is None or column.output is None:
            self._write(painter, room, NOTHING, self.looks.faint)
            return
        if cell.corrected:
            room = self._paint_mark(painter, room, "pencil", self.looks.faint_name)
        elif is_from_cloud(cell):
            room = self._paint_mark(painter, room, "cloud", self.looks.cloud_name)
        doubtful = cell.needs_review and not line.accepted
        if self._is_pill(column, cell, doubtful):
            self._paint_pills(painter, room, column, cell, doubtful, number)
            return
        text = shown_text(line, column)
        ink = self.looks.text if text else self.looks.faint
        self._write(
            painter, room, text or NOTHING, ink, is_number=is_numeric(column), right=is_numeric(column)
        )

    def _paint_mark(self, painter: QPainter, room: QRect, icon: str, colour: str) -> QRect:
        """At the right a small pencil: the person set this; or a cloud: it came from a provider."""
        scale = painter.device().devicePixelRatioF()
        place = QPointF(room.right() - MARK + 1, room.center().y() - MARK / 2)
        painter.drawPixmap(place, _mark(icon, colour, scale))
        return room.adjusted(0, 0, -MARK - PILL_GAP, 0)

    def _paint_pills(
        self,
        painter: QPainter,
        room: QRect,
        column: TableColumn,
        cell: StoredCell,
        doubtful: bool,
        number: int,
    ) -> None:
        looks = self.looks
        parts = self._parts(column, cell)
        is_lit = number in (self._view.currentIndex().row(), self._view.hovered)
        ground = looks.warning_soft if doubtful else looks.raised if is_lit else looks.soft
        colours = ground, looks.warning if doubtful else looks.accent
        if is_from_cloud(cell) and not doubtful:
            colours = looks.cloud_soft, looks.cloud
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(looks.pill_font)
        left = room.left()
        for position, part in enumerate(parts):
            free = room.right() - left + 1
            rest = len(parts) - position
            text, width = self._fitted(part, free, more=rest > 1)
            if not text and position:
                painter.setPen(looks.muted)
                painter.drawText(QRect(left, room.top(), free, room.height()), LEFT, f"+{rest}")
                return
            at = room.right() - width + 1 if is_numeric(column) else left
            self._paint_pill(painter, QRect(at, room.top(), width, room.height()), text, colours)
            left += width + PILL_GAP

    def _paint_pill(self, painter: QPainter, place: QRect, text: str, colours: tuple[QColor, QColor]) -> None:
        """A pill in the middle of a place's height, in the colours of ground and text."""
        height = self.looks.px(PILL)
        pill = QRectF(place)
        pill.setTop(pill.top() + (place.height() - height) / 2)
        pill.setHeight(height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours[0])
        painter.drawRoundedRect(pill, height / 2, height / 2)
        painter.setPen(colours[1])
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)

    def _fitted(self, part: str, free: int, *, more: bool) -> tuple[str, int]:
        """A pill's text and width in `free` pixels, with room for “+3” where more come; "" if it is none.

        The first of a cell is painted all the same: a doubt must not vanish for want of room.
        """
        looks = self.looks
        around = looks.px(2 * PILL_PADDING)
        free -= looks.px(30) if more else 0
        width = looks.pill_metrics.horizontalAdvance(part)
        if width + around <= free:
            return part, width + around
        room = free - around
        if room < looks.px(24):
            return "", max(free, looks.px(PILL) // 2)
        text = looks.pill_metrics.elidedText(part, Qt.TextElideMode.ElideRight, room)
        return text, looks.pill_metrics.horizontalAdvance(text) + around

    def _write(
        self,
        painter: QPainter,
        room: QRect,
        text: str,
        colour: QColor,
        *,
        is_number: bool = False,
        right: bool = False,
    ) -> None:
        if not text:
            return
        looks = self.looks
        painter.setFont(looks.number_font if is_number else looks.text_font)
        painter.setPen(colour)
        # Nothing wider than its room is measured further than that: a character has some 4 pixels.
        shown = looks.text_metrics.elidedText(
            text[: room.width() // 3 + 8], Qt.TextElideMode.ElideRight, room.width()
        )
        painter.drawText(room, (RIGHT if right else LEFT) | Qt.TextFlag.TextSingleLine, shown)

    # What is a pill

    def _is_pill(self, column: TableColumn, cell: StoredCell, doubtful: bool = False) -> bool:
        """The column that sorts the lines, lists, and whatever is in doubt; all else is quiet text."""
        output = column.output
        if output is None:
            return False
        if doubtful or cell.needs_review:
            return doubtful or not cell.corrected
        if is_from_cloud(cell):
            return True
        if cell.cell.value in (None, []):
            return False
        return (output.many and output.type != "json") or column.name == self._view.sorting_column

    def _parts(self, column: TableColumn, cell: StoredCell) -> list[str]:
        assert column.output is not None
        if column.output.type == "text" and not column.output.many:
            parts = [plain(str(cell.cell.value or ""), 200)]
        else:
            parts = parts_of(cell.cell.value, column.output.type)
        parts = [part for part in parts if part]
        return parts or ["missing" if "missing" in cell.cell.doubts else "nothing"]


_MARKS: dict[tuple[str, str, float], Any] = {}


def _mark(icon: str, colour: str, scale: float) -> Any:
    key = (icon, colour, scale)
    if key not in _MARKS:
        _MARKS[key] = icons.pixmap(icon, colour, MARK, scale)
    return _MARKS[key]
