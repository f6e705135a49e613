"""Files that hold others (mail, mailboxes, archives) become one document, their pages numbered through.

Each part begins with a heading that names it, and has the headings inside it a level lower. A part that
cannot be read becomes a warning beside the others. What all parts may cost together is counted here,
however deep they lie in one another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from rag.errors import (
    DocumentEmpty,
    DocumentProtected,
    DocumentTooLarge,
    DocumentUnreadable,
)
from rag.formats.building import title_for
from rag.formats.cleaning import collapse
from rag.formats.registry import Progress, reader_of, system_errors_named
from rag.settings import ReadLimits
from rag.values import Block, Page, ReadDocument

_DEEPEST_HEADING = 6
_LONGEST_NAME = 200
_MOST_WARNINGS = 50  # a person reads the first few
# One part lies on the disk while it is read, and many systems keep temporary files in memory.
_LARGEST_PART_BYTES = 512 << 20

Fill = Callable[[Path, "Parts"], str | None]
"""Adds the parts of the file at a path; returns the title it gives itself."""


def read_container(path: Path, limits: ReadLimits, progress: Progress, fill: Fill) -> ReadDocument:
    """All parts as one document. Where a limit is reached, what was read so far, and a warning.

    Raises:
        DocumentUnreadable: or a subclass: there is nothing in it that can be read.
    """
    title = None
    with TemporaryDirectory(prefix="carrel-", ignore_cleanup_errors=True) as folder:
        gathered = _Gathered(limits, progress, Path(folder))
        try:
            gathered.tick()
            title = fill(path, Parts(gathered))
        except _EnoughError as enough:
            gathered.end = enough.reason
    if not gathered.pages:
        raise _nothing(path, gathered)
    return ReadDocument(title_for(path, title), tuple(gathered.pages), gathered.all_warnings())


class _EnoughError(Exception):
    """A limit on all parts together is reached: no further part is read."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class _Gathered:
    """What all parts of one file gave and cost, those inside other parts too."""

    limits: ReadLimits
    progress: Progress
    folder: Path
    pages: list[Page] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    refused: int = 0
    protected: int = 0
    unlisted: int = 0
    passed_over: int = 0
    parts: int = 0
    characters: int = 0
    unpacked_bytes: int = 0
    end: str = ""

    def tick(self) -> None:
        """Say how far it is; the moment at which cancelling and the limit on time act."""
        self._report(len(self.pages), None)

    def part_progress(self, _done: int, _total: int | None) -> None:
        """For the reader of a part: the numbers it reports are of that part, not of the whole."""
        self.tick()

    def count_part(self) -> None:
        self.parts += 1
        if self.parts > self.limits.parts:
            raise _EnoughError(f"Only its first {self.limits.parts:,} parts were read.")
        self.tick()

    def add_page(self, page: Page) -> None:
        self.characters += len(page.text)
        if self.characters > self.limits.text_characters:
            most = f"{self.limits.text_characters:,}"
            raise _EnoughError(f"It holds more than {most} characters of text; the rest was left out.")
        if len(self.pages) >= self.limits.pages:
            raise _EnoughError(f"Only its first {self.limits.pages:,} pages were read.")
        # Boxes are left out: they belong to a picture of the part, and parts are not drawn.
        self.pages.append(Page(len(self.pages) + 1, page.text, page.blocks))

    def unpack(self, content: Iterable[bytes], suffix: str) -> Path:
        """A file of its own for a part; whoever reads it deletes it."""
        path = self.folder / f"{self.parts}{suffix}"
        size_bytes = 0
        with path.open("xb") as file:
            for chunk in content:
                size_bytes += len(chunk)
                self._spend_bytes(len(chunk), size_bytes, path)
                file.write(chunk)
        return path

    def _spend_bytes(self, chunk_bytes: int, size_bytes: int, path: Path) -> None:
        self.unpacked_bytes += chunk_bytes
        if self.unpacked_bytes > self.limits.unpacked_bytes:
            raise _EnoughError("It unpacks to far more than it seems to hold; the rest was left out.")
        if size_bytes > _LARGEST_PART_BYTES:
            raise DocumentTooLarge(
                str(path), "It is too large for a file inside another.", size_bytes, _LARGEST_PART_BYTES
            )
        self.tick()

    def refuse(self, name: str, error: DocumentUnreadable) -> None:
        # The error itself is let go: its traceback holds whatever the reader had in hand.
        self.refused += 1
        self.protected += isinstance(error, DocumentProtected)
        self.warn(f"{name}: {error.reason}" if name else error.reason)

    def warn(self, sentence: str) -> None:
        if len(self.warnings) < _MOST_WARNINGS:
            self.warnings.append(sentence)
        else:
            self.unlisted += 1

    def all_warnings(self) -> tuple[str, ...]:
        more = f"{self.unlisted:,} more parts could not be read." if self.unlisted else ""
        others = f"{self.passed_over:,} files of other kinds were left out." if self.passed_over else ""
        return tuple(filter(None, (*self.warnings, more, others, self.end)))

    def _report(self, done: int, total: int | None) -> None:
        try:
            self.progress(done, total)
        except DocumentUnreadable as error:  # out of time
            raise _EnoughError(f"{error.reason} The rest was left out.") from error


class Parts:
    """A file that holds others, while it is being read: takes its own pages and its parts, in order."""

    def __init__(self, gathered: _Gathered, name: str = "", level: int = 0, depth: int = 0) -> None:
        """`name` and `level` are of the heading that this file has as part of another; 0: it is none."""
        self._gathered = gathered
        self._name = name
        self._level = level
        self._depth = depth
        self._has_pages = False

    @property
    def limits(self) -> ReadLimits:
        return self._gathered.limits

    def tick(self) -> None:
        """To be called often, by whoever works for longer than a moment without adding anything."""
        self._gathered.tick()

    def warn(self, sentence: str) -> None:
        self._gathered.warn(f"{self._name}: {sentence}" if self._name else sentence)

    def pass_over(self) -> None:
        """Count a file of a kind that nobody expects to be read."""
        self._gathered.passed_over += 1

    def add_pages(self, pages: Sequence[Page]) -> None:
        """This file's own text; parts added afterwards are headed one level lower."""
        for page in pages:
            if not page.text.strip():
                continue
            heading = "" if self._has_pages else self._name
            self._gathered.add_page(_placed(page, heading, self._level))
            self._has_pages = True

    def add(self, name: str, fill: Callable[[Parts], None]) -> None:
        """A part of this name, added by `fill`. What stops it becomes a warning."""
        self._gathered.count_part()
        part = self._inner(collapse(name)[:_LONGEST_NAME] or "Without a name")
        try:
            if part._depth > self.limits.nesting:
                raise DocumentUnreadable(name, "It lies too deep inside other files.")
            fill(part)
        except DocumentUnreadable as error:
            self._gathered.refuse(part._name, error)

    def add_file(self, name: str, content: Iterable[bytes], suffix: str | None = None) -> None:
        """A part that is a file, read by the reader for its ending, or for `suffix` (“.pdf”)."""
        ending = Path(name).suffix.lower() if suffix is None else suffix
        self.add(name, lambda part: part._read(content, ending))

    def _read(self, content: Iterable[bytes], suffix: str) -> None:
        # “x.txt:y” and the like are names that some systems cannot have.
        safe = suffix if suffix[1:].isalnum() and suffix.isascii() else ""
        path = self._gathered.unpack(content, safe)
        try:
            with system_errors_named(path):
                self._read_unpacked(path)
        finally:
            with suppress(OSError):  # Windows, where a parser has it open still: it goes with the folder
                path.unlink()

    def _read_unpacked(self, path: Path) -> None:
        reader = reader_of(path, self.limits)
        if hasattr(reader, "fill"):
            reader.fill(path, self)
            return
        document: ReadDocument = reader.read(path, self.limits, self._gathered.part_progress)
        if not any(page.text.strip() for page in document.pages):
            raise DocumentEmpty(str(path))
        self.add_pages(document.pages)
        for sentence in document.warnings:
            self.warn(sentence)

    def _inner(self, name: str) -> Parts:
        """A file without text of its own (an archive) has no heading: its parts carry its name."""
        if self._name and not self._has_pages:
            return Parts(self._gathered, f"{self._name}/{name}", self._level, self._depth + 1)
        return Parts(self._gathered, name, self._level + 1, self._depth + 1)


def _placed(page: Page, heading: str, level: int) -> Page:
    """The page under its part's heading, with its own headings below that."""
    blocks = page.blocks or (Block("paragraph", 0, len(page.text)),)
    lead = f"{heading}\n\n" if heading else ""
    moved = [
        replace(
            block,
            start=block.start + len(lead),
            end=block.end + len(lead),
            level=min(block.level + level, _DEEPEST_HEADING) if block.level else 0,
        )
        for block in blocks
    ]
    if heading:
        moved.insert(0, Block("heading", 0, len(heading), min(level, _DEEPEST_HEADING)))
    return Page(None, lead + page.text, tuple(moved))


def _nothing(path: Path, gathered: _Gathered) -> DocumentUnreadable:
    """Why a file whose parts gave no text cannot be read."""
    if 0 < gathered.refused == gathered.protected:
        return DocumentProtected(str(path))
    if gathered.refused:
        return DocumentUnreadable(str(path), f"Nothing in it can be read. {gathered.warnings[0]}")
    if gathered.end:
        return DocumentUnreadable(str(path), gathered.end)
    return DocumentEmpty(str(path), "There is no file in it that Carrel can read.")
