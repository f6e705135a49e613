"""One choice over one text: what becomes of it, how sure that is, and the words that it rests on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from engine.tasks.choices.asking import applies, one_label
from engine.tasks.choices.evidence import telling_sentence
from engine.tasks.choices.similar import Similar, similar
from engine.tasks.choices.weighing import Asking, Parts, Shares, Weighed, combined, together, weighed
from engine.tasks.ports import Nearest
from engine.tasks.recipe import Choice, Label, Recipe
from engine.tasks.values import Cell, Doubt, Quote, TaskText
from engine.values import LabelsScored

# What the model's log-probabilities and the votes count, where examples vote and where only names do: one to
# four is what was right most often, the sum so that a confidence is about the share that is right (least
# log-loss). Tried on 40 texts of banking77's training part and 60 of sms_spam's.
BESIDE_EXAMPLES = Parts(model=0.4, votes=1.6)
BESIDE_NAMES = Parts(model=0.3, votes=1.2)
# The model means to reply with a label where it covers at least this; below, confidence goes down with it.
COVERED = 0.5
YES, NO = "yes", "no"

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
        EngineError: the model's; the embedder's host's.
    """
    if not text.text.strip():
        return Cell(choice.name, None, doubts=("unsure",))
    near = similar(choice, recipe, text.text, nearest)
    if near.same is not None:
        return Cell(choice.name, near.same.output[choice.name], 1.0, tier="rules")
    if choice.several:
        return _several(recipe, choice, text, near, asking)
    found = weighed(text.text, partial(_ask_one, recipe, choice, near, asking))
    if found is None:
        return None
    shares, covered = merge(found)
    shares = combined(shares, near.votes, parts(near))
    best = max(shares, key=lambda label: shares[label])
    sure = shares[best] * min(1.0, covered / COVERED)
    evidence = telling_sentence(text, choice, best, near.shown)
    return Cell(choice.name, best, sure, evidence, doubts(recipe, sure))


def parts(near: Similar) -> Parts:
    return BESIDE_EXAMPLES if near.voters else BESIDE_NAMES


def doubts(recipe: Recipe, confidence: float) -> tuple[Doubt, ...]:
    return ("unsure",) if confidence < recipe.settings.review_below else ()


def _ask_one(recipe: Recipe, choice: Choice, near: Similar, asking: Asking, text: str) -> LabelsScored | None:
    labels = [label.name for label in near.candidates]
    simpler = one_label(recipe, choice, near.candidates, (), text) if near.shown else ()
    return asking.weigh(one_label(recipe, choice, near.candidates, near.shown, text), labels, simpler)


def _several(recipe: Recipe, choice: Choice, text: TaskText, near: Similar, asking: Asking) -> Cell | None:
    """Each label by itself, yes or no; of a long text one piece is enough for yes."""
    chosen: list[str] = []
    evidence: list[Quote] = []
    sure = 1.0
    for label in near.candidates:
        share = _applies(recipe, choice, label, text, near, asking)
        if share is None:
            return None
        sure = min(sure, max(share, 1 - share))
        if share > 0.5:
            chosen.append(label.name)
            evidence += telling_sentence(text, choice, label.name, near.shown)
    return Cell(choice.name, chosen, sure, tuple(dict.fromkeys(evidence)), doubts(recipe, sure))


def _applies(
    recipe: Recipe, choice: Choice, label: Label, text: TaskText, near: Similar, asking: Asking
) -> float | None:
    def ask(piece: str) -> LabelsScored | None:
        return asking.weigh(applies(recipe, choice, label, piece), (YES, NO))

    found = weighed(text.text, ask)
    if found is None:
        return None
    most = max(found, key=lambda each: each.shares[YES])
    votes = near.votes_for(label.name, YES, NO)
    return combined(most.shares, votes, BESIDE_EXAMPLES)[YES]
