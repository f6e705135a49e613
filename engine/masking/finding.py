"""All that should be masked in texts: by patterns, and names and addresses by whoever can find them."""

from __future__ import annotations

from collections.abc import Sequence

from engine.masking.overlaps import apart
from engine.masking.patterns import patterns
from engine.masking.values import Finding, FindNames


def find(texts: Sequence[str], find_names: FindNames) -> list[list[Finding]]:
    """For each text what was found, in order, not overlapping.

    Raises:
        NamesNotLookedFor: persons and addresses could not be looked for; `find_patterns` still can.
    """
    by_names = find_names(list(texts))
    return [
        apart([*by_pattern, *names]) for by_pattern, names in zip(find_patterns(texts), by_names, strict=True)
    ]


def find_patterns(texts: Sequence[str]) -> list[list[Finding]]:
    """Of persons and addresses only those that a pattern tells."""
    return [patterns(text) for text in texts]
