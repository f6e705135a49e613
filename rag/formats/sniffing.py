"""What a file's first bytes say it is, whatever its name says."""

from __future__ import annotations

import re
from typing import Literal

Content = Literal["pdf", "zip", "ole", "rtf", "picture", "binary", "text"]

HEAD_BYTES = 4096

_PDF_WITHIN = 1024  # readers accept rubbish before the header (ISO 32000, implementation note 13)
_SIGNATURES: tuple[tuple[bytes, Content], ...] = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"\x89PNG\r\n", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "binary"),
    (b"II*\x00", "picture"),
    (b"MM\x00*", "picture"),
    (b"RIFF", "binary"),
    (b"\x1f\x8b", "binary"),
    (b"7z\xbc\xaf", "binary"),
    (b"Rar!", "binary"),
    (b"\x7fELF", "binary"),
    (b"MZ\x90", "binary"),
    (b"SQLite format 3\x00", "binary"),
    (b"%!PS", "binary"),
    (b"{\\rtf", "rtf"),
)


# “BM”, the size, four bytes that nobody uses; “RIFF”, the size, “WEBP”.
_WEBP = re.compile(rb"RIFF.{4}WEBP", re.DOTALL)
_BITMAP = re.compile(rb"BM.{4}\0{4}", re.DOTALL)


def content_of(head: bytes) -> Content:
    """The kind of content that begins with `head` (the first `HEAD_BYTES` bytes)."""
    if _WEBP.match(head):
        return "picture"
    for signature, content in _SIGNATURES:
        if head.startswith(signature):
            return content
    if _BITMAP.match(head):
        return "picture"
    return "pdf" if b"%PDF-" in head[:_PDF_WITHIN] else "text"
