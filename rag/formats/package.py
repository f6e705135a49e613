"""The container of office documents and e-books: a ZIP of parts, opened so that a hostile one costs little.

Read with zipfile, lxml and expat rather than with the formats' own libraries, which unpack and parse every
part, pictures too, before anything can be checked: python-docx takes 950 MB for a bomb of 1.3 MB.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile, ZipInfo

from lxml import etree

from rag.errors import DocumentProtected, DocumentTooLarge, DocumentUnreadable, UnsupportedFormat
from rag.settings import ReadLimits

_OLE_SIGNATURE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # the stream in which Office puts a protected file
_DIRECTORY_BYTES = 1 << 22
_MOST_PARTS = 20_000
# Parsed, XML takes ten to fifteen times its size. Of real documents, one of 872 pages has 13 MB of it.
_MOST_XML_BYTES = 150_000_000
_DEEPEST = 256  # levels of elements, as in libxml2
_NAMES_KEPT = 1024
_CHUNK_BYTES = 1 << 16
# One tag; expat before 2.6 parses a long one anew with each chunk (CVE-2023-52425).
_LONGEST_TAG_BYTES = 1 << 22
_UNPACKS_TO_MORE = "It unpacks to far more than it seems to hold, so it was not opened."
_BROKEN = (BadZipFile, zlib.error, EOFError, NotImplementedError, OverflowError)


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of document: what it is `called` (“a Word document”), the part that shows that it is one (a
    name, or a folder's with its slash), and what to say of its `old` form, where that has the same endings.

    `most_xml_bytes`: of a part that is parsed whole.
    """

    called: str
    part: str
    old: str = ""
    most_xml_bytes: int = _MOST_XML_BYTES

    @property
    def damaged(self) -> str:
        return f"It is damaged or cut off, and cannot be opened as {self.called}."


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


def children(element: Any, *names: str) -> Iterator[Any]:
    """What stands inside the element reached by following local names; nothing where one is missing."""
    holder = child(element, *names) if element is not None else None
    return iter(() if holder is None else holder)


class Handler:
    """What `Package.stream` calls while it reads a part; names and attributes come without prefix."""

    def start(self, name: str, attributes: Mapping[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def text(self, text: str) -> None: ...


class Package:
    """An open file of that family; parts come parsed, or are parsed piece by piece."""

    def __init__(self, path: Path, archive: ZipFile, family: Family, pulse: Callable[[], object]) -> None:
        self._path = path
        self._archive = archive
        self._family = family
        self._pulse = pulse

    def damaged(self) -> DocumentUnreadable:
        """The error for a file that lacks what it must have."""
        return DocumentUnreadable(str(self._path), self._family.damaged)

    def part(self, name: str, *, declared: bool = False) -> Any:
        """The root element of a part, None where there is no such part. `declared`: it may name its type.

        Raises:
            DocumentUnreadable: the part is damaged, too large, or declares entities.
        """
        data = self.data(name)
        if data is None:
            return None
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            root: Any = etree.fromstring(data, parser)
        except etree.XMLSyntaxError as error:
            raise self.damaged() from error
        document = root.getroottree().docinfo
        if document.doctype and not (declared and not any(document.internalDTD.iterentities())):
            raise self._declares()
        return root

    def data(self, name: str) -> bytes | None:
        """The bytes of a part small enough to be parsed whole, None where there is no such part.

        Raises:
            DocumentUnreadable: the part is damaged or too large.
        """
        info = self._info(name)
        if info is None:
            return None
        self._pulse()
        limit = self._family.most_xml_bytes
        if info.file_size > limit:
            raise DocumentTooLarge(str(self._path), _UNPACKS_TO_MORE, info.file_size, limit)
        with self._damage_named():
            # zipfile stops at the size that the directory states, so a lie about it gains nothing.
            return self._archive.read(info)

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a part of any size, in pieces; none where there is no such part.

        Raises:
            DocumentUnreadable: the part is damaged.
        """
        info = self._info(name)
        if info is None:
            return
        with self._damage_named(), self._archive.open(info) as file:
            while chunk := file.read(_CHUNK_BYTES):
                self._pulse()
                yield chunk

    def stream(self, name: str, handler: Handler) -> bool:
        """Parse a part that may be too large to be held; False where there is none.

        Raises:
            DocumentUnreadable: the part is damaged or declares entities.
        """
        if self._info(name) is None:
            return False
        for _ in self.steps(name, handler):
            pass
        return True

    def steps(self, name: str, handler: Handler) -> Iterator[None]:
        """As `stream`, but pauses after each piece, so that what the handler has so far can be taken."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        local = lru_cache(_NAMES_KEPT)(_without_prefix)
        depth = 0

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            if depth > _DEEPEST:
                raise self.damaged()
            handler.start(local(tag), {local(key): value for key, value in attributes.items()})

        def end(tag: str) -> None:
            nonlocal depth
            depth -= 1
            handler.end(local(tag))

        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = handler.text
        fed = 0
        try:
            for chunk in self.chunks(name):
                parser.Parse(chunk, False)
                fed += len(chunk)
                if fed - parser.CurrentByteIndex > _LONGEST_TAG_BYTES:
                    raise self.damaged()
                yield
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise self.damaged() from error
        yield

    def has(self, name: str) -> bool:
        return self._info(name) is not None

    def _info(self, name: str) -> ZipInfo | None:
        try:
            return self._archive.getinfo(name)
        except KeyError:
            return None

    def _refuse_doctype(self, *_: object) -> None:
        raise self._declares()

    def _declares(self) -> DocumentUnreadable:
        """Office programs write no declarations; who does wants entities expanded or files fetched."""
        return DocumentUnreadable(
            str(self._path), f"It holds declarations that do not belong in {self._family.called}."
        )

    @contextmanager
    def _damage_named(self) -> Iterator[None]:
        try:
            yield
        except _BROKEN as error:
            raise self.damaged() from error
        except RuntimeError as error:  # zipfile's word for an encrypted part
            raise DocumentProtected(str(self._path)) from error


def _without_prefix(name: str) -> str:
    return name.rpartition(":")[2]


@contextmanager
def opened(path: Path, limits: ReadLimits, family: Family, pulse: Callable[[], object]) -> Iterator[Package]:
    """The package at `path`, its directory checked; `pulse` is called whenever some of it is unpacked.

    Raises:
        DocumentProtected, DocumentTooLarge, DocumentUnreadable, UnsupportedFormat
    """
    _refuse_ole(path, family)
    try:
        archive = ZipFile(path)
    except (*_BROKEN, ValueError) as error:
        raise DocumentUnreadable(str(path), family.damaged) from error
    with archive:
        _check_directory(path, archive, limits, family)
        yield Package(path, archive, family, pulse)


def _refuse_ole(path: Path, family: Family) -> None:
    with path.open("rb") as file:
        head = file.read(_DIRECTORY_BYTES)
    if not head.startswith(_OLE_SIGNATURE):
        return
    if _ENCRYPTED in head:
        raise DocumentProtected(str(path))
    raise UnsupportedFormat(str(path), family.old or _belied(path, family))


def _check_directory(path: Path, archive: ZipFile, limits: ReadLimits, family: Family) -> None:
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > limits.unpacked_bytes or len(entries) > _MOST_PARTS:
        raise DocumentTooLarge(str(path), _UNPACKS_TO_MORE, unpacked, limits.unpacked_bytes)
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise DocumentProtected(str(path))
    if not any(_is_of(family, entry.filename) for entry in entries):
        raise UnsupportedFormat(str(path), _belied(path, family))


def _is_of(family: Family, name: str) -> bool:
    return name.startswith(family.part) if family.part.endswith("/") else name == family.part


def _belied(path: Path, family: Family) -> str:
    return f"Its name ends in “{path.suffix}”, but it is not {family.called}."
