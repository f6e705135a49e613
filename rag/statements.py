"""A sentence as a statement that can be compared: its content words, names, numbers, and what it denies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.facts import facts
from rag.names import names
from rag.opposites import OPPOSITES
from rag.readings import Fact, Key
from rag.units import CURRENCIES, ONLY_AFTER_A_NUMBER, SIGNS, TIMES, UNITS
from rag.words import STOP_WORDS, bigrams, stem, word_set, words

Stem = str

_stem = lru_cache(maxsize=1 << 14)(stem)  # most of the time that a passage takes


@dataclass(frozen=True, slots=True)
class Number:
    """A number or date as stated; `unit` is that of the word after or the sign before it, or empty."""

    readings: frozenset[Key]
    unit: str


Item = Stem | Number
"""What a statement is made of: a content word, a number or a date."""


@dataclass(frozen=True, slots=True)
class Clause:
    """Content words up to the next comma, “and” or the like, and whether they are denied.

    `focus`: those that the denial is about, which follow it where any do.
    """

    words: frozenset[Stem]
    focus: frozenset[Stem]
    denied: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """An item with the words at its sides, articles aside; empty where the part of the sentence ends.

    `bare`: no article stands before it, so that a name is nobody's role.
    """

    item: Item
    before: str
    after: str
    bare: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """What a sentence says, order kept: `words` as they stand, `content` the stems of its content words.

    `names` are stems of words that only a name explains. `said` holds every reading of its numbers, those
    that a date implies included. `parts` are its items as they stand, cut where it goes on to something
    else (“… while …”). `rates`: the times per which something is (“a month”); `opposable`: its words that
    have an opposite, stop words too.
    """

    words: str
    content: tuple[Stem, ...]
    names: frozenset[Stem]
    numbers: tuple[Number, ...]
    said: frozenset[Key]
    clauses: tuple[Clause, ...]
    parts: tuple[tuple[Placed, ...], ...]
    rates: frozenset[str]
    opposable: frozenset[Stem]


@dataclass(frozen=True, slots=True)
class _Token:
    """A word, a sign or a clause mark in lower case."""

    start: int
    end: int
    text: str


_TOKEN = re.compile(r"[^\W\d_][^\W_]*(?:['’][^\W\d_]+)?|[%$€£¥/&]|[,;:.!?()|]")
_SIGNS = {sign: UNITS[sign] for sign in SIGNS}
_NUMBERED = re.compile(r"\.\s?\d")  # “Invoice no. 4711”
_ELISION = re.compile(r"^(?:l|d|n|qu|s|c|j|m|t)'(?=\w{2})")  # “l'acheteur”
# Words of French and Spanish without content, and verbs that only join a thing with its number.
_EMPTY = word_set(
    "le la les l un une des du de d est sont au aux et ou que qui il elle ils par pour dans avec sur ce "
    "cette el los las lo unos unas del al es y o en se su sus con por para ha "
    "beträgt betragen beläuft lautet amount amounts amounting"
)
_ARTICLES = word_set(
    "the a an der die das den dem des ein eine einen einem einer eines le la les un une el los las"
)
_CLAUSE_ENDS = word_set(
    ", ; : . ! ? ( ) | but and or however although if unless when where which because while whereas "
    "aber und oder sondern wenn falls weil dass während mais et si pero sino y"
)
_PART_ENDS = word_set("; : but while whereas although however aber sondern während mais tandis pero mientras")
_NEGATIONS = word_set(
    "not no never cannot neither nor none nobody nothing "
    "nicht kein keine keinen keiner keinem nie niemals nunca ningún ninguna"
)
_FRENCH_NEGATIONS = word_set("ne pas aucun aucune jamais")  # two of them deny once
_WITHOUT = word_set("without ohne sans sin")
# “Not later than” and “not only” set a limit, they deny nothing; “not more complex than” denies.
_COMPARED = word_set("later more less fewer earlier longer später mehr weniger früher länger")
_THAN = word_set("than als")
_LIMITS = word_set("only limited exceed exceeding least nur mindestens")
_PER = word_set("per a an each every any pro je jede jeden jeder im par por al chaque cada /")
_EVERY = ("ly", "lich", "liche", "lichen", "uel", "uelle", "ual")  # “monthly”, “monatlich”, “mensuel”
_LONGEST_STEM_KEPT = 5


def statement(text: str) -> Statement:
    """Read one sentence, or one cell or line."""
    found = facts(text)
    tokens = _tokens(text, found)
    numbers = [Number(fact.readings, _unit(text, fact, tokens)) for fact in found]
    named = frozenset(content_stem(name) for name in names(text, found)) - {""}
    return Statement(
        words=f" {' '.join(words(text))} ",
        content=tuple(stemmed for token in tokens if (stemmed := content_stem(token.text))),
        names=named,
        numbers=tuple(numbers),
        said=frozenset().union(*(fact.readings | fact.implies for fact in found)),
        clauses=tuple(_clauses([token.text for token in tokens])),
        parts=tuple(_parts(tokens, list(zip(found, numbers, strict=True)), named)),
        rates=frozenset(_rates(tokens)),
        opposable=frozenset(OPPOSITES.keys() & {_stem(token.text) for token in tokens}),
    )


def _tokens(text: str, found: list[Fact]) -> list[_Token]:
    """Words, signs and clause marks with their places; what numbers and dates cover is out."""
    edges = [0, *(edge for fact in found for edge in (fact.start, fact.end)), len(text)]
    tokens: list[_Token] = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        for match in _TOKEN.finditer(text, start, end):
            word = match.group().lower().replace("’", "'")
            if word == "no" and _NUMBERED.match(text, match.end()):
                continue
            parts = bigrams(word).split() or [_SIGNS.get(word, word)]  # a run of Chinese is many words
            tokens.extend(_Token(match.start(), match.end(), part) for part in parts)
    return tokens


@lru_cache(maxsize=1 << 14)
def content_stem(token: str) -> Stem:
    """The stem of a content word, of a unit its one name; empty for all else."""
    word = _ELISION.sub("", token).split("'")[0]
    if not word[:1].isalpha() or word in STOP_WORDS or word in _EMPTY or _is_negation(token):
        return ""
    if word in UNITS and word not in ONLY_AFTER_A_NUMBER:
        return UNITS[word]
    stemmed = _stem(word)
    # German plurals and cases: “Kunden”, “Lieferanten”.
    return stemmed[:-2] if len(stemmed) > _LONGEST_STEM_KEPT and stemmed.endswith(("en", "em")) else stemmed


def _clauses(tokens: list[str]) -> Iterator[Clause]:
    """Each clause with whether it is denied; two negations affirm, “without” denies what follows it alone."""
    said: list[Stem] = []
    denials = french = focus = 0
    for place, token in enumerate([*tokens, "."]):
        if token in _CLAUSE_ENDS or token in _WITHOUT:
            if said:
                about = frozenset(said[focus:]) or frozenset(said)
                yield Clause(frozenset(said), about, (denials + bool(french)) % 2 == 1)
            said, denials, french, focus = [], int(token in _WITHOUT), 0, 0
        elif token in _FRENCH_NEGATIONS or token.startswith("n'"):
            french, focus = french + 1, len(said)
        elif _negates(tokens, place):
            denials, focus = denials + 1, len(said)
        if stemmed := content_stem(token):
            said.append(stemmed)


def _negates(tokens: list[str], place: int) -> bool:
    if place == len(tokens) or not _is_negation(tokens[place]):
        return False
    one, two = [*tokens[place + 1 : place + 3], "", ""][:2]
    is_limit = (one in _COMPARED and two in _THAN) or one in _LIMITS or two in _LIMITS
    return not is_limit


def _is_negation(token: str) -> bool:
    return token in _NEGATIONS or token in _WITHOUT or token in _FRENCH_NEGATIONS or token.endswith("n't")


def _unit(text: str, fact: Fact, tokens: list[_Token]) -> str:
    """The currency before a number, or else the unit among the two words after it."""
    if text.startswith("百分之", fact.start):
        return "percent"
    chinese = next((text[fact.end :][:length] for length in (2, 1) if text[fact.end :][:length] in UNITS), "")
    if chinese and not chinese.isascii():
        return UNITS[chinese]
    before = next((token for token in reversed(tokens) if token.end <= fact.start), None)
    if before and fact.start - before.end <= 1 and (unit := UNITS.get(before.text)) in CURRENCIES:
        return unit or ""
    after = [token.text for token in tokens if token.start >= fact.end and token.text not in "()"][:2]
    for place, word in enumerate(after):
        if word in _CLAUSE_ENDS or word in STOP_WORDS:
            break
        if word in UNITS.values() or (word in UNITS and (not place or word not in ONLY_AFTER_A_NUMBER)):
            return UNITS.get(word, word)
    return ""


def _rates(tokens: Sequence[_Token]) -> Iterator[str]:
    for place, token in enumerate(tokens):
        unit = UNITS.get(token.text, "")
        if unit in TIMES and token.text not in ONLY_AFTER_A_NUMBER:
            before = tokens[place - 1].text if place else ""
            if before in _PER or token.text.endswith(
                ("ly", "lich", "liche", "lichen", "uel", "uelle", "ual")
            ):
                yield unit


def _parts(
    tokens: list[_Token], numbers: list[tuple[Fact, Number]], named: frozenset[Stem]
) -> Iterator[tuple[Placed, ...]]:
    """The items in their places, by part."""
    entries: list[tuple[int, str, Item | None]] = [(fact.start, "#", number) for fact, number in numbers]
    entries += [(token.start, token.text, content_stem(token.text) or None) for token in tokens]
    entries.sort(key=lambda entry: entry[0])
    part: list[tuple[str, Item | None]] = []
    for _, word, item in [*entries, (0, ";", None)]:
        if word in _PART_ENDS:
            if part:
                yield tuple(_placed(part, named))
            part = []
        else:
            part.append((word, item))


def _placed(part: list[tuple[str, Item | None]], named: frozenset[Stem]) -> Iterator[Placed]:
    for place, (_, item) in enumerate(part):
        if item is not None:
            before = _neighbour(part[:place][::-1], item in named, named)
            after = _neighbour(part[place + 1 :], item in named, named)
            bare = not place or part[place - 1][0] not in _ARTICLES
            yield Placed(item, before, after, bare)


def _neighbour(entries: list[tuple[str, Item | None]], is_name: bool, named: frozenset[Stem]) -> str:
    """The next word that is no article, nor of the same name; empty at a mark or the end."""
    for word, item in entries:
        if word in _ARTICLES or (is_name and (item in named or word == "&")):
            continue
        if word in "()":
            continue
        return _stem(word) if word.isalpha() or word == "#" else ""
    return ""
