"""ZIP archives: what a person would find in the folder, had they unpacked it.

Members go one at a time into a private temporary file whose name is ours, so that no name inside an
archive is ever a path. What they unpack to is counted while it is unpacked: the sizes that an archive
states are a claim.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from lzma import LZMAError
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from rag.errors import DocumentProtected, DocumentTooLarge, DocumentUnreadable
from rag.formats import supported
from rag.formats.parts import Parts, read_container
from rag.formats.registry import Progress
from rag.passed_over import passed_over
from rag.settings import ReadLimits
from rag.values import ReadDocument

_CHUNK_BYTES = 1 << 16
# The records that end an archive, with the longest comment; each states the size of the directory.
_TAIL_BYTES = 76 + 22 + (1 << 16)
_ENDS = (
    (re.compile(rb"PK\x05\x06"), struct.Struct("<12xL")),
    (re.compile(rb"PK\x06\x06"), struct.Struct("<40xQ")),
)
_STATED_ELSEWHERE = 0xFFFFFFFF
# zipfile makes an object of about a kilobyte of each entry, before anything can be counted.
_MOST_DIRECTORY_BYTES = 1 << 24
_BOMB_RATIO = 200  # text comes to 20, logs to 100
_BOMB_BYTES = 64 << 20
_ENCRYPTED, _SAYS_UTF_8 = 0x1, 0x800
_DAMAGED = "It is damaged or cut off, and cannot be opened as a ZIP archive."
_FAR_MORE = "It unpacks to far more than it seems to hold, so it was not opened."
# ValueError and IndexError come from names and extra fields that are not what they should be.
_BROKEN = (BadZipFile, zlib.error, LZMAError, EOFError, OSError, ValueError, IndexError, struct.error)


def read(path: Path, limits: ReadLimits, progress: Progress) -> ReadDocument:
    """Every member that Carrel can read, under a heading that names it."""
    return read_container(path, limits, progress, fill)


def fill(path: Path, parts: Parts) -> None:
    """Add the members in their order; hidden files and kinds that nobody reads are passed over."""
    with _opened(path) as archive:
        names: Counter[str] = Counter()
        for member in archive.infolist():
            parts.tick()
            name = _name(member)
            if not name or member.is_dir() or any(passed_over(piece) for piece in name.split("/")):
                continue
            if not supported(Path(name)):
                parts.pass_over()
                continue
            names[name] += 1
            shown = name if names[name] == 1 else f"{name} ({names[name]})"
            parts.add_file(shown, _content(archive, member, path), Path(name).suffix.lower())


@contextmanager
def _opened(path: Path) -> Iterator[ZipFile]:
    _check_directory(path)
    try:
        archive = ZipFile(path)
    except (NotImplementedError, *_BROKEN) as error:
        raise DocumentUnreadable(str(path), _DAMAGED) from error
    with archive:
        yield archive


def _check_directory(path: Path) -> None:
    """Refuse a list of members that would take gigabytes to look at.

    Raises:
        DocumentTooLarge
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _TAIL_BYTES))
        tail = file.read(_TAIL_BYTES)
    # Every place that looks like one: which of them zipfile takes depends on details.
    stated = [
        record.unpack_from(tail, match.start())[0]
        for mark, record in _ENDS
        for match in mark.finditer(tail)
        if match.start() + record.size <= len(tail)
    ]
    sizes = [min(directory, size) for directory in stated if directory != _STATED_ELSEWHERE]
    if max(sizes, default=0) > _MOST_DIRECTORY_BYTES:
        raise DocumentTooLarge(str(path), "It holds far too many files.")


def _name(member: ZipInfo) -> str:
    """The path inside the archive, for the person to read; “..” and roots mean nothing in it.

    Many programs write UTF-8 and forget to say so; zipfile takes it for the letters of MS-DOS.
    """
    name = member.filename
    if not member.flag_bits & _SAYS_UTF_8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode()
    pieces = name.replace("\\", "/").split("/")
    return "/".join(piece for piece in pieces if piece not in ("", ".", ".."))


def _content(archive: ZipFile, member: ZipInfo, path: Path) -> Iterator[bytes]:
    """The member's bytes in pieces.

    Raises:
        DocumentProtected, DocumentTooLarge, DocumentUnreadable
    """
    if member.flag_bits & _ENCRYPTED:
        raise DocumentProtected(str(path))
    if member.file_size > _BOMB_BYTES and member.file_size > _BOMB_RATIO * max(member.compress_size, 1):
        raise DocumentTooLarge(str(path), _FAR_MORE, member.file_size)
    try:
        with archive.open(member) as file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk
    except NotImplementedError as error:
        raise DocumentUnreadable(str(path), "It is packed in a way that Carrel does not know.") from error
    except _BROKEN as error:
        raise DocumentUnreadable(str(path), "It is damaged.") from error
