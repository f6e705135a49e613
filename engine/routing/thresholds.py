"""What a threshold would have meant: how many past answers would have gone to the frontier, and the cost."""

from __future__ import annotations

from collections.abc import Sequence

from engine.routing.values import PastAnswer, ThresholdEffect, ThresholdEffects
from engine.usage.values import Money

STEPS = 20  # of .05 each
FEWEST = 10  # fewer answers show nothing that would hold for the next ones


def effects(past: Sequence[PastAnswer]) -> ThresholdEffects:
    """The effect of each threshold from 0 to 1 on these answers; none where they are too few to tell.

    An answer goes where its confidence is below the threshold. The amount is None where one of those that
    go has no known price.
    """
    if len(past) < FEWEST:
        return ThresholdEffects()
    return ThresholdEffects(tuple(_effect(step / STEPS, past) for step in range(STEPS + 1)))


def _effect(threshold: float, past: Sequence[PastAnswer]) -> ThresholdEffect:
    asked = [answer for answer in past if answer.confidence < threshold]
    return ThresholdEffect(
        threshold,
        len(asked),
        len(past),
        _amount(asked),
        sum(answer.wrong is True for answer in asked),
        sum(answer.wrong is True for answer in past),
    )


def _amount(asked: Sequence[PastAnswer]) -> Money | None:
    amounts = [answer.amount for answer in asked]
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None
