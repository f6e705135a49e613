"""Where a text says a value: a number or a date however it is written, words but for how they are set."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import chain
from threading import Lock
from typing import Literal

from rag.facts import facts
from rag.readings import Fact, Key
from rag.words import is_pair

ValueKind = Literal["text", "number", "date"]
Span = tuple[int, int]

MOST_PLACES = 1_000  # of one value: “a” stands everywhere
# Numbers are looked for in stretches of so many characters: a row of a million digits in groups of three
# keeps the pattern busy in the square of its length.
STRETCH = 2_000
KEPT_CHARACTERS = 4_000_000  # of texts whose readings are remembered; some ten bytes each

# “RM60.30”, “EUR1.940”: `rag.facts` takes a number that letters lead into for a name (“B2B”, “A10”).
_GLUED = re.compile(r"(?<![^\W\d_])(?:RM|Rs|Fr|kr|[A-Z]{3})(?=\d)")
_COMPACT = re.compile(r"\d{8}")
_FOREIGN_DIGIT = re.compile(r"(?![0-9])\d")
_TOO_LONG = re.compile(r"\d{60,}")  # no amount, no date; reading it takes longer than it is worth
_GROUPS = re.compile(r"\d{1,3}(?: \d{3}){12,}")  # a row of numbers, not one


class Locator:
    """`engine.tasks.ports.Locate`. May be called from many threads; remembers what it was asked of last."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Indexed] = OrderedDict()
        self._characters = 0
        self._lock = Lock()

    def __call__(self, value: str, kind: ValueKind, text: str) -> list[Span]:
        """Characters (start, end) of `text`, in order, at most `MOST_PLACES`."""
        indexed = self._indexed(text)
        if kind == "number":
            return indexed.numbers(value)
        return indexed.dates(value) if kind == "date" else indexed.words(value)

    def readings(self, text: str, kind: Literal["number", "date"]) -> list[Fact]:
        """The numbers or the dates of a text, in order; a time of day is neither."""
        return self._indexed(text).read(kind)

    def _indexed(self, text: str) -> _Indexed:
        with self._lock:
            known = self._known.get(text)
            if known is None:
                known = self._known[text] = _Indexed(text)
                self._characters += len(text)
            self._known.move_to_end(text)
            while self._characters > KEPT_CHARACTERS and len(self._known) > 1:
                forgotten, _ = self._known.popitem(last=False)
                self._characters -= len(forgotten)
        return known


class _Indexed:
    """A text with what was read in it, each kind once and when first asked for."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._facts: list[Fact] | None = None
        self._places: dict[Key, list[Span]] = {}
        self._letters: _Letters | None = None
        self._lock = Lock()

    def read(self, kind: Literal["number", "date"]) -> list[Fact]:
        self._read()
        return [fact for fact in self._facts or () if _kind(fact) == kind]

    def numbers(self, value: str) -> list[Span]:
        self._read()
        number = _number(value)
        return self._at(_keys(value, "number") if number is None else {number})

    def dates(self, value: str) -> list[Span]:
        """A full date also where it is written as eight digits."""
        self._read()
        keys = {value} if re.fullmatch(r"[\d-]+", value) else _keys(value, "date")
        return self._at(keys) or self._at({compact for key in keys for compact in _as_digits(key)})

    def words(self, value: str) -> list[Span]:
        with self._lock:
            letters = self._letters = self._letters or _Letters(self._text)
        return letters.places(value)

    def _at(self, keys: set[Key]) -> list[Span]:
        found = {span for key in keys for span in self._places.get(key, ())}
        return sorted(found)[:MOST_PLACES]

    def _read(self) -> None:
        with self._lock:
            if self._facts is None:
                self._facts = list(_facts(self._text))
                for fact in self._facts:
                    for key in fact.readings | fact.implies:
                        self._places.setdefault(key, []).append((fact.start, fact.end))


def _facts(text: str) -> Iterator[Fact]:
    """Those of the whole text, stretch by stretch; eight digits that are one calendar day are a date too."""
    for start, end in _stretches(text):
        for fact in facts(_readable(text[start:end])):
            fact = replace(fact, start=start + fact.start, end=start + fact.end)
            days = _compact_days(text[fact.start : fact.end])
            yield replace(fact, readings=fact.readings | days) if days else fact


def _readable(stretch: str) -> str:
    """The same characters in the same places, set for reading."""
    if not stretch.isascii() and _FOREIGN_DIGIT.search(stretch):
        stretch = _FOREIGN_DIGIT.sub(lambda digit: str(unicodedata.digit(digit.group(), 0)), stretch)
    stretch = _TOO_LONG.sub(lambda digits: " " * len(digits.group()), stretch)
    stretch = _GROUPS.sub(lambda row: row.group().replace(" ", "\n"), stretch)
    return _GLUED.sub(lambda sign: " " * len(sign.group()), stretch)


def _stretches(text: str) -> Iterator[Span]:
    """The text without gaps, in stretches of about STRETCH, cut at white space with no digit beside it."""
    start = 0
    while len(text) - start > STRETCH:
        end = _cut(text, start + STRETCH)
        yield start, end
        start = end
    yield start, len(text)


def _cut(text: str, about: int) -> int:
    """Half a stretch before or after the place where there is such white space; else the place itself."""
    for place in chain(range(about, about - STRETCH // 2, -1), range(about, about + STRETCH // 2)):
        beside = text[place - 1 : place + 2]
        if text[place : place + 1].isspace() and not any(sign.isdigit() for sign in beside):
            return place
    return about


def _kind(fact: Fact) -> str:
    """“time” where it is neither a number nor a date."""
    key = next(iter(fact.readings), "")
    if ":" in key:
        return "time"
    return "date" if any("-" in reading for reading in fact.readings) else "number"


def _keys(value: str, kind: Literal["number", "date"]) -> set[Key]:
    found = [fact for fact in _facts(value) if _kind(fact) == kind]
    return set(found[0].readings) if len(found) == 1 else set()


def _number(value: str) -> Key | None:
    """The key of a plain number, its sign aside; “” for one too long to be written, None for what is none."""
    try:
        number = Decimal(value.strip()).copy_abs()
    except InvalidOperation:
        return None
    if not number.is_finite() or number.adjusted() > 60 or number.adjusted() < -60:
        return ""
    plain = format(number, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _compact_days(digits: str) -> frozenset[Key]:
    """“20180304” and “04032018” are days of the last or the next hundred years."""
    if not _COMPACT.fullmatch(digits):
        return frozenset()
    ways = ((digits[:4], digits[4:6], digits[6:]), (digits[4:], digits[2:4], digits[:2]))
    return frozenset("-".join(way) for way in ways if 1900 <= int(way[0]) < 2100 and _is_day(*way))


def _is_day(year: str, month: str, day: str) -> bool:
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def _as_digits(key: Key) -> list[Key]:
    parts = key.split("-")
    return ["".join(parts), "".join(reversed(parts))] if len(parts) == 3 else []


class _Letters:
    """A text as its letters, digits and signs alone, and where each of them stands in it."""

    # White space, quotation marks, hyphens and what only divides words do not count, except between digits,
    # where they make another number of them. Letters count without case and accents, ligatures as letters.
    _COUNTED = re.compile(
        r"(?<=\d)[.,:/-](?=\d)|[^\W_]+|[^\w\s.,;:!?()\[\]{}<>|\"'`´‘’‚‛“”„‟«»‹›‐‑‒–—―\u00ad-]"
    )

    def __init__(self, text: str) -> None:
        self._text = text
        parts: list[str] = []
        self._from: list[int] = []  # places in what counts …
        self._to: list[int] = []  # … and the places in the text that they stand for
        place = 0
        for start, part in _counted(self._COUNTED, text):
            self._from.append(place)
            self._to.append(start)
            parts.append(part)
            place += len(part)
        self._letters = "".join(parts)

    def places(self, value: str) -> list[Span]:
        """Where it stands as whole words."""
        wanted = "".join(part for _, part in _counted(self._COUNTED, value))
        found: list[Span] = []
        at = self._letters.find(wanted) if wanted else -1
        while at >= 0 and len(found) < MOST_PLACES:
            start, end = self._place(at), self._place(at + len(wanted) - 1) + 1
            if not self._splits_word(start) and not self._splits_word(end):
                found.append((start, end))
            at = self._letters.find(wanted, at + 1)
        return found

    def _place(self, letter: int) -> int:
        nearest = bisect_right(self._from, letter) - 1
        return self._to[nearest] + letter - self._from[nearest]

    def _splits_word(self, place: int) -> bool:
        before, after = self._text[place - 1 : place], self._text[place : place + 1]
        return before.isalnum() and after.isalnum() and not (is_pair(before) or is_pair(after))


def _counted(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, str]]:
    """What counts, with its place; letters that become more or fewer than one come one by one."""
    for match in pattern.finditer(text):
        part = match.group()
        if part.isascii():
            yield match.start(), part.lower()
            continue
        for place, letter in enumerate(part, match.start()):
            if plain := _plain(letter):
                yield place, plain


@lru_cache(1 << 12)
def _plain(letter: str) -> str:
    if letter.isascii():
        return letter.lower()
    parts = unicodedata.normalize("NFKD", letter.casefold())
    return "".join(part for part in parts if not unicodedata.combining(part)).casefold()
