"""Where a value stands in an input: of several places the one that the field's own words lead to."""

from __future__ import annotations

import re
from bisect import bisect_left

from engine.tasks.ports import Locate, ValueKind

_NAME_WORD = re.compile(r"[^\W\d_]{3,}")
_BEFORE_COUNTS = 3  # a label stands before what it names; one behind it is as far as three times as much


def span(
    value: str, kind: ValueKind, text: str, locate: Locate, name: str, after: int | None = None
) -> tuple[int, int] | None:
    """Where `text` says the value of the field `name`; None where it does not.

    Of several places: the first from `after` on, where things of a kind follow one another; else the one by
    the words of the name, the last of those as near, for sums stand at the end.
    """
    places = locate(value, kind, text)
    if len(places) < 2:
        return places[0] if places else None
    if after is not None:
        return next((each for each in places if each[0] >= after), places[-1])
    labels = sorted(label for word in _words(name) for label in locate(word, "text", text))
    if not labels:
        return places[0]
    starts = [start for start, _ in labels]
    return min(reversed(places), key=lambda place: _distance(place, labels, starts))


def _words(name: str) -> list[str]:
    return _NAME_WORD.findall(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))


def _distance(place: tuple[int, int], labels: list[tuple[int, int]], starts: list[int]) -> int:
    following = bisect_left(starts, place[0])
    distances = []
    if following:
        distances.append(max(0, place[0] - labels[following - 1][1]))
    if following < len(labels):
        distances.append(_BEFORE_COUNTS * max(0, labels[following][0] - place[1]))
    return min(distances)
