"""The form in which Outlook keeps formatted text inside a message. Source: [MS-OXRTFCP]."""

from __future__ import annotations

import struct
from pathlib import Path

from rag.errors import DocumentUnreadable

_HEADER = struct.Struct("<IIII")  # size after this field, size unpacked, kind, checksum
_COMPRESSED, _PLAIN = 0x75465A4C, 0x414C454D
_WINDOW = 4096
_KNOWN = (  # what the window holds at the start (2.1.2.1)
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


def decompressed(data: bytes, path: Path) -> bytes:
    """The RTF. Its size is bounded by that of `data`: two bytes stand for 17 at most.

    Raises:
        DocumentUnreadable: it is not compressed RTF.
    """
    if len(data) < _HEADER.size:
        raise DocumentUnreadable(str(path), "Its text is damaged.")
    _, size, kind, _ = _HEADER.unpack_from(data)
    if kind == _PLAIN:
        return data[_HEADER.size :][:size]
    if kind != _COMPRESSED:
        raise DocumentUnreadable(str(path), "Its text is damaged.")
    return bytes(_expanded(data[_HEADER.size :])[:size])


def _expanded(data: bytes) -> bytearray:
    """Groups of a control byte and eight tokens: a byte, or a place in the window and a length."""
    out = bytearray(_KNOWN)
    position = 0
    while position < len(data):
        control, position = data[position], position + 1
        for bit in range(8):
            if not control >> bit & 1:
                out += data[position : position + 1]
                position += 1
            elif position + 2 > len(data) or _ends(data[position : position + 2], len(out)):
                return out[len(_KNOWN) :]
            else:
                _copy(out, *_reference(data[position : position + 2]))
                position += 2
    return out[len(_KNOWN) :]


def _reference(pair: bytes) -> tuple[int, int]:
    token = int.from_bytes(pair, "big")
    return token >> 4, (token & 0xF) + 2


def _ends(pair: bytes, written: int) -> bool:
    """A reference to the place that is written next marks the end."""
    return _reference(pair)[0] == written % _WINDOW


def _copy(out: bytearray, place: int, length: int) -> None:
    """`place` counts round the window; what it names may overlap what is being written."""
    start = len(out) - (len(out) - place) % _WINDOW
    for offset in range(length):
        if 0 <= start + offset < len(out):
            out.append(out[start + offset])
