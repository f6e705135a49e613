"""A cell written anew, and what its line is then: in review or not, found by which words, counted how."""

from __future__ import annotations

import sqlite3

from engine.tasks.encoding import as_json, cell_as_json, quotes_as_json, searched
from engine.tasks.results import input_words
from engine.tasks.values import RunCounts, StoredCell, StoredLine


def put_cell(connection: sqlite3.Connection, line_id: int, place: int, stored: StoredCell) -> None:
    """Write a cell that nobody corrected in place of what is there."""
    cell = stored.cell
    connection.execute(
        "UPDATE cells SET value = ?, confidence = ?, evidence = ?, doubts = ?, tier = ?, local = ?, model = ?"
        " WHERE line_id = ? AND place = ? AND NOT corrected",
        (
            as_json(cell.value),
            cell.confidence,
            quotes_as_json(cell.evidence),
            as_json(cell.doubts),
            cell.tier,
            cell_as_json(stored.local) if stored.local is not None else None,
            stored.model,
            line_id,
            place,
        ),
    )


def settle_line(connection: sqlite3.Connection, line_id: int, line: StoredLine) -> RunCounts:
    """Write down what a line is after its cells have changed; by how much that changes its run's counts."""
    filled, review, corrected, cloud, hidden = connection.execute(
        "SELECT filled, review, corrected, cloud, hidden FROM lines WHERE id = ?", (line_id,)
    ).fetchone()
    is_corrected = any(cell.corrected for cell in line.cells.values())
    connection.execute(
        "UPDATE lines SET filled = ?, review = ?, corrected = ?, cloud = ?, text = ? WHERE id = ?",
        (bool(line.cells), line.needs_review, is_corrected, line.has_cloud, line_words(line), line_id),
    )
    if hidden:
        return RunCounts()
    return RunCounts(
        lines=bool(line.cells) - filled,
        review=line.needs_review - review,
        corrected=is_corrected - corrected,
        cloud=line.has_cloud - cloud,
    )


def line_words(line: StoredLine) -> str:
    """What a search finds a line by."""
    cells = searched(*(stored.cell.value for stored in line.cells.values()))
    return "\n".join((input_words(line.item.title, line.item.values), cells))
