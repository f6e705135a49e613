"""What a number or a date in a text may mean."""

from __future__ import annotations

from dataclasses import dataclass

Key = str
"""A number, date or time in one canonical form: “90”, “1000.5”, “2027-06-30”, “2027-06”, “06-30”, “16:15”."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Characters `start:end` say one of `readings`; “1.000” may be a thousand or one.

    `implies` is what it says besides: a date also names its month and its year.
    """

    start: int
    end: int
    readings: frozenset[Key]
    implies: frozenset[Key] = frozenset()
