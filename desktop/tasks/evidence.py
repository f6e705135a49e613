"""Where the words stand that a cell rests on: ranges of the row's own text, or a place in a document."""

from __future__ import annotations

from collections.abc import Iterable

from desktop.chat.quotes import Range
from desktop.viewer.spot import Spot
from engine.tasks.values import Quote, StoredLine
from engine.values import Source


def quotes_of(line: StoredLine, output: str = "") -> list[Quote]:
    """What one cell rests on, or all of a line's cells."""
    cells = [line.cells[output]] if output in line.cells else line.cells.values()
    return [quote for cell in cells for quote in cell.cell.evidence]


def lit_in(quotes: Iterable[Quote], column: str, text: str) -> list[Range]:
    """The ranges of a row's column that quotes name; those whose words do not stand there are left out."""
    return [
        (quote.start, quote.end)
        for quote in quotes
        if quote.column == column and not quote.path and text[quote.start : quote.end] == quote.text
    ]


def spot_of(line: StoredLine, quote: Quote) -> Spot | None:
    """The place in a document that the viewer lights; None where the quote stands in a row."""
    path = quote.path or line.item.path
    if not path:
        return None
    name = line.item.title if not quote.path else path.replace("\\", "/").rpartition("/")[2]
    source = Source(name, path, quote.page, quote.start, quote.end, quote.text, "", 0.0)
    return Spot(source)
