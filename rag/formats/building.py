"""Puts a page together from pieces, so that every block's offsets index the page's text exactly."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from rag.boxes import WordBox, pack
from rag.errors import DocumentTooLarge
from rag.formats.cleaning import collapse
from rag.values import Block, BlockKind, Page

_LONGEST_TITLE = 200
_MOST_BLOCKS = 1_000_000  # of a page; each takes as much memory as a line of text

WIDEST = 100
"""Columns of a table up to which short rows are filled: beside one row of 100,000 cells, 100,000 short rows
would become a bomb."""
# What programs write into the title when the person wrote nothing.
_NO_TITLE = re.compile(
    r"microsoft (word|powerpoint) ?-.*|untitled.*|powerpoint[ -](presentation|präsentation)"
    r"|(document|dokument|doc|slide)\s*\d*"
    r"|.*\.(docx?|pdf|html?|odt|rtf|tex|dvi|indd)",
    re.IGNORECASE,
)


class TextBudget:
    """Counts the characters read from one file and stops the reader that reads too many.

    `pulse` is called with each piece of text: there a reader may be stopped for other reasons.
    """

    def __init__(self, path: Path, limit: int, pulse: Callable[[], object] = lambda: None) -> None:
        self._path = path
        self._pulse = pulse
        self._limit = limit
        self._spent = 0

    def spend(self, characters: int) -> None:
        """Raises: DocumentTooLarge: the file holds more text than the limit."""
        self._spent += characters
        self._pulse()
        self.check()

    def check(self, more: int = 0) -> None:
        """Raises: DocumentTooLarge: `more` characters, which are only collected so far, would be too many."""
        if self._spent + more > self._limit:
            raise self.exceeded(f"It holds more than {self._limit:,} characters of text.")

    def exceeded(self, reason: str) -> DocumentTooLarge:
        return DocumentTooLarge(str(self._path), reason)


class PageBuilder:
    """Collects blocks in reading order; an empty line stands between them, a line break in a list."""

    def __init__(self, budget: TextBudget) -> None:
        self._budget = budget
        self._parts: list[str] = []
        self._blocks: list[Block] = []
        self._boxes: list[bytes] = []
        self._length = 0

    def add(self, kind: BlockKind, text: str, level: int = 0, words: Sequence[WordBox] = ()) -> None:
        """Append a block; text that is only whitespace is left out.

        `words` are the places of `text`'s words on the page's picture; such a text begins with a word.
        """
        text = text.strip()
        if not text:
            return
        separator = self._separator(kind)
        if len(self._blocks) >= _MOST_BLOCKS:
            raise self._budget.exceeded(f"It holds more than {_MOST_BLOCKS:,} paragraphs.")
        self._budget.spend(len(separator) + len(text))  # first: what is over the limit leaves nothing behind
        self._append(separator)
        self._boxes.append(pack(words, self._length))
        self._blocks.append(Block(kind, self._length, self._length + len(text), level))
        self._append(text)

    def build(self, number: int | None) -> Page:
        return Page(number, "".join(self._parts), tuple(self._blocks), b"".join(self._boxes))

    def _separator(self, kind: BlockKind) -> str:
        if not self._blocks:
            return ""
        return "\n" if kind == "list_item" == self._blocks[-1].kind else "\n\n"

    def _append(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)


def moved(words: Sequence[WordBox], characters: int) -> Sequence[WordBox]:
    """The same words in a text that has so many characters before them."""
    if not characters:
        return words
    return [WordBox(word.start + characters, word.end + characters, word.box) for word in words]


def markdown_table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as a Markdown table without padding; the first row is the header.

    Cells are put on one line, a `|` inside is escaped, short rows are filled up, empty rows left out.
    """
    cleaned = [[collapse(cell).replace("|", "\\|") for cell in row] for row in rows]
    filled = [row for row in cleaned if any(row)]
    if not filled:
        return ""
    width = min(max(len(row) for row in filled), WIDEST)
    lines = ["| " + " | ".join(row + [""] * (width - len(row))) + " |" for row in filled]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def title_for(path: Path, candidate: str | None) -> str:
    """The title a document gives itself, or its file name where that is missing or a program's own."""
    title = collapse(candidate or "")[:_LONGEST_TITLE]
    return title if title and not _NO_TITLE.fullmatch(title) else path.stem
