"""A passage as the check compares with it: its sentences, each alone and with the one after it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rag.orders import is_order
from rag.passage_tables import tables
from rag.sentences import sentences
from rag.statements import Statement, Stem, statement
from rag.units import CURRENCIES

LABEL_WORDS = 8
# An answer's passages are read once, however often it is checked.
READ_KEPT = 32

_JOINS = re.compile(r"[_\W]+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage. `words` holds the title's too, and a mere label's in the line before.

    With those of a table's row (`is_row`) are the names of its columns, and the currency that is named
    above or below the table.
    """

    start: int
    end: int
    said: Statement
    words: frozenset[Stem]
    is_row: bool = False


Window = tuple[Sentence, ...]


def title_words(title: str) -> frozenset[Stem]:
    """The words of a title; file names are joined by all sorts of signs."""
    return frozenset(statement(_JOINS.sub(" ", title)).content)


@lru_cache(maxsize=READ_KEPT)
def read_passage(passage: str, title: str = "") -> tuple[Sentence, ...]:
    """The sentences of a passage with this title; orders to whoever answers are none."""
    read = []
    about = title_words(title)
    columns = _columns(passage, title)
    label: frozenset[Stem] = frozenset()
    for start, end in sentences(passage):
        if is_order(passage[start:end]):
            continue
        said = statement(passage[start:end])
        words = frozenset(said.content)
        named = columns.get(start)
        read.append(
            Sentence(start, end, said, words | label | about | (named or frozenset()), named is not None)
        )
        is_label = len(words) <= LABEL_WORDS and passage[end - 1] not in ".!?。！？"
        label = words if is_label else frozenset()
    return tuple(read)


def _columns(passage: str, title: str) -> dict[int, frozenset[Stem]]:
    """The words in the names of its columns, for each row of a table by where it begins."""
    named: dict[int, frozenset[Stem]] = {}
    found = tables(passage, title)
    currencies = CURRENCIES.intersection(statement(passage).content) if found else frozenset()
    for table in found:
        words = currencies.union(statement(" | ".join(table.columns)).content)
        named.update((row.start, words) for row in table.rows)
    return named


def windows(read: Sequence[Sentence]) -> list[Window]:
    """Each sentence, and each two that follow one another; a row of a table goes on in no sentence."""
    singles: list[Window] = [(sentence,) for sentence in read]
    return singles + [pair for pair in pairwise(read) if pair[0].is_row == pair[1].is_row]
