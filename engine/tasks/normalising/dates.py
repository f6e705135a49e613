"""Dates as they are written, as one day: 24.11.2026, Nov 24th, 2026, 24 novembre 2026, 2026年11月24日."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from engine.tasks.normalising.amounts import currencies_of
from engine.tasks.normalising.normal import Normal, Surroundings
from engine.tasks.normalising.numbers import language_of
from engine.tasks.ports import Said

YEARS_AHEAD = 20  # 05.03.45 is a date of this century in 2026, 05.03.62 one of the last

_TWO_NUMBERS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2\d{2}(?:\d{2})?")
_TOLD = (
    (
        True,
        re.compile(r"\bdd?\W?mm|\bt?t\W?mm\b|\bjj?\W?mm|\bday[- ]first|\bday before month", re.IGNORECASE),
    ),
    (False, re.compile(r"\bmm?\W?dd|\bmonth[- ]first|\bmonth before day", re.IGNORECASE)),
)
_MONTH_FIRST_CURRENCIES = frozenset(("USD",))
_UNDECIDED_CURRENCIES = frozenset(("CAD", "PHP"))
_US_DOLLAR = re.compile(r"US\$|USD")


def normal_date(words: str, around: Surroundings) -> Normal | None:
    """The day, as “2026-11-24”; None where the words name no full one that the calendar has.

    Where day and month could change places, what decides is, in this order: what the recipe says, dots
    (only written day first), the text's other dates, its language, its currency. Else the day is taken to
    come first, as most of the world has it, and the value is unsure.
    """
    said = around.locate.readings(words, "date")
    if not said:
        return None
    days = _days(said[0])
    if not days:
        return None
    unsure = len({tuple(_days(each)) for each in said}) > 1
    day = days[0]
    if len(days) > 1:
        written = words[said[0].start : said[0].end]
        first = _day_first(written, days, around)
        day = _read(written, days, day_first=first is not False)
        unsure = unsure or first is None
    return Normal(day, day, "date", unsure)


def _days(said: Said) -> list[str]:
    """The days of the calendar that it may mean, of the likelier century."""
    valid = sorted(reading for reading in said.readings if _is_day(reading))
    latest = date.today().year + YEARS_AHEAD
    likely = [day for day in valid if latest - 100 < int(day[:4]) <= latest]
    centuries = {int(day[:4]) % 100 for day in valid}
    return likely if likely and len(centuries) < len({day[:4] for day in valid}) else valid


def _is_day(reading: str) -> bool:
    try:
        return len(reading) == 10 and bool(date.fromisoformat(reading))
    except ValueError:
        return False


def _read(written: str, days: Sequence[str], *, day_first: bool) -> str:
    numbers = _TWO_NUMBERS.search(written)
    first = int(numbers[1]) if numbers else 0
    return next((day for day in days if int(day[8:] if day_first else day[5:7]) == first), days[0])


def _day_first(written: str, days: Sequence[str], around: Surroundings) -> bool | None:
    """None where nothing decides."""
    for decision in _decisions(written, days, around):
        if decision is not None:
            return decision
    return None


def _decisions(written: str, days: Sequence[str], around: Surroundings) -> Iterator[bool | None]:
    yield next((first for first, pattern in _TOLD if pattern.search(around.told)), None)
    yield True if "." in written else None
    yield _by_other_dates(written, days, around)
    yield _by_language(around)
    yield _by_currency(around)


def _by_other_dates(written: str, days: Sequence[str], around: Surroundings) -> bool | None:
    """By those that can be read in one way only; one that is the same day, spelled out, says most."""
    votes, spelled = around.known(_clear_dates)
    same = spelled & set(days)
    if len(same) == 1:
        return same == {_read(written, days, day_first=True)}
    return next(iter(votes)) if len(votes) == 1 else None


def _clear_dates(around: Surroundings) -> tuple[frozenset[bool], frozenset[str]]:
    """Whether the text writes two numbers day first, where only one reading is possible, and other days."""
    votes, spelled = set(), set()
    for said in around.locate.readings(around.text, "date"):
        days = _days(said)
        numbers = _TWO_NUMBERS.fullmatch(around.text[said.start : said.end])
        if len(days) == 1 and not numbers:
            spelled.add(days[0])
        elif len(days) == 1 and numbers and numbers[1] != numbers[3]:
            votes.add(int(numbers[1]) == int(days[0][8:]))
    return frozenset(votes), frozenset(spelled)


def _by_language(around: Surroundings) -> bool | None:
    return True if around.known(language_of) not in ("", "en") else None


def _by_currency(around: Surroundings) -> bool | None:
    codes = set(around.known(_currencies)) - _UNDECIDED_CURRENCIES
    if not codes or (codes & _MONTH_FIRST_CURRENCIES and len(codes) > 1):
        return None
    return not codes & _MONTH_FIRST_CURRENCIES


def _currencies(around: Surroundings) -> frozenset[str]:
    """Those that the text names; a “$” alone may be anybody's."""
    codes = frozenset(around.known(currencies_of))
    return codes if _US_DOLLAR.search(around.text) else codes - _MONTH_FIRST_CURRENCIES
