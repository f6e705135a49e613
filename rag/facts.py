"""Numbers and dates in a text, in a form in which they can be compared: 1,000 = 1.000 = “one thousand”."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from rag.dates import dates
from rag.numerals import ATTACHED_SCALES, CHINESE_SIGNS, ONES, ONLY_WITH_A_UNIT, SCALES, WORDS, chinese
from rag.readings import Fact, Key
from rag.units import UNITS

_WORDS = "|".join(sorted(WORDS.keys() - {"one"}, key=len, reverse=True))
_SCALE = "|".join(sorted(SCALES, key=len, reverse=True))
_UNIT = "|".join(sorted((unit for unit in UNITS if unit.isalpha()), key=len, reverse=True))
_BEFORE_UNIT = "|".join(sorted(ONLY_WITH_A_UNIT, key=len, reverse=True))
_ONES = "|".join(ONES)
_ATTACHED = "|".join(ATTACHED_SCALES)
_SEPARATOR = r"[.,'’\u00a0\u202f]"
_NUMBER = re.compile(
    rf"""
      (?<![A-Za-zÀ-ɏ\d_])(?<!\d[.,])
        (?P<digits>\d{{1,3}}(?:\ \d{{3}})+(?:,\d+)?(?=\s?[€%]|\s[^\W\d_])|\d+(?:{_SEPARATOR}\d+)*)
        (?:(?:st|nd|rd|th)\b|(?P<attached>{_ATTACHED})\b|[\s-]*(?P<scale>{_SCALE})(?![A-Za-z]))?
    | \b(?P<word>{_WORDS})\b (?:-(?P<second>{_ONES})\b)?
        (?:[\s-]+(?P<word_scale>{_SCALE})\b
          (?:\s+(?:and\s+)?(?P<rest>{_WORDS})(?:-(?P<rest_second>{_ONES}))?\b)?)?
    | \b(?P<article>{_BEFORE_UNIT})\b
        (?:[\s-]+(?P<article_scale>{_SCALE})\b|(?=\s(?:full\s|whole\s|working\s)?(?:{_UNIT})\b))
    | 百分之(?P<share_of>[{CHINESE_SIGNS}]+)
    | (?P<chinese>[{CHINESE_SIGNS}]+)(?=[天日年月周个元份条%岁人次小时])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_GROUPED = re.compile(rf"\d{{1,3}}(?:{_SEPARATOR}\d{{3}})+")


def facts(text: str) -> list[Fact]:
    """The numbers and dates of a text, in order; the digits of a date are no numbers besides."""
    dated = dates(text)
    numbers = [
        fact
        for start, end in _gaps(dated, len(text))
        for match in _NUMBER.finditer(text, start, end)
        if (fact := _number(match)) is not None
    ]
    return sorted(dated + numbers, key=lambda fact: fact.start)


def _gaps(dated: list[Fact], length: int) -> Iterator[tuple[int, int]]:
    edges = [0, *(edge for fact in dated for edge in (fact.start, fact.end)), length]
    return ((edges[i], edges[i + 1]) for i in range(0, len(edges), 2))


def _number(match: re.Match[str]) -> Fact | None:
    readings = _readings(match["digits"].replace(" ", "")) if match["digits"] else [Decimal(_spelled(match))]
    factor = _factor(match)
    keys = {_plain(reading * factor) if isinstance(reading, Decimal) else reading for reading in readings}
    return Fact(match.start(), match.end(), frozenset(keys))


def _factor(match: re.Match[str]) -> int:
    if attached := match["attached"]:
        return ATTACHED_SCALES[attached.lower()]
    scale = match["scale"]
    return SCALES[scale.lower()] if scale else 1


def _spelled(match: re.Match[str]) -> int:
    """The value of a number in words, its scale included: “two hundred and fifty”."""
    if numeral := match["chinese"] or match["share_of"]:
        return chinese(numeral)
    if article := match["article"]:
        scale = match["article_scale"]
        return ONLY_WITH_A_UNIT[article.lower()] * (SCALES[scale.lower()] if scale else 1)
    value = _below_hundred(match["word"], match["second"])
    if scale := match["word_scale"]:
        value *= SCALES[scale.lower()]
    if rest := match["rest"]:
        value += _below_hundred(rest, match["rest_second"])
    return value


def _below_hundred(word: str, second: str | None) -> int:
    return WORDS[word.lower()] + (ONES[second.lower()] if second else 0)


def _readings(digits: str) -> list[Decimal | str]:
    """What digits with separators may mean, English or continental; “10.1.3” means only itself."""
    separators = re.findall(r"\D", digits)
    if not separators:
        return [Decimal(digits)]
    found: list[Decimal | str] = []
    if _GROUPED.fullmatch(digits) and len(set(separators)) == 1:
        found.append(Decimal(re.sub(r"\D", "", digits)))
    whole, point, decimals = digits.rpartition(separators[-1])
    if point in ".," and point not in whole and (whole.isdigit() or _GROUPED.fullmatch(whole)):
        found.append(Decimal(re.sub(r"\D", "", whole) + "." + decimals))
    return found or [digits]


def _plain(value: Decimal) -> Key:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
