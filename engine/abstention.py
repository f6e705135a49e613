"""Tells while an answer streams whether it is one: a model that found nothing says so in many ways.

A small model writes the agreed mark, but also “I don't know” or “The passages do not mention …”. The
person shall see one sentence for all of them, and never the mark.
"""

from __future__ import annotations

import re
from dataclasses import replace

from engine.ports import Bearing
from engine.prompts import NOT_FOUND
from engine.values import Confidence, Sampling

TEXT = "I did not find this in your documents."

# A small model declines far too seldom, but its probabilities know more than its words. Where the passages
# do not answer a question, it finds the question itself less likely after them, and hesitates over its words.
# Source: tests/benchmarks/abstention.py
ASSURANCE = 2.9
ASSURANCE_PER_WORD = 5.7  # of the answer, in the mean
ASSURANCE_PER_QUESTION_WORD = 0.8
DENIAL = 2.95
OPPOSITE = 2.65
# A name of the question that stands nowhere: so in 4 of 45 unanswerable and 1 of 56 answerable questions, too
# few to fit.
UNKNOWN_NAME = 1.5
# So low that nine of ten answerable questions are answered: a right answer that is withheld is worse than a
# guess beside its passage. At -0.6, 34 instead of 26 of 60 were refused, and 11 instead of 6 wrongly.
LEAST_ASSURANCE = -1.4
# For a number or a date that stands in a passage as the model says it.
LEAST_ASSURANCE_EXACT = -2.0
# Odd wording alone withholds none: “Find the $ value paid to …” of BIPIA's mails has -4, and right answers.
STRANGEST_QUESTION_EXACT = -3.0
# Of a question that was not weighed.
USUAL_QUESTION = -2.0

# So much of a question for yes or no must stand in what is quoted when the model declines it; less where
# that denies something, for the model takes the mark for a “no”.
MOSTLY_COVERED = 0.75
COVERED_BY_A_DENIAL = 0.6

# How far a suspicious beginning is looked at before it is shown; abstentions are short.
DECIDED_AFTER = 160
WORDS = 3

_SOURCE = r"(?:(?:the|these|this|any of the|your)\s+)?(?:(?:provided|given|supplied)\s+)?" + (
    r"(?:passages?|text|documents?|context|information|excerpts?|sources?)"
)
_SAYS_NOT = r"(?:do(?:es)? not|don't|doesn't|did not|didn't|never)\s+(?:\w+ly\s+)?" + (
    r"(?:mention|contain|say|state|specify|provide|include|give|indicate|answer|discuss|describe|tell|address)"
)
_OPENINGS = (
    rf"{_SOURCE}\s+(?:provided\s+|given\s+)?{_SAYS_NOT}",
    r"(?:there is|there's)\s+(?:no|not enough)\s+(?:\w+\s+)?(?:mention|information|answer|indication)",
    r"no\s+(?:\w+\s+)?(?:information|answer|mention)\b",
    r"i\s+(?:do not|don't|cannot|can't|could not|couldn't|am unable to|was unable to)\s+"
    r"(?:know|find|answer|determine|see|have)",
    r"(?:(?:it|that|this)\s+is\s+)?not\s+(?:mentioned|specified|stated)\b",
    r".{0,80}\b(?:is|are|was|were)\s+not\s+(?:\w+ly\s+)?(?:mentioned|specified|stated)\b",
    # “Breakfast is not included” is an answer; “is not included in the passages” is none.
    r".{0,80}\b(?:is|are|was|were)\s+not\s+(?:\w+ly\s+)?(?:provided|given|found|included|described)"
    rf"\s+(?:in|by)\s+{_SOURCE}\b",
    # German, Spanish, French
    r"ich weiß (?:es )?nicht|(?:die|der|das) (?:passagen?|texte?|dokumente?|abschnitte?)\b.{0,40}\bnicht",
    r"no (?:lo )?sé\b|los? (?:pasajes?|textos?|documentos?) no",
    r"je ne sais pas|les? (?:passages?|textes?|documents?) ne",
)
_APOLOGY = re.compile(
    r"(?:i'm sorry|i am sorry|sorry|unfortunately|i apologi[sz]e)[,.]?\s+(?:but\s+)?", re.IGNORECASE
)
_ABSTAINS = re.compile("|".join(f"(?:{opening})" for opening in _OPENINGS), re.IGNORECASE | re.DOTALL)
# What an answer that is none of these begins with is shown as soon as it has three words.
_SUSPICIOUS = re.compile(
    rf"{_SOURCE}\b|(?:there(?:'s)?|no|not|i|i'm|it|that|sorry|unfortunately|ich|die|der|das|los?|les?|je)\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"\b(?:but|however|although|aber|jedoch|pero|mais)\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?。！？](?:\s|$)|\n")
_YES_OR_NO = re.compile(
    r"\s*(?:was\s+(?:(?:the|an?|it|there|this|that|he|she|i|we|you|they|any\w*|my|our|your|his|her|their)\b"
    r"|(?-i:[A-Z]))"  # “Was kostet …?” asks in German what it costs
    r"|(?:is|are|were|do|does|did|can|could|may|must|shall|should|will|would|has|have|had)\b"
    r"|(?:ist|sind|war|waren|kann|können|darf|dürfen|muss|müssen|soll|sollen|wird|werden|hat|haben|gibt)\b"
    r"|(?:est-ce|peut-on|doit-on|puede|puedo|es|hay)\b)",
    re.IGNORECASE,
)
_MARK = re.compile(r"[\"'“`*\[(]*not[ _]?found[\"'”`*\])]*[.!]?", re.IGNORECASE)


def watched(sampling: Sampling, question: str) -> Sampling:
    """The sampling for an answer from passages: the doubts are reported."""
    return replace(sampling, alternative=NOT_FOUND, weighed=question)


def doubted(confidence: Confidence | None, bearing: Bearing | None, *, exact: bool) -> bool:
    """Whether an answer is rather a guess: by the model's own doubts, and by what the passages speak of.

    `exact`: it says a number or a date that stands in a passage so. False where the model does not tell.
    """
    if confidence is None:
        return False
    least = LEAST_ASSURANCE_EXACT if exact else LEAST_ASSURANCE
    floor = STRANGEST_QUESTION_EXACT if exact else float("-inf")
    return _assurance(confidence, bearing, floor) < least


def _assurance(confidence: Confidence, bearing: Bearing | None, floor: float) -> float:
    """Natural log-odds that the passages answer the question, on squad_dev's as many of each kind."""
    question = USUAL_QUESTION if confidence.question is None else max(confidence.question, floor)
    assurance = ASSURANCE + ASSURANCE_PER_WORD * confidence.mean + ASSURANCE_PER_QUESTION_WORD * question
    if bearing is not None:
        assurance -= DENIAL * bearing.denies + OPPOSITE * bearing.opposes + UNKNOWN_NAME * bearing.unknown
    return assurance


def asks_yes_or_no(question: str) -> bool:
    return bool(_YES_OR_NO.match(question))


def settles(bearing: Bearing) -> bool:
    """Whether what comes closest to a question for yes or no says most of it, and so may be quoted."""
    return bearing.covered >= (COVERED_BY_A_DENIAL if bearing.denied else MOSTLY_COVERED)


def abstains(text: str) -> bool:
    """Whether a finished answer says only that nothing was found."""
    text = _plain(text)
    if not text or _MARK.match(text):
        return True
    first = _first_sentence(text) or text
    return bool(_ABSTAINS.match(first)) and not _GOES_ON.search(first)


class Gate:
    """Holds the beginning of an answer back until it is clear that it is one."""

    def __init__(self) -> None:
        self.abstained = False
        self._held = ""
        self._decided = False

    def push(self, delta: str) -> str:
        """The text that may be shown now. Once `abstained` is True, nothing more need be generated."""
        if self.abstained:
            return ""
        self._held += delta
        if not self._decided:
            self._held = self._held.lstrip()
            if _undecided(self._held):
                return ""
            self._decide()
        return "" if self.abstained else self._shown(final=False)

    def finish(self) -> str:
        """What is left when the answer has ended."""
        if not self._decided:
            self._decide()
        return "" if self.abstained else self._shown(final=True)

    def _decide(self) -> None:
        self.abstained = abstains(self._held)
        self._decided = True

    def _shown(self, *, final: bool) -> str:
        """All but a mark that comes late, or what could become one."""
        text = self._held.replace(NOT_FOUND, "")
        held = 0 if final else _begun_mark(text)
        self._held = text[len(text) - held :]
        return text[: len(text) - held]


def _plain(text: str) -> str:
    text = text.strip().replace("’", "'")
    apology = _APOLOGY.match(text)
    return text[apology.end() :] if apology else text


def _undecided(begun: str) -> bool:
    """Whether what has come so far could still turn out to be an abstention."""
    if _MARK.match(begun):
        return False
    if _first_sentence(begun) is not None or len(begun) >= DECIDED_AFTER:
        return False
    return len(begun.split()) <= WORDS or bool(_SUSPICIOUS.match(begun))


def _first_sentence(text: str) -> str | None:
    """The first sentence, if it is complete."""
    end = _SENTENCE_END.search(text)
    return text[: end.end()] if end else None


def _begun_mark(text: str) -> int:
    for length in range(min(len(NOT_FOUND) - 1, len(text)), 0, -1):
        if NOT_FOUND.startswith(text[-length:]):
            return length
    return 0
