"""Whether a text says the contrary of a claim that it shares most words with.

Objective: catch what words in common cannot: a denial, an opposite, parties or numbers that have changed
places. Each rule compares what stands at the same place in both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from rag.opposites import OPPOSITES
from rag.statements import Clause, Item, Number, Placed, Statement, Stem
from rag.words import word_set

# A claim that shares so much of what a denial is about is about the same.
DENIED_SHARE = 0.5
# So much of a part's items must stand in one part of the text for the places to be compared.
SAME_PART = 0.7

_JOINS = word_set("and or und oder et ou y o # &")

Part = tuple[Placed, ...]


def contradict(claim: Statement, said: Sequence[Statement]) -> bool:
    """Whether the sentences `said` hold the contrary of the claim."""
    return (
        _denies(claim, said)
        or _names_another_rate(claim, said)
        or _says_the_opposite(claim, said)
        or any(_misplaces(part, said, claim.names) for part in claim.parts)
    )


def _denies(claim: Statement, said: Sequence[Statement]) -> bool:
    """Whether the one denies what the other affirms and does not deny as well."""
    clauses = [clause for sentence in said for clause in sentence.clauses]
    return any(
        _denies_in_vain(clause, clauses) if clause.denied else _affirms_in_vain(clause, clauses)
        for clause in claim.clauses
    )


def _denies_in_vain(clause: Clause, clauses: Sequence[Clause]) -> bool:
    """Whether all that speaks most of what is denied affirms it."""
    shared = [(len(clause.focus & other.words), other) for other in clauses]
    most = max((count for count, _ in shared), default=0)
    return most > 0 and not any(other.denied for count, other in shared if count == most)


def _affirms_in_vain(clause: Clause, clauses: Sequence[Clause]) -> bool:
    """Whether a denial is about what is affirmed, and nothing else speaks as much of it."""
    for denied in clauses:
        about = denied.focus & clause.words
        if not denied.denied or len(about) < DENIED_SHARE * len(denied.focus):
            continue
        if not any(len(about & other.words) == len(about) for other in clauses if not other.denied):
            return True
    return False


def _names_another_rate(claim: Statement, said: Sequence[Statement]) -> bool:
    """“€95 a year” of what costs €95 a month."""
    rates = frozenset().union(*(sentence.rates for sentence in said))
    return bool(rates) and bool(claim.rates) and not claim.rates & rates


def _says_the_opposite(claim: Statement, said: Sequence[Statement]) -> bool:
    """Whether an opposite stands where the text has the word itself, in the sentence that shares most."""
    if not claim.opposable:
        return False
    words = set(claim.content)
    sentence = max(said, key=lambda sentence: len(words.intersection(sentence.content)))
    return any(
        OPPOSITES[word] & (sentence.opposable - claim.opposable)
        for word in claim.opposable - sentence.opposable
    )


def _misplaces(part: Part, said: Sequence[Statement], names: frozenset[Stem]) -> bool:
    mine = {placed.item for placed in part}
    if not mine:
        return False
    others = [other for sentence in said for other in sentence.parts]
    names |= frozenset().union(*(sentence.names for sentence in said))
    best = max(others, key=lambda other: _shared(mine, other), default=())
    rest = mine - names or mine  # the names may be what was changed
    if _shared(rest, best) < SAME_PART * len(rest):
        return False
    return _exchanges(part, best, names) or _replaces(part, best, names)


def _shared(items: set[Item], part: Part) -> int:
    theirs = {placed.item for placed in part}
    return sum(any(_same(item, other) for other in theirs) for item in items)


def _same(one: Item, other: Item) -> bool:
    if isinstance(one, Number) and isinstance(other, Number):
        return bool(one.readings & other.readings)
    return one == other


def _exchanges(part: Part, text: Part, names: frozenset[Stem]) -> bool:
    """Whether two items of one kind have changed places: each stands where the text has the other."""
    for one, other in combinations(part, 2):
        if _same(one.item, other.item) or not _of_a_kind(one.item, other.item, names):
            continue
        at_one, at_other = _places(one.item, text), _places(other.item, text)
        if not at_one or not at_other or _are_joined(at_one, at_other):
            continue
        own = _stands_at(one, at_one) or _stands_at(other, at_other)
        if not own and _stands_at(one, at_other) and _stands_at(other, at_one):
            return True
    return False


def _replaces(part: Part, text: Part, names: frozenset[Stem]) -> bool:
    """Whether an item that the text has not there stands at the place of one that the claim has not."""
    theirs = [placed for placed in text if not _places(placed.item, part)]
    return any(
        _of_a_kind(mine.item, other.item, names)
        and (mine.before, mine.after) == (other.before, other.after)
        and (mine.before or mine.after)
        and (isinstance(mine.item, Number) or (mine.bare and other.bare))
        for mine in part
        if not _places(mine.item, text)
        for other in theirs
    )


def _of_a_kind(one: Item, other: Item, names: frozenset[Stem]) -> bool:
    """Two names, two numbers of one unit, or the two sides of a contract."""
    if isinstance(one, Number) or isinstance(other, Number):
        if not isinstance(one, Number) or not isinstance(other, Number):
            return False
        return one.unit == other.unit or not one.unit or not other.unit
    return (one in names and other in names) or other in OPPOSITES.get(one, ())


def _places(item: Item, part: Part) -> list[Placed]:
    return [placed for placed in part if _same(item, placed.item)]


def _stands_at(placed: Placed, places: Sequence[Placed]) -> bool:
    """Whether the same word stands before it, or after it, as at one of the places."""
    return any(
        (placed.before and placed.before == place.before and placed.before not in _JOINS)
        or (placed.after and placed.after == place.after and placed.after not in _JOINS)
        for place in places
    )


def _are_joined(one: Sequence[Placed], other: Sequence[Placed]) -> bool:
    """“Dogs and cats” may as well be cats and dogs."""
    return any(
        (a.after in _JOINS and b.before in _JOINS) or (b.after in _JOINS and a.before in _JOINS)
        for a, b in _pairs(one, other)
    )


def _pairs(one: Sequence[Placed], other: Sequence[Placed]) -> Iterator[tuple[Placed, Placed]]:
    return ((a, b) for a in one for b in other)
