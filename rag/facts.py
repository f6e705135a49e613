"""Numbers and dates in a text, in a form in which they can be compared: 1,000 = 1.000 = “one thousand”."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

Key = str
"""A number or date in one canonical form: “90”, “1000.5”, “2027-06-30”, “2027-06”, “06-30”."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Characters `start:end` say one of `readings`; “1.000” may be a thousand or one.

    `implies` is what it says besides: a date also names its month and its year.
    """

    start: int
    end: int
    readings: frozenset[Key]
    implies: frozenset[Key] = frozenset()


_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner",
            "february feb februar",
            "march mar märz",
            "april apr",
            "may mai",
            "june jun juni",
            "july jul juli",
            "august aug",
            "september sep sept",
            "october oct oktober okt",
            "november nov",
            "december dec dezember dez",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    rf"""
      (?P<y1>\d{{4}})-(?P<m1>\d{{1,2}})-(?P<d1>\d{{1,2}})(?!\d)
    | (?P<d2>\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?:day\s+)?(?:of\s+)?(?P<m2>{_MONTH})\b
        \.?,?(?:\s+(?P<y2>\d{{4}})\b)?
    | (?P<m3>{_MONTH})\b\.?\s+(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d|[.,]\d)(?:,?\s+(?P<y3>\d{{4}})\b)?
    | (?P<m4>{_MONTH})\b\.?,?\s+(?P<y4>\d{{4}})\b
    | (?P<a>\d{{1,2}})[/.](?P<b>\d{{1,2}})[/.](?P<y5>\d{{4}})(?!\d)
    """,
    re.VERBOSE | re.IGNORECASE,
)

_UNITS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
}  # fmt: skip
_TEENS = {
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
_GERMAN = {
    "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10,
    "elf": 11, "zwölf": 12, "zwanzig": 20, "dreißig": 30, "vierzig": 40, "fünfzig": 50, "sechzig": 60,
    "neunzig": 90,
}  # fmt: skip
_SPELLED = _UNITS | _TEENS | _TENS | _GERMAN
_SCALES = {
    "hundred": 100, "hundert": 100,
    "thousand": 10**3, "tausend": 10**3,
    "million": 10**6, "millions": 10**6, "millionen": 10**6, "mio": 10**6,
    "billion": 10**9, "billions": 10**9, "milliarde": 10**9, "milliarden": 10**9, "mrd": 10**9,
}  # fmt: skip
_WORDS = "|".join(sorted(_SPELLED, key=len, reverse=True))
_SCALE = "|".join(sorted(_SCALES, key=len, reverse=True))
_NUMBER = re.compile(
    rf"""
      (?<![A-Za-zÀ-ɏ\d_])(?<!\d[.,]) (?P<digits>\d+(?:[.,'’\u00a0\u202f]\d+)*) (?:st|nd|rd|th)?
        (?:[\s-]+(?P<scale>{_SCALE})\b)?
    | \b(?P<word>{_WORDS})\b (?:-(?P<second>{"|".join(_UNITS)})\b)?
        (?:[\s-]+(?P<word_scale>{_SCALE})\b)?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_GROUPED = re.compile(r"\d{1,3}(?:[.,'’\u00a0\u202f]\d{3})+")


def facts(text: str) -> list[Fact]:
    """The numbers and dates of a text, in order; the digits of a date are no numbers besides."""
    dates = [fact for match in _DATE.finditer(text) if (fact := _date(match)) is not None]
    numbers = [
        fact
        for start, end in _gaps(dates, len(text))
        for match in _NUMBER.finditer(text, start, end)
        if (fact := _number(match)) is not None
    ]
    return sorted(dates + numbers, key=lambda fact: fact.start)


def _gaps(dates: list[Fact], length: int) -> Iterator[tuple[int, int]]:
    edges = [0, *(edge for fact in dates for edge in (fact.start, fact.end)), length]
    return ((edges[i], edges[i + 1]) for i in range(0, len(edges), 2))


def _date(match: re.Match[str]) -> Fact | None:
    parts = match.groupdict()
    year = next((parts[name] for name in ("y1", "y2", "y3", "y4", "y5") if parts[name]), None)
    days = [(month, day) for month, day in _days(parts) if 1 <= month <= 12 and 0 <= day <= 31]
    if not days:
        return None
    implied = {_key(None, month, day) for month, day in days if day}
    if year:
        implied |= {year, *(_key(year, month, 0) for month, _ in days)}
    readings = frozenset(_key(year, month, day) for month, day in days)
    return Fact(match.start(), match.end(), readings, frozenset(implied))


def _days(parts: dict[str, str | None]) -> list[tuple[int, int]]:
    """The (month, day) that a date may mean; day 0 where it names none, nothing where it is no date."""
    if parts["a"] and parts["b"]:
        first, second = int(parts["a"]), int(parts["b"])
        return [(second, first), (first, second)]  # 30/06 can only be one thing, 05/06 may be two
    month = next(parts[name] for name in ("m1", "m2", "m3", "m4") if parts[name]) or ""
    day = int(parts["d1"] or parts["d2"] or parts["d3"] or 0)
    if month.isdigit():
        return [(int(month), day)]
    return [(_MONTHS[month.lower()], day)] if month[0].isupper() else []  # “you may 30 days later”


def _key(year: str | None, month: int, day: int) -> Key:
    return "-".join(part for part in (year, f"{month:02}", f"{day:02}" if day else None) if part)


def _number(match: re.Match[str]) -> Fact | None:
    readings = _readings(match["digits"]) if match["digits"] else _spelled(match)
    if not readings:
        return None
    scale = match["scale"] or match["word_scale"]
    factor = _SCALES[scale.lower()] if scale else 1
    keys = {_plain(reading * factor) if isinstance(reading, Decimal) else reading for reading in readings}
    return Fact(match.start(), match.end(), frozenset(keys))


def _spelled(match: re.Match[str]) -> list[Decimal | str]:
    word = match["word"].lower()
    if word == "one" and not match["word_scale"]:
        return []  # a pronoun more often than a number
    return [Decimal(_SPELLED[word] + (_UNITS[match["second"].lower()] if match["second"] else 0))]


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
