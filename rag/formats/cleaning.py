"""Characters that no reader should pass on, and the whitespace between words."""

from __future__ import annotations

import re
import unicodedata

_LIGATURES = {
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
}
_SPACES = dict.fromkeys([0xA0, 0x202F, 0x2007], " ")
# Control characters but tab and line feed, soft hyphen, zero-width and direction marks, surrogates that
# stand alone (no UTF-8 holds them), non-characters: invisible, so a word with one inside is never found.
# The two joiners (200C, 200D) stay: Persian and the Indic scripts need them.
_DROPPED = dict.fromkeys(
    [
        *range(0x09),
        *range(0x0B, 0x20),
        *range(0x7F, 0x85),
        *range(0x86, 0xA0),
        *(0xAD, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, 0xFFFE, 0xFFFF),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    ],
    "",
)
_TABLE = {**_LIGATURES, **_SPACES, **_DROPPED}
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_BREAK = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_WHITESPACE = re.compile(r"\s+")


def clean(text: str) -> str:
    """`text` in NFC with line feeds for line breaks, without invisible characters; layout is kept."""
    text = _LINE_BREAK.sub("\n", text).translate(_TABLE)
    return unicodedata.normalize("NFC", _LONE_SURROGATE.sub("\ufffd", text))


def collapse(text: str) -> str:
    """`clean` on one line, with one space between words."""
    if text.isascii() and text.isprintable():  # nothing to clean: most cells of most tables
        return " ".join(text.split())
    return _WHITESPACE.sub(" ", clean(text)).strip()
