"""One choice over one text: what becomes of it, how sure that is, and the words that it rests on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from engine.tasks.choices.asking import among_listed
from engine.tasks.choices.evidence import telling_sentence
from engine.tasks.choices.many import one_of_many
from engine.tasks.choices.several import those_that_apply
from engine.tasks.choices.similar import MOST_LABELS, Similar, similar
from engine.tasks.choices.weighing import Asking, Shares, View, Weighed, combined, together, weighed
from engine.tasks.ports import Nearest
from engine.tasks.recipe import Choice, Recipe
from engine.tasks.values import Cell, Doubt, TaskText
from engine.values import LabelsScored

# What the model and the examples' votes count. On 60 texts of sms_spam's training part, with ten examples of
# each label, .97 are right (.93 by the model alone, .97 by the votes alone, which are less sure of it).
MODEL_PART = 0.8
VOTES_PART = 1.2
# The model means to reply with a label where it covers at least this; below, confidence goes down with it.
COVERED = 0.5

Merge = Callable[[Sequence[Weighed]], tuple[Shares, float]]


def decide(
    recipe: Recipe,
    choice: Choice,
    text: TaskText,
    nearest: Nearest,
    asking: Asking,
    merge: Merge = together,
) -> Cell | None:
    """The cell of a choice; None when cancelled. `merge` makes one of what the pieces of a long text say.

    Raises:
        EngineError: the model's; or the error of the host of the embedder.
    """
    if not text.text.strip():
        return Cell(choice.name, None, doubts=("unsure",))
    near = similar(choice, recipe, text.text, nearest)
    before = asking.asked
    if near.same is not None:
        return Cell(choice.name, near.same.output[choice.name], 1.0, tier="rules")
    if choice.several:
        applying = those_that_apply(recipe, choice, text, near, asking)
        return applying and _cell(recipe, choice, text, near, *applying)
    if not asking.model.weighs:
        one_of = _as_told
    else:
        one_of = one_of_many if len(choice.labels) > MOST_LABELS else _one_of_few
    found = one_of(recipe, choice, text, near, asking, merge)
    if found is None:
        return None
    shares, covered = found
    best = max(shares, key=lambda label: shares[label])
    cell = _cell(recipe, choice, text, near, best, shares[best] * min(1.0, covered / COVERED))
    return cell if asking.asked > before else replace(cell, tier="specialist")


def _as_told(
    recipe: Recipe, choice: Choice, text: TaskText, near: Similar, asking: Asking, merge: Merge
) -> tuple[Shares, float] | None:
    """By a provider's label alone: votes that overruled it would stand there as what it said."""
    found = weighed(text.text, partial(_ask, recipe, choice, near, asking))
    return None if found is None else merge(found)


def _one_of_few(
    recipe: Recipe, choice: Choice, text: TaskText, near: Similar, asking: Asking, merge: Merge
) -> tuple[Shares, float] | None:
    """The share of each label, and how much the model meant to reply with one."""
    found = weighed(text.text, partial(_ask, recipe, choice, near, asking))
    if found is None:
        return None
    shares, covered = merge(found)
    if near.votes is None:  # the model's own probabilities are about as sure as it is right
        return shares, covered
    return combined([View(shares, covered, MODEL_PART)], near.votes, VOTES_PART), covered


def _ask(recipe: Recipe, choice: Choice, near: Similar, asking: Asking, text: str) -> LabelsScored | None:
    labels = [label.name for label in near.candidates]
    simpler = among_listed(recipe, choice, near.candidates, (), text) if near.shown else ()
    return asking.weigh(among_listed(recipe, choice, near.candidates, near.shown, text), labels, simpler)


def _cell(
    recipe: Recipe, choice: Choice, text: TaskText, near: Similar, value: str | list[str], sure: float
) -> Cell:
    labels = [value] if isinstance(value, str) else value
    quotes = [quote for label in labels for quote in telling_sentence(text, choice, label, near)]
    doubts: tuple[Doubt, ...] = ("unsure",) if sure < recipe.settings.review_below else ()
    return Cell(choice.name, value, sure, tuple(dict.fromkeys(quotes)), doubts)
