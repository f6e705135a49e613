"""A document's pages as they were read, fetched on a lane: the first look, page by page, and searching."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from desktop.chat.quotes import Range
from desktop.lanes import Job, Lane, once
from desktop.viewer.spot import Spot
from desktop.window.ports import Documents
from rag.errors import DocumentUnreadable
from rag.values import DocumentRow, Page

KEPT_PAGES = 60
PAGES_A_TURN = 40
"""Pages searched before other errands have their turn."""
MOST_HITS = 2000

FileState = Literal["as read", "changed", "gone", "forgotten"]


@dataclass(frozen=True, slots=True)
class Look:
    """The first look at a document: the page asked for, how many there are, and what became of the file.

    `pages` is 0 where the format has none. “forgotten”: Carrel does not keep this page any more, and the
    passage itself stands in its place.
    """

    page: Page
    pages: int
    state: FileState


def look(documents: Documents, spot: Spot) -> Look:
    """Blocks: for a lane."""
    source = spot.source
    row = next((row for row in documents.documents() if row.path == source.path), None)
    try:
        page = documents.page(source.path, source.page)
    except DocumentUnreadable:
        return Look(Page(source.page, source.text), 0, "forgotten")
    pages = row.pages if row is not None and page.number is not None else 0
    return Look(page, pages, _file_state(source.path, row))


def _file_state(path: str, row: DocumentRow | None) -> FileState:
    try:
        size_bytes = Path(path).stat().st_size
    except OSError:
        return "gone"
    return "as read" if row is None or row.size_bytes == size_bytes else "changed"


@dataclass(frozen=True, slots=True)
class Hit:
    """Characters `start:end` of a page's text; `number` is None where the format has no pages."""

    number: int | None
    start: int
    end: int


class Texts(QObject):
    """The text of one document. `arrived` brings a page, `found` says that there are more hits."""

    looked = Signal(object)
    arrived = Signal(object)
    found = Signal()
    failed = Signal(object)

    def __init__(self, documents: Documents, lane: Lane, spot: Spot, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._documents = documents
        self._lane = lane
        self._path = spot.path
        self._kept: OrderedDict[int | None, Page] = OrderedDict()
        self._asked: set[int | None] = set()
        self._numbers: Sequence[int | None] = (None,)
        self._hits: list[Hit] = []
        self._jobs: list[Job] = []
        self._search: Job | None = None
        self._words, self._searched = "", 0
        self.searching = False
        self._run(lambda: look(documents, spot), self._take_look)

    @property
    def hits(self) -> Sequence[Hit]:
        return self._hits

    def get(self, number: int | None) -> Page | None:
        return self._kept.get(number)

    def ask(self, number: int | None) -> None:
        """Fetch a page that is not there yet."""
        if number in self._kept or number in self._asked:
            return
        self._asked.add(number)
        documents, path = self._documents, self._path
        self._run(lambda: documents.page(path, number), self._take)

    def search(self, words: str) -> None:
        """Look for words in all pages, whatever their case; `found` comes with each find and at the end."""
        if self._search is not None:
            self._search.cancel()
        self._hits = []
        self.searching = bool(words)
        self._search = None
        self._words, self._searched = words, 0
        if words:
            self._search_on()
        self.found.emit()

    def close(self) -> None:
        """Fetch no more, and say nothing of what arrives yet: by then another document may be open."""
        self.blockSignals(True)
        for job in self._jobs:
            job.cancel()

    # The first look

    def _take_look(self, seen: Look) -> None:
        self._keep(seen.page)
        self._numbers = range(1, seen.pages + 1) if seen.pages else (seen.page.number,)
        self.looked.emit(seen)

    # Pages

    def _take(self, page: Page) -> None:
        self._asked.discard(page.number)
        self._keep(page)
        self.arrived.emit(page)

    def _keep(self, page: Page) -> None:
        self._kept[page.number] = page
        while len(self._kept) > KEPT_PAGES:
            self._kept.popitem(last=False)

    # Searching

    def _search_on(self) -> None:
        documents, path, words = self._documents, self._path, self._words
        turn = self._numbers[self._searched : self._searched + PAGES_A_TURN]
        self._searched += len(turn)

        def work(cancelled: Callable[[], bool]) -> Iterator[list[Hit]]:
            for number in turn:
                with suppress(DocumentUnreadable):  # a page may be gone since: the others are looked at
                    page = documents.page(path, number)
                    yield [Hit(number, start, end) for start, end in occurrences(page.text, words)]
                if cancelled():
                    return

        job = self._lane.job(work)
        job.happened.connect(self._take_hits)
        job.done.connect(self._turn_ended)
        job.failed.connect(self.failed)
        self._search = job
        self._start(job)

    def _take_hits(self, hits: list[Hit]) -> None:
        # What an earlier search found before it ended may arrive when the next has begun.
        if hits and self.sender() is self._search and len(self._hits) < MOST_HITS:
            self._hits += hits
            self.found.emit()

    def _turn_ended(self) -> None:
        if self.sender() is not self._search:
            return
        if self._searched < len(self._numbers) and len(self._hits) < MOST_HITS:
            self._search_on()
            return
        self.searching = False
        self.found.emit()

    # Jobs

    def _run(self, function: Callable[[], object], take: Callable[..., None]) -> None:
        job = self._lane.job(once(function))
        job.happened.connect(take)
        job.failed.connect(self.failed)
        self._start(job)

    def _start(self, job: Job) -> None:
        self._jobs = [other for other in self._jobs if not other.is_over]
        self._jobs.append(job)
        self._lane.start(job)


def occurrences(text: str, words: str) -> Iterator[Range]:
    """Where `words` stand in `text`: case does not matter, nor how the words are parted."""
    pattern = r"\s+".join(re.escape(word) for word in words.split())
    if pattern:
        yield from (match.span() for match in re.finditer(pattern, text, re.IGNORECASE))
