"""Payment cards: as long as their issuer's, with a check digit that is right (ISO/IEC 7812)."""

from __future__ import annotations

import re

# Source: the issuers' ranges of first digits (ISO/IEC 7812-1; published by each network).
_ISSUERS = (
    (re.compile(r"4"), {13, 16, 19}),  # Visa
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), {16}),  # Mastercard
    (re.compile(r"3[47]"), {15}),  # American Express
    (re.compile(r"30[0-5]|309|3[689]"), {14, 16, 19}),  # Diners Club
    (re.compile(r"6011|64[4-9]|65"), {16, 19}),  # Discover
    (re.compile(r"352[89]|35[3-8]"), {16, 19}),  # JCB
    (re.compile(r"62|81"), {16, 17, 18, 19}),  # UnionPay
    (re.compile(r"50|5[6-8]|6[37]"), {16, 18, 19}),  # Maestro; its shorter ones are other numbers too often
    (re.compile(r"220[0-4]"), {16}),  # Mir
)
_RUN = re.compile(r"(?<![\w.,-])\d(?:[ \u00a0-]?\d){12,18}(?![\w-]|[.,]\d)")


def cards(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _RUN.finditer(text) if is_card(re.sub(r"\D", "", match.group()))]


def is_card(digits: str) -> bool:
    return any(start.match(digits) and len(digits) in lengths for start, lengths in _ISSUERS) and luhn(digits)


def luhn(digits: str) -> bool:
    """Source: ISO/IEC 7812-1, annex B."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0
