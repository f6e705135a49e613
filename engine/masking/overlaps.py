"""Makes findings of a text not overlap, without losing a character of what was found."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable

from engine.masking.values import Finding, MaskKind

_SURE: frozenset[MaskKind] = frozenset({"IBAN", "CARD", "EMAIL", "ID"})
_JOINED: frozenset[MaskKind] = frozenset({"PERSON", "ADDRESS"})


def apart(findings: Iterable[Finding]) -> list[Finding]:
    """In order. Names that overlap become one name, and so do addresses.

    Of two others that overlap what is surest stays whole, then the longer, then the first; the other is cut.
    """
    kept: list[tuple[int, int, Finding]] = []
    for finding in sorted(_joined(findings), key=_rank):
        for start, end in _free(kept, finding.start, finding.end):
            insort(kept, (start, end, Finding(start, end, finding.kind)), key=lambda each: each[0])
    return [finding for _, _, finding in kept]


def _rank(finding: Finding) -> tuple[bool, int]:
    """What is told by its check digits is surely that, whatever else was taken for more."""
    return finding.kind not in _SURE, finding.start - finding.end


def _joined(findings: Iterable[Finding]) -> list[Finding]:
    """Two ways of looking for names find more or less of each; what either found is masked."""
    rest: list[Finding] = []
    open_: dict[MaskKind, Finding] = {}
    for finding in sorted(findings, key=lambda finding: finding.start):
        before = open_.get(finding.kind)
        if finding.kind not in _JOINED:
            rest.append(finding)
        elif before and finding.start < before.end:
            open_[finding.kind] = Finding(before.start, max(before.end, finding.end), finding.kind)
        else:
            rest += [before] if before else []
            open_[finding.kind] = finding
    return [*rest, *open_.values()]


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
