"""E-mail addresses: name@host.domain, as nearly all are (the dot-atom form of RFC 5322)."""

from __future__ import annotations

import re

from engine.tasks.normalising.normal import Candidate, Normal, Surroundings

_LONGEST_NAME = 64
_NAME = r"[A-Za-z0-9\u00a1-\uffff](?:[\w.!#$%&'*+/=?^`{|}~\u00a1-\uffff-]*[\w+$=~-])?"
_HOST = r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,24}"
_BEFORE = re.compile(rf"(?:{_NAME})$")
_AFTER = re.compile(rf"(?:{_HOST})(?![\w-])")
_WHOLE = re.compile(rf"({_NAME})@({_HOST})")


def normal_email(words: str, _around: Surroundings) -> Normal | None:
    """The address, its host in small letters."""
    plain = words.strip().removeprefix("mailto:").strip(" <>()[]\"'“”.,;:")
    match = _WHOLE.fullmatch(plain)
    if match is None or len(match[1]) > _LONGEST_NAME or ".." in match[1]:
        return None
    address = f"{match[1]}@{match[2].lower()}"
    return Normal(address, plain)


def candidates(text: str) -> list[Candidate]:
    found = []
    at = text.find("@")
    while at >= 0:
        after = _AFTER.match(text, at + 1)
        if after and (before := _name_before(text, at)):
            found.append(Candidate(at - len(before), after.end()))
        at = text.find("@", at + 1)
    return found


def _name_before(text: str, at: int) -> str:
    """Looked for backwards in as many characters as a name may have: a megabyte of letters is no name."""
    before = text[max(0, at - _LONGEST_NAME) : at]
    start = len(before) - len(re.split(r"[\s<>(),:;\[\]\"@]", before)[-1])
    match = _BEFORE.search(before, start)
    return match.group() if match else ""
