"""A message as it is shown: a short head, what was written, then what was attached."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rag.errors import DocumentUnreadable
from rag.formats import supported
from rag.formats.building import PageBuilder, TextBudget
from rag.formats.cleaning import clean, collapse
from rag.formats.html import add_html
from rag.formats.parts import Parts
from rag.formats.text import blocks

_LONGEST_LINE = 1000  # of the head: some mails go to thousands
# A text as short as this often says only that one has to open the mail in a browser.
_SHORT_TEXT = 300
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
# What mail programs add for each other: signatures, invitations' status, Outlook's own wrapping.
_MACHINES_ONLY = (
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
    "application/pgp-signature",
    "application/pgp-encrypted",
    "message/delivery-status",
    "message/disposition-notification",
)
_OFFICE = "application/vnd.openxmlformats-officedocument."
_SUFFIXES = {  # for attachments whose name has lost its ending
    "application/pdf": ".pdf",
    "application/msword": ".doc",
    f"{_OFFICE}wordprocessingml.document": ".docx",
    f"{_OFFICE}spreadsheetml.sheet": ".xlsx",
    f"{_OFFICE}presentationml.presentation": ".pptx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/vnd.oasis.opendocument.presentation": ".odp",
    "application/epub+zip": ".epub",
    "application/json": ".json",
    "application/rtf": ".rtf",
    "application/xml": ".xml",
    "application/zip": ".zip",
    "application/x-zip-compressed": ".zip",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/tiff": ".tif",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "text/rtf": ".rtf",
    "text/vcard": ".vcf",
    "text/xml": ".xml",
}


@dataclass(frozen=True, slots=True)
class Attachment:
    """`content` gives its bytes when it is read; `message` adds it instead where it is a message itself."""

    name: str
    content_type: str = ""
    content: Callable[[], bytes] = bytes
    message: Callable[[Parts], None] | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """`text` and `html` are what was written, in one form or both; `charset` is that of `html`."""

    sender: str = ""
    to: str = ""
    cc: str = ""
    subject: str = ""
    date: datetime | None = None
    text: str = ""
    html: bytes = b""
    charset: str | None = None
    attachments: tuple[Attachment, ...] = ()
    warnings: tuple[str, ...] = ()


def add_message(message: Message, path: Path, parts: Parts) -> None:
    """Its page, then the pages of its attachments; `path` is named in errors."""
    builder = PageBuilder(TextBudget(path, parts.limits.text_characters))
    builder.add("paragraph", head(message))
    try:
        _add_body(builder, message, path)
    except DocumentUnreadable as error:
        parts.warn(f"The text of the message: {error.reason}")
    parts.add_pages([builder.build(None)])
    for sentence in message.warnings:
        parts.warn(sentence)
    for attachment in message.attachments:
        if attachment.content_type not in _MACHINES_ONLY:
            _add_attachment(attachment, parts)


def head(message: Message) -> str:
    """Who wrote to whom, when and about what, on a line each."""
    lines = {
        "From": message.sender,
        "To": message.to,
        "Cc": message.cc,
        "Date": date_in_words(message.date),
        "Subject": message.subject,
        "Attachments": ", ".join(
            attachment.name
            for attachment in message.attachments
            if attachment.name and attachment.content_type not in _MACHINES_ONLY
        ),
    }
    return "\n".join(f"{name}: {_shortened(value)}" for name, value in lines.items() if value.strip())


def date_in_words(date: datetime | None) -> str:
    """As “16 July 2008, 09:24 (UTC+03:00)”; the month as a word, because that is what people search for."""
    if date is None:
        return ""
    zone = f" ({date.tzname()})" if date.tzinfo else ""
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}, {date:%H:%M}{zone}"


def _shortened(text: str) -> str:
    text = collapse(text)
    return text if len(text) <= _LONGEST_LINE else f"{text[:_LONGEST_LINE].rstrip()} …"


def _add_body(builder: PageBuilder, message: Message, path: Path) -> None:
    text = clean(message.text).strip()
    if message.html and len(text) < _SHORT_TEXT:
        written = PageBuilder(TextBudget(path, 1 << 62))
        add_html(written, message.html, path, message.charset)
        if len(written.build(None).text) > 2 * len(text):
            add_html(builder, message.html, path, message.charset)
            return
    for block in blocks(text):
        builder.add(block.kind, text[block.start : block.end], block.level)


def _add_attachment(attachment: Attachment, parts: Parts) -> None:
    name = f"Attachment: {attachment.name or 'without a name'}"
    if attachment.message is not None:
        parts.add(name, attachment.message)
    else:
        parts.add_file(name, _content(attachment), _suffix(attachment))


def _content(attachment: Attachment) -> Iterator[bytes]:
    yield attachment.content()


def _suffix(attachment: Attachment) -> str:
    """The ending of its name, or, where Carrel does not read that, the usual one of its type."""
    suffix = Path(attachment.name).suffix.lower()
    if supported(Path(f"a{suffix}")):
        return suffix
    return _SUFFIXES.get(attachment.content_type, suffix)
