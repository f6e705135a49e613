"""The bytes of a mail, taken apart. Everything in them may be wrong, and nothing in them costs much.

Not with the parser of Python's `email`: it asks every line of every part about every boundary around it
(minutes for ten megabytes in 400 nested parts), recurses until Python stops it, and raises what it likes.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message as Parameters
from email.parser import HeaderParser
from email.utils import collapse_rfc2231_value, parsedate_to_datetime
from pathlib import Path

from rag.errors import DocumentUnreadable
from rag.formats.cleaning import collapse
from rag.formats.encoding import decode
from rag.formats.messages import Attachment, Message, add_message
from rag.formats.parts import Parts

_MOST_HEADER_BYTES = 1 << 18
_DEEPEST = 40  # multiparts in one another; mailing lists and forwards come to ten
_MOST_LEAVES = 2000
_BLANK_LINE = re.compile(rb"\r?\n\r?\n|\A\r?\n")
_FIELD = re.compile(r"([!-9;-~]{1,100})[ \t]{0,10}:(.*)")  # bounded, and only tried where a line begins
_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?\n]*)\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?[^?\s]{1,60}\?[bBqQ]\?)")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
# Where a multipart does not say its boundary, or another than it has: a line before headers of a part.
_ANY_BOUNDARY = re.compile(rb"^--([^\s-][^\r\n]{0,69}|-[^\r\n]{1,69}?)[ \t]*\r?\nContent-", re.M | re.I)
_AFTER_BOUNDARY = re.compile(rb"(--)?[ \t]*(?:\r?\n|\Z)")
_QUOTED = re.compile(r">*")
_TOO_DEEP = "Its parts are nested too deeply; the innermost were left out."


@dataclass(frozen=True, slots=True)
class Entity:
    """A part as it stands there: its header fields by lower-case name (the first of each), and its body."""

    fields: dict[str, str]
    body: bytes
    parameters: Parameters

    @property
    def content_type(self) -> str:
        return self.parameters.get_content_type()

    @property
    def main_type(self) -> str:
        return self.content_type.partition("/")[0]

    @property
    def is_attached(self) -> bool:
        return _disposition(self) == "attachment"

    def parameter(self, name: str, header: str = "content-type") -> str:
        """Of a field that says how to read the part; empty where it is missing or past understanding."""
        try:
            value = self.parameters.get_param(name, "", header)
            return collapse_rfc2231_value(value) if value else ""
        except (ValueError, LookupError, TypeError, AttributeError):  # seen with broken continuations
            return ""

    @property
    def name(self) -> str:
        name = self.parameter("filename", "content-disposition") or self.parameter("name")
        return collapse(decoded_words(name))

    def content(self) -> bytes:
        """The body without its transfer encoding; what is broken in that is skipped."""
        encoding = self.fields.get("content-transfer-encoding", "").strip().lower()
        if encoding == "base64":
            return _from_base64(self.body)
        if encoding == "quoted-printable":
            return binascii.a2b_qp(self.body)
        return self.body


def is_message(data: bytes) -> bool:
    """Whether this begins as a mail does: with fields that every mail has one of."""
    return (
        not _header_fields(data[:_MOST_HEADER_BYTES])
        .keys()
        .isdisjoint(
            (
                "from",
                "to",
                "subject",
                "date",
                "received",
                "message-id",
                "mime-version",
                "return-path",
                "sender",
            )
        )
    )


def add_mail(data: bytes, path: Path, parts: Parts) -> str:
    """Add a mail and what is attached to it; returns its subject. `path` is named in errors.

    Raises:
        DocumentUnreadable: it lies too deep in other mails.
    """
    message = parse(data, path)
    add_message(message, path, parts)
    return message.subject


def parse(data: bytes, path: Path) -> Message:
    """The message that `data` holds: its fields, what was written in it, and what is attached."""
    entity = entity_of(data)
    body = _Body(path)
    body.take(entity)
    return Message(
        sender=field_text(entity, "from") or field_text(entity, "sender"),
        to=field_text(entity, "to"),
        cc=field_text(entity, "cc"),
        subject=field_text(entity, "subject"),
        date=date_of(entity.fields.get("date", "")),
        text="\n\n".join(body.texts),
        html=body.html,
        charset=body.charset,
        attachments=tuple(body.attachments),
        warnings=tuple(body.warnings),
    )


def entity_of(data: bytes) -> Entity:
    """Header and body apart. Without a blank line between them everything is header."""
    blank = _BLANK_LINE.search(data, 0, _MOST_HEADER_BYTES)
    header, body = (data[: blank.start()], data[blank.end() :]) if blank else (data, b"")
    if not blank and len(data) > _MOST_HEADER_BYTES:
        header, body = b"", data
    fields = _header_fields(header)
    said = "".join(f"{name}: {fields[name]}\n" for name in fields if name.startswith("content-"))
    return Entity(fields, body, HeaderParser().parsestr(said.encode("ascii", "replace").decode("ascii")))


def field_text(entity: Entity, name: str) -> str:
    return collapse(decoded_words(entity.fields.get(name, "")))


def decoded_words(text: str) -> str:
    """A header field with its encoded words (“=?utf-8?q?Gr=C3=BC=C3=9Fe?=”) as text.

    Neighbours in one encoding are joined before they are decoded: some programs part a letter's bytes.
    Source: RFC 2047.
    """
    text = _BETWEEN_WORDS.sub(r"\1", text)
    parts: list[str] = []
    position, waiting, charset = 0, b"", ""
    for match in _ENCODED_WORD.finditer(text):
        named = match.group(1).partition("*")[0].lower()
        if waiting and (match.start() != position or named != charset):
            parts.append(_words(waiting, charset))
            waiting = b""
        parts.append(text[position : match.start()])
        waiting += _word_bytes(match.group(2).lower(), match.group(3))
        position, charset = match.end(), named
    return "".join((*parts, _words(waiting, charset), text[position:]))


def date_of(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):  # all of them seen in real mail
        return None


@dataclass(slots=True)
class _Body:
    """Sorts the leaves of a mail: what was written, what is attached, what is only decoration."""

    path: Path
    texts: list[str] = field(default_factory=list)
    html: bytes = b""
    charset: str | None = None
    attachments: list[Attachment] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    leaves: int = 0

    def take(self, entity: Entity, depth: int = 0, *, related: bool = False) -> None:
        if entity.main_type == "multipart" and not entity.is_attached:
            self._take_all(entity, depth)
            return
        self.leaves += 1
        if self.leaves > _MOST_LEAVES:
            return
        if entity.is_attached or (entity.name and not _is_written(entity)):
            self._attach(entity, related)
        elif entity.content_type == "text/plain":
            self.texts.append(self._plain(entity))
        elif entity.content_type == "text/html":
            self._take_html(entity)
        elif not related:
            self._attach(entity, related)

    def _take_all(self, entity: Entity, depth: int) -> None:
        children = _children(entity)
        if depth >= _DEEPEST:
            self.warnings = [_TOO_DEEP]
        elif children is None:  # no boundary in it: it is one text, whatever it says
            self.texts.append(self._plain(entity))
        elif entity.content_type == "multipart/encrypted":
            self.warnings.append("The text of the message is encrypted.")
        else:
            related = entity.content_type == "multipart/related"
            for child in children:
                self.take(child, depth + 1, related=related)

    def _take_html(self, entity: Entity) -> None:
        """The first one; it stands beside the text (an alternative), or is all there is."""
        if self.html:
            return
        self.html = entity.content()
        self.charset = entity.parameter("charset") or None

    def _plain(self, entity: Entity) -> str:
        try:
            text = decode(entity.content(), self.path, entity.parameter("charset") or None)
        except DocumentUnreadable:
            self.warnings.append("A part of the message is not text, though it says so.")
            return ""
        if entity.parameter("format").lower() == "flowed":
            return _unwrapped(text, delete_space=entity.parameter("delsp").lower() == "yes")
        return text

    def _attach(self, entity: Entity, related: bool) -> None:
        if related and not entity.is_attached and entity.main_type not in ("text", "application", "message"):
            return  # a logo or a background that the HTML shows
        if entity.content_type == "message/rfc822":
            self.attachments.append(_forwarded(entity, self.path))
        elif entity.content_type in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
            self.warnings.append("The text of the message is encrypted or sealed.")
        else:
            self.attachments.append(Attachment(entity.name, entity.content_type, entity.content))


def _forwarded(entity: Entity, path: Path) -> Attachment:
    data = entity.content()
    name = entity.name or field_text(entity_of(data), "subject") or "a message"

    def add(parts: Parts) -> None:
        add_mail(data, path, parts)

    return Attachment(name, entity.content_type, message=add)


def _is_written(entity: Entity) -> bool:
    """Some programs give the text of the message itself a name, and lay it in line."""
    return entity.content_type in ("text/plain", "text/html") and _disposition(entity) == "inline"


def _disposition(entity: Entity) -> str:
    return entity.fields.get("content-disposition", "").partition(";")[0].strip().lower()


def _children(entity: Entity) -> list[Entity] | None:
    """The parts between the boundaries; None where there is no boundary."""
    boundary = entity.parameter("boundary").encode("ascii", "replace")
    marks = list(_marks(entity.body, boundary)) if boundary else []
    if not marks:
        guessed = _ANY_BOUNDARY.search(entity.body)
        if guessed is None:
            return None
        marks = list(_marks(entity.body, guessed.group(1)))
    found: list[Entity] = []
    for (_, start, closes), (end, _, _) in zip(marks, [*marks[1:], (len(entity.body), 0, True)], strict=True):
        if closes:
            break
        found.append(entity_of(entity.body[start:end]))
    return found


def _marks(body: bytes, boundary: bytes) -> Iterator[tuple[int, int, bool]]:
    """The lines that part the body: where each begins and ends, and whether it is the last.

    Looked for as plain bytes: an expression that begins with a line break takes ten times as long.
    """
    line = b"--" + boundary
    place, found = body.find(line), 0
    while place >= 0 and found < _MOST_LEAVES:
        rest = _AFTER_BOUNDARY.match(body, place + len(line))
        if rest is not None and body[place - 1 : place] in (b"\n", b""):
            found += 1
            yield place - _line_break_before(body, place), rest.end(), rest.group(1) is not None
        place = body.find(line, place + len(line))


def _line_break_before(body: bytes, place: int) -> int:
    """Its length: it belongs to the boundary, not to what stands before it."""
    if body[max(place - 2, 0) : place] == b"\r\n":
        return 2
    return 1 if place else 0


def _header_fields(header: bytes) -> dict[str, str]:
    fields: dict[str, str] = {}
    text = _header_text(header).replace("\r\n", "\n").replace("\r", "\n")
    name, value = "", [""]
    for line in [*text.split("\n"), ""]:
        if name and line.startswith((" ", "\t")):
            value.append(line)
            continue
        if name:
            fields.setdefault(name, "".join(value).strip())
        match = _FIELD.match(line)
        name, value = (match.group(1).lower(), [match.group(2)]) if match else ("", [""])
    return fields


def _header_text(header: bytes) -> str:
    """Header fields should be ASCII; what is not is UTF-8, or in older mail mostly Western European."""
    try:
        return header.decode()
    except UnicodeDecodeError:
        return header.decode("cp1252", "replace")


def _word_bytes(kind: str, text: str) -> bytes:
    data = text.encode("ascii", "replace")
    return _from_base64(data) if kind == "b" else binascii.a2b_qp(data, header=True)


def _words(data: bytes, charset: str) -> str:
    if not data:
        return ""
    try:
        return decode(data, Path("header"), charset)
    except DocumentUnreadable:
        return ""


def _from_base64(data: bytes) -> bytes:
    """Lenient: what does not belong is skipped, what is missing at the end is taken for cut off."""
    digits = _NOT_BASE64.sub(b"", data)
    return binascii.a2b_base64(digits[: len(digits) & ~3] + _padded(digits[len(digits) & ~3 :]))


def _padded(rest: bytes) -> bytes:
    return rest + b"=" * (4 - len(rest)) if len(rest) > 1 else b""


def _unwrapped(text: str, *, delete_space: bool) -> str:
    """Text in the format “flowed”: a line that ends in a space goes on in the next. Source: RFC 3676."""
    lines: list[str] = []
    quoted_before, goes_on = "", False
    for line in text.split("\n"):
        quoted = _QUOTED.match(line)
        marks = quoted.group() if quoted else ""
        content = line[len(marks) :].removeprefix(" ") if marks or line.startswith(" ") else line
        if goes_on and marks == quoted_before:
            lines[-1] += content
        else:
            lines.append(f"{marks} {content}" if marks else content)
        goes_on = content.endswith(" ") and content != "-- "
        if goes_on and delete_space:
            lines[-1] = lines[-1][:-1]
        quoted_before = marks
    return "\n".join(lines)
