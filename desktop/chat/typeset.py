"""Sets an answer's blocks into a text document, piece by piece with a cursor: no HTML is ever parsed."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtGui import (
    QColor,
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFrameFormat,
    QTextLength,
    QTextOption,
    QTextTableCellFormat,
    QTextTableFormat,
)

from desktop.chat.markdown import Block, Run, Runs, parse
from desktop.chat.sentences import Citation, Piece, SentenceMarks, Text
from desktop.chat.textview import MARK_OBJECT, MARK_TEXT, OBJECT_CHARACTER, WAVE
from desktop.theme.theme import Theme
from desktop.theme.tokens import Space, Type
from engine.values import Answer

INDENT = 24.0
LINK = "link"
LINE = 1.72  # of the reading size: LOOK asks 1.6 of it, its pictures show a little more
HEADING_SIZES = {1: 19, 2: 17, 3: 16}


class Typesetter:
    """Writes Markdown into one document, and while it streams, writes anew only the last block of it.

    A top-level block that another one follows cannot change any more by text that comes later (reference
    definitions are switched off), so everything before the last one stays as it stands.
    """

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        self._document = document
        self._theme = theme
        self._links: dict[str, int] = {}
        self._reset()

    def link(self, fragment: str) -> str | None:
        """The address behind a link of this text, by what its anchor says; None for any other anchor.

        The text itself holds a number only, so that Qt has no address that it could open.
        """
        number = fragment.removeprefix(LINK)
        if number == fragment or not number.isdigit():
            return None
        return next((address for address, at in self._links.items() if at == int(number)), None)

    def set_answer(self, answer: Answer) -> None:
        """The whole, finished answer with its marks."""
        self._reset()
        blocks = parse(answer.text)
        marks = SentenceMarks(answer, blocks)
        self._write(blocks, marks)

    def set_text(self, source: str) -> None:
        """A text without marks."""
        self._reset()
        self._write(parse(source), None)

    def stream(self, source: str) -> None:
        """The text so far; it must begin with what was given before."""
        self._drop_tail()
        blocks = parse(source[self._settled :])
        last = blocks[-1].start if blocks else 0
        settled = [block for block in blocks if block.start != last]
        self._write(settled, None)
        self._settled += last
        self._remember_tail()
        self._write(blocks[len(settled) :], None)

    def _reset(self) -> None:
        self._document.clear()
        self._document.setDefaultFont(self._theme.font(Type.READING))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._document.setDefaultTextOption(option)
        self._cursor = QTextCursor(self._document)
        self._fresh = True
        self._first = True
        self._settled = 0
        self._remember_tail()

    def _remember_tail(self) -> None:
        self._tail = self._cursor.position(), self._fresh, self._first
        self._tail_shape = self._cursor.blockFormat()

    def _drop_tail(self) -> None:
        position, self._fresh, self._first = self._tail
        self._cursor.setPosition(position)
        self._cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        self._cursor.removeSelectedText()
        if self._cursor.blockFormat() != self._tail_shape:
            # An empty block that text is removed behind takes over that text's format.
            self._cursor.setBlockFormat(self._tail_shape)

    def _write(self, blocks: Iterable[Block], marks: SentenceMarks | None) -> None:
        self._cursor.beginEditBlock()
        for block in blocks:
            self._write_block(block, marks)
            self._first = False
        self._cursor.endEditBlock()

    def _write_block(self, block: Block, marks: SentenceMarks | None) -> None:
        match block.kind:
            case "code":
                self._code(block)
            case "table":
                self._table(block, marks)
            case "rule":
                self._rule()
            case _:
                self._begin(self._block_format(block))
                self._marker(block)
                self._pieces(_pieces(block.runs, marks), self._block_look(block))

    # Blocks

    def _begin(self, shape: QTextBlockFormat) -> None:
        if self._first:
            shape.setTopMargin(0)
        if self._fresh:
            self._cursor.setBlockFormat(shape)
            self._cursor.setBlockCharFormat(QTextCharFormat())
        else:
            self._cursor.insertBlock(shape, QTextCharFormat())
        self._fresh = False

    def _block_format(self, block: Block) -> QTextBlockFormat:
        shape = self._lines(self._heading_size(block) if block.kind == "heading" else Type.READING)
        shape.setTopMargin(self._top_margin(block))
        if block.kind == "heading":
            shape.setHeadingLevel(block.level)
        if block.kind == "item":
            shape.setLeftMargin(INDENT * block.depth * self._theme.scale)
            if block.marker:
                indent = INDENT * self._theme.scale
                shape.setTextIndent(-indent)
                shape.setTabPositions([QTextOption.Tab(indent, QTextOption.TabType.LeftTab)])
        if block.kind == "quote":
            shape.setLeftMargin(INDENT * block.depth * self._theme.scale)
        return shape

    @staticmethod
    def _top_margin(block: Block) -> float:
        if block.kind == "heading":
            return Space.L
        if block.kind == "item":
            return Space.XS if block.marker else Space.XS / 2
        return Space.M - 3

    def _lines(self, size: int) -> QTextBlockFormat:
        shape = QTextBlockFormat()
        height = round(self._theme.pixels(size) * LINE)
        # A fixed height, so that the marks, which are higher than letters, do not push lines apart.
        shape.setLineHeight(height, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        return shape

    @staticmethod
    def _heading_size(block: Block) -> int:
        return HEADING_SIZES.get(block.level, Type.READING)

    def _marker(self, block: Block) -> None:
        if block.kind == "item" and block.marker:
            look = QTextCharFormat()
            look.setForeground(self._theme.colour("muted"))
            self._cursor.insertText(f"{block.marker}\t", look)

    def _block_look(self, block: Block) -> QTextCharFormat:
        look = QTextCharFormat()
        if block.kind == "heading":
            look.setFont(self._theme.font(self._heading_size(block), QFont.Weight.DemiBold))
        if block.kind == "quote":
            look.setForeground(self._theme.colour("muted"))
        return look

    def _code(self, block: Block) -> None:
        frame = QTextFrameFormat()
        frame.setBackground(QColor(self._theme.palette.panel))
        frame.setPadding(Space.M)
        frame.setTopMargin(0 if self._first else Space.S)
        frame.setBottomMargin(Space.XS)
        self._open_frame()
        self._cursor.insertFrame(frame)
        look = QTextCharFormat()
        look.setFont(self._theme.code_font())
        self._cursor.insertText(block.runs[0].text.replace("\n", "\u2028"), look)
        self._close_frame()

    def _table(self, block: Block, marks: SentenceMarks | None) -> None:
        columns = max((len(row) for row in block.rows), default=0)
        if not columns:
            return
        self._open_frame()
        table = self._cursor.insertTable(len(block.rows), columns, self._table_format(columns))
        for row, cells in enumerate(block.rows):
            for index, runs in enumerate(cells):
                cell = table.cellAt(row, index)
                cell.setFormat(self._cell_format(is_first=index == 0))
                self._cursor = cell.firstCursorPosition()
                self._cursor.setBlockFormat(self._lines(Type.INTERFACE))
                look = QTextCharFormat()
                look.setFont(self._theme.font(Type.LABEL if row == 0 else Type.INTERFACE, _weight(row == 0)))
                self._pieces(_pieces(runs, marks), look)
        self._close_frame()

    def _table_format(self, columns: int) -> QTextTableFormat:
        shape = QTextTableFormat()
        shape.setBorder(0)
        shape.setBorderCollapse(True)
        shape.setCellSpacing(0)
        shape.setTopMargin(0 if self._first else Space.S)
        shape.setBottomMargin(Space.XS)
        shape.setHeaderRowCount(1)
        shape.setColumnWidthConstraints([QTextLength(QTextLength.Type.VariableLength, 0)] * columns)
        return shape

    def _cell_format(self, *, is_first: bool) -> QTextTableCellFormat:
        """A hairline below and none between; the text's high lines leave room above it already."""
        shape = QTextTableCellFormat()
        shape.setBottomBorder(1)
        shape.setBottomBorderBrush(QColor(self._theme.palette.line))
        shape.setBottomBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        shape.setTopPadding(3)
        shape.setBottomPadding(8)
        shape.setLeftPadding(0 if is_first else 8)
        shape.setRightPadding(20)
        return shape

    def _rule(self) -> None:
        shape = self._lines(Type.SMALL)
        shape.setProperty(
            QTextFormat.Property.BlockTrailingHorizontalRulerWidth,
            QTextLength(QTextLength.Type.PercentageLength, 100),
        )
        self._begin(shape)

    def _open_frame(self) -> None:
        """A frame starts behind a block of its own; where the block at hand is empty, it is that one."""
        if not self._fresh:
            self._cursor.insertBlock(_hair(), QTextCharFormat())
        else:
            self._cursor.setBlockFormat(_hair())
        self._fresh = False

    def _close_frame(self) -> None:
        """Go on behind the frame, in the block that Qt keeps there: a hair high until it is written in."""
        self._cursor = QTextCursor(self._document)
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        self._cursor.setBlockFormat(_hair())
        self._fresh = True

    # Pieces

    def _pieces(self, pieces: Iterable[Piece], look: QTextCharFormat) -> None:
        for piece in pieces:
            if isinstance(piece, Text):
                self._cursor.insertText(piece.run.text.replace("\n", "\u2028"), self._look(piece, look))
            else:
                self._cursor.insertText(OBJECT_CHARACTER, _mark(piece))

    def _look(self, piece: Text, base: QTextCharFormat) -> QTextCharFormat:
        look = QTextCharFormat(base)
        _emphasise(look, piece.run)
        if piece.run.code:
            look.setFontFamilies(self._theme.code_font().families())
            look.setFontFixedPitch(True)
            look.setBackground(QColor(self._theme.palette.panel))
        if piece.run.address:
            look.setForeground(self._theme.colour("muted"))
        if piece.run.link:
            number = self._links.setdefault(piece.run.link, len(self._links))
            if not piece.run.address:
                look.setForeground(self._theme.colour("accent"))
            look.setAnchor(True)
            look.setAnchorHref(f"#{LINK}{number}")
            look.setFontUnderline(True)
            look.setToolTip("A link. A press shows where it leads.")
        if piece.doubtful:
            look.setProperty(WAVE, True)
            look.setToolTip("Not found in your documents")
        return look


def _pieces(runs: Runs, marks: SentenceMarks | None) -> Iterable[Piece]:
    return marks.pieces(runs) if marks else (Text(run, doubtful=False) for run in runs)


def _emphasise(look: QTextCharFormat, run: Run) -> None:
    if run.bold:
        look.setFontWeight(QFont.Weight.DemiBold)
    if run.italic:
        look.setFontItalic(True)
    if run.strike:
        look.setFontStrikeOut(True)


def _mark(citation: Citation) -> QTextCharFormat:
    look = QTextCharFormat()
    look.setObjectType(MARK_OBJECT)
    look.setProperty(MARK_TEXT, str(citation.number))
    look.setAnchor(True)
    look.setAnchorHref(mark_address(citation.sentence, citation.source))
    look.setToolTip(f"Source {citation.number}")
    return look


def mark_address(sentence: int, source: int) -> str:
    return f"#{sentence}.{source}"


def read_mark_address(fragment: str) -> tuple[int, int] | None:
    """(sentence, source) of a mark's address, without its “#”."""
    sentence, _, source = fragment.partition(".")
    return (int(sentence), int(source)) if sentence.isdigit() and source.isdigit() else None


def _weight(heavy: bool) -> QFont.Weight:
    return QFont.Weight.DemiBold if heavy else QFont.Weight.Normal


def _hair() -> QTextBlockFormat:
    shape = QTextBlockFormat()
    shape.setLineHeight(1, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
    return shape
