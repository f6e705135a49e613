"""A text's words, numbers and signs, in portions that the embedder reads at once, and what they look like."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from rag.ports import Vectors

PORTION_CHARACTERS = 700  # about 170 tokens; twice as many take more than twice as long, and find no more
_WORD = re.compile(r"(?:[^\W\d_][\u0300-\u036f]*)+|\d+|[^\w\s]|_")
_GOOD_END = re.compile(r"\n+|[.!?:;]\s+")
_SPACE = re.compile(r"\s+")

Span = tuple[int, int]


def words(text: str) -> list[Span]:
    return [match.span() for match in _WORD.finditer(text)]


def portions(text: str) -> Iterator[Span]:
    """Cut where a line or a sentence ends, else between words, else anywhere."""
    start = 0
    while start < len(text):
        end = min(len(text), start + PORTION_CHARACTERS)
        if end < len(text):
            end = _last_end(_GOOD_END, text, start, end) or _last_end(_SPACE, text, start, end) or end
        yield start, end
        start = end


def _last_end(ends: re.Pattern[str], text: str, start: int, end: int) -> int:
    found = 0
    for match in ends.finditer(text, start, end):
        found = match.end()
    return found


def word_vectors(spans: Sequence[Span], tokens: Sequence[Span], vectors: Vectors) -> Vectors:
    """`(len(spans), dimensions)`: for each word the mean of its tokens' vectors. Both in order."""
    result = np.zeros((len(spans), vectors.shape[1]), np.float32)
    first = 0
    for row, (start, end) in enumerate(spans):
        while first < len(tokens) and tokens[first][1] <= start:
            first += 1
        last = first
        while last < len(tokens) and tokens[last][0] < end:
            last += 1
        if last > first:
            result[row] = vectors[first:last].mean(axis=0)
    return result


SHAPES = 12


def shapes(text: str, spans: Sequence[Span]) -> Vectors:
    """`(len(spans), SHAPES)`: what a word looks like, each 0 or 1."""
    result = np.zeros((len(spans), SHAPES), np.float32)
    before = 0
    for row, (start, end) in enumerate(spans):
        result[row] = _shape(text[start:end], text[before:start], row == 0)
        before = end
    return result


def _shape(word: str, gap: str, first: bool) -> tuple[bool, ...]:
    return (
        word[0].isupper() and not word.isupper(),
        len(word) > 1 and word.isupper(),
        len(word) == 1 and word.isupper(),
        word.islower(),
        word.isdigit(),
        word.isdigit() and len(word) in (4, 5),
        word == ",",
        word in ".-'’",
        not word[0].isalnum(),
        "\n" in gap,
        not gap,
        first,
    )


def rows(vectors: Vectors, looks: Vectors) -> Vectors:
    """What the head reads of each word: its vector, its neighbours', its look and that of two around it."""
    return np.concatenate(
        [*(_shifted(vectors, by) for by in (-1, 0, 1)), *(_shifted(looks, by) for by in (-2, -1, 0, 1, 2))],
        axis=1,
    )


def _shifted(values: Vectors, by: int) -> Vectors:
    """Each row that of the word `by` further on; zeros beyond the ends."""
    result = np.zeros_like(values)
    if by == 0:
        return values
    if by > 0:
        result[:-by] = values[by:]
    else:
        result[-by:] = values[:by]
    return result
