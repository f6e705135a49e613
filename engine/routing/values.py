"""What crosses the seams of routing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from engine.masking.values import MASK_KINDS, MaskKind
from engine.usage.values import Estimate, Money

Mode = Literal["never", "ask", "automatic"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A question goes to the frontier (or is offered) whatever the confidence, where all that is set holds.

    `kind`: of what asks (“chat”, “documents”, or a task's kind); `longer_than`: its words; `language`: a
    code such as “de”.
    """

    kind: str = ""
    longer_than: int | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the person allows. `threshold`, 0..1: answers less sure than that are hard.

    “automatic” asks without the sheet, within the limits, and only where the price is known. `masked`
    kinds are on by default in every draft. Collections in `kept_here` never leave this computer, in no mode.
    """

    mode: Mode = "ask"
    provider: str = ""
    model: str = ""
    threshold: float = 0.5
    rules: tuple[Rule, ...] = ()
    kept_here: frozenset[str] = frozenset()
    tasks: Mode = "ask"
    masked: frozenset[MaskKind] = frozenset(MASK_KINDS)


Advice = Literal["local", "offer", "ask", "blocked"]


@dataclass(frozen=True, slots=True)
class Route:
    """What is to become of a local answer: “local”: it stands; “offer”: show what asking would cost;
    “ask”: go without asking; “blocked”: hard, and not allowed to leave (`reason` says why)."""

    advice: Advice
    confidence: float | None
    reason: str = ""
    provider: str = ""
    model: str = ""
    estimate: Estimate | None = None


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """An answer of the person's own past, for the slider: how sure it was, and what it would have cost.

    `wrong` is None where nobody said; True after a thumb down or a correction.
    """

    confidence: float
    amount: Money | None
    wrong: bool | None = None


@dataclass(frozen=True, slots=True)
class ThresholdEffect:
    """What a threshold would have meant for past answers: `asked` of `total`, for `amount`."""

    threshold: float
    asked: int
    total: int
    amount: Money | None
    wrong_asked: int = 0
    wrong_total: int = 0


@dataclass(frozen=True, slots=True)
class ThresholdEffects:
    steps: tuple[ThresholdEffect, ...] = field(default_factory=tuple)
