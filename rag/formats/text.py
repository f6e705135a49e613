"""Plain text: what little structure it has is in its empty lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from rag.formats.building import TextBudget
from rag.formats.encoding import text_of
from rag.formats.registry import Progress
from rag.settings import ReadLimits
from rag.values import Block, BlockKind, Page, ReadDocument

_PARAGRAPH = re.compile(r"\S[^\n]*(?:\n[^\S\n]*\S[^\n]*)*")  # lines up to an empty one
_LINE = re.compile(r"\S[^\n]*")
_ITEM = re.compile(r"[-*+•–▪◦]\s|\(?(?:\d{1,3}|[a-z])[.)]\s")
_UNDERLINED = re.compile(r"(\S[^\n]*)\n[^\S\n]*(=+|-+|~+)\s*")
_LONGEST_HEADING = 80
_LONG_LINE = 120  # longer lines were not wrapped by hand: each is a paragraph


def read(path: Path, limits: ReadLimits, progress: Progress) -> ReadDocument:
    """One page without number; the text is the file's, blocks are found in it."""
    progress(0, 1)
    text = text_of(path, limits)
    TextBudget(path, limits.text_characters).spend(len(text))
    page = Page(None, text, tuple(blocks(text)))
    progress(1, 1)
    return ReadDocument(path.stem, (page,))


def blocks(text: str) -> Iterator[Block]:
    """Paragraphs, list items, tables (tabs in every line) and headings (underlined or in capitals)."""
    for match in _PARAGRAPH.finditer(text):
        paragraph, start = match.group().rstrip(), match.start()
        underlined = _UNDERLINED.fullmatch(paragraph)
        if underlined:
            level = 1 if "=" in underlined.group(2) else 2
            yield Block("heading", start, start + len(underlined.group(1).rstrip()), level)
        elif _shouted(paragraph):
            yield Block("heading", start, start + len(paragraph), 2)
        else:
            yield from _pieces(text, start, start + len(paragraph))


def _shouted(paragraph: str) -> bool:
    return (
        len(paragraph) <= _LONGEST_HEADING
        and "\n" not in paragraph
        and paragraph.isupper()
        and " " in paragraph
    )


def _pieces(text: str, start: int, end: int) -> Iterator[Block]:
    lines = [match.span() for match in _LINE.finditer(text, start, end)]
    if len(lines) > 1 and all("\t" in text[first:last] for first, last in lines):
        yield Block("table", start, end)
        return
    if any(last - first > _LONG_LINE for first, last in lines):
        runs = [[line] for line in lines]
    else:
        runs = _runs(text, lines)
    for run in runs:
        kind: BlockKind = "list_item" if _ITEM.match(text, run[0][0]) else "paragraph"
        yield Block(kind, run[0][0], _trimmed(text, run[-1]))


def _runs(text: str, lines: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Wrapped lines together; each list item begins anew."""
    runs: list[list[tuple[int, int]]] = []
    for line in lines:
        if runs and not _ITEM.match(text, line[0]):
            runs[-1].append(line)
        else:
            runs.append([line])
    return runs


def _trimmed(text: str, line: tuple[int, int]) -> int:
    return line[0] + len(text[line[0] : line[1]].rstrip())
