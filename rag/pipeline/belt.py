"""What the threads of a pipeline share: the documents between reading and the store."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import NoReturn

from rag.errors import DocumentUnreadable
from rag.pipeline.outcomes import Outcome
from rag.process.messages import FileRead
from rag.stores.rows import KnownDocument
from rag.values import DocumentId, FileState

READER_LOST = "Reading this file took the reader down."
# After so many files in a row the reader is at fault, not the files.
LOST_IN_A_ROW = 5
# Reading goes no further ahead than this: a quarter of a minute's work for two cores, and a megabyte of text.
# So the embedder has something to do while a page is read from a picture, which takes some seconds.
PASSAGES_AHEAD = 1024


@dataclass(slots=True, eq=False)
class Waiting:
    """A file that has been read, on its way through embedding; `vectors` grows in order of its passages."""

    document: KnownDocument
    file: FileState
    read: FileRead
    vectors: list[bytes] = field(default_factory=list)

    @property
    def left(self) -> int:
        return len(self.read.passages) - len(self.vectors)


@dataclass(frozen=True, slots=True)
class Raised:
    error: BaseException


class Belt:
    """One run's state. All fields but `outcomes` and `stop` are read and changed under `changed`."""

    def __init__(self) -> None:
        self.outcomes: SimpleQueue[Outcome | Raised | None] = SimpleQueue()
        self.stop = threading.Event()
        self.changed = threading.Condition()
        self.waiting: deque[Waiting] = deque()
        self.unkept: dict[DocumentId, FileState] = {}  # read, and not yet in the store; with their hashes
        self.reading = False
        self.embedding = False
        self.all_read = False
        self.lost_in_a_row = 0

    def end(self) -> None:
        with self.changed:
            self.stop.set()
            self.changed.notify_all()

    def kept(self, document_id: DocumentId) -> None:
        """It is in the store now, or never will be."""
        with self.changed:
            self.unkept.pop(document_id, None)
            self.changed.notify_all()

    @contextmanager
    def at_reading(self) -> Iterator[None]:
        with self.changed:
            self.reading = True
        try:
            yield
        finally:
            with self.changed:
                self.reading = False
                self.changed.notify_all()

    def wait_for_room(self) -> None:
        with self.changed:
            self.changed.wait_for(
                lambda: sum(item.left for item in self.waiting) < PASSAGES_AHEAD or self.stop.is_set()
            )

    @property
    def idle(self) -> bool:
        """Whether nothing is embedded or waits for it."""
        return not self.embedding and not self.waiting

    def wait_until_idle(self) -> None:
        with self.changed:
            self.changed.wait_for(lambda: self.idle or self.stop.is_set())

    def answered(self) -> None:
        """The reader is well."""
        with self.changed:
            self.lost_in_a_row = 0

    def blame(self, path: str, error: Exception) -> NoReturn:
        """The reader died of this file alone, unless it dies of every file.

        Raises:
            DocumentUnreadable, or `error` after several files in a row.
        """
        with self.changed:
            self.lost_in_a_row += 1
            hopeless = self.lost_in_a_row >= LOST_IN_A_ROW
        if hopeless:
            raise error
        raise DocumentUnreadable(path, READER_LOST) from error
