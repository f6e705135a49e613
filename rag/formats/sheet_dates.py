"""A spreadsheet's dates and times: days since 1899-12-30 (or 1904-01-01), as their format shows them."""

from __future__ import annotations

from calendar import day_name, month_name
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol

_DAY_S = 86_400
_FIRST_DAY = datetime(1899, 12, 30)
_FIRST_DAY_1904 = datetime(1904, 1, 1)
_LEAP_BUG = 60  # Excel counts a 29 February 1900 that never was: days before it are one later
_LAST_SERIAL = 2_958_466  # 10000-01-01
_MONTHS = tuple(month_name)  # in English, unless a program sets the locale, which Carrel does not
_DAYS = tuple(day_name)


class Token(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def text(self) -> str: ...


def date_text(tokens: Sequence[Token], serial: float, *, from_1904: bool) -> str | None:
    """The text of a date; None where the number is no date that a spreadsheet can show."""
    if not 0 <= serial < _LAST_SERIAL:
        return None
    decimals = _second_decimals(tokens)
    seconds = round(serial * _DAY_S, decimals)
    if from_1904:
        moment = _FIRST_DAY_1904 + timedelta(seconds=seconds)
    else:
        moment = _FIRST_DAY + timedelta(days=1 if 1 <= serial < _LEAP_BUG else 0, seconds=seconds)
    halved = any(token.kind == "half" for token in tokens)
    words = [
        _word(token, moment, seconds, halved=halved, minute=minute, decimals=decimals)
        for token, minute in _with_minutes(tokens)
    ]
    return "".join(words).strip()


def _second_decimals(tokens: Sequence[Token]) -> int:
    """Digits after a point are parts of a second."""
    kinds = [token.kind for token in tokens]
    return min(kinds[kinds.index("point") :].count("digit"), 6) if "point" in kinds else 0


def _with_minutes(tokens: Sequence[Token]) -> Iterator[tuple[Token, bool]]:
    """Each token, and whether an `m` in it means minutes: after hours or before seconds it does."""
    units = [token for token in tokens if token.kind in ("date", "elapsed")]
    letters = ["", *(token.text[0].lower() for token in units), ""]
    place = 0
    for token in tokens:
        if token.kind in ("date", "elapsed"):
            place += 1
            yield token, letters[place - 1] == "h" or letters[place + 1] == "s"
        else:
            yield token, False


def _word(
    token: Token, moment: datetime, seconds: float, *, halved: bool, minute: bool, decimals: int
) -> str:
    if token.kind == "elapsed":
        unit_s = {"h": 3600, "m": 60, "s": 1}[token.text[0].lower()]
        return str(int(seconds // unit_s)).rjust(len(token.text), "0")
    if token.kind == "half":
        return "AM" if moment.hour < 12 else "PM"
    if token.kind == "point":
        return f".{moment.microsecond:06}"[: decimals + 1] if decimals else "."
    if token.kind == "date":
        return _part(token.text.lower(), moment, halved=halved, minute=minute)
    return {"literal": token.text, "slash": "/", "comma": ","}.get(token.kind, "")


def _part(letters: str, moment: datetime, *, halved: bool, minute: bool) -> str:
    letter, count = letters[0], len(letters)
    if letter in "ye":
        return str(moment.year)  # all four digits, also where two are shown: 24 alone is no year to search
    if letter == "m" and not minute and count > 2:
        name = _MONTHS[moment.month]
        return name[0] if count == 5 else name if count == 4 else name[:3]
    if letter == "d" and count > 2:
        name = _DAYS[moment.weekday()]
        return name if count > 3 else name[:3]
    number = {
        "m": moment.minute if minute else moment.month,
        "d": moment.day,
        "h": (moment.hour % 12 or 12) if halved else moment.hour,
        "s": moment.second,
    }.get(letter)
    return "" if number is None else str(number).rjust(min(count, 2), "0")
