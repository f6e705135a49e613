"""Addresses of web pages, as they stand: nothing is added that the text does not say."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from engine.tasks.normalising.normal import Candidate, Normal, Surroundings

_LONGEST = 2_000
_HOST = r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,24}"
_URL = re.compile(
    rf"""
      (?P<scheme>\b(?:https?|ftp)://[^\s<>"“”„«»]{{3,{_LONGEST}}})
    | (?<![\w@./-])(?P<bare>{_HOST})(?![\w@-])(?::\d{{1,5}})?(?:/[^\s<>"“”„«»]{{0,{_LONGEST}}})?
    """,
    re.VERBOSE | re.IGNORECASE,
)
_END = ".,;:!?'\"’)]}>*_"


def normal_url(words: str, _around: Surroundings) -> Normal | None:
    """The address, its scheme and host in small letters."""
    plain = _trimmed(words.strip().strip("<>()[]\"'“”"))
    match = _URL.fullmatch(plain)
    if match is None:
        return None
    try:
        parts = urlsplit(plain if match["scheme"] else f"//{plain}")
        host = parts.hostname or ""
        _port = parts.port
    except ValueError:
        return None
    if "." not in host and host != "localhost":
        return None
    lower = parts._replace(netloc=parts.netloc.lower()).geturl()
    return Normal(lower if match["scheme"] else lower.removeprefix("//"), plain)


def candidates(text: str) -> list[Candidate]:
    found = []
    for match in _URL.finditer(text):
        end = match.start() + len(_trimmed(match.group()))
        sure = bool(match["scheme"]) or match.group().lower().startswith("www.")
        found.append(Candidate(match.start(), end, sure))
    return found


def _trimmed(address: str) -> str:
    """Without the marks of the sentence around it; a bracket that was opened inside is closed inside."""
    while (
        address
        and address[-1] in _END
        and not (address[-1] == ")" and address.count("(") >= address.count(")"))
    ):
        address = address[:-1]
    return address
