"""The container of Word documents: a ZIP of XML parts, opened so that a hostile one costs little.

Read with zipfile and lxml rather than python-docx, which unpacks and parses every part, pictures too,
before it says anything: 950 MB for a bomb of 1.3 MB.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from lxml import etree

from rag.errors import DocumentProtected, DocumentTooLarge, DocumentUnreadable, UnsupportedFormat
from rag.settings import ReadLimits

_OLE_SIGNATURE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # the stream in which Office puts a protected file
_DIRECTORY_BYTES = 1 << 22
_MOST_PARTS = 20_000
# Parsed, XML takes about ten times its size. Of real documents, one of 872 pages has 13 MB of it.
_MOST_XML_BYTES = 150_000_000
_DAMAGED = "It is damaged or cut off, and cannot be opened as a Word document."


def local_name(element: Any) -> str:
    """The name without its namespace, which differs between the two kinds of Office Open XML."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Any, name: str) -> str:
    """An attribute by its local name; empty where it is missing."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(value)
    return ""


def child(element: Any, *names: str) -> Any:
    """The element reached by following local names downwards; None where one is missing."""
    for name in names:
        element = next((inner for inner in element if local_name(inner) == name), None)
        if element is None:
            return None
    return element


class Package:
    """An open Word file; parts come parsed."""

    def __init__(self, path: Path, archive: ZipFile) -> None:
        self._path = path
        self._archive = archive

    def part(self, name: str) -> Any:
        """The root element of a part, None where there is no such part.

        Raises:
            DocumentUnreadable: the part is damaged, too large, or declares entities.
        """
        try:
            info = self._archive.getinfo(name)
        except KeyError:
            return None
        if info.file_size > _MOST_XML_BYTES:
            raise DocumentTooLarge(
                str(self._path),
                "It unpacks to far more than it seems to hold, so it was not opened.",
                info.file_size,
                _MOST_XML_BYTES,
            )
        try:
            # zipfile stops at the size that the directory states, so a lie about it gains nothing.
            return self._parsed(self._archive.read(info))
        except (BadZipFile, zlib.error, EOFError, NotImplementedError, etree.XMLSyntaxError) as error:
            raise DocumentUnreadable(str(self._path), _DAMAGED) from error

    def _parsed(self, data: bytes) -> Any:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        root: Any = etree.fromstring(data, parser)
        if root.getroottree().docinfo.doctype:
            # Word writes none; who does wants entities expanded or files fetched.
            raise DocumentUnreadable(
                str(self._path), "It holds declarations that do not belong in a Word document."
            )
        return root


@contextmanager
def opened(path: Path, limits: ReadLimits) -> Iterator[Package]:
    """The package at `path`, its directory checked.

    Raises:
        DocumentProtected, DocumentTooLarge, DocumentUnreadable, UnsupportedFormat
    """
    _refuse_ole(path)
    try:
        archive = ZipFile(path)
    except (BadZipFile, NotImplementedError, ValueError) as error:
        raise DocumentUnreadable(str(path), _DAMAGED) from error
    with archive:
        _check_directory(path, archive, limits)
        yield Package(path, archive)


def _refuse_ole(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(_DIRECTORY_BYTES)
    if not head.startswith(_OLE_SIGNATURE):
        return
    if _ENCRYPTED in head:
        raise DocumentProtected(str(path))
    raise UnsupportedFormat(
        str(path), "It is in the old Word format; save it as .docx or .pdf, and Carrel can read it."
    )


def _check_directory(path: Path, archive: ZipFile, limits: ReadLimits) -> None:
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > limits.unpacked_bytes or len(entries) > _MOST_PARTS:
        raise DocumentTooLarge(
            str(path),
            "It unpacks to far more than it seems to hold, so it was not opened.",
            unpacked,
            limits.unpacked_bytes,
        )
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise DocumentProtected(str(path))
    if not any(entry.filename.startswith("word/") for entry in entries):
        raise UnsupportedFormat(
            str(path), f"Its name ends in “{path.suffix}”, but it is not a Word document."
        )
