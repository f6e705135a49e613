"""Looks for many phrases in a text at once, by whole words, in one pass."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import regex

# What is written without spaces has no words to keep whole: there each letter stands for itself.
_SPACELESS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_PIECE = regex.compile(rf"(?V1)[{_SPACELESS}]|[\w--[{_SPACELESS}_]]+|\s+|.", regex.DOTALL)
_SPACE = " "

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, white space or a sign: characters `start:end`, and what it is compared by."""

    start: int
    end: int
    key: str


def as_written(piece: str) -> str:
    return piece


def folded(piece: str) -> str:
    """Equal for what differs in capitals or in white space only."""
    return _SPACE if piece.isspace() else piece.casefold()


def pieces(text: str, key: Callable[[str], str] = as_written) -> list[Piece]:
    """All of `text`. An underscore parts words: “dupont_2024.pdf” holds “dupont”."""
    return [Piece(match.start(), match.end(), key(match.group())) for match in _PIECE.finditer(text)]


class WholeWords:
    """Widens places in a text to where no word is cut."""

    def __init__(self, text: str) -> None:
        parts = pieces(text)
        self._starts = [part.start for part in parts]
        self._ends = [part.end for part in parts]

    def around(self, start: int, end: int) -> tuple[int, int]:
        first = self._starts[bisect_right(self._starts, start) - 1]
        return first, self._ends[bisect_left(self._ends, end)]


@dataclass(slots=True)
class _Node(Generic[Value]):
    after: dict[str, _Node[Value]] = field(default_factory=dict)
    value: Value | None = None


class Phrases(Generic[Value]):
    """Phrases with a value each, as a tree of their pieces: a text is gone through once, however many.

    Time: pieces of the text × pieces of the longest phrase.
    """

    def __init__(self, key: Callable[[str], str] = as_written) -> None:
        self._key = key
        self._root: _Node[Value] = _Node()

    def add(self, phrase: str, value: Value) -> None:
        """The first value of a phrase stays."""
        node = self._root
        for piece in pieces(phrase, self._key):
            node = node.after.setdefault(piece.key, _Node())
        if node.value is None:
            node.value = value

    def found(self, text: str) -> Iterator[tuple[int, int, Value]]:
        """Where phrases stand, in order, not overlapping; of those that begin at one place the longest."""
        parts = pieces(text, self._key)
        at = 0
        while at < len(parts):
            longest = self._longest(parts, at)
            if longest is None:
                at += 1
                continue
            following, value = longest
            yield parts[at].start, parts[following - 1].end, value
            at = following

    def _longest(self, parts: list[Piece], at: int) -> tuple[int, Value] | None:
        node, best = self._root, None
        while at < len(parts):
            following = node.after.get(parts[at].key)
            if following is None:
                break
            node, at = following, at + 1
            if node.value is not None:
                best = (at, node.value)
        return best
