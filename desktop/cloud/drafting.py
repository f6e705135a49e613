"""Drafts with what the person wants masked; where names cannot be looked for, the draft says so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from engine.errors import NamesNotLookedFor
from engine.frontier.drafts import Drafts, Masking, Restores
from engine.frontier.estimating import Prices, estimate
from engine.frontier.values import CloudQuestion, Draft
from engine.masking.values import Finding, FindNames, Mask, MaskKind
from engine.prompts import FOR_LARGE
from engine.routing.values import Policy
from engine.usage.values import Estimate


class Drafting:
    """Thread-safe: it holds nothing but what it was given."""

    def __init__(self, find_names: FindNames, prices: Prices) -> None:
        self._find_names = find_names
        self._prices = prices
        self._whole = Drafts(self._masking(self._find), prices)
        self._patterns_only = Drafts(self._masking(_by_patterns), prices)

    def draft(self, question: CloudQuestion, policy: Policy, passages: Sequence[int] = ()) -> Draft:
        """Everything that was found has a mask; of kinds that the person lets through it is off."""
        try:
            draft = self._whole.draft(question, passages)
        except NamesNotLookedFor as error:
            draft = replace(self._patterns_only.draft(question, passages), unsought=error.reason)
        for mask in draft.masks:
            if mask.kind not in policy.masked:
                draft = self.switched(draft, mask.placeholder, False)
        return draft

    def switched(self, draft: Draft, placeholder: str, on: bool) -> Draft:
        changed = self._whole.switched(draft, placeholder, on)
        return replace(changed, sources=draft.sources, kept_here=draft.kept_here, unsought=draft.unsought)

    def unattended(self, kinds: frozenset[MaskKind]) -> Drafts:
        """For what is sent without a look at it: nothing, where names could not be looked for."""

        def wanted(texts: Sequence[str]) -> list[list[Finding]]:
            return [[each for each in found if each.kind in kinds] for found in self._find(texts)]

        return Drafts(self._masking(wanted), self._prices)

    def estimate(self, question: CloudQuestion) -> Estimate:
        """What it would take, without looking for anything to mask: at once."""
        return estimate(question, question.messages, self._prices)

    def _find(self, texts: Sequence[str]) -> list[list[Finding]]:
        from engine.masking.finding import find

        return find(_foreign(texts), self._find_names)

    @staticmethod
    def _masking(find: Callable[[Sequence[str]], Sequence[Sequence[Finding]]]) -> Masking:
        return Masking(find, _mask, _apply)


# What masks compiles hundreds of patterns: .1 s with the first draft, not with the window.


def restorer(masks: Sequence[Mask], *, in_json: bool = False) -> Restores:
    """Puts the originals back into one reply."""
    from engine.masking.restoring import Restorer

    return Restorer(masks, in_json=in_json)


def _by_patterns(texts: Sequence[str]) -> list[list[Finding]]:
    from engine.masking.finding import find_patterns

    return find_patterns(_foreign(texts))


def _foreign(texts: Sequence[str]) -> list[str]:
    """Without what Carrel itself tells a model: a “name” found in NOT_FOUND would break the instruction."""
    return ["" if text in (FOR_LARGE.documents, FOR_LARGE.plain) else text for text in texts]


def _mask(texts: Sequence[str], findings: Sequence[Sequence[Finding]]) -> tuple[Mask, ...]:
    from engine.masking import masker

    return masker.mask(texts, findings)


def _apply(text: str, masks: Sequence[Mask]) -> str:
    from engine.masking import masker

    return masker.apply(text, masks)
