"""What stands in place of something that is masked: ⟨PERSON_1⟩, and what models make of that.

A placeholder is a kind, a number and, for another way of writing the same, a letter (⟨PERSON_1_b⟩). A reply
may hold it bent: <PERSON_1>, [Person_1], «PERSON_1», PERSON\\_1. All of these are taken for it. Bare and in
small letters it is not: `person_1` is a name that programs use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from engine.masking.values import MaskKind

KINDS: tuple[MaskKind, ...] = get_args(MaskKind)
# A reply in another language may translate what stands between the brackets.
_TRANSLATED: dict[str, MaskKind] = {
    "PERSONNE": "PERSON", "PERSONA": "PERSON", "NAME": "PERSON", "ADRESSE": "ADDRESS", "DIRECCION": "ADDRESS",
    "DIRECCIÓN": "ADDRESS", "TELEFON": "PHONE", "TELEPHONE": "PHONE", "TÉLÉPHONE": "PHONE",
    "TELEFONO": "PHONE", "TELÉFONO": "PHONE", "E-MAIL": "EMAIL", "CORREO": "EMAIL", "KARTE": "CARD",
    "CARTE": "CARD", "TARJETA": "CARD",
}  # fmt: skip
MOST_DIGITS = 6
MOST_LETTERS = 3
LONGEST = 48
"""Characters: more than the longest form has, with what is looked at behind it."""
BEFORE = 2
"""Characters looked at in front of one."""


@dataclass(frozen=True, slots=True)
class Name:
    """What a placeholder says. `way` is “” for the first way of writing, then b, c, …"""

    kind: MaskKind
    number: int
    way: str = ""

    def __str__(self) -> str:
        return f"⟨{self.kind}_{self.number}{'_' if self.way else ''}{self.way}⟩"


@dataclass(frozen=True, slots=True)
class Seen:
    """Characters `start:end` of a text are a placeholder; `tail` stood inside its brackets ('s)."""

    start: int
    end: int
    name: Name
    tail: str = ""


def way(index: int) -> str:
    """The letter for the `index`-th way of writing, counted from 0: “”, b, c, … z, ba, bb, …"""
    letters = ""
    while index:
        index, letter = divmod(index, 26)
        letters = chr(ord("a") + letter) + letters
    return letters


# Brackets by what opens them. `\u27e8` is how JSON in plain ASCII writes ⟨.
_PAIRS = (
    ("⟨", "⟩"), ("〈", "〉"), ("<", ">"), ("[", "]"), ("{", "}"), ("{{", "}}"), ("[[", "]]"), ("«", "»"),
    ("‹", "›"), ("»", "«"), ("›", "‹"), ("&lt;", "&gt;"), (r"\u27e8", r"\u27e9"), (r"\u003c", r"\u003e"),
    (r"\<", r"\>"), (r"\[", r"\]"),
)  # fmt: skip
_PADDED = {"⟨", "〈", "<", "[", "{", "{{", "[["}  # « PERSON_1 » is a quotation in French
_OURS = {"⟨", r"\u27e8"}
_SPELLINGS: dict[str, MaskKind] = {kind: kind for kind in KINDS} | _TRANSLATED
_LOOSE_KINDS = sorted(_SPELLINGS, key=len, reverse=True)
_UNDERSCORE = r"\\?_"
_PARTING = rf"(?:{_UNDERSCORE}|[ -]|)"
_WAY = rf"(?:{_UNDERSCORE}(?P<way>[A-Za-z]{{1,{MOST_LETTERS}}})(?![A-Za-z0-9]))?"
_NUMBER = rf"(?P<number>[0-9]{{1,{MOST_DIGITS}}})"
_LOOSE = rf"(?P<kind>(?i:{'|'.join(_LOOSE_KINDS)})){_PARTING}{_NUMBER}{_WAY}"
# A bare one ends where a word does; a genitive's s belongs to the sentence.
_BARE = (
    rf"(?<![^\W_])(?<![^\W_]_)(?P<kind>{'|'.join(KINDS)}){_UNDERSCORE}{_NUMBER}{_WAY}"
    r"(?=s?(?![^\W_]))(?P<tail>)"
)


def _bracketed(opening: str, closing: str) -> str:
    space = " ?" if opening in _PADDED else ""
    end = re.escape(closing)
    if opening in _OURS:
        end = f"(?:{end}|(?![A-Za-z0-9_]))"  # cut off, it still is nothing else
    elif opening == "[":
        end += r"(?!\()"  # a link's label keeps its brackets
    return rf"{re.escape(opening)}{space}{_LOOSE}(?P<tail>['’]s|){space}{end}"


def _numbered(form: str, index: int) -> str:
    """With names of its own: a pattern may use each only once."""
    return re.sub(r"\(\?P<(\w+)>", rf"(?P<\g<1>{index}>", form)


_FORMS = (*(_bracketed(*pair) for pair in _PAIRS), _BARE)
_ANY = re.compile("|".join(_numbered(form, index) for index, form in enumerate(_FORMS)))


def placeholders(text: str, start: int = 0) -> Iterator[Seen]:
    """All from `start` on that may be read as a placeholder, in order."""
    for match in _ANY.finditer(text, start):
        form = next(form for form in range(len(_FORMS)) if match[f"kind{form}"])
        kind = _SPELLINGS.get(match[f"kind{form}"].upper())
        if kind is not None:  # İD is no ID, though it is spelled so without regard to capitals
            name = Name(kind, int(match[f"number{form}"]), (match[f"way{form}"] or "").lower())
            yield Seen(match.start(), match.end(), name, match[f"tail{form}"])


_NUMBERED = re.compile(rf"({'|'.join(_LOOSE_KINDS)}){_PARTING}([0-9]+)", re.IGNORECASE)


def numbers_in(text: str) -> Iterator[tuple[MaskKind, int]]:
    """Kinds and numbers that `text` holds, or may seem to hold once words beside them are masked."""
    for kind, number in _NUMBERED.findall(text):
        if kind.upper() in _SPELLINGS and len(number) <= MOST_DIGITS:
            yield _SPELLINGS[kind.upper()], int(number)


_OPENINGS = tuple(opening for opening, _ in _PAIRS)
_ON_THE_WAY = re.compile(r"(?:\\|\\?_|[ -])?(?:\Z|[0-9])")


def undecided(text: str, start: int = 0) -> int:
    """From where on `text` may hold a placeholder that what follows it completes or changes; else its end."""
    for place in range(max(start, len(text) - LONGEST + 1), len(text)):
        if _may_begin(text, place):
            return place
    return len(text)


def _may_begin(text: str, place: int) -> bool:
    rest = text[place:]
    for opening in _OPENINGS:
        if opening.startswith(rest):
            return True
        if rest.startswith(opening) and _kind_begun(
            rest[len(opening) :].removeprefix(" ").upper(), _LOOSE_KINDS
        ):
            return True
    return _kind_begun(rest, KINDS)


def _kind_begun(rest: str, kinds: Sequence[str]) -> bool:
    return any(
        kind.startswith(rest) or (rest.startswith(kind) and _ON_THE_WAY.match(rest, len(kind)))
        for kind in kinds
    )
