"""A sentence as a statement that can be compared: its content words, names, numbers, and what it denies."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.facts import Fact, Key, facts
from rag.words import STOP_WORDS, bigrams, stem, word_set, words

Stem = str


@dataclass(frozen=True, slots=True)
class Number:
    """A number or date as stated; `unit` is the stem of the unit word after it (“days”), or empty."""

    readings: frozenset[Key]
    unit: Stem


@dataclass(frozen=True, slots=True)
class Statement:
    """What a sentence says, order kept: `content` holds the stems of its content words.

    `names` are stems of capitalised words that only a name explains. `affirmed` and `denied` hold the
    stems outside and inside the reach of a negation; a stem may be in both.
    """

    content: tuple[Stem, ...]
    names: frozenset[Stem]
    numbers: tuple[Number, ...]
    said: frozenset[Key]
    affirmed: frozenset[Stem]
    denied: frozenset[Stem]


_TOKEN = re.compile(r"[^\W\d_][^\W_]*(?:['’][^\W\d_]+)?|[%$€£]|[,;:.!?()]")
_SIGNS = {"%": "percent", "$": "dollar", "€": "euro", "£": "pound"}
_SAME = {"prozent": "percent", "usd": "dollar", "eur": "euro", "gbp": "pound"}
_CLAUSE_ENDS = word_set(
    ", ; : . ! ? ( ) but and or however although if unless when where which because "
    "aber und oder sondern wenn falls weil dass"
)
_NEGATIONS = word_set(
    "not no never without cannot neither nor none nobody nothing "
    "nicht kein keine keinen keiner keinem nie niemals ohne"
)
# “not later than” sets a limit, it denies nothing.
_LIMITS = word_set(
    "later more less fewer earlier longer only limited exceed exceeding least "
    "später mehr weniger früher länger nur mindestens"
)
_UNITS = frozenset(
    stem(word)
    for word in word_set(
        "second minute hour day week month quarter year percent dollar euro pound kg g km m cm mm mb gb "
        "degree mile page copy "
        "minuten stunde stunden tag tage tagen woche wochen monat monate monaten jahr jahre jahren"
    )
)
# German writes every noun with a capital; these words give the language away.
_GERMAN = word_set(
    "der die das den dem und ist sind nicht ein eine einen einem einer für wird werden zum zur auf kann muss "
    "sich bei nach beträgt von"
)
_CAPITALISED = re.compile(r"\b[^\W\d_a-z][^\W_]+\b")
_OPENS_A_PHRASE = re.compile(r"(?:^|[.!?:;•|]|[-–*#]\s|[“\"'‘(]|\*\*)\s*$")


def statement(text: str) -> Statement:
    """Read one sentence, or one cell or line."""
    found = facts(text)
    tokens = _tokens(text, found)
    affirmed, denied = _polarity([token for _, token in tokens])
    return Statement(
        content=tuple(stemmed for _, token in tokens if (stemmed := _content(token))),
        names=frozenset() if _is_german(text) else frozenset(_names(text, found)),
        numbers=tuple(Number(fact.readings, _unit(fact, tokens)) for fact in found),
        said=frozenset().union(*(fact.readings | fact.implies for fact in found)),
        affirmed=frozenset(affirmed),
        denied=frozenset(denied),
    )


def _tokens(text: str, found: list[Fact]) -> list[tuple[int, str]]:
    """Words, signs and clause marks in lower case with their places; what numbers and dates cover is out."""
    covered = [(fact.start, fact.end) for fact in found]
    tokens: list[tuple[int, str]] = []
    for match in _TOKEN.finditer(text):
        while covered and covered[0][1] <= match.start():
            covered.pop(0)
        if not covered or match.end() <= covered[0][0]:
            token = match.group().lower().replace("’", "'")
            pairs = bigrams(token).split()  # a run of Chinese is many words
            tokens.extend((match.start(), part) for part in pairs or [_SIGNS.get(token, token)])
    return tokens


def _content(token: str) -> Stem:
    """The stem of a content word; empty for all else."""
    word = token.split("'")[0]
    if not word[0].isalpha() or word in STOP_WORDS or _is_negation(token):
        return ""
    return stem(_SAME.get(word, word))


def _polarity(tokens: list[str]) -> tuple[set[Stem], set[Stem]]:
    """Stems outside and inside negations; a negation reaches to the end of its clause."""
    affirmed: set[Stem] = set()
    denied: set[Stem] = set()
    negated = False
    for place, token in enumerate(tokens):
        if token in _CLAUSE_ENDS:
            negated = False
        elif _negates(tokens, place):
            negated = not negated
        elif stemmed := _content(token):
            (denied if negated else affirmed).add(stemmed)
    return affirmed, denied


def _negates(tokens: list[str], place: int) -> bool:
    return _is_negation(tokens[place]) and not _LIMITS.intersection(tokens[place + 1 : place + 3])


def _is_negation(token: str) -> bool:
    return token in _NEGATIONS or token.endswith("n't")


def _unit(fact: Fact, tokens: list[tuple[int, str]]) -> Stem:
    """The unit among the two words after a number, or the sign before it (“$5”)."""
    after = [token for start, token in tokens if start >= fact.end and token not in "()"][:2]
    before = [token for start, token in tokens if start == fact.start - 1]
    for token in after + before:
        if token in _CLAUSE_ENDS:
            break
        if (stemmed := _content(token)) in _UNITS:
            return stemmed
    return ""


def _names(text: str, found: list[Fact]) -> list[Stem]:
    """Stems of words with a capital that does not merely open a sentence, a line or a quotation."""
    names = []
    for match in _CAPITALISED.finditer(text):
        word = match.group()
        opens = _OPENS_A_PHRASE.search(text[max(0, match.start() - 4) : match.start()])
        in_number = any(fact.start <= match.start() < fact.end for fact in found)
        if word == word.lower() or in_number or (opens and word[1:].islower()):
            continue
        if stemmed := _content(word.lower()):
            names.append(stemmed)
    return names


def _is_german(text: str) -> bool:
    return sum(word in _GERMAN for word in words(text)) >= 2
