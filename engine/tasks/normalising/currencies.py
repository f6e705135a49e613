"""Which currency words, signs and codes mean (ISO 4217)."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SIGNS = {
    "R$": "BRL", "US$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "S$": "SGD",
    "HK$": "HKD", "NZ$": "NZD", "NT$": "TWD", "MX$": "MXN", "€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW",
    "₽": "RUB", "₺": "TRY", "₴": "UAH", "₪": "ILS", "₫": "VND", "₱": "PHP", "₦": "NGN", "฿": "THB",
    "₡": "CRC", "₲": "PYG", "₸": "KZT", "₼": "AZN", "₾": "GEL", "元": "CNY", "円": "JPY", "¥": "JPY",
    "￥": "JPY", "$": "USD",
}  # fmt: skip
_WORDS = {
    "rm": "MYR", "ringgit": "MYR", "euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD",
    "pound": "GBP", "pounds": "GBP", "sterling": "GBP", "pfund": "GBP", "franken": "CHF", "sfr": "CHF",
    "fr": "CHF", "zł": "PLN", "zloty": "PLN", "złoty": "PLN", "złotych": "PLN", "kč": "CZK", "ft": "HUF",
    "rupees": "INR", "rupee": "INR", "rs": "INR", "rmb": "CNY", "yuan": "CNY", "yen": "JPY", "lei": "RON",
    "rub": "RUB", "руб": "RUB", "грн": "UAH", "лв": "BGN", "baht": "THB", "rp": "IDR", "kr": "",
}  # fmt: skip
# Left out, because they are words too, and receipts are written in capitals: ALL BAM BOB COP CUP GEL LAK MAD
# MOP PEN SOS TOP. Where they stand right at a number in what was taken for an amount, they count.
_COMMON = (
    "AED ARS AUD BGN BHD BRL CAD CHF CLP CNY CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JOD JPY KES KRW KWD "
    "MXN MYR NGN NOK NZD OMR PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TND TRY TWD UAH USD UYU VND ZAR"
)
_OTHERS = "ALL BAM BOB COP CUP GEL LAK MAD MOP PEN SOS TOP AZN BDT BYN DZD GTQ KZT LKR MMK NPR PYG UZS"
_DOLLARS = ("AUD", "CAD", "SGD", "HKD", "NZD", "TWD", "MXN")
_CROWNS = ("SEK", "NOK", "DKK", "ISK")

_SIGN = "|".join(re.escape(sign) for sign in sorted(_SIGNS, key=len, reverse=True))
_WORD = "|".join(_WORDS)
_CODE = _COMMON.replace(" ", "|")
_OTHER = _OTHERS.replace(" ", "|")
_BEFORE = r"(?<![^\W\d_])"
_AFTER = r"(?![^\W\d_])"
_NAMED = re.compile(
    rf"(?P<sign>(?<![A-Za-z])(?:{_SIGN})|[€£₹₩₽₺₴₪₫₱₦฿元円¥￥$])"
    rf"|{_BEFORE}(?:(?P<code>{_CODE})|(?P<word>(?i:{_WORD})))\.?{_AFTER}"
)
_ALONE = re.compile(rf"{_BEFORE}(?P<code>{_CODE}|{_OTHER}){_AFTER}", re.IGNORECASE)
_BY_NUMBER = re.compile(r"\s*[.:]?\s*[-−]?\d")
# In running text these are other things (“Fr”iday, “ft”, “rs”) unless a number stands beside them.
_ONLY_BESIDE_A_NUMBER = frozenset(("fr", "ft", "rs", "rp", "kr", "lei", "rub", "rm", "pound", "pounds"))


def named(text: str) -> list[str]:
    """The codes of the currencies that a text names, each once; “” for crowns of who knows where.

    A dollar is American, and a crown or a yuan sign what it is, unless the text names another such currency.
    """
    found = dict.fromkeys(code for match in _NAMED.finditer(text) if (code := _code(match, text)) is not None)
    codes = set(found)
    if "USD" in codes and not re.search(r"US\$|USD|(?i:us[- ]dollar)", text):
        codes = _instead(codes, "USD", _DOLLARS)
    if "" in codes:
        codes = _instead(codes, "", _CROWNS)
    if "JPY" in codes and "CNY" in codes and not re.search(r"JPY|円|(?i:yen)", text):
        codes -= {"JPY"}
    return [code for code in found if code in codes]


def _code(match: re.Match[str], text: str) -> str | None:
    if sign := match["sign"]:
        return _SIGNS[sign]
    if code := match["code"]:
        return str(code)
    word = match["word"].lower()
    if word in _ONLY_BESIDE_A_NUMBER and not _beside_number(match, text):
        return None
    return _WORDS[word]


def _beside_number(match: re.Match[str], text: str) -> bool:
    if _BY_NUMBER.match(text, match.end()) or text[: match.start()].rstrip()[-1:].isdigit():
        return True
    return match["word"] == "RM"  # as a column's heading on its own


def _instead(codes: set[str], vague: str, others: tuple[str, ...]) -> set[str]:
    return codes - {vague} if len(codes & set(others)) == 1 else codes


def in_amount(words: str, around: Sequence[str]) -> str:
    """The currency that an amount's own words name, “” for none; those named `around` tell which dollar."""
    alone = _ALONE.search(words)
    return alone["code"].upper() if alone else beside(words, around)


def beside(words: str, around: Sequence[str]) -> str:
    """As `in_amount`, for words that were not taken for an amount: “for all 5.00” names no Albanian leks."""
    codes = named(words)
    if not codes or codes[0] in around:
        return codes[0] if codes else ""
    family = {"USD": _DOLLARS, "": _CROWNS, "JPY": ("CNY",)}.get(codes[0], ())
    others = [other for other in around if other in family]
    return others[0] if len(others) == 1 else codes[0]
