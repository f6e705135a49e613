"""Whether a value of an answer stands in the row and the column of a table that are spoken of.

Objective: catch “€1,940 a month” where 1,940 is the price of purchase, though every word and the figure stand
in one row. A row or column that is not named in so many words may be meant all the same, so nothing is wrong
until another one is named instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rag.passage_tables import Table, tables
from rag.statements import Number, Statement, content_stem, statement
from rag.words import word_set

Token = str
Place = tuple[int, int]

# As many passages as rag.windows keeps.
GRIDS_KEPT = 32
# So much of what sets a row or column apart names it; its first word does as well.
NAMED = 0.5
# Letters of each part of a German compound, at least.
COMPOUND = 4

_ASIDE = word_set(
    "instead besides except without not than difference statt anstatt außer ohne nicht als unterschied"
)
_PLAIN = word_set("yes no ja nein oui non sí")


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell, or the name of a column, can be told by, in order; `numbers` are among it as tokens."""

    tokens: tuple[Token, ...]
    numbers: tuple[Number, ...]


Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table to compare with."""

    columns: Row
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class _Named:
    """Which share of what sets a cell apart is named, and whether its first word is."""

    share: float
    begun: bool


@lru_cache(maxsize=GRIDS_KEPT)
def grids(passage: str, title: str) -> tuple[Grid, ...]:
    return tuple(_grid(table) for table in tables(passage, title))


def misplaced(claim: Statement, question: Statement, grid: Grid, elsewhere: Sequence[Statement]) -> bool:
    """Whether a value of the claim stands in the table, but not where it is spoken of.

    `elsewhere` are the sentences around the table: what these say as well needs no place in it.
    """
    if not _ASIDE.isdisjoint((claim.words + question.words).split()):
        return False
    claimed, asked = _said(claim), asked_tokens(question, grid)
    astray = [
        value
        for value, places in _values(claimed - asked, grid)
        if not any(_fits(place, grid, claimed, asked) for place in places)
    ]
    around = [_said(sentence) for sentence in elsewhere] if astray else []
    return any(not any(value <= said for said in around) for value in astray)


def _grid(table: Table) -> Grid:
    rows = tuple(tuple(_cell(text) for text in row.cells) for row in table.rows)
    return Grid(tuple(_cell(name) for name in table.columns), rows)


def _cell(text: str) -> Cell:
    said = statement(text)
    numbers = (_of_number(number) for number in said.numbers)
    return Cell(tuple(dict.fromkeys([*_words(said), *numbers])), said.numbers)


def _said(said: Statement) -> frozenset[Token]:
    """All that a sentence may mean, every reading of its numbers included."""
    return frozenset([*_words(said), *(f"#{key}" for number in said.numbers for key in number.readings)])


def asked_tokens(question: Statement, grid: Grid) -> frozenset[Token]:
    """What a question says; “Reifenwechsel” also names the row “Reifen wechseln”."""
    said = _said(question)
    known = frozenset().union(tokens(grid.columns), *(tokens(row) for row in grid.rows))
    return said | {token for token in known for word in said if _begins(token, word)}


def _begins(token: Token, word: Token) -> bool:
    return len(token) >= COMPOUND and len(word) >= len(token) + COMPOUND and word.startswith(token)


def _words(said: Statement) -> Iterator[Token]:
    """Stems, and what a single letter says only with the word before it: “Plan B”, “X2-W”."""
    spoken = said.words.split()
    for before, word in pairwise(["", *spoken]):
        if len(word) == 1 and word.isalpha():
            if before:
                yield f"{before} {word}"
        elif not word.isdigit() and word not in _PLAIN and (stemmed := content_stem(word)):
            yield stemmed


def _of_number(number: Number) -> Token:
    """What a cell most likely says: “1,940” is no 1.94, “10:00” not in the evening."""
    return f"#{min(number.readings, key=lambda key: ('.' in key, key))}"


def _values(claimed: frozenset[Token], grid: Grid) -> Iterator[tuple[frozenset[Token], list[Place]]]:
    """What the claim may have taken from the table, each with all the places where it stands."""
    held: dict[frozenset[Token], list[Place]] = {}
    for r, row in enumerate(grid.rows):
        for c, cell in enumerate(row):
            for value in _values_of(cell):
                if value <= claimed:
                    held.setdefault(value, []).append((r, c))
    yield from held.items()


def _values_of(cell: Cell) -> Iterator[frozenset[Token]]:
    if cell.numbers:
        yield from (frozenset([_of_number(number)]) for number in cell.numbers)
    elif cell.tokens:
        yield frozenset(cell.tokens)


def _fits(place: Place, grid: Grid, claimed: frozenset[Token], asked: frozenset[Token]) -> bool:
    r, c = place
    words = claimed.difference(grid.rows[r][c].tokens) | asked  # what a cell says does not name its own row
    return (
        _is_where_asked(place, grid, words)
        and _fits_row(place, grid, words, claimed)
        and _fits_column(place, grid, words)
    )


def _is_where_asked(place: Place, grid: Grid, words: frozenset[Token]) -> bool:
    """Whether who has a row of his own is not taken from another's that nobody spoke of."""
    r, c = place
    own, column = grid.rows[r], grid.columns[c]
    has_row = c > 0 and any(row[0].tokens == own[c].tokens for row in grid.rows)
    return not has_row or not words.isdisjoint(own[0].tokens) or not words.isdisjoint(column.tokens)


def _fits_row(place: Place, grid: Grid, words: frozenset[Token], claimed: frozenset[Token]) -> bool:
    """Whether no other row is meant, but for one of which the claim says the same thing as well."""
    r, c = place
    return not any(
        _is_meant(row, grid.rows[r], grid.columns, words)
        for number, row in enumerate(grid.rows)
        if number != r and not (row[c].tokens and claimed.issuperset(row[c].tokens))
    )


def _is_meant(row: Row, own: Row, columns: Row, words: frozenset[Token]) -> bool:
    """Whether a row is named better than one's own, or by its key where that is named by another cell only.

    “Piet Vos's room” is in his row, not in that of whom he stands in for, unless this is asked for.
    """
    telling = words - tokens(columns)
    mine = tokens(own) & telling
    if mine < tokens(row) & telling:
        key, *others = (_share_named(cell, tokens(own), telling) for cell in row)
        return key.begun or max(key.share, *(other.share for other in others)) >= NAMED
    keyed = telling.issuperset(row[0].tokens) and not telling.intersection(own[0].tokens)
    by_other = (
        column for column, cell in zip(columns, own, strict=True) if telling.intersection(cell.tokens)
    )
    return keyed and mine <= set(row[0].tokens) and not any(words & set(column.tokens) for column in by_other)


def _fits_column(place: Place, grid: Grid, words: frozenset[Token]) -> bool:
    """Whether no other column with the like of this value is named better; the first one names the rows."""
    r, c = place
    own = frozenset(grid.columns[c].tokens)
    return c == 0 or not any(
        own & words < words.intersection(column.tokens)
        and _share_named(column, own, words).share >= NAMED
        and _are_alike(grid, place, number)
        for number, column in enumerate(grid.columns[1:], 1)
        if not _is_spoken_of(grid.rows[r][number], words)
    )


def _is_spoken_of(cell: Cell, words: frozenset[Token]) -> bool:
    """Whether what the cell says is a condition rather than what is asked for."""
    return bool(words.intersection(cell.tokens)) and (not cell.numbers or words.issuperset(cell.tokens))


def _share_named(cell: Cell, own: frozenset[Token], words: frozenset[Token]) -> _Named:
    apart = [token for token in cell.tokens if token not in own]
    named = [token for token in apart if token in words]
    return _Named(len(named) / len(apart) if apart else 0.0, bool(named) and named[0] == apart[0])


def tokens(row: Row) -> frozenset[Token]:
    return frozenset(token for cell in row for token in cell.tokens)


def _are_alike(grid: Grid, place: Place, column: int) -> bool:
    """Whether the column has the like of the value, in its row or where that has only words in any."""
    r, c = place
    value, other = grid.rows[r][c], grid.rows[r][column]
    if not value.numbers:
        return not other.numbers and bool(other.tokens)
    others = [other] if other.numbers else [row[column] for row in grid.rows]
    return any(_alike(one, two) for one in value.numbers for cell in others for two in cell.numbers)


def _alike(one: Number, other: Number) -> bool:
    return _kind(one) == _kind(other) and (one.unit == other.unit or not one.unit or not other.unit)


def _kind(number: Number) -> str:
    reading = min(number.readings)
    return ":" if ":" in reading else "-" if "-" in reading else ""
