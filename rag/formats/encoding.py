"""Bytes of a text file to text, whatever program wrote them."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from rag.errors import UnsupportedFormat
from rag.formats.cleaning import clean

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: its mark begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 1 << 16  # charset-normalizer takes seconds for a megabyte
_STRANGE = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]")
_MOST_STRANGE = 0.05  # of the characters of a sample; text has next to none


def decode(data: bytes, path: Path, declared: str | None = None) -> str:
    """`data` as clean text. Tried in order: byte order mark, UTF-8, UTF-16, `declared`, statistics.

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
    for encoding in filter(None, (_wide(data), "utf-8", declared)):
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode(_guessed(data), "replace")


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
