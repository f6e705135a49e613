"""Numbers written in words: English, German, French, Spanish and Chinese."""

from __future__ import annotations

from itertools import product

_ENGLISH = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
_GERMAN = (
    "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn zwanzig"
)
_FRENCH = (
    "deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit "
    "dix-neuf vingt"
)
# “Once” is eleven, and an English word far more often.
_SPANISH = (
    "dos tres cuatro cinco seis siete ocho nueve diez - doce trece catorce quince dieciséis diecisiete "
    "dieciocho diecinueve veinte"
)
_ORDINALS = (
    "- third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
)
_ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_GERMAN_TENS = "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig"
_FRENCH_TENS = "vingt trente quarante cinquante soixante soixante-dix quatre-vingts quatre-vingt-dix"
_SPANISH_TENS = "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa"
_GERMAN_ORDINALS = {
    "dritte": 3, "vierte": 4, "fünfte": 5, "sechste": 6, "siebte": 7, "achte": 8, "neunte": 9, "zehnte": 10,
}  # fmt: skip


def _counted(words: str, start: int = 2, step: int = 1) -> dict[str, int]:
    return {word: start + step * place for place, word in enumerate(words.split()) if word != "-"}


ONES = {"one": 1} | _counted(" ".join(_ENGLISH.split()[:8]))
"""What follows the tens with a hyphen: “twenty-one”."""


def _german_compounds() -> dict[str, int]:
    """“einundzwanzig” to “neunundneunzig”: one word each, the ones first."""
    ones = {"ein": 1} | _counted(" ".join(_GERMAN.split()[:8]))
    tens = _counted(_GERMAN_TENS, 20, 10)
    return {f"{one}und{ten}": ones[one] + tens[ten] for one, ten in product(ones, tens)}


WORDS: dict[str, int] = {
    **ONES,
    **_counted(_ENGLISH),
    **_counted(_ORDINALS),
    **_counted(_GERMAN),
    **_counted(_FRENCH),
    **_counted(_SPANISH),
    **_counted(_ENGLISH_TENS, 20, 10),
    **_counted(_GERMAN_TENS, 20, 10),
    **_counted(_FRENCH_TENS, 20, 10),
    **_counted(_SPANISH_TENS, 20, 10),
    **_german_compounds(),
    **{
        stem + ending: value
        for stem, value in _GERMAN_ORDINALS.items()
        for ending in ("", "n", "r", "s", "m")
    },
}

SCALES: dict[str, int] = {
    "hundred": 100, "hundert": 100,
    "thousand": 10**3, "tausend": 10**3, "mille": 10**3, "mil": 10**3,
    "million": 10**6, "millions": 10**6, "millionen": 10**6, "mio": 10**6, "millones": 10**6,
    "billion": 10**9, "billions": 10**9, "milliarde": 10**9, "milliarden": 10**9, "mrd": 10**9,
    "milliard": 10**9, "milliards": 10**9,
    "万": 10**4, "亿": 10**8,
}  # fmt: skip
ATTACHED_SCALES = {"k": 10**3, "mn": 10**6, "bn": 10**9}
"""Written without a space: “€3bn”. An “m” may be metres."""

# “One of them”, “ein Vertrag”, “first of all”: numbers only where a unit of measure follows.
_ONE = "one ein eine einen einem einer eines un une una"
_FIRST = "first erste ersten erster erstes erstem premier première primer primera"
_SECOND = "second zweite zweiten zweiter zweites zweitem deuxième segundo segunda"
ONLY_WITH_A_UNIT: dict[str, int] = {
    **dict.fromkeys(f"{_ONE} {_FIRST}".split(), 1),
    **dict.fromkeys(_SECOND.split(), 2),
}

_CHINESE = {
    sign: value for value, signs in enumerate(("零〇", "一", "二两", *"三四五六七八九")) for sign in signs
}
_CHINESE_SCALES = {"十": 10, "百": 100, "千": 1000}
CHINESE_SIGNS = "".join((*_CHINESE, *_CHINESE_SCALES))


def chinese(numeral: str) -> int:
    """“九十” → 90, “一百零五” → 105; digits alone are read one by one, as in “二〇二六”."""
    if not any(sign in _CHINESE_SCALES for sign in numeral):
        return int("".join(str(_CHINESE[sign]) for sign in numeral))
    total = digit = 0
    for sign in numeral:
        if sign in _CHINESE:
            digit = _CHINESE[sign]
        else:
            total += (digit or 1) * _CHINESE_SCALES[sign]
            digit = 0
    return total + digit
