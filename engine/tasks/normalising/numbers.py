"""Numbers as they are written: 1.940,00 and 1,940.00, twelve, 3.2 million, (45.00)."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from engine.language import language
from engine.tasks.normalising.normal import Normal, Surroundings
from engine.tasks.ports import Said

_SPACED = re.compile(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))")
_NEGATIVE = re.compile(r"^\W*[-−–]|\(\s*\D{0,5}\d[\d.,' ]*\)|\d\s?[-−]$")
SAMPLE_CHARACTERS = 20_000  # tell the language of a text

_POINT_LANGUAGES = frozenset(("en",))
_COMMA_LANGUAGES = frozenset(("de", "fr", "es", "it", "pt", "nl"))


def normal_number(words: str, around: Surroundings) -> Normal | None:
    """The number that some words say, an int where it is a whole one; None where they say none."""
    return _normal(words, around, money=False)


def normal_integer(words: str, around: Surroundings) -> Normal | None:
    normal = _normal(words, around, money=False)
    return normal if normal and isinstance(normal.value, int) else None


def money(words: str, around: Surroundings) -> Normal | None:
    """As `normal_number`; three digits after the only separator are thousands, for no money has mills."""
    return _normal(words, around, money=True)


def _normal(words: str, around: Surroundings, *, money: bool) -> Normal | None:
    words = _SPACED.sub("", words.strip())
    said = around.locate.readings(words, "number")
    if not said:
        return None
    readings = _values(said[0])
    if not readings:
        return None
    number, unsure = readings[0], len({tuple(_values(each)) for each in said}) > 1
    if len(readings) > 1:
        number, undecided = _decided(readings, words[said[0].start : said[0].end], around, money)
        unsure = unsure or undecided
    if _NEGATIVE.search(words):
        number = -number
    whole = number == number.to_integral_value()
    return Normal(int(number) if whole else float(number), format(abs(number), "f"), "number", unsure)


def _values(said: Said) -> list[Decimal]:
    found = []
    for reading in said.readings:
        try:
            found.append(Decimal(reading))
        except InvalidOperation:  # “10.1.3”
            continue
    return sorted(found)


def _decided(readings: list[Decimal], words: str, around: Surroundings, money: bool) -> tuple[Decimal, bool]:
    """Of a smaller and a larger reading, by what the separator is elsewhere; and whether that is a guess."""
    smaller, larger = readings[0], readings[-1]
    separator = next((sign for sign in words if sign in ".,"), "")
    if money or not separator:
        return larger, False
    point = around.known(decimal_sign)
    if point:
        return (smaller if separator == point else larger), False
    return (smaller if separator == "." else larger), True


def language_of(around: Surroundings) -> str:
    return language(around.text[:SAMPLE_CHARACTERS])


def decimal_sign(around: Surroundings) -> str:
    """“.” or “,” as the text's other numbers have it, else as its language does; “” where nothing tells."""
    votes = {sign for said in around.locate.readings(around.text, "number") if (sign := _sign(said, around))}
    if len(votes) == 1:
        return votes.pop()
    spoken = around.known(language_of)
    if spoken in _POINT_LANGUAGES:
        return "."
    return "," if spoken in _COMMA_LANGUAGES else ""


def _sign(said: Said, around: Surroundings) -> str:
    """The sign before the decimals of a number that can only be read in one way."""
    if len(said.readings) != 1 or not any("." in reading for reading in said.readings):
        return ""
    return next((sign for sign in reversed(around.text[said.start : said.end]) if sign in ".,"), "")
