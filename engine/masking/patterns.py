"""What can be told by how it is written: e-mail addresses, numbers of persons, postal addresses.

Of persons only those that a title, a greeting or a label announces: the rest takes a finder of names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.masking.addresses import addresses
from engine.masking.cards import cards
from engine.masking.id_numbers import id_numbers
from engine.masking.overlaps import apart
from engine.masking.phones import phones
from engine.masking.salutations import addressed
from engine.masking.values import Finding, MaskKind
from engine.tasks.normalising import emails, ibans

_SPELLED_AT = re.compile(
    r"[\w.+-]{1,64}\s?[\[({](?:at|ät|arroba|arobase|chez|@)[\])}]\s?[\w-]{1,63}"
    r"(?:(?:\.|\s?[\[({](?:dot|punkt|point|punto|\.)[\])}]\s?)[\w-]{1,63}){1,4}",
    re.IGNORECASE,
)
# Where words are written without spaces, an address is what is none of them.
_WITHIN_SPACELESS = re.compile(r"(?<=[\u3040-\u9fff])[!-~]+@[!-~]+|[!-~]+@[!-~]+(?=[\u3040-\u9fff])")
_IBAN_BEFORE = re.compile(r"\bIBAN\b[^\n\d]{0,20}\Z", re.IGNORECASE)
_IBAN_WITHIN = 26  # characters
_ROMAN = str.maketrans({0xFF10 + digit: str(digit) for digit in range(10)})


def patterns(text: str) -> list[Finding]:
    """In order, not overlapping. Time grows with the text's length, whatever it holds."""
    plain = text.translate(_ROMAN)
    return apart([Finding(start, end, kind) for kind, start, end in _all(plain)])


def _all(text: str) -> Iterator[tuple[MaskKind, int, int]]:
    """What is sure by its check digits comes first: of two that are as long, the first is taken."""
    for start, end in _ibans(text):
        yield "IBAN", start, end
    for start, end in cards(text):
        yield "CARD", start, end
    for start, end in _emails(text):
        yield "EMAIL", start, end
    for start, end in id_numbers(text):
        yield "ID", start, end
    for start, end in phones(text):
        yield "PHONE", start, end
    for start, end in addresses(text):
        yield "ADDRESS", start, end
    for start, end in addressed(text):
        yield "PERSON", start, end


def _emails(text: str) -> Iterator[tuple[int, int]]:
    for candidate in emails.candidates(text):
        plain = _WITHIN_SPACELESS.search(text, candidate.start, candidate.end)
        yield plain.span() if plain else (candidate.start, candidate.end)
    for match in _SPELLED_AT.finditer(text):
        yield match.span()


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    """With the right check digits, or one that is called IBAN and mistyped."""
    for candidate in ibans.candidates(text):
        iban = re.sub(r"[\s\u00a0-]", "", text[candidate.start : candidate.end]).upper()
        called = _IBAN_BEFORE.search(text, max(0, candidate.start - _IBAN_WITHIN), candidate.start)
        if called or ibans.is_iban(iban):
            yield candidate.start, candidate.end
