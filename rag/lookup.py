"""What a table says where a question names one row and one column of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from rag.cells import Grid, Row, asked_tokens, grids, tokens
from rag.passage_tables import Table, tables
from rag.statements import statement
from rag.words import word_set, words

# No single cell answers these.
_ASKS_MORE = re.compile(
    r"\s*(?:why|how\s+(?:do|does|did|can|could|should|is|are|come)|explain|compare|describe|list"
    r"|warum|wieso|weshalb|wie\s+(?:kann|geht|funktioniert)|erkläre|vergleiche|pourquoi|por qué)\b",
    re.IGNORECASE,
)
_YES = word_set("yes ja oui sí si")
_NO = word_set("no nein non none")


def looked_up(question: str, passages: Sequence[str], titles: Sequence[str]) -> str:
    """The one cell that is asked for, with its row and its column; empty where it is not plain which.

    A small model often declines such a question, or answers it from the wrong column.
    """
    if _ASKS_MORE.match(question):
        return ""
    found: set[str] = set()
    for passage, title in zip(passages, titles, strict=True):
        for table, grid in zip(tables(passage, title), grids(passage, title), strict=True):
            found.update(_cells(question, table, grid))
    return found.pop() if len(found) == 1 else ""


def contradicts(answer: str, cell: str) -> bool:
    """Whether an answer says yes where the cell that was asked for has a “no”, or the reverse."""
    first, value = words(answer)[:1], words(cell.rpartition(":")[2])
    return any(
        mine.issuperset(first) and theirs.issuperset(value)
        for mine, theirs in ((_YES, _NO), (_NO, _YES))
        if first and value
    )


def _cells(question: str, table: Table, grid: Grid) -> Iterator[str]:
    asked = asked_tokens(statement(question), grid)
    r, c = _row(grid, asked - tokens(grid.columns)), _column(grid.columns, asked)
    if r is not None and c is not None:
        cells = table.rows[r].cells
        if cells[0] and cells[c]:
            yield f"{cells[0]}, {table.columns[c]}: {cells[c]}"


def _row(grid: Grid, asked: frozenset[str]) -> int | None:
    """The row that holds more of the question than any other: how its key begins, or most of a cell.

    “Gate valves” are no “ball valve”, though no other row holds as much of them.
    """
    counts = Counter({r: len(tokens(row) & asked) for r, row in enumerate(grid.rows)})
    (best, most), *others = counts.most_common(2)
    if not most or any(count == most for _, count in others):
        return None
    row = grid.rows[best]
    is_named = any(2 * len(asked.intersection(cell.tokens)) > len(cell.tokens) for cell in row)
    return best if is_named or asked.intersection(row[0].tokens[:1]) else None


def _column(columns: Row, asked: frozenset[str]) -> int | None:
    """The column of which all is named that sets it apart from the others; the first one names the rows."""
    held = Counter(token for column in columns for token in set(column.tokens))
    named = []
    for c, column in enumerate(columns[1:], 1):
        apart = {token for token in column.tokens if held[token] == 1}
        if apart and apart <= asked:
            named.append(c)
    return named[0] if len(named) == 1 else None
