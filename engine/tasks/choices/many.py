"""One of many labels: those that come near, weighed by their names and by the nearest examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from engine.tasks.choices.asking import among_listed, as_examples
from engine.tasks.choices.similar import Similar
from engine.tasks.choices.weighing import LEAST_SHARE, Asking, Shares, View, Weighed, combined, weighed
from engine.tasks.recipe import Choice, Recipe
from engine.tasks.values import TaskText
from engine.values import LabelsScored

# A small model prefers some labels whatever the text is. What it would reply to no text at all is taken off.
BLANK = "N/A"
# What counts how much, tried on 80 texts of banking77's training part (77 labels). By their names alone: .56
# are right as the embedder compares them, .63 with the model, .59 with nothing taken off.
NAMES_PART = 0.2
# With five examples of each: the votes .71, with the names as the model has them .75, with the examples
# that it reads .79, with both .81.
LISTED_PART = 0.1
SHOWN_PART = 0.3
# So sure without the examples being read, they need not be: as many are right, and 32 of 80 rows are done in
# a third of the time.
SURE = 0.8

Merge = Callable[[Sequence[Weighed]], tuple[Shares, float]]


def one_of_many(
    recipe: Recipe, choice: Choice, text: TaskText, near: Similar, asking: Asking, merge: Merge
) -> tuple[Shares, float] | None:
    """The share of each candidate, and how much the model meant to reply with one; None when cancelled."""
    part = LISTED_PART if near.voters else NAMES_PART
    listed = _listed(recipe, choice, text, near, asking, merge, part)
    if listed is None:
        return None
    shares = combined([listed], near.votes)
    if not near.shown or max(shares.values()) >= SURE:
        return shares, listed.covered
    found = weighed(text.text, partial(_ask_shown, recipe, choice, near, asking))
    if found is None:
        return None
    shown = View(*merge(found), SHOWN_PART)
    return combined([listed, shown], near.votes), max(listed.covered, shown.covered)


def _listed(
    recipe: Recipe,
    choice: Choice,
    text: TaskText,
    near: Similar,
    asking: Asking,
    merge: Merge,
    part: float,
) -> View | None:
    """By the names: how much likelier the text makes each."""
    ask = partial(_ask_listed, recipe, choice, near, asking)
    found = weighed(text.text, ask)
    blank = ask(BLANK) if found is not None else None
    if found is None or blank is None:
        return None
    shares, covered = merge(found)
    before = {score.label: max(score.probability, LEAST_SHARE) for score in blank.scores}
    return View({label: share / before[label] for label, share in shares.items()}, covered, part)


def _ask_listed(
    recipe: Recipe, choice: Choice, near: Similar, asking: Asking, text: str
) -> LabelsScored | None:
    labels = [label.name for label in near.candidates]
    return asking.weigh(among_listed(recipe, choice, near.candidates, (), text), labels)


def _ask_shown(
    recipe: Recipe, choice: Choice, near: Similar, asking: Asking, text: str
) -> LabelsScored | None:
    labels = [label.name for label in near.candidates]
    simpler = as_examples(recipe, choice, near.shown[-1:], text)
    return asking.weigh(as_examples(recipe, choice, near.shown, text), labels, simpler)
