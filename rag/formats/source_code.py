"""Programs, settings and markup as the text they are, in blocks that belong together. Nothing is parsed:
no entity is expanded, no include followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from rag.formats.building import TextBudget
from rag.formats.encoding import bytes_of, decode
from rag.formats.registry import Progress
from rag.settings import ReadLimits
from rag.values import Block, Page, ReadDocument

_DECLARED = re.compile(rb"(?:encoding|coding|charset)[ \t]*[=:]?[ \t]*[\"']?([\w.:-]+)", re.IGNORECASE)
_DECLARED_WITHIN = 512
_BLANK = re.compile(r"\n(?:[^\S\n]*\n)+")
_LONGEST = 1200  # characters; two passages: what is longer is parted at blank lines inside it
_CLOSING = re.compile(r"[)\]}>]|end\b|</", re.IGNORECASE)


def read(path: Path, limits: ReadLimits, progress: Progress) -> ReadDocument:
    """One page without number; the text is the file's own, and its name with the ending is the title."""
    progress(0, 1)
    data = bytes_of(path, limits)
    declared = _DECLARED.search(data[:_DECLARED_WITHIN])
    text = decode(data, path, declared.group(1).decode("ascii") if declared else None)
    TextBudget(path, limits.text_characters).spend(len(text))
    page = Page(None, text, tuple(blocks(text)))
    progress(1, 1)
    return ReadDocument(path.name, (page,))


def blocks(text: str) -> Iterator[Block]:
    """Pieces between blank lines, joined to definitions: an indented piece goes on what stands before it.

    A definition that is too long for a passage or two is parted at its own blank lines.
    """
    start = end = -1
    for first, last in _pieces(text):
        if start >= 0 and _continues(text, first) and last - start <= _LONGEST:
            end = last
            continue
        if start >= 0:
            yield Block("code", start, end)
        start, end = first, last
    if start >= 0:
        yield Block("code", start, end)


def _continues(text: str, first: int) -> bool:
    return text[first].isspace() or _CLOSING.match(text, first) is not None


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Ranges of the lines between blank lines, with the first line's indentation."""
    position = 0
    for match in _BLANK.finditer(text):
        yield from _trimmed(text, position, match.start())
        position = match.end()
    yield from _trimmed(text, position, len(text))


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start] == "\n":
        start += 1
    end = start + len(text[start:end].rstrip())
    if text[start:end].strip():
        yield start, end
