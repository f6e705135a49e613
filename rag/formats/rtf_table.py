"""Rows of an RTF table to columns. RTF knows no columns: each row says where each of its cells ends."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

_NEAR = 30  # twips; programs draw the same edge a little differently in each row
_MOST_COLUMNS = 200


@dataclass(slots=True)
class TableRow:
    """The texts of the cells, where the row begins, and where each cell ends (twips)."""

    texts: list[str] = field(default_factory=list)
    left: int = 0
    edges: list[int] = field(default_factory=list)


def aligned(rows: Sequence[TableRow]) -> list[list[str]]:
    """The texts of each row in the columns of the whole table; a merged cell stands in its first place."""
    edges = _apart(sorted({edge for row in rows for edge in (row.left, *row.edges[:_MOST_COLUMNS])}))
    if len(edges) > _MOST_COLUMNS or any(len(row.edges) < len(row.texts) for row in rows):
        return [row.texts for row in rows]
    return [_in_columns(row, edges) for row in rows]


def _apart(edges: list[int]) -> list[int]:
    kept: list[int] = []
    for edge in edges:
        if not kept or edge - kept[-1] > _NEAR:
            kept.append(edge)
    return kept


def _in_columns(row: TableRow, edges: Sequence[int]) -> list[str]:
    cells = [""] * max(len(edges) - 1, 1)
    for text, left in zip(row.texts, [row.left, *row.edges], strict=False):
        place = min(bisect_left(edges, left - _NEAR), len(cells) - 1)
        cells[place] = f"{cells[place]} {text}".strip()
    return cells
