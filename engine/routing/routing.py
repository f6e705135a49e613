"""Whether a question stays on this computer: what the person allows, and how sure the local answer is.

Everything here only decides. Whoever calls has the answer, the price and what was spent, and does it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from engine.errors import (
    BudgetError,
    CreditExhausted,
    EngineError,
    FrontierError,
    KeyMissing,
    KeyRefused,
    KeyringLocked,
    KeyringMissing,
    Offline,
    ProviderInvalid,
    ProviderUnknown,
)
from engine.language import NAMES, WITHOUT_SPACES, language
from engine.routing.sums import wrong_sum
from engine.routing.values import Advice, Mode, Policy, Route, Rule
from engine.usage.values import Estimate, Money, Spent
from engine.values import Answer

CHAT, DOCUMENTS = "chat", "documents"
MOST_WORDS = 5_000  # of a rule: what is longer is no question but a document
LOOKS_HARD = "This one looks hard"
# Nothing to do with the question: the next one would fail the same until the person has done something.
_LASTING = (
    BudgetError,
    CreditExhausted,
    KeyMissing,
    KeyRefused,
    KeyringLocked,
    KeyringMissing,
    Offline,
    ProviderInvalid,
    ProviderUnknown,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what belongs to it.

    `kind`: “chat”, “documents”, or a task's kind; `collection`: the one that it is asked of, if it is one.
    `passages`: for each source of its answer the collections that hold the document.
    """

    question: str
    kind: str = CHAT
    collection: str = ""
    passages: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True, slots=True)
class Means:
    """What asking takes, as it stands now. `estimate` None: nothing is known of it, not even the tokens."""

    estimate: Estimate | None = None
    spent: Spent = field(default_factory=Spent)
    online: bool = True


def route(answer: Answer, asked: Asked, policy: Policy, means: Means) -> Route:
    """What is to become of a local answer: hard by its confidence or by a rule, and allowed to go, or not."""
    if answer.tier == "frontier":
        return Route("local", answer.confidence)
    reason = why_by_rule(asked, policy.rules) or why_unsure(answer, policy.threshold)
    return _sent(reason, answer.confidence, asked, policy, means) if reason else _stays(answer.confidence)


def route_failed(error: EngineError, asked: Asked, policy: Policy, means: Means) -> Route:
    """As `route`, where the model on this computer gave no answer at all."""
    return _sent(f"The model on this computer could not answer: {error}.", None, asked, policy, means)


def instead(error: FrontierError) -> str:
    """Why a question is answered on this computer after all, said beside the local answer."""
    said = str(error)
    return f"{said[:1].upper()}{said[1:]}. This is the answer of the model on this computer."


def lasts(error: FrontierError) -> bool:
    """Whether further questions would fail the same: then none is asked by itself until something changed."""
    return isinstance(error, _LASTING)


# What is hard


def why_by_rule(asked: Asked, rules: Sequence[Rule]) -> str:
    """The first rule that holds, in words; empty where none does."""
    return next((f"Your rule: {in_words(rule)}." for rule in rules if _holds(rule, asked)), "")


def why_unsure(answer: Answer, threshold: float) -> str:
    """Why an answer is below the threshold, in words; empty where it is not, or nothing tells."""
    if answer.confidence is None or answer.confidence >= threshold:
        return ""
    return f"{LOOKS_HARD}: {_sign_of_doubt(answer)}."


def _sign_of_doubt(answer: Answer) -> str:
    """The plainest thing that speaks against the answer."""
    if answer.abstained:
        return "your documents did not seem to say it"
    if answer.state == "length":
        return "the answer was cut off at its greatest length"
    missing = sum(sentence.state == "not_found" for sentence in answer.sentences)
    if answer.grounded and missing:
        return _not_in_documents(missing, len(answer.sentences))
    wrong = wrong_sum(answer.text)
    if wrong:
        return f"“{wrong}” is not right"
    return "the model was not sure of its words"


def _not_in_documents(missing: int, sentences: int) -> str:
    if sentences == 1:
        return "what it says does not stand in your documents"
    verb = "does" if missing == 1 else "do"
    return f"{missing} of {sentences} sentences {verb} not stand in your documents"


def _holds(rule: Rule, asked: Asked) -> bool:
    """All that the rule says; one that says nothing holds for nothing."""
    if rule == Rule():
        return False
    return (
        rule.kind in ("", asked.kind)
        and (rule.longer_than is None or len(asked.question.split()) > rule.longer_than)
        and rule.language in ("", language(asked.question))
    )


def in_words(rule: Rule) -> str:
    """What a rule is about, as it goes on in a sentence: “questions in German of more than 60 words”."""
    kinds = {"": "questions", CHAT: "questions without documents", DOCUMENTS: "questions about documents"}
    parts = [kinds.get(rule.kind, f"rows of “{rule.kind}”")]
    if rule.language:
        parts.append(f"in {NAMES.get(rule.language, rule.language)}")
    if rule.longer_than is not None:
        parts.append(f"of more than {rule.longer_than:,} {'word' if rule.longer_than == 1 else 'words'}")
    return " ".join(parts)


def why_no_rule(rule: Rule) -> str:
    """Why it would hold for everything or for nothing, in a sentence; empty where it is a rule."""
    if rule == Rule():
        return "That would be every question: say which, how long, or in which language."
    if rule.longer_than is not None and not 1 <= rule.longer_than <= MOST_WORDS:
        return f"The number of words must be from 1 to {MOST_WORDS:,}."
    if rule.longer_than is not None and rule.language in WITHOUT_SPACES:
        return f"{NAMES[rule.language]} is written without spaces, so its words cannot be counted."
    return ""


# What may go


def may_go(collections: Iterable[str], policy: Policy) -> bool:
    """Whether something of a document that these collections hold may leave this computer."""
    return policy.kept_here.isdisjoint(collections)


def passages_that_may_go(passages: Sequence[frozenset[str]], policy: Policy) -> tuple[int, ...]:
    """The numbers, from 0, of the passages that may leave; each is given as the collections that hold it."""
    return tuple(number for number, held_by in enumerate(passages) if may_go(held_by, policy))


def why_kept(asked: Asked, policy: Policy) -> str:
    """Why the question may not leave this computer, in words; empty where it may.

    One that was asked of all documents may go without the passages that may not; but not without any.
    """
    if not may_go([asked.collection], policy):
        return _stays_here(asked.collection)
    if asked.passages and not passages_that_may_go(asked.passages, policy):
        return _stays_here(min(asked.passages[0] & policy.kept_here))
    return ""


def _stays_here(collection: str) -> str:
    return f"It stays here: “{collection}” may never leave this computer."


def _sent(reason: str, confidence: float | None, asked: Asked, policy: Policy, means: Means) -> Route:
    mode = _mode(asked, policy)
    if mode == "never" or not policy.provider:
        return _stays(confidence)
    forbidden = why_kept(asked, policy) or _why_too_much(means.estimate, means.spent)
    if forbidden:
        return Route("blocked", confidence, f"{reason} {forbidden}", policy.provider, policy.model)
    advice: Advice = "offer"
    if mode == "automatic":
        hindered = _why_not_by_itself(means)
        advice, reason = ("offer", f"{reason} {hindered}") if hindered else ("ask", reason)
    return Route(advice, confidence, reason, policy.provider, policy.model, means.estimate)


def _stays(confidence: float | None) -> Route:
    return Route("local", confidence)


def _mode(asked: Asked, policy: Policy) -> Mode:
    return policy.mode if asked.kind in (CHAT, DOCUMENTS) else policy.tasks


def _why_not_by_itself(means: Means) -> str:
    if not means.online:
        return "It is not asked by itself: Carrel is offline."
    if means.estimate is None or means.estimate.amount is None:
        return "It is not asked by itself: its price is not known."
    return ""


def _why_too_much(estimate: Estimate | None, spent: Spent) -> str:
    """Which limit asking would pass; the reply counts as if it were as long as it may be."""
    for name, so_far, limit in (
        ("today", spent.day, spent.limits.day),
        ("this month", spent.month, spent.limits.month),
    ):
        if limit is not None and _passes(estimate, so_far, limit):
            return f"It could cost more than is left of your limit for {name}."
    return ""


def _passes(estimate: Estimate | None, spent: Money, limit: Money) -> bool:
    """What has no known price passes a limit only when nothing is left of it."""
    most = estimate.most if estimate else None
    return spent >= limit if most is None else spent + most > limit
