"""One of many labels: those that come near, weighed by their names and by the nearest examples."""

from __future__ import annotations

import math
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
# What counts how much. By their names alone, on 80 texts of banking77's training part (77 labels): .56 are
# right as the embedder compares them, .63 with the model, .59 with nothing taken off.
NAMES_PART = 0.2
# With five examples of each, on 129 other texts: .775 by the votes alone, .74 as the model has it that reads
# the nearest examples, .80 by both. Where it is told the names as well, no more are right.
VOTES_PART = 0.8
SHOWN_PART = 0.2
# With examples of some labels only.
LISTED_PART = 0.1
# So sure by the votes alone, no model need be asked: of the 46 such texts .96 are right, of all as many.
SURE = 0.8

Merge = Callable[[Sequence[Weighed]], tuple[Shares, float]]


def one_of_many(
    recipe: Recipe, choice: Choice, text: TaskText, near: Similar, asking: Asking, merge: Merge
) -> tuple[Shares, float] | None:
    """The share of each candidate, and how much the model meant to reply with one; None when cancelled."""
    votes = _as_view(near)
    if not near.voters:
        listed = _listed(recipe, choice, text, near, asking, merge, NAMES_PART)
        return None if listed is None else (combined([votes, listed]), listed.covered)
    shares = combined([votes])
    if near.known and max(shares.values()) >= SURE:
        return shares, 1.0
    asked = [_shown(recipe, choice, text, near, asking, merge)] if near.shown else []
    if not (asked and near.known):
        asked.append(_listed(recipe, choice, text, near, asking, merge, LISTED_PART))
    views = [view for view in asked if view is not None]
    if len(views) < len(asked):
        return None
    return combined([votes, *views]), max(view.covered for view in views)


def _as_view(near: Similar) -> View:
    """The votes for the candidates; they count whole where there are only names."""
    assert near.votes is not None
    shares = {label.name: math.exp(near.votes[label.name]) for label in near.candidates}
    return View(shares, 1.0, VOTES_PART if near.voters else 1.0)


def _shown(
    recipe: Recipe, choice: Choice, text: TaskText, near: Similar, asking: Asking, merge: Merge
) -> View | None:
    """By the nearest examples, which the model reads."""
    found = weighed(text.text, partial(_ask_shown, recipe, choice, near, asking))
    return None if found is None else View(*merge(found), SHOWN_PART)


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
