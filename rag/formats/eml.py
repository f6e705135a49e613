"""One mail in a file, as mail programs save it, and a web page saved with its pictures (MHTML)."""

from __future__ import annotations

import re
from pathlib import Path

from rag.errors import DocumentTooLarge, UnsupportedFormat
from rag.formats.mime import add_mail, is_message
from rag.formats.parts import Parts, read_container
from rag.formats.registry import Progress
from rag.settings import ReadLimits
from rag.values import ReadDocument

_LARGEST_BYTES = 256 << 20  # servers take 50 MB or less; all of it lies in memory
_BEFORE = re.compile(rb"\A(?:\xef\xbb\xbf|\s+)?(?:>?From [^\r\n]*\r?\n|(\d{1,10})[ \t]*\r?\n)?")


def read(path: Path, limits: ReadLimits, progress: Progress) -> ReadDocument:
    """The message on the first page, then its attachments."""
    return read_container(path, limits, progress, fill)


def fill(path: Path, parts: Parts) -> str:
    """Add the message and its attachments; returns its subject."""
    size = path.stat().st_size
    if size > _LARGEST_BYTES:
        raise DocumentTooLarge(str(path), "It is too large for a message.", size, _LARGEST_BYTES)
    data = message_bytes(path.read_bytes())
    if not is_message(data):
        raise UnsupportedFormat(str(path), f"Its name ends in “{path.suffix}”, but it is not a message.")
    return add_mail(data, path, parts)


def message_bytes(data: bytes) -> bytes:
    """Without what stands around a message: a mailbox's “From ” line, Apple Mail's length and its notes."""
    before = _BEFORE.match(data)
    if before is None:
        return data
    end = before.end() + int(before.group(1)) if before.group(1) else len(data)
    return data[before.end() : end]
