"""Bytes of a text file to text, whatever program wrote them."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from pathlib import Path

from rag.errors import DocumentTooLarge, UnsupportedFormat
from rag.formats.cleaning import clean
from rag.settings import ReadLimits

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 1 << 16  # charset-normalizer takes seconds for a megabyte
_STRANGE = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_MOST_BYTES = 4  # of a character, in any of the usual encodings
# Python knows codecs that are no encodings of files; some take a time that grows with the square.
_NO_ENCODINGS = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape"})
# Written in ASCII, so that these bytes would pass for UTF-8.
_SEVEN_BITS = frozenset({"utf-7", "hz", "iso2022_jp", "iso2022_jp_2", "iso2022_kr"})
_MOST_STRANGE = 0.05  # of the characters of a sample; text has next to none


def text_of(path: Path, limits: ReadLimits, declared: str | None = None) -> str:
    """The text of a file, clean.

    Raises:
        DocumentTooLarge: it cannot but hold more characters than the limit.
        UnsupportedFormat: it is not text.
    """
    return decode(bytes_of(path, limits), path, declared)


def bytes_of(path: Path, limits: ReadLimits) -> bytes:
    """The bytes of a file of text. Its size is looked at first: decoding is what takes the memory.

    Raises:
        DocumentTooLarge: it cannot but hold more characters than the limit.
    """
    size = path.stat().st_size
    if size > limits.text_characters * _MOST_BYTES:
        raise DocumentTooLarge(
            str(path),
            f"It holds more than {limits.text_characters:,} characters of text.",
            size,
            limits.text_characters * _MOST_BYTES,
        )
    return path.read_bytes()


def decode(data: bytes, path: Path, declared: str | None = None) -> str:
    """`data` as clean text. Tried in order: byte order mark, UTF-16, UTF-8, `declared`, statistics.

    Raises:
        UnsupportedFormat: these bytes are not text.
    """
    text = _decode(data, declared)
    sample = text[:_SAMPLE_BYTES]
    strange = len(_STRANGE.findall(sample))
    if strange > _MOST_STRANGE * len(sample):
        raise UnsupportedFormat(str(path), f"Its name ends in “{path.suffix}”, but it is not text.")
    return clean(text)


def _decode(data: bytes, declared: str | None) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    named = _known(declared)
    first = named if named in _SEVEN_BITS else None
    for encoding in filter(None, (_wide(data), first, _escaped(data), "utf-8", named)):
        with suppress(UnicodeError):
            return data.decode(encoding)
    return _nearly_utf8(data) or data.decode(_guessed(data), "replace")


def _known(declared: str | None) -> str | None:
    """Python's name for an encoding that a file says it has; None where it is none."""
    try:
        codec = codecs.lookup(declared or "")
    except (LookupError, ValueError):  # ValueError: a name that is no text
        return None
    is_encoding = getattr(codec, "_is_text_encoding", True) and codec.name not in _NO_ENCODINGS
    return codec.name if is_encoding else None


def _escaped(data: bytes) -> str | None:
    """Japanese mail and old pages switch alphabets by escape sequences, and would pass for ASCII."""
    return "iso2022_jp_2" if b"\x1b$" in data else None


def _nearly_utf8(data: bytes) -> str | None:
    """A log cut in the middle of a character is still UTF-8: more is right in it than broken."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    right = len(_NOT_ASCII.findall(text)) - broken
    return text if right > 2 * broken and broken < _MOST_STRANGE * len(text) else None


def _wide(data: bytes) -> str | None:
    """UTF-16 without a byte order mark shows in text of most languages as zeros at every other byte."""
    sample = data[: _SAMPLE_BYTES & ~1]
    half = len(sample) // 2
    if half == 0 or sample.count(0) < half * 0.3:
        return None
    zeros_first = sample[::2].count(0)
    zeros_second = sample[1::2].count(0)
    if min(zeros_first, zeros_second) > half * 0.05:
        return None
    return "utf-16-be" if zeros_first > zeros_second else "utf-16-le"


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE_BYTES]).best()
    return best.encoding if best else "cp1252"
