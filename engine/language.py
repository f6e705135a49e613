"""Which language a text is in, well enough to know when two texts cannot be compared word by word."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

# The commonest small words of each; those that neighbours share cancel out.
_SMALL_WORDS = {
    "en": "the of and to is are was were that with for from this which by be has have not it they in on at "
    "as or an its their there must may can will each if you your his her who when where than about into",
    "de": "der die das und ist sind nicht mit von zu ein eine wird wurde auf für dem den im auch sich des am "
    "muss werden als an bei nach oder wie bis es einen einem einer kann haben hat aus zum zur durch über er",
    "fr": "le les des et est une dans pour que qui sur avec pas sont du par au cette il elle un la de en aux "
    "ne plus ou doit être ont leur ses entre chaque",
    "es": "el los las y es una por con para que del se como son su al este está más un la de en no lo debe "
    "ser ha entre cada cuando sus pero o",
    "it": "il gli di è che per una sono con della nel non si dei alla questo più del un la le in da deve "
    "essere ha ogni quando o anche i al delle",
    "pt": "os uma do da é não com em para são no na dos pelo mais foi ao um o a que de deve ser tem cada "
    "quando ou por se as",
    "nl": "het een van en is niet met zijn voor op dat wordt door aan ook bij naar de moet worden te in als "
    "of er uit om heeft kan elke",
}
_WORDS = {
    "en": "the of and to is are was were that with for from this which by be has have not it they",
    "de": "der die das und ist sind nicht mit von zu ein eine wird wurde auf für dem den im auch sich",
    "fr": "le les des et est une dans pour que qui sur avec pas sont du par au cette il elle",
    "es": "el los las y es una por con para que del se como son su al este está más",
    "it": "il gli di è che per una sono con della nel non si dei alla questo più del",
    "pt": "os uma do da é não com em para são no na dos pelo mais foi ao",
    "nl": "het een van en is niet met zijn voor op dat wordt door aan ook bij naar",
}
# For a model that is told which language to write; a script that several share names none.
NAMES = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "pt": "Portuguese",
    "nl": "Dutch",
    "GREEK": "Greek",
    "HEBREW": "Hebrew",
    "HIRAGANA": "Japanese",
    "HANGUL": "Korean",
    "THAI": "Thai",
}
WITHOUT_SPACES = frozenset({"HIRAGANA", "THAI"})
"""Of these: written without spaces between words, so that nobody can count them."""

_SETS = {code: frozenset(words.split()) for code, words in _SMALL_WORDS.items()}
_WORD = re.compile(r"[^\W\d_]+")


def language(text: str) -> str:
    """A language's code, or the name of the script where that is not Latin; empty when nothing tells."""
    script = _script(text)
    if script and script != "LATIN":
        return script
    words = [word.lower() for word in _WORD.findall(text)]
    hits = Counter({code: sum(word in small for word in words) for code, small in _SETS.items()})
    (best, most), (_, second) = hits.most_common(2)
    return best if most >= 2 and most > second else ""


def _script(text: str) -> str:
    """The script of most letters. Chinese and Japanese count as one here: they share characters."""
    letters = [character for character in text[:2000] if character.isalpha()]
    scripts = Counter(unicodedata.name(letter, "").partition(" ")[0] for letter in letters)
    return scripts.most_common(1)[0][0] if scripts else ""


def language_name(text: str) -> str:
    """The language of a text in English words; empty when nothing tells."""
    return NAMES.get(language(text), "")


def differ(one: str, other: str) -> bool:
    """Whether the texts are in different languages for certain."""
    first, second = language(one), language(other)
    return bool(first and second and first != second)
