"""Words of a text, for searching and for comparing: which of them carry content, and their stems."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator


def word_set(text: str) -> frozenset[str]:
    """The words of one string as a set: a long list is easier to read without its quotation marks."""
    return frozenset(text.split())


_WORD = re.compile(r"\w+")

# Scripts that put no spaces between words: Thai, Lao, Myanmar, Khmer, kana, Han, Hangul.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff]+"
)

MAX_QUERY_TERMS = 64
BEGINNING = 5  # letters

# Words that say nothing about a passage. English, German, French and Spanish, without those that say
# something in one of the others (“son”, “plus”); other languages only cost some speed, because BM25 weighs
# frequent words down by itself.
STOP_WORDS = word_set(
    """
    a about above after again all also am an and any are as at be because been before being below between
    both but by can could did do does doing down during each few for from further had has have having he
    her here hers him his how i if in into is it its itself just me more most my no nor not of off on once
    only or other our ours out over own per s same she should so some such t than that the their theirs them
    then there these they this those through to too under until up very was we were what when where which
    while who whom whose why will with would you your yours please tell many much
    aber als am an auch auf aus bei bin bis bist da damit das dass dein dem den der des die dies diese
    dieser du durch ein eine einem einen einer eines er es euer für hat haben hatte ich ihr im in ist ja
    kann kein keine man mein mit nach nicht noch nun nur ob oder ohne sehr sein seine sich sie sind so über
    um und uns unser unter vom von vor wann war waren warum was weil welche welcher wenn wer werden wie wir
    wird wo zu zum zur
    au aux avec ce ces cette combien comme dans de des du elle en est et faut il ils je la le les leur
    leurs mes mon ne nos notre nous ont ou où pas peut pourquoi qu quand que quel quelle quelles quels
    qui quoi sa se ses si sont sous sur tous toute toutes un une vos votre vous al como cuál cuáles
    cuándo cuánta cuántas cuánto cuántos cómo debe debo del dónde el ella ellos es esta estas este esto
    estos está están las lo los me mi mis más nos para por puede pueden qué quién quiénes sobre su sus
    también te tengo tiene una unas uno unos
    """
)


def words(text: str) -> list[str]:
    """The words of a text in order, in lower case; unspaced scripts stay in whole runs."""
    return [match.group().lower() for match in _WORD.finditer(text)]


def content_words(text: str) -> list[str]:
    """The words of a text in order that are no stop words."""
    return [word for word in words(text) if word not in STOP_WORDS]


def bigrams(text: str) -> str:
    """Overlapping pairs of characters of the text's unspaced scripts, with spaces between them.

    Makes Chinese, Japanese, Korean and Thai searchable with a tokenizer that splits at spaces.

    Source:
        Lucene's CJKAnalyzer does the same.
    """
    return " ".join(_pairs(_runs(text)))


def _runs(text: str) -> list[str]:
    return _UNSPACED.findall(text)


def _pairs(runs: Iterable[str]) -> Iterator[str]:
    for run in runs:
        if len(run) == 1:
            yield run
        for start in range(len(run) - 1):
            yield run[start : start + 2]


def beginning(word: str) -> str:
    """The first five letters of a word, without accents: a stem that needs to know no language.

    “Kündigung” meets “kündigen” and “résilier” meets “résiliation”.

    Source:
        tests/benchmarks/languages.py, words alone: the right passage comes first for .54 instead of .25 of
        the German questions, .83 instead of .67 of the French, .79 instead of .58 of the Spanish. Pieces
        of five letters from all over the longer words, for compounds, did no better once fused.
    """
    return _folded(word)[:BEGINNING]


def _folded(word: str) -> str:
    if word.isascii():
        return word
    parts = unicodedata.normalize("NFD", word.replace("ß", "ss"))
    return "".join(character for character in parts if not unicodedata.combining(character))


def terms(text: str) -> list[str]:
    """What two texts are compared by: beginnings of content words, and pairs of unspaced characters."""
    spaced = _UNSPACED.sub(" ", text)
    return [*(beginning(word) for word in content_words(spaced) or words(spaced)), *_pairs(_runs(text))]


Find = Callable[[str], frozenset[str]]


def finder(wanted: Iterable[str]) -> Find:
    """A function that gives those of some `terms` that a text holds.

    The same as looking through its `terms`, in a tenth of the time: 100 passages are gone through for
    every search.
    """
    wanted = sorted(wanted)
    whole = [rf"\b{re.escape(term)}\b" for term in wanted if len(term) < BEGINNING and not is_pair(term)]
    begun = [rf"\b{re.escape(term)}" for term in wanted if len(term) >= BEGINNING and not is_pair(term)]
    pattern = re.compile("|".join([*begun, *whole]) or "(?!)")
    pairs = [term for term in wanted if is_pair(term)]

    def find(text: str) -> frozenset[str]:
        lower = text.lower()
        return frozenset([*pattern.findall(_folded(lower)), *(pair for pair in pairs if pair in lower)])

    return find


def is_pair(term: str) -> bool:
    return bool(_UNSPACED.match(term))


def index_terms(text: str) -> str:
    """What the index of words holds beside the words themselves, with spaces between.

    Pairs of characters, as `bigrams`, and the beginnings of longer words, which FTS5's own stemmer, made
    for English, leaves apart.
    """
    return " ".join([*_pairs(_runs(text)), *_beginnings(content_words(_UNSPACED.sub(" ", text)))])


def _beginnings(of: Iterable[str]) -> list[str]:
    return [beginning(word) for word in of if len(word) > BEGINNING and word.isalpha()]


def match_expression(text: str) -> str:
    """An FTS5 expression that any of the text's content words satisfies; empty where there is none.

    Every term is a quoted string, so no text of a person is ever an operator. A text of stop words
    alone (“The Who”) is searched as it is.
    """
    spaced = _UNSPACED.sub(" ", text)
    asked = content_words(spaced) or words(spaced)
    distinct = dict.fromkeys([*asked, *_pairs(_runs(text)), *_beginnings(asked)])
    return " OR ".join(f'"{term}"' for term in list(distinct)[:MAX_QUERY_TERMS])


def stem(word: str) -> str:
    """A rough English stem: enough for “terminates”, “terminated” and “termination notices” to meet.

    Not a linguist's stem; both sides of a comparison go through it, so it need only be consistent.
    """
    if len(word) < 3 or not word.isalpha():
        return word
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) + len(instead) >= 2:
            return _bare(word[: -len(ending)] + instead)
    return _bare(word)


# The first that fits is taken, so longer ones come first.
_ENDINGS = (
    ("ational", "at"), ("ations", "at"), ("ation", "at"), ("ments", ""), ("ment", ""), ("ities", ""),
    ("ity", ""), ("ingly", ""), ("edly", ""), ("nesses", ""), ("ness", ""), ("ances", ""), ("ance", ""),
    ("ences", ""), ("ence", ""), ("ables", ""), ("able", ""), ("ions", ""), ("ion", ""), ("ings", ""),
    ("ing", ""), ("ies", "y"), ("ied", "y"), ("ees", "ee"), ("eed", "ee"), ("ates", "at"), ("ated", "at"),
    ("sses", "ss"), ("ers", ""), ("er", ""), ("ors", ""), ("or", ""), ("ly", ""), ("es", ""), ("ed", ""),
)  # fmt: skip


def _bare(root: str) -> str:
    """Drop what is left of an ending: a plural s, a silent e, the second of two consonants (“runn”)."""
    if root.endswith("s") and not root.endswith("ss") and len(root) > 2:
        root = root[:-1]
    if root.endswith("e") and not root.endswith("ee") and len(root) > 2:
        root = root[:-1]
    doubled = len(root) > 3 and root[-1] == root[-2] and root[-1] not in "aeiou"
    return root[:-1] if doubled else root
