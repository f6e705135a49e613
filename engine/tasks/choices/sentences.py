"""The sentences of an input's text, each within one page or one column of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.tasks.values import Part, TaskText

Span = tuple[int, int]

# Where a sentence may end. An abbreviation cut in two does no harm to what they are for: words to show.
_ENDS = re.compile(r"(?<=[.!?…])[\"'”’»)\]]*\s+|(?<=[。！？])|\s*\n\s*")
LONGEST_CHARACTERS = 400


def sentences(text: TaskText) -> list[Span]:
    """Ranges of `text.text`, in order, without white space around; what is endless is cut at words."""
    parts = text.parts or (Part(0, len(text.text)),)
    return [span for part in parts for span in _within(text.text, part.start, part.end)]


def _within(text: str, start: int, end: int) -> Iterator[Span]:
    for match in _ENDS.finditer(text, start, end):
        yield from _cut(text, start, match.start() if text[match.start()].isspace() else match.end())
        start = match.end()
    yield from _cut(text, start, end)


def _cut(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > LONGEST_CHARACTERS:
        space = text.rfind(" ", start + LONGEST_CHARACTERS // 2, start + LONGEST_CHARACTERS)
        middle = space if space > 0 else start + LONGEST_CHARACTERS
        yield start, middle
        start = middle + (space > 0)
    if start < end:
        yield start, end
