"""Dates and times of day in a text: 14/10/2026 = 14 October 2026 = 2026年10月14日, 4:15 pm = 16:15."""

from __future__ import annotations

import re

from rag.readings import Fact, Key

# By their names and short names in eight languages. Not those that are words of another (“set”, “gen”).
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner janvier enero ene gennaio janeiro januari",
            "february feb februar février febrero febbraio fevereiro februari",
            "march mar märz mars marzo março maart mrt",
            "april apr avril abril abr aprile",
            "may mai mayo maggio maio mei",
            "june jun juni juin junio giugno junho",
            "july jul juli juillet julio luglio julho",
            "august aug août agosto augustus",
            "september sep sept septembre septiembre settembre setembro",
            "october oct oktober okt octobre octubre ottobre ott outubro",
            "november nov novembre noviembre novembro",
            "december dec dezember dez décembre diciembre dic dicembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}
# Small letters are no hindrance (“le 5 mars 2025”), but for these: “you may 30 days later”.
_ALSO_VERBS = frozenset(("may", "march", "mar"))
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DIGIT = re.compile(r"\d")
_DATE = re.compile(
    rf"""
      (?<!\d)(?P<y1>\d{{4}})(?P<sign1>[-/.])(?P<m1>\d{{1,2}})(?P=sign1)(?P<d1>\d{{1,2}})(?!\d)
    | (?<![\d/.-])(?P<d7>\d{{1,2}})(?P<sign7>[-/. ]?)(?P<m7>{_MONTH})\.?(?P=sign7)
        (?:(?P<y7>\d{{4}})(?!\d)|(?P<short7>\d\d)(?![\d:]|\ [^\W\d_]))
    | (?P<d2>\d{{1,2}})(?:st|nd|rd|th|er|\.|[º°])?\s+(?:day\s+)?(?:of\s+|de\s+)?(?P<m2>{_MONTH})\b
        \.?,?(?:\s+(?:del?\s+)?(?P<y2>\d{{4}})\b)?
    | (?P<m3>{_MONTH})\b\.?\s+(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d|[.,:]\d)(?:,?\s+(?P<y3>\d{{4}})\b)?
    | (?P<m4>{_MONTH})\b\.?,?\s+(?:de\s+)?(?P<y4>\d{{4}})\b
    | (?<!\d)(?P<a>\d{{1,2}})[/.-](?P<b>\d{{1,2}})[/.-](?P<y5>\d{{4}})(?!\d)
    | (?<![\d/.-])(?P<a2>\d\d)(?P<sign>[/.-])(?P<b2>\d\d)(?P=sign)(?P<short>\d\d)(?![\d/]|[.-]\d)
    | (?P<y6>\d{{4}})\s?年(?:\s?(?P<m6>\d{{1,2}})\s?月(?:\s?(?P<d6>\d{{1,2}})\s?日)?)?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_YEARS = ("y1", "y2", "y3", "y4", "y5", "y6", "y7")
_MONTHS_OF = ("m1", "m2", "m3", "m4", "m6", "m7")
_DAYS_OF = ("d1", "d2", "d3", "d6", "d7")
_TIME = re.compile(
    r"""
      (?<![\d:.,])(?P<h>[01]?\d|2[0-4]):(?P<min>[0-5]\d)(?::\d\d)?(?![\d:])
        (?:\s?(?P<half>[ap]\.?m)\b\.?|\s+Uhr\b)?
    | (?<![\d:.,])(?P<h2>1[0-2]|0?\d)\s?(?P<half2>[ap]\.?m)\b\.?
    | (?<![\d:.,])(?P<h3>[01]?\d|2[0-4])(?:\.(?P<min3>[0-5]\d))?\s+Uhr\b
        (?:\s(?P<after>[0-5]?\d)\b(?!\s?[^\W\d_]))?
    """,
    re.VERBOSE | re.IGNORECASE,
)


def dates(text: str) -> list[Fact]:
    """The dates and times of day, in order; a time is one reading, its hour and minutes are no numbers."""
    if not _DIGIT.search(text):
        return []
    found = [fact for match in _DATE.finditer(text) if (fact := _date(match)) is not None]
    covered = [(fact.start, fact.end) for fact in found]
    for match in _TIME.finditer(text):
        if not any(start < match.end() and match.start() < end for start, end in covered):
            found.append(_time(match))
    return sorted(found, key=lambda fact: fact.start)


def _date(match: re.Match[str]) -> Fact | None:
    parts = match.groupdict()
    years = _years(parts)
    days = [(month, day) for month, day in _days(parts) if 1 <= month <= 12 and 0 <= day <= 31]
    if not days:
        return Fact(match.start(), match.end(), frozenset(years)) if parts["y6"] and not parts["m6"] else None
    implied = {_key(None, month, day) for month, day in days if day}
    for year in years:
        implied |= {year, *(_key(year, month, 0) for month, _ in days)}
    readings = {_key(year, month, day) for month, day in days for year in years or (None,)}
    return Fact(match.start(), match.end(), frozenset(readings), frozenset(implied))


def _years(parts: dict[str, str | None]) -> list[str]:
    if short := parts["short"] or parts["short7"]:
        return [f"20{short}", f"19{short}"]
    return [year for name in _YEARS if (year := parts[name])]


def _days(parts: dict[str, str | None]) -> list[tuple[int, int]]:
    """The (month, day) that a date may mean; day 0 where it names none, nothing where it is no date."""
    a, b = parts["a"] or parts["a2"], parts["b"] or parts["b2"]
    if a and b:
        first, second = int(a), int(b)
        return [(second, first), (first, second)]  # 30/06 can only be one thing, 05/06 may be two
    month = next((found for name in _MONTHS_OF if (found := parts[name])), "")
    day = int(next((found for name in _DAYS_OF if (found := parts[name])), 0))
    if not month:
        return []
    if month.isdigit():
        return [(int(month), day)]
    return [] if month in _ALSO_VERBS and not parts["m7"] else [(MONTHS[month.lower()], day)]


def _key(year: str | None, month: int, day: int) -> Key:
    return "-".join(part for part in (year, f"{month:02}", f"{day:02}" if day else None) if part)


def _time(match: re.Match[str]) -> Fact:
    parts = match.groupdict()
    hour = int(parts["h"] or parts["h2"] or parts["h3"])
    minute = int(parts["min"] or parts["min3"] or parts["after"] or 0)
    half = (parts["half"] or parts["half2"] or "").lower()
    hours = {hour}
    if half:
        hours = {hour % 12 + (12 if half[0] == "p" else 0)}
    elif parts["h"] and 1 <= hour < 12 and not parts["h"].startswith("0"):
        hours |= {hour + 12}  # “4:15” may be in the afternoon
    return Fact(match.start(), match.end(), frozenset(f"{hour:02}:{minute:02}" for hour in hours))
