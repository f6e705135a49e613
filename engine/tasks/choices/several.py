"""Those of several labels that apply: each is asked about by itself."""

from __future__ import annotations

from engine.tasks.choices.asking import applies
from engine.tasks.choices.similar import Similar
from engine.tasks.choices.weighing import Asking, View, combined, weighed
from engine.tasks.recipe import Choice, Label, Recipe
from engine.tasks.values import TaskText
from engine.values import LabelsScored

YES, NO = "yes", "no"
MODEL_PART = 0.8
VOTES_PART = 1.2


def those_that_apply(
    recipe: Recipe, choice: Choice, text: TaskText, near: Similar, asking: Asking
) -> tuple[list[str], float] | None:
    """The labels, and how sure the least sure yes or no is; None when cancelled."""
    shares: dict[str, float] = {}
    for label in near.candidates:
        share = _applies(recipe, choice, label, text, near, asking)
        if share is None:
            return None
        shares[label.name] = share
    chosen = [name for name, share in shares.items() if share > 0.5]
    return chosen, min(max(share, 1 - share) for share in shares.values())


def _applies(
    recipe: Recipe, choice: Choice, label: Label, text: TaskText, near: Similar, asking: Asking
) -> float | None:
    """The share of yes; of a long text one piece is enough."""

    def ask(piece: str) -> LabelsScored | None:
        return asking.weigh(applies(recipe, choice, label, piece), (YES, NO))

    found = weighed(text.text, ask)
    if found is None:
        return None
    most = max(found, key=lambda each: each.shares[YES])
    votes = (
        near.votes_for(label.name, YES, NO) if asking.model.weighs else None
    )  # a provider's word is its own
    if votes is None:
        return most.shares[YES]
    return combined([View(most.shares, most.covered, MODEL_PART)], votes, VOTES_PART)[YES]
