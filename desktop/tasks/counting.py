"""The numbers of a run after the person changed a line: known at once, without counting all lines."""

from __future__ import annotations

from dataclasses import replace

from engine.tasks.values import RunCounts, StoredLine


def counts_after(counts: RunCounts, before: StoredLine, after: StoredLine) -> RunCounts:
    """The counts once `before` has become `after`."""
    review = counts.review + after.needs_review - before.needs_review
    corrected = counts.corrected + is_corrected(after) - is_corrected(before)
    cloud = counts.cloud + after.has_cloud - before.has_cloud
    return replace(counts, review=max(0, review), corrected=max(0, corrected), cloud=max(0, cloud))


def is_corrected(line: StoredLine) -> bool:
    return any(cell.corrected for cell in line.cells.values())
