"""RTF's syntax: groups, control words, and bytes in the code page of their font (RTF specification 1.9.1)."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from mmap import mmap
from typing import NamedTuple

_TOKEN = re.compile(
    rb"""
      \\(?P<word>[A-Za-z]{1,32})(?P<number>-?\d{1,10})?\x20?
    | \\'(?P<hex>[0-9A-Fa-f]{2})
    | \\(?P<symbol>[^A-Za-z])
    | (?P<brace>[{}])
    | (?P<bytes>[^\\{}\r\n]+)
    | [\r\n]+ | \\
    """,
    re.VERBOSE | re.DOTALL,
)

# \fcharset of a font to Python's name; 0 and 1 mean the document's own code page.
_CHARSETS = {
    2: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gbk", 136: "cp950",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257",
    204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
_PAGES = {65001: "utf-8", 10000: "mac_roman"}
USUAL = "cp1252"


class Token(NamedTuple):
    """`kind`: "word" (`text`, `number`), "symbol" (`text`), "brace" (`text`), or "bytes" (`data`)."""

    kind: str
    text: str = ""
    number: int | None = None
    data: bytes = b""


def tokens(data: bytes | mmap) -> Iterator[Token]:
    """The tokens of a file; the raw bytes of pictures (\\bin) are passed over."""
    position, end = 0, len(data)
    while position < end:
        match = _TOKEN.match(data, position)
        if match is None:
            return
        position = match.end()
        kind = match.lastgroup
        if kind in ("word", "number"):
            word = match["word"].decode("ascii")
            number = int(match["number"]) if match["number"] else None
            if word == "bin":
                position += max(number or 0, 0)
            else:
                yield Token("word", word, number)
        elif kind == "hex":
            yield Token("bytes", data=bytes.fromhex(match["hex"].decode("ascii")))
        elif kind == "bytes":
            yield Token("bytes", data=match["bytes"])
        elif kind in ("symbol", "brace"):
            yield Token(kind, match[kind].decode("latin-1"))


def code_page(number: int | None) -> str:
    """Python's name of a code page that the document states (\\ansicpg)."""
    name = _PAGES.get(number or 0, f"cp{number}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return USUAL


def charset(number: int | None, document: str) -> str:
    """Python's name of a font's character set; `document` is the document's own."""
    return _CHARSETS.get(number or 0, document)


def joined(words: list[str]) -> str:
    """The text of pieces in which a character beyond U+FFFF may stand as two halves."""
    text = "".join(words)
    if any("\ud800" <= character <= "\udfff" for character in text):
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
