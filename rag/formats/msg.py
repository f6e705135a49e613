"""A message saved by Outlook: an OLE file whose streams are the message's properties.

With olefile (BSD) rather than extract-msg, which is GPL. Source: [MS-OXMSG], [MS-OXPROPS].
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import olefile

from rag.errors import DocumentUnreadable, UnsupportedFormat
from rag.formats.encoding import decode
from rag.formats.messages import Attachment, Message, add_message
from rag.formats.mime import date_of, entity_of, field_text
from rag.formats.parts import Parts, read_container
from rag.formats.registry import Progress
from rag.formats.rtf_compressed import decompressed
from rag.settings import ReadLimits
from rag.values import ReadDocument

_SUBJECT, _SENT, _RECEIVED, _HEADERS = 0x0037, 0x0039, 0x0E06, 0x007D
_SENDER_NAME, _SENDER_ADDRESS, _SENDER_SMTP = 0x0C1A, 0x0C1F, 0x5D01
_TO, _CC = 0x0E04, 0x0E03
_BODY, _HTML, _RTF, _CODEPAGE, _INTERNET_CODEPAGE = 0x1000, 0x1013, 0x1009, 0x3FFD, 0x3FDE
_DATA, _LONG_NAME, _SHORT_NAME, _CONTENT_TYPE, _METHOD = 0x3701, 0x3707, 0x3704, 0x370E, 0x3705
_CONTENT_ID, _HIDDEN = 0x3712, 0x7FFE
_EMBEDDED_MESSAGE, _EMBEDDED_OBJECT = 5, 6  # values of _METHOD
_UNICODE, _BYTE_TEXT, _BINARY = "001F", "001E", "0102"

_HEADER_BYTES = {"message": 32, "embedded": 24, "attachment": 8}  # before the properties of fixed length
_ENTRY = struct.Struct("<HHI8s")
# Powers of two of both kinds of sectors; how many sectors hold the list of sectors, of small ones, of lists.
_HEADER = struct.Struct("<30xHH10xL16xL4xL")
_BROKEN = (
    OSError,
    ValueError,
    IndexError,
    OverflowError,
    TypeError,
    AttributeError,
    RecursionError,
    struct.error,
)
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_MOST_STREAM_BYTES = 256 << 20
_MOST_ATTACHMENTS = 500
_DAMAGED = "It is damaged or cut off, and cannot be opened as an Outlook message."


def read(path: Path, limits: ReadLimits, progress: Progress) -> ReadDocument:
    """The message on the first page, then its attachments."""
    return read_container(path, limits, progress, fill)


def fill(path: Path, parts: Parts) -> str:
    """Add the message and its attachments; returns its subject."""
    with _opened(path) as file:
        folder = _Folder(file, path, (), "message")
        if not folder.holds(f"__substg1.0_{_SUBJECT:04X}") and not folder.holds("__properties_version1.0"):
            raise UnsupportedFormat(
                str(path), f"Its name ends in “{path.suffix}”, but it is not an Outlook message."
            )
        return _add(folder, parts)


@contextmanager
def _opened(path: Path) -> Iterator[olefile.OleFileIO]:
    size = path.stat().st_size
    _check_header(path, size)
    try:
        file = olefile.OleFileIO(str(path))
    except _BROKEN as error:
        raise DocumentUnreadable(str(path), _DAMAGED) from error
    with file:
        if file.root.size > size:  # the stream in which the small ones lie: it is read whole
            raise DocumentUnreadable(str(path), _DAMAGED)
        yield file


def _check_header(path: Path, size: int) -> None:
    """Refuse sizes that olefile would believe: of a sector, and of the lists of them.

    Raises:
        DocumentUnreadable
    """
    with path.open("rb") as file:
        head = file.read(_HEADER.size)
    if len(head) < _HEADER.size:
        raise DocumentUnreadable(str(path), _DAMAGED)
    sector, small, *counts = _HEADER.unpack(head)
    if sector not in (9, 12) or small != 6 or max(counts) > size >> sector:
        raise DocumentUnreadable(str(path), _DAMAGED)


def _add(folder: _Folder, parts: Parts) -> str:
    message = _message(folder)
    add_message(message, folder.path, parts)
    return message.subject


def _message(folder: _Folder) -> Message:
    headers = entity_of(folder.text(_HEADERS).encode())
    text = folder.text(_BODY)
    html = folder.binary(_HTML) or folder.text(_HTML).encode()
    attachments = list(_attachments(folder))
    if not text.strip() and not html and (compressed := folder.binary(_RTF)):
        attachments.insert(
            0, Attachment("message.rtf", content=partial(decompressed, compressed, folder.path))
        )
    return Message(
        sender=field_text(headers, "from") or _sender(folder),
        to=field_text(headers, "to") or folder.text(_TO),
        cc=field_text(headers, "cc") or folder.text(_CC),
        subject=folder.text(_SUBJECT) or field_text(headers, "subject"),
        date=date_of(headers.fields.get("date", "")) or folder.time(_SENT) or folder.time(_RECEIVED),
        text=text,
        html=html,
        charset=folder.codepage(_INTERNET_CODEPAGE),
        attachments=tuple(attachments),
    )


def _sender(folder: _Folder) -> str:
    """Name and address; inside a company the address is a path in its directory, which says nothing."""
    name = folder.text(_SENDER_NAME)
    address = folder.text(_SENDER_SMTP) or folder.text(_SENDER_ADDRESS)
    return f"{name} <{address}>" if "@" in address and address != name else name


def _attachments(folder: _Folder) -> Iterator[Attachment]:
    for place in folder.folders("__attach_version1.0_")[:_MOST_ATTACHMENTS]:
        inner = _Folder(folder.file, folder.path, place, "attachment")
        name = inner.text(_LONG_NAME) or inner.text(_SHORT_NAME)
        content_type = inner.text(_CONTENT_TYPE).lower()
        if inner.number(_HIDDEN) or (inner.text(_CONTENT_ID) and content_type.startswith("image/")):
            continue  # a picture that the HTML shows
        method = inner.number(_METHOD)
        if method == _EMBEDDED_MESSAGE:
            place = (*place, f"__substg1.0_{_DATA:04X}000D")
            yield _embedded(_Folder(folder.file, folder.path, place, "embedded"), name)
        elif method != _EMBEDDED_OBJECT:  # a drawing or the like, in the form of its program
            yield Attachment(name, content_type, partial(inner.binary, _DATA))


def _embedded(folder: _Folder, name: str) -> Attachment:
    def add(parts: Parts) -> None:
        _add(folder, parts)

    return Attachment(folder.text(_SUBJECT) or name or "a message", message=add)


class _Folder:
    """A message or an attachment inside the file: its properties by number."""

    def __init__(self, file: olefile.OleFileIO, path: Path, place: tuple[str, ...], kind: str) -> None:
        self.file = file
        self.path = path
        self._place = place
        self._fixed = self._properties(_HEADER_BYTES[kind])

    def holds(self, beginning: str) -> bool:
        """Whether a stream whose name begins so lies right in this folder."""
        return any(name.startswith(beginning) for name in self._names())

    def folders(self, beginning: str) -> list[tuple[str, ...]]:
        names = sorted({name for name in self._names() if name.startswith(beginning)})
        return [(*self._place, name) for name in names]

    def text(self, number: int) -> str:
        """A property that is text; empty where it is missing."""
        wide = self._stream(number, _UNICODE)
        if wide:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        narrow = self._stream(number, _BYTE_TEXT).rstrip(b"\0")
        return decode(narrow, self.path, self.codepage(_CODEPAGE)) if narrow else ""

    def binary(self, number: int) -> bytes:
        return self._stream(number, _BINARY)

    def number(self, number: int) -> int:
        return int.from_bytes(self._fixed.get(number, b"")[:4], "little")

    def time(self, number: int) -> datetime | None:
        """A date in tenths of microseconds since 1601."""
        ticks = int.from_bytes(self._fixed.get(number, b""), "little")
        try:
            return _EPOCH + timedelta(microseconds=ticks // 10) if ticks else None
        except OverflowError:
            return None

    def codepage(self, number: int) -> str | None:
        found = self.number(number)
        return {0: None, 65001: "utf-8", 20127: "ascii", 28591: "latin-1"}.get(found, f"cp{found}")

    def _names(self) -> Iterator[str]:
        depth = len(self._place)
        for entry in self.file.listdir(streams=True, storages=True):
            if len(entry) > depth and tuple(entry[:depth]) == self._place:
                yield entry[depth]

    def _stream(self, number: int, kind: str) -> bytes:
        return self._bytes(f"__substg1.0_{number:04X}{kind}")

    def _bytes(self, name: str) -> bytes:
        place = [*self._place, name]
        try:
            if not self.file.exists(place) or self.file.get_size(place) > _MOST_STREAM_BYTES:
                return b""
            data: bytes = self.file.openstream(place).read()
        except _BROKEN as error:
            raise DocumentUnreadable(str(self.path), _DAMAGED) from error
        return data

    def _properties(self, header_bytes: int) -> dict[int, bytes]:
        """Those of fixed length, as they stand there."""
        data = self._bytes("__properties_version1.0")[header_bytes:]
        whole = len(data) - len(data) % _ENTRY.size
        return {number: value for _, number, _, value in _ENTRY.iter_unpack(data[:whole])}
