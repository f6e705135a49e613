"""All that should be masked in texts: by patterns, and names and addresses by whoever can find them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from engine.masking.overlaps import apart
from engine.masking.patterns import patterns
from engine.masking.salutations import is_somebody, without_title
from engine.masking.values import Finding, FindNames


def find(texts: Sequence[str], find_names: FindNames) -> list[list[Finding]]:
    """For each text what was found, in order, not overlapping.

    Raises:
        NamesNotLookedFor: persons and addresses could not be looked for; `find_patterns` still can.
    """
    by_names = find_names(list(texts))
    return [
        apart([*by_pattern, *_sensible(text, by_pattern, names)])
        for text, by_pattern, names in zip(texts, find_patterns(texts), by_names, strict=True)
    ]


def find_patterns(texts: Sequence[str]) -> list[list[Finding]]:
    """Of persons and addresses only those that a pattern tells."""
    return [patterns(text) for text in texts]


def _sensible(text: str, by_pattern: Sequence[Finding], names: Sequence[Finding]) -> Iterator[Finding]:
    """Without titles (“Frau” says nothing, a reply needs it); no address out of a number of another kind."""
    numbers = [each.start for each in by_pattern if each.kind != "ADDRESS"]
    for each in names:
        name = text[each.start : each.end]
        if each.kind == "PERSON":
            left = len(without_title(name))
            if left and is_somebody(name[-left:]):
                yield Finding(each.end - left, each.end, each.kind)
        elif bisect_left(numbers, each.start) == bisect_left(numbers, each.end):
            yield each
