"""Which reader a file goes to, and the checks that every file passes first."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType

from rag.errors import (
    DocumentEmpty,
    DocumentTooLarge,
    DocumentUnreadable,
    DocumentVanished,
    UnsupportedFormat,
)
from rag.formats.code_suffixes import CODE_SUFFIXES
from rag.formats.sniffing import HEAD_BYTES, Content, content_of
from rag.process.messages import PageDrawn
from rag.settings import ReadLimits
from rag.values import ReadDocument

Progress = Callable[[int, int | None], None]
"""Called with (pages read, pages in all); the second is None where that is not known."""


@dataclass(frozen=True, slots=True)
class _Format:
    """`module` has `read(path, limits, progress)`; it is imported when first needed (native libraries).

    `drawer` has `draw(path, page, width_px)`, where a page looks like something.
    """

    module: str
    called: str
    content: Content
    drawer: str = ""

    @property
    def may_be_pictures(self) -> bool:
        """Whether text may have to be read in pictures, which takes seconds a page."""
        return bool(self.drawer)


_TEXT = _Format("rag.formats.text", "a text file", "text")
_HTML = _Format("rag.formats.html", "a web page", "text")
_MARKDOWN = _Format("rag.formats.markdown", "a Markdown file", "text")
_WORD = _Format("rag.formats.docx", "a Word document", "zip")
_EXCEL = _Format("rag.formats.xlsx", "an Excel workbook", "zip")
_POWERPOINT = _Format("rag.formats.pptx", "a PowerPoint presentation", "zip")
_MAIL = _Format("rag.formats.eml", "a message", "text")
_CSV = _Format("rag.formats.csv", "a table", "text")
_JSON = _Format("rag.formats.json", "JSON", "text")
_CODE = _Format("rag.formats.source_code", "a text file", "text")
_PICTURE = _Format("rag.formats.pictures", "a picture", "picture", drawer="rag.formats.pictures")
_FORMATS = {
    **dict.fromkeys(CODE_SUFFIXES, _CODE),
    ".csv": _CSV,
    ".tsv": _CSV,
    ".tab": _CSV,
    ".json": _JSON,
    ".geojson": _JSON,
    ".jsonl": _JSON,
    ".ndjson": _JSON,
    ".ipynb": _Format("rag.formats.notebook", "a notebook", "text"),
    ".eml": _MAIL,
    ".emlx": _MAIL,
    ".mht": _MAIL,
    ".mhtml": _MAIL,
    ".mbox": _Format("rag.formats.mbox", "a mailbox", "text"),
    ".mbx": _Format("rag.formats.mbox", "a mailbox", "text"),
    ".msg": _Format("rag.formats.msg", "an Outlook message", "ole"),
    ".zip": _Format("rag.formats.archive", "a ZIP archive", "zip"),
    ".pdf": _Format("rag.formats.pdf", "a PDF", "pdf", drawer="rag.formats.pdf_drawing"),
    **dict.fromkeys((".docx", ".docm", ".dotx", ".dotm"), _WORD),
    **dict.fromkeys((".xlsx", ".xlsm", ".xltx", ".xltm"), _EXCEL),
    **dict.fromkeys((".pptx", ".pptm", ".potx", ".potm", ".ppsx", ".ppsm"), _POWERPOINT),
    **dict.fromkeys((".odt", ".ott"), _Format("rag.formats.odt", "an OpenDocument text", "zip")),
    **dict.fromkeys((".ods", ".ots"), _Format("rag.formats.ods", "an OpenDocument spreadsheet", "zip")),
    **dict.fromkeys((".odp", ".otp"), _Format("rag.formats.odp", "an OpenDocument presentation", "zip")),
    ".epub": _Format("rag.formats.epub", "an e-book", "zip"),
    ".rtf": _Format("rag.formats.rtf", "an RTF document", "rtf"),
    ".html": _HTML,
    ".htm": _HTML,
    ".xhtml": _HTML,
    ".md": _MARKDOWN,
    ".markdown": _MARKDOWN,
    ".txt": _TEXT,
    ".text": _TEXT,
    ".log": _TEXT,
    ".png": _PICTURE,
    ".jpg": _PICTURE,
    ".jpeg": _PICTURE,
    ".tif": _PICTURE,
    ".tiff": _PICTURE,
    ".bmp": _PICTURE,
    ".webp": _PICTURE,
}

_TABLES = {
    **dict.fromkeys((".csv", ".tsv", ".tab"), "rag.formats.csv_table"),
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), "rag.formats.json_table"),
    **dict.fromkeys((".xlsx", ".xlsm", ".xltx", ".xltm"), "rag.formats.xlsx_table"),
    **dict.fromkeys((".ods", ".ots"), "rag.formats.ods_table"),
}

_OLD = {
    ".doc": ("Word", ".docx or .pdf"),
    ".dot": ("Word", ".docx or .pdf"),
    ".xls": ("Excel", ".xlsx"),
    ".ppt": ("PowerPoint", ".pptx or .pdf"),
    ".pps": ("PowerPoint", ".pptx or .pdf"),
}

SUFFIXES = frozenset(_FORMATS)
"""Endings that `read` takes, in lower case with the dot."""

DRAWN = frozenset(suffix for suffix, chosen in _FORMATS.items() if chosen.drawer)
"""Endings that `draw` takes: files whose pages look like something."""


TABLES = frozenset(_TABLES)
"""Endings of files that may hold a table, whose rows can be read one by one."""


def supported(path: Path) -> bool:
    """Whether the ending is one that Carrel reads; the file itself is not looked at."""
    return path.suffix.lower() in _FORMATS


def seconds_for(path: Path, limits: ReadLimits) -> float:
    """How long reading this file may take in all."""
    chosen = _FORMATS.get(path.suffix.lower())
    pictures = chosen is not None and chosen.may_be_pictures
    return limits.seconds + (limits.picture_seconds if pictures else 0.0)


def read(path: Path, limits: ReadLimits, progress: Progress) -> ReadDocument:
    """The text and structure of one file. For one thread at a time; nothing is fetched or run.

    Raises:
        DocumentUnreadable: or one of its subclasses; no other exception comes from a file's content.
    """
    with system_errors_named(path):
        document: ReadDocument = reader_of(path, limits).read(path, limits, progress)
    if not any(page.text.strip() for page in document.pages):
        raise DocumentEmpty(str(path))
    return document


def table_reader_of(path: Path, limits: ReadLimits) -> ModuleType:
    """The module that reads the rows of a table, which has passed the checks. Raises as `read`.

    It has `opened(path, sheet, limits, pulse)`: see `rag/formats/table_source.py`.
    """
    module = _TABLES.get(path.suffix.lower())
    if module is None and not path.is_dir() and path.suffix.lower() not in _OLD:
        raise UnsupportedFormat(str(path), "It is no table: CSV, XLSX, ODS, JSON and JSON lines are.")
    reader_of(path, limits)
    return import_module(module or "")


def reason_against(path: Path) -> str:
    """Why no reader is for a file of this name; “” where one is. The file itself is not looked at."""
    try:
        _chosen(path)
    except UnsupportedFormat as error:
        return error.reason
    return ""


def reader_of(path: Path, limits: ReadLimits) -> ModuleType:
    """The module that reads a file, which has passed the checks. Raises as `read`.

    That of a format which holds other files also has `fill(path, parts)`: see `rag/formats/parts.py`.
    """
    chosen = _format_of(path)
    _check_file(path, limits)
    _check_content(path, chosen)
    return import_module(chosen.module)


def draw(path: Path, page: int, width_px: int) -> PageDrawn:
    """A page (from 1) as a picture about `width_px` wide. For one thread at a time, beside `read`.

    Raises:
        DocumentUnreadable: or one of its subclasses; UnsupportedFormat where pages have no looks.
    """
    with system_errors_named(path):
        chosen = _format_of(path)
        if not chosen.drawer:
            raise UnsupportedFormat(str(path), "Its pages cannot be shown as pictures.")
        _check_content(path, chosen)
        drawn: PageDrawn = import_module(chosen.drawer).draw(path, page, width_px)
    return drawn


@contextmanager
def system_errors_named(path: Path) -> Iterator[None]:
    """Raises: DocumentVanished, DocumentUnreadable: what the system said while `path` was read."""
    try:
        yield
    except FileNotFoundError as error:
        raise DocumentVanished(str(path)) from error
    except PermissionError as error:
        raise DocumentVanished(str(path), "Carrel is not allowed to open it.") from error
    except OSError as error:
        raise DocumentUnreadable(
            str(path), f"The computer could not read it: {error.strerror or error}."
        ) from error


def _format_of(path: Path) -> _Format:
    if path.is_dir():
        raise UnsupportedFormat(str(path), "It is a folder, not a document.")
    return _chosen(path)


def _chosen(path: Path) -> _Format:
    suffix = path.suffix.lower()
    chosen = _FORMATS.get(suffix)
    if chosen is None and suffix in _OLD:
        program, new = _OLD[suffix]
        raise UnsupportedFormat(
            str(path), f"It is in the old {program} format; save it as {new}, and Carrel can read it."
        )
    if chosen is None:
        raise UnsupportedFormat(str(path))
    return chosen


def _check_file(path: Path, limits: ReadLimits) -> None:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):  # opening a pipe or a device could wait for ever
        raise UnsupportedFormat(str(path), "It is not an ordinary file.")
    if status.st_size == 0:
        raise DocumentEmpty(str(path), "It is empty.")
    if status.st_size > limits.file_bytes:
        raise DocumentTooLarge(
            str(path),
            f"It is {_megabytes(status.st_size)} large; the limit is {_megabytes(limits.file_bytes)}.",
            status.st_size,
            limits.file_bytes,
        )


def _check_content(path: Path, chosen: _Format) -> None:
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    found = content_of(head)
    # A program or a mail may name a PDF's first bytes within the first kilobyte.
    if found == "pdf" and chosen.content == "text" and not head.lstrip().startswith(b"%PDF-"):
        found = "text"
    # An OLE file may be a Word document behind a password: its reader tells the two apart.
    if found != chosen.content and not (found == "ole" and chosen.content == "zip"):
        raise UnsupportedFormat(
            str(path), f"Its name ends in “{path.suffix}”, but it is not {chosen.called}."
        )


def _megabytes(size_bytes: int) -> str:
    return f"{max(size_bytes / 1e6, 0.1):,.1f} MB"
