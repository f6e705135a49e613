"""International bank account numbers, by length and check digits (ISO 13616).

Ten lines in place of a package: `schwifty` needs `pycountry` (LGPL), `python-stdnum` is LGPL itself.
"""

from __future__ import annotations

import re

from engine.tasks.normalising.normal import Candidate, Normal, Surroundings

# Source: IBAN registry, release 99 (SWIFT).
_BY_LENGTH = {
    15: "NO", 16: "BE", 18: "DK FI FK FO GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK",
    21: "CH HR LI LV", 22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ OM SO TL",
    24: "AD CZ DJ ES MD PK RO SA SE SK TN VG", 25: "LY PT ST", 26: "IS TR", 27: "BI FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HU LB NI PL SV", 29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC",
    32: "LC", 33: "RU",
}  # fmt: skip
LENGTHS = {country: length for length, countries in _BY_LENGTH.items() for country in countries.split()}
_SHAPE = re.compile(r"(?<![^\W_])[A-Z]{2}\d{2}(?:[ \u00a0-]?[A-Z0-9]){8,31}", re.IGNORECASE)


def normal_iban(words: str, _around: Surroundings) -> Normal | None:
    """In its electronic form, without spaces."""
    iban = re.sub(r"[\s\u00a0.-]", "", re.sub(r"^\s*IBAN\b[\s:.]*", "", words, flags=re.IGNORECASE)).upper()
    return Normal(iban, iban) if is_iban(iban) else None


def is_iban(iban: str) -> bool:
    """In its electronic form: as long as its country has them, with check digits that are right."""
    if len(iban) != LENGTHS.get(iban[:2]) or not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]+", iban):
        return False
    digits = "".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])
    return int(digits) % 97 == 1


def candidates(text: str) -> list[Candidate]:
    """What begins like one and is as long as its country has them; check digits may be wrong."""
    found = []
    for match in _SHAPE.finditer(text):
        length = LENGTHS.get(match.group()[:2].upper())
        end = _after(match.group(), length) if length else 0
        if end:
            found.append(Candidate(match.start(), match.start() + end))
    return found


def _after(written: str, length: int) -> int:
    """How many characters its first `length` letters and digits take; 0 where a word would be cut."""
    seen = 0
    for place, sign in enumerate(written, 1):
        seen += sign.isalnum()
        if seen == length:
            return place if not written[place : place + 1].isalnum() else 0
    return 0
