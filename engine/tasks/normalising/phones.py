"""Telephone numbers: international ones in their international form, national ones as they stand.

Which country a national number belongs to is not guessed: a text seldom says, and a wrong prefix calls
somebody else.
"""

from __future__ import annotations

import re

from engine.tasks.normalising.normal import Candidate, Normal, Surroundings

FEWEST, MOST = 5, 15  # digits; E.164 allows fifteen

_NUMBER = re.compile(r"(?<![\w.,/+-])(?:\+|\()?\d(?:[ \u00a0()/.-]{0,3}\d){4,19}(?![\w]|[.,]\d)")
_LED = re.compile(
    r"(?:\b(?:tel|tél|phone|telephone|telefon|fon|mobile|mobil|cell|handy|call|ring|portable|teléfono|telefono|"
    r"telefone|telefoon|hp|h/p|ph)\b[^\n\d+]{0,20}|[☎📞✆]\s*)$",
    re.IGNORECASE,
)
_IS_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2}")
_LED_WITHIN = 40  # characters


def normal_phone(words: str, _around: Surroundings) -> Normal | None:
    plain = re.sub(r"^[^\d+(]+", "", words.strip())
    plain = re.sub(r"[^\d)]+$", "", plain)
    digits = re.sub(r"\D", "", plain)
    if not FEWEST <= len(digits) <= MOST + 2 or re.search(r"[^\d\s()+./\u00a0-]", plain):
        return None
    if plain.startswith(("+", "(+", "00")):
        return _international(plain)
    return Normal(re.sub(r"\s+", " ", plain), plain) if len(digits) <= MOST else None


def _international(plain: str) -> Normal | None:
    import phonenumbers

    number = "+" + plain.removeprefix("00") if plain.startswith("00") else plain.lstrip("(")
    number = re.sub(r"\(0\)", "", number)  # “+49 (0)30”
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return Normal(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164), plain)


def candidates(text: str) -> list[Candidate]:
    """Whatever may be dialled; sure are those with a country's prefix, or a word such as “Tel.” before."""
    found = []
    for match in _NUMBER.finditer(text):
        if not _IS_DATE.fullmatch(match.group()):
            led = _LED.search(text, max(0, match.start() - _LED_WITHIN), match.start())
            found.append(Candidate(match.start(), match.end(), bool(led) or match.group().startswith("+")))
    return found
