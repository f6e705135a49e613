"""Which characters of a passage an answer rests on, and how much of the passage to show around them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.values import Answer, Source
from rag.values import Page

Range = tuple[int, int]

NEAR = 40

EXCERPT = 260
"""Characters of a passage that is not the chosen one; the lit words are among them."""


def place(source: Source) -> str:
    """“page 7 · § 12 Term and termination”: the innermost heading, as much as is known."""
    parts = [f"page {source.page}"] if source.page is not None else []
    if source.heading:
        parts.append(source.heading.rpartition(" › ")[2])
    return " · ".join(parts) or "document"


def quotes_of(answer: Answer, index: int, sentence: int | None = None) -> list[Range]:
    """What the answer's sentences (or one of them) rest on inside the text of one source."""
    sentences = answer.sentences if sentence is None else answer.sentences[sentence : sentence + 1]
    return [
        quote
        for each in sentences
        for source, quote in zip(each.sources, each.quotes, strict=False)
        if source == index
    ]


def merged(ranges: Sequence[Range], length: int) -> list[Range]:
    """The ranges in order, inside `0:length`, those that touch joined."""
    result: list[Range] = []
    for start, end in sorted((max(0, start), min(length, end)) for start, end in ranges):
        if start >= end:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def excerpt(text: str, quotes: Sequence[Range], size: int = EXCERPT) -> tuple[str, list[Range]]:
    """Some `size` characters around the first quote, cut between words, and the quotes inside them."""
    if len(text) <= size + 40:
        return text, merged(quotes, len(text))
    lit = merged(quotes, len(text))
    first = lit[0] if lit else (0, 0)
    start = max(0, min(first[0] - 60, len(text) - size))
    end = min(len(text), max(first[1], start + size))
    start, end = _word_start(text, start), _word_end(text, end, first[1])
    lead = "… " if start else ""
    shift = len(lead) - start
    cut = lead + text[start:end].rstrip() + (" …" if end < len(text) else "")
    inside = [(begin + shift, min(stop, end) + shift) for begin, stop in lit if start <= begin < end]
    return cut, merged(inside, len(cut))


def _word_start(text: str, position: int) -> int:
    """The beginning of the word at `position`, where it is near."""
    space = text.rfind(" ", max(0, position - NEAR), position)
    return space + 1 if space >= 0 else position if position > NEAR else 0


def _word_end(text: str, position: int, least: int) -> int:
    """The end of the last whole word before `position`, where it is near and not before `least`."""
    if position >= len(text):
        return len(text)
    space = text.rfind(" ", max(least, position - NEAR), position + 1)
    return space if space >= 0 else position


def on_page(source: Source, page: Page, quotes: Sequence[Range]) -> list[Range]:
    """Ranges inside the page: the quotes where there are some, else the whole passage."""
    if page.text[source.start : source.end] != source.text:
        return []  # the file was read anew since: the old ranges mean other words now
    if not quotes:
        return [(source.start, source.end)]
    return [(source.start + start, source.start + end) for start, end in quotes]


# A line end inside a sentence is where the file's author ran out of page, not where a line should end here.
_WRAPPED = re.compile(r"(?<=[^\n])\n(?=[(\d]*[^\W\d_A-ZÀ-Þ])")

LINE_ENDS = "\n\r\x0b\x0c\u2028\u2029"


def printable(text: str) -> str:
    """Text as it can be shown, each character kept one to one so that ranges stay true."""
    shown = "".join("\n" if c in LINE_ENDS else c if c.isprintable() else " " for c in text)
    return _WRAPPED.sub(" ", shown)
