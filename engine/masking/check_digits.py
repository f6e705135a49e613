"""Whether a person's number can be one: its check digits, its shape. All take it without spaces."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def is_steuer_id(number: str) -> bool:
    """German tax number of a person: ISO 7064 MOD 11,10; of ten digits one stands two or three times.

    Source: Bundeszentralamt für Steuern, “Prüfziffernberechnung”.
    """
    if not re.fullmatch(r"[1-9]\d{10}", number):
        return False
    repeats = sorted(Counter(number[:10]).values(), reverse=True)
    if repeats[0] not in (2, 3) or repeats[1] != 1:
        return False
    product = 10
    for digit in number[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(number[10])


def is_ausweis(number: str) -> bool:
    """German identity card or passport with its check digit, weights 7, 3, 1 (ICAO 9303)."""
    if not re.fullmatch(r"[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{8}\d", number):
        return False
    return any(sign.isdigit() for sign in number[1:9]) and _icao(number[:9]) == int(number[9])


def _icao(signs: str) -> int:
    return sum(int(sign, 36) * weight for sign, weight in zip(signs, (7, 3, 1) * 4, strict=False)) % 10


def is_sozialversicherung(number: str) -> bool:
    """German pension insurance number. Source: Verordnung über die Versicherungsnummer, § 4."""
    if not re.fullmatch(r"\d{2}(?:[0-9]\d)(?:0\d|1[0-2])\d{2}[A-Z]\d{3}", number):
        return False
    digits = f"{number[:8]}{ord(number[8]) - 64:02}{number[9:11]}"
    products = (
        int(digit) * weight
        for digit, weight in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=True)
    )
    return sum(product // 10 + product % 10 for product in products) % 10 == int(number[11])


def is_nir(number: str) -> bool:
    """French social security number with its key; 2A and 2B are Corsica. Source: INSEE."""
    if not re.fullmatch(r"[12378]\d{2}(?:0[1-9]|[1-9]\d)(?:\d{2}|2[AB])\d{6}\d{2}", number):
        return False
    body = number[:13]
    value = int(body.replace("2A", "19").replace("2B", "18")) if body[5:7] in ("2A", "2B") else int(body)
    return 97 - value % 97 == int(number[13:])


def is_dni(number: str) -> bool:
    """Spanish DNI or NIE by its letter. Source: Ministerio del Interior."""
    if not re.fullmatch(r"(?:\d{8}|[XYZ]\d{7})[A-Z]", number):
        return False
    digits = number[:-1].translate(str.maketrans("XYZ", "012"))
    return _DNI_LETTERS[int(digits) % 23] == number[-1]


def is_ssn(number: str) -> bool:
    """US social security number; it has no check digit, but ranges that are never given out (SSA)."""
    return bool(re.fullmatch(r"(?!000|666|9\d\d)\d{3}(?!00)\d{2}(?!0000)\d{4}", number))


def is_nino(number: str) -> bool:
    """UK national insurance number. Source: HMRC, NIM39110."""
    shape = r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]"
    return bool(re.fullmatch(shape, number))


def is_nhs(number: str) -> bool:
    """UK health service number: MOD 11. Source: NHS Data Dictionary."""
    if not re.fullmatch(r"\d{10}", number):
        return False
    return (11 - _weighted(number[:9], range(10, 1, -1)) % 11) % 11 == int(number[9])


def is_ahv(number: str) -> bool:
    """Swiss and Liechtenstein's social security number: EAN-13 with 756. Source: ZAS."""
    if not re.fullmatch(r"756\d{10}", number):
        return False
    return -_weighted(number[:12], (1, 3) * 6) % 10 == int(number[12])


def is_svnr(number: str) -> bool:
    """Austrian social security number: three digits, check digit, birthday. Source: Dachverband."""
    if not re.fullmatch(r"[1-9]\d{3}(?:[0-3]\d)(?:0\d|1[0-5])\d{2}", number):
        return False
    digits = number[:3] + number[4:]
    return _weighted(digits, (3, 7, 9, 5, 8, 4, 2, 1, 6)) % 11 == int(number[3])


def is_codice_fiscale(number: str) -> bool:
    """Italian tax number by its shape: six letters, year, month, day, place, check letter."""
    return bool(re.fullmatch(r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]", number))


def _weighted(digits: str, weights: Iterable[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
