"""Names in a sentence, told by capitals: what a reader would not expect to be said in another word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.readings import Fact
from rag.words import STOP_WORDS, word_set, words

# German writes every noun with a capital; these words give the language away.
_GERMAN = word_set(
    "der die das den dem und ist sind nicht ein eine einen einem einer für wird werden zum zur auf kann muss "
    "sich bei nach beträgt von hat hatte seit vom im mit kostet dauert beginnt endet"
)
_CAPITALISED = re.compile(r"\b[^\W\d_a-z][^\W_]+\b")
_OPENS_A_PHRASE = re.compile(r"(?:^|[.!?:;•|]|[-–*#]\s|[“\"'‘(]|\*\*)\s*$")
_NEXT_WORD = re.compile(r"\s+([^\W\d_]+)")
_WORD_BEFORE = re.compile(r"([^\W\d_]+)\.?\s+$")
# What opens a sentence without an article and is followed by its verb is a name, or looks like none:
# “Smoking is …”, “Payment is …”, “Visitors may …”.
_COMMON_ENDINGS = (
    "ing", "ment", "tion", "sion", "ness", "ity", "ance", "ence", "ship", "ure", "age", "ism", "s", "ly",
    "al",
)  # fmt: skip
_VERBS = word_set(
    "is was has had will shall must may can could would should does did became joined founded wrote led won "
    "voted reports signed sold bought said says owns leads works lives decided reported"
)
_TITLES = word_set("herr herrn frau dr prof firma familie")
_GERMAN_PREPOSITIONS = word_set("in aus bei mit von nach an durch gegen für")
_GERMAN_COMMON = (
    "ung", "ungen", "heit", "keit", "schaft", "tion", "tionen", "tät", "nis", "ment", "ling", "tum", "en",
    "e",
)  # fmt: skip
_COMPANY = word_set("gmbh ag kg ohg mbh se ltd inc llc plc corp co sa sarl")


def names(text: str, found: Sequence[Fact]) -> Iterator[str]:
    """The words of names, in lower case; in German only where a title, a company's form or the like tells."""
    german = _is_german(text)
    for match in _CAPITALISED.finditer(text):
        word = match.group()
        if word == word.lower() or any(fact.start <= match.start() < fact.end for fact in found):
            continue
        opens = bool(_OPENS_A_PHRASE.search(text[max(0, match.start() - 4) : match.start()]))
        if _is_name(text, match, german=german, opens=opens):
            yield word.lower()


def _is_name(text: str, match: re.Match[str], *, german: bool, opens: bool) -> bool:
    word = match.group()
    if not word[1:].islower():
        return not german or word.isupper() or opens is False
    if german:
        return _is_german_name(text, match, word)
    return _opens_as_a_name(text, match, word) if opens else True


def _opens_as_a_name(text: str, match: re.Match[str], word: str) -> bool:
    following = _NEXT_WORD.match(text, match.end())
    if word.lower() in STOP_WORDS or not following:
        return False
    if following[1][0].isupper():
        return following[1].lower() not in STOP_WORDS  # “Helen Clark”
    return following[1] in _VERBS and not word.endswith(_COMMON_ENDINGS)


def _is_german_name(text: str, match: re.Match[str], word: str) -> bool:
    before = _WORD_BEFORE.search(text, 0, match.start())
    following = _NEXT_WORD.match(text, match.end())
    if (following and following[1].lower() in _COMPANY) or (before and before[1].lower() in _TITLES):
        return True
    in_place = before is not None and before[1].lower() in _GERMAN_PREPOSITIONS
    return in_place and not word.endswith(_GERMAN_COMMON) and word.lower() not in _TITLES


def _is_german(text: str) -> bool:
    return sum(word in _GERMAN for word in words(text)) >= 2
