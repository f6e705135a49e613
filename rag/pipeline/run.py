"""A run of the pipeline, from the documents that wait to what became of each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from queue import Empty
from typing import TYPE_CHECKING

from rag.pipeline.belt import Belt, Raised
from rag.pipeline.embedding import EmbeddingThread
from rag.pipeline.outcomes import Outcome
from rag.pipeline.reading import ReadingThread
from rag.store import Store
from rag.stores.rows import KnownDocument
from rag.values import DocumentId

if TYPE_CHECKING:  # rag.ports brings numpy, which the app process does without
    from rag.ports import Worker

POLL_S = 0.05


class Pipeline:
    """Reads and embeds documents on two threads of its own; for one run.

    Whoever runs it keeps the results, so that a slow disk holds up neither.
    """

    def __init__(self, store: Store, reader: Worker, lost: tuple[type[Exception], ...]) -> None:
        """`lost` are the host's errors for a reader that died or hung."""
        self._belt = Belt()
        self._reading = ReadingThread(self._belt, store, reader, lost)
        self._embedding = EmbeddingThread(self._belt, reader, lost)

    def run(self, documents: Sequence[KnownDocument], cancelled: Callable[[], bool]) -> Iterator[Outcome]:
        """What becomes of each document. Cancelled, it ends; what was under way has no last outcome.

        `kept` is to be called for each document that was Embedded.

        Raises:
            EmbedderMissing, LibraryError; one of `lost` after several files in a row.
        """
        threads = [
            self._thread("indexing: read", lambda: self._reading.run(documents)),
            self._thread("indexing: embed", self._embed),
        ]
        try:
            while (outcome := self._next(cancelled)) is not None:
                if isinstance(outcome, Raised):
                    raise outcome.error
                yield outcome
        finally:
            self._belt.end()
            for thread in threads:
                thread.join()

    def kept(self, document_id: DocumentId) -> None:
        """It is in the store now: a file of the same content can be copied from it."""
        self._belt.kept(document_id)

    def _embed(self) -> None:
        self._embedding.run()
        self._belt.outcomes.put(None)  # it is the last to have anything to say

    def _next(self, cancelled: Callable[[], bool]) -> Outcome | Raised | None:
        while True:
            if not self._belt.stop.is_set() and cancelled():
                self._belt.end()
            try:
                return self._belt.outcomes.get(timeout=POLL_S)
            except Empty:
                continue

    def _thread(self, name: str, work: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except BaseException as error:  # a thread's boundary: it travels to who runs the pipeline
                self._belt.outcomes.put(Raised(error))
                self._belt.end()

        thread = threading.Thread(target=run, name=name, daemon=True)
        thread.start()
        return thread
