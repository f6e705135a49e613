"""How sure a model was of each value in the JSON that it wrote."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.values import TokenLogprob

Path = tuple[str | int, ...]
"""Keys and places in lists that lead to a value: (“items”, 0, “total”)."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Leaf:
    """Characters `start:end` of a reply are a text (with its quotation marks), number, true, false or null,
    or an empty list or object."""

    path: Path
    start: int
    end: int


# Where a copy begins is the model's decision; what follows is copied, and its least likely tokens (a comma
# more or less, the closing quotation mark) tell right from wrong no better than a coin. 60 fields of
# receipts: area under the curve .70 with the first two to four tokens, .56 with all, .62 with their product;
# for addresses .94, .68, .74 (`tests/benchmarks/tasks_extract.py`).
DECIDING_TOKENS = 4


def certainties(reply: str, logprobs: Sequence[TokenLogprob]) -> Mapping[Path, float]:
    """For each leaf of a reply that is JSON, how likely the model found it: 0..1.

    That is the probability of the least likely of its first tokens, the one that closes it aside. Leaves
    without a drawn token (the schema left no choice) are missing.
    """
    drawn: dict[Path, list[float]] = {}
    for leaf, end, logprob in _drawn(reply, list(leaves_of(reply)), logprobs):
        known = drawn.setdefault(leaf.path, [])
        closes = end >= leaf.end and reply[leaf.start] == '"'
        if not known or (len(known) < DECIDING_TOKENS and not closes):
            known.append(logprob)
    return {path: math.exp(min(known)) for path, known in drawn.items()}


def under(certainty: Mapping[Path, float], path: Path) -> float | None:
    """The least of all leaves at or below a path; None where there is none."""
    found = [value for leaf, value in certainty.items() if leaf[: len(path)] == path]
    return min(found) if found else None


def leaves_of(reply: str) -> Iterator[Leaf]:
    """The leaves of valid JSON, in order."""
    path: list[str | int] = []
    before, opened_at, key = "", 0, ""
    for match in _TOKEN.finditer(reply):
        token = match.group()
        if token in "{[":
            path.append(0 if token == "[" else "")
            opened_at = match.start()
        elif token in "}]":
            path.pop()
            if before in ("{", "["):
                yield Leaf(tuple(path), opened_at, match.end())
        elif token == ",":
            last = path[-1]
            path[-1] = last + 1 if isinstance(last, int) else ""
        elif token == ":":
            path[-1] = _unquoted(key)
        elif path and path[-1] == "" and token[0] == '"' and _is_key(reply, match.end()):
            key = token
        else:
            yield Leaf(tuple(path), match.start(), match.end())
        before = token


def _is_key(reply: str, end: int) -> bool:
    return reply[end : end + 2].lstrip()[:1] == ":"


def _unquoted(key: str) -> str:
    import json

    text: str = json.loads(key)
    return text


def _drawn(
    reply: str, leaves: Sequence[Leaf], logprobs: Sequence[TokenLogprob]
) -> Iterator[tuple[Leaf, int, float]]:
    """Each drawn token's log-probability, with the leaf that it wrote and where in the reply it ends.

    Tokens that the schema left no choice about are not among `logprobs`: the next drawn one stands a little
    further on, in the nearest leaf that holds it.
    """
    starts = [leaf.start for leaf in leaves]
    at = 0
    for token in logprobs:
        if "\ufffd" in token.text:  # a part of a character
            place, end = at, at + 1
        elif (place := _place(reply, leaves, starts, token.text, at)) < 0:
            continue
        else:
            end = at = place + len(token.text)
        leaf = _leaf(leaves, starts, place, end)
        if leaf is not None:
            yield leaf, end, token.logprob


def _place(reply: str, leaves: Sequence[Leaf], starts: Sequence[int], token: str, at: int) -> int:
    if reply.startswith(token, at):
        return at
    place = reply.find(token, at) if token else -1
    while place >= 0 and _leaf(leaves, starts, place, place + len(token)) is None:
        place = reply.find(token, place + 1)
    return place


def _leaf(leaves: Sequence[Leaf], starts: Sequence[int], place: int, end: int) -> Leaf | None:
    """The last that begins before `end` and ends after `place`."""
    found = bisect_right(starts, end - 1) - 1
    return leaves[found] if found >= 0 and leaves[found].end > place else None
