"""A mailbox in one file: messages one after the other, read one at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.utils import parseaddr
from pathlib import Path
from typing import BinaryIO

from rag.errors import DocumentTooLarge, UnsupportedFormat
from rag.formats.messages import Message, add_message, date_in_words
from rag.formats.mime import is_message, parse
from rag.formats.parts import Parts, read_container
from rag.formats.registry import Progress
from rag.settings import ReadLimits
from rag.values import ReadDocument

_CHUNK_BYTES = 1 << 20
_LARGEST_MESSAGE_BYTES = 64 << 20
# The line that opens a message ends in a date. A line of text that begins with “From ” should be quoted,
# but not every program does that, so both the blank line before it and a time of day are asked for.
_OPENING = re.compile(rb"(?:\A|\n\r?\n)(From [^\n]{0,200}\d\d:\d\d[^\n]{0,60}\n)")
_LONGEST_OPENING = 300
_UNQUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)


def read(path: Path, limits: ReadLimits, progress: Progress) -> ReadDocument:
    """Every message under a heading that names it; attachments under headings below that."""
    return read_container(path, limits, progress, fill)


def fill(path: Path, parts: Parts) -> None:
    """Add the messages in their order."""
    found = False
    with path.open("rb") as file:
        for number, data in enumerate(_messages(file, parts), 1):
            _add(number, data, path, parts)
            found = found or data is None or is_message(data)
    if not found:
        raise UnsupportedFormat(str(path), f"Its name ends in “{path.suffix}”, but it is not a mailbox.")


def _add(number: int, data: bytes | None, path: Path, parts: Parts) -> None:
    if data is None:
        parts.add(f"Message {number}", lambda _part: _refuse(path))
        return
    message = parse(_UNQUOTED.sub(rb"\1", data), path)
    parts.add(_heading(number, message), lambda part: add_message(message, path, part))


def _refuse(path: Path) -> None:
    raise DocumentTooLarge(
        str(path), "It is too large for a message.", _LARGEST_MESSAGE_BYTES, _LARGEST_MESSAGE_BYTES
    )


def _heading(number: int, message: Message) -> str:
    name, address = parseaddr(message.sender)
    date = date_in_words(message.date).partition(",")[0]
    who = ", ".join(filter(None, (name or address, date)))
    subject = message.subject or "without a subject"
    return f"Message {number}: {subject} — {who}" if who else f"Message {number}: {subject}"


def _messages(file: BinaryIO, parts: Parts) -> Iterator[bytes | None]:
    """The messages without their opening lines; None for one that is too large."""
    held = b""
    inside = skipping = False  # whether `held` begins in a message; whether that one is too large
    searched = 0
    while chunk := file.read(_CHUNK_BYTES):
        parts.tick()
        held += chunk
        start = 0
        for match in _OPENING.finditer(held, searched):
            if inside:
                yield None if skipping else held[start : match.start(1)]
            start, inside, skipping = match.end(), True, False
        skipping = skipping or len(held) - start > _LARGEST_MESSAGE_BYTES
        held = held[start:] if inside and not skipping else held[-_LONGEST_OPENING:]
        searched = max(0, len(held) - _LONGEST_OPENING)  # an opening line may be cut off at the end
    if inside:
        yield None if skipping else held
