"""Makes findings of a text not overlap, without losing a character of what was found."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable

from engine.masking.values import Finding


def apart(findings: Iterable[Finding]) -> list[Finding]:
    """In order. Of two that overlap the longer stays whole, or the first of two as long; the other is cut."""
    kept: list[tuple[int, int, Finding]] = []
    for finding in sorted(findings, key=lambda finding: finding.start - finding.end):
        for start, end in _free(kept, finding.start, finding.end):
            insort(kept, (start, end, Finding(start, end, finding.kind)), key=lambda each: each[0])
    return [finding for _, _, finding in kept]


def _free(kept: list[tuple[int, int, Finding]], start: int, end: int) -> list[tuple[int, int]]:
    """The parts of `start:end` that nothing covers yet."""
    free = []
    place = max(0, bisect_right(kept, start, key=lambda each: each[0]) - 1)
    while place < len(kept) and kept[place][0] < end:
        taken_from, taken_to, _ = kept[place]
        if start < taken_from:
            free.append((start, taken_from))
        start = max(start, taken_to)
        place += 1
    return [*free, (start, end)] if start < end else free
