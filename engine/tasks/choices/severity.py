"""Severities: of a long text the worst piece counts, and which sentences make it so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise

from engine.tasks.choices.asking import among_listed
from engine.tasks.choices.sentences import Span, sentences
from engine.tasks.choices.weighing import Asking, Shares, Weighed, weighed
from engine.tasks.quotes import quote
from engine.tasks.recipe import Choice, Recipe
from engine.tasks.values import Quote, TaskText
from engine.values import LabelsScored

# So many sentences are asked about one by one; of more, first which of so many stretches is the worst.
SINGLY = 12
# A sentence is what a severity rests on where the model finds it, by itself, more likely so than not.
LEAST_SHARE = 0.5


def worst(choice: Choice, pieces: Sequence[Weighed]) -> tuple[Shares, float]:
    """The shares of the severities, mildest first: a text is as severe as the worst of its pieces.

    How likely it is at least so severe is what that is for the piece where it is most likely. `covered` is
    that of the piece most likely to be severe at all.
    """
    names = [label.name for label in choice.labels]
    tails = [max(_tail(piece, names[level:]) for piece in pieces) for level in range(len(names))] + [0.0]
    shares = {name: tails[level] - tails[level + 1] for level, name in enumerate(names)}
    return shares, max(pieces, key=lambda piece: _tail(piece, names[1:])).covered


def offending(recipe: Recipe, choice: Choice, text: TaskText, asking: Asking) -> tuple[Quote, ...] | None:
    """The sentences that are severe by themselves, in order; none where only all together are. None when
    cancelled."""
    spans = sentences(text)
    while len(spans) > SINGLY:
        found = _severe(recipe, choice, text, [(s[0][0], s[-1][1]) for s in _stretches(spans)], asking)
        if found is None:
            return None
        spans = list(_stretches(spans))[max(range(len(found)), key=found.__getitem__)]
    shares = _severe(recipe, choice, text, spans, asking)
    if shares is None:
        return None
    return tuple(quote(text, *span) for span, share in zip(spans, shares, strict=True) if share > LEAST_SHARE)


def _stretches(spans: Sequence[Span]) -> Iterator[list[Span]]:
    """Neighbours together, in SINGLY stretches of about the same number."""
    bounds = [len(spans) * number // SINGLY for number in range(SINGLY + 1)]
    for start, end in pairwise(bounds):
        yield list(spans[start:end])


def _severe(
    recipe: Recipe, choice: Choice, text: TaskText, spans: Sequence[Span], asking: Asking
) -> list[float] | None:
    """How likely each is more than the mildest, read by itself."""
    shares = []
    for start, end in spans:
        found = weighed(text.text[start:end], partial(_ask, recipe, choice, asking))
        if found is None:
            return None
        shares.append(1 - worst(choice, found)[0][choice.labels[0].name])
    return shares


def _ask(recipe: Recipe, choice: Choice, asking: Asking, text: str) -> LabelsScored | None:
    labels = [label.name for label in choice.labels]
    return asking.weigh(among_listed(recipe, choice, choice.labels, (), text), labels)


def _tail(piece: Weighed, names: Sequence[str]) -> float:
    return sum(piece.shares[name] for name in names)
