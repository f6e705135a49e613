"""Long texts in pieces that a model can read, each knowing where it stands in the whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from engine.errors import PromptTooLong

# About 1,500 tokens of English: a small model overlooks more in longer ones, and reads no faster.
PIECE_CHARACTERS = 6_000
LEAST_CHARACTERS = 200
_ENDS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?。！？])\s*"), re.compile(r"\s"))

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters `start:end` of a text."""

    start: int
    end: int
    text: str


def pieces(text: str, most_characters: int = PIECE_CHARACTERS) -> list[Piece]:
    """The whole text in pieces, in order, without gaps; one piece where it fits, none for an empty one.

    A piece ends where a paragraph does, else a line, a sentence, a word; of two such ends the later.
    """
    found = []
    start = 0
    while start < len(text):
        end = _end(text, start, most_characters)
        found.append(Piece(start, end, text[start:end]))
        start = end
    return found


def _end(text: str, start: int, most_characters: int) -> int:
    limit = start + most_characters
    if limit >= len(text):
        return len(text)
    for pattern in _ENDS:
        ends = [match.end() for match in pattern.finditer(text, start + most_characters // 2, limit)]
        if ends:
            return ends[-1]
    return limit


def over_pieces(
    text: str, work: Callable[[Piece], Result | None], most_characters: int = PIECE_CHARACTERS
) -> list[tuple[Piece, Result]] | None:
    """What `work` makes of each piece, in order; None as soon as it gives None (it was cancelled).

    A piece that is still too long for the model is cut in two.

    Raises:
        PromptTooLong: the instructions alone leave no room.
    """
    done: list[tuple[Piece, Result]] = []
    for piece in pieces(text, most_characters):
        for part, result in _fitting(piece, work):
            if result is None:
                return None
            done.append((part, result))
    return done


def _fitting(piece: Piece, work: Callable[[Piece], Result | None]) -> Iterator[tuple[Piece, Result | None]]:
    try:
        result = work(piece)
    except PromptTooLong:
        if piece.end - piece.start < 2 * LEAST_CHARACTERS:
            raise
        for half in pieces(piece.text, (piece.end - piece.start + 1) // 2):
            moved = Piece(piece.start + half.start, piece.start + half.end, half.text)
            yield from _fitting(moved, work)
        return
    yield piece, result
