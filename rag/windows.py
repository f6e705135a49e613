"""A passage as the check compares with it: its sentences, each alone and with the one after it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rag.orders import is_order
from rag.sentences import sentences
from rag.statements import Statement, Stem, statement

LABEL_WORDS = 8
# An answer's passages are read once, however often it is checked.
READ_KEPT = 32

_JOINS = re.compile(r"[_\W]+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage. `words` holds the title's too, and a mere label's in the line before."""

    start: int
    end: int
    said: Statement
    words: frozenset[Stem]


Window = tuple[Sentence, ...]


def title_words(title: str) -> frozenset[Stem]:
    """The words of a title; file names are joined by all sorts of signs."""
    return frozenset(statement(_JOINS.sub(" ", title)).content)


@lru_cache(maxsize=READ_KEPT)
def read_passage(passage: str, about: frozenset[Stem]) -> tuple[Sentence, ...]:
    """The sentences of a passage with a title of these words; orders to whoever answers are none."""
    read = []
    label: frozenset[Stem] = frozenset()
    for start, end in sentences(passage):
        if is_order(passage[start:end]):
            continue
        said = statement(passage[start:end])
        words = frozenset(said.content)
        read.append(Sentence(start, end, said, words | label | about))
        is_label = len(words) <= LABEL_WORDS and passage[end - 1] not in ".!?。！？"
        label = words if is_label else frozenset()
    return tuple(read)


def windows(read: Sequence[Sentence]) -> list[Window]:
    """Each sentence, and each two that follow one another."""
    return [(sentence,) for sentence in read] + list(pairwise(read))
