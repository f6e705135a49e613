"""Which ways of writing a name mean the same person: “Dupont”, “M. Dupont” and “MARIE DUPONT”."""

from __future__ import annotations

import re
from collections.abc import Sequence

SHORTEST_PART = 3
MOST_FULLER = 50
"""Fuller names that one is looked for among; a name that so many share tells nobody."""
# Little words within names: none of them alone is anybody.
_PARTICLES = frozenset(
    {"von", "van", "der", "den", "de", "del", "della", "di", "du", "da", "dos", "das", "la", "le", "les",
     "el", "los", "las", "zu", "zum", "zur", "vom", "und", "y", "e", "of", "the", "st", "ter", "ten"}
)  # fmt: skip
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’\u0300-\u036f])*")


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name to compare by, without its particles."""
    words = tuple(word.casefold() for word in _WORD.findall(name))
    return tuple(word for word in words if word not in _PARTICLES) or words


def parts_of(name: str) -> list[str]:
    """Words of a name of several that may stand for the person alone, as they are written."""
    words = [word for word in _WORD.findall(name) if word.casefold() not in _PARTICLES]
    return (
        [word for word in words if len(word) >= SHORTEST_PART and word[0].isupper()] if len(words) > 1 else []
    )


def persons(names: Sequence[str]) -> list[int]:
    """For each name the index of the name that the person is called by: the fullest that it can be part of.

    Where several persons have such a name (two called Dupont), it stays apart from all of them: which one is
    meant is not guessed.
    """
    of_words: dict[str, set[int]] = {}
    known = [words_of(name) for name in names]
    for index, words in enumerate(known):
        for word in words:
            of_words.setdefault(word, set()).add(index)
    firsts = {words: index for index, words in reversed(list(enumerate(known)))}
    return [_fullest(firsts[words], words, known, of_words, firsts) for words in known]


def _fullest(
    own: int,
    words: tuple[str, ...],
    known: Sequence[tuple[str, ...]],
    of_words: dict[str, set[int]],
    firsts: dict[tuple[str, ...], int],
) -> int:
    rarest = min((of_words[word] for word in words if len(word) > 1), key=len, default=set[int]())
    fuller = {known[index] for index in rarest if _is_part(words, known[index])}
    if len(fuller) > MOST_FULLER:
        return own
    longest = [other for other in fuller if not any(_is_part(other, third) for third in fuller)]
    return firsts[longest[0]] if len(longest) == 1 else own


def _is_part(words: tuple[str, ...], of: tuple[str, ...]) -> bool:
    """Fewer words, or initials, in the same order; “Anna M” is part of “Anna Maria Meyer”."""
    if len(words) > len(of) or words == of:
        return False
    rest = iter(of)
    shorter = sum(map(len, words)) < sum(map(len, of))
    return shorter and all(any(_is_same(word, other) for other in rest) for word in words)


def _is_same(word: str, other: str) -> bool:
    return word == other or (len(word) == 1 and other.startswith(word))
