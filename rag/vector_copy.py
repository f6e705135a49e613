"""Keeps the reader's vector index, a copy, in step with library.db, the truth."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from rag.errors import RagError
from rag.process.messages import Sync
from rag.values import DocumentId

if TYPE_CHECKING:  # rag.ports brings numpy, which the app process does without
    from rag.ports import Worker

EVERY_S = 2.0
TIMEOUT_S = 120.0

log = logging.getLogger(__name__)


class VectorCopy:
    """Tells the reader process which documents changed, so that its vector index follows library.db.

    Sent in batches. A failed message fails no file: what it said is kept and sent with the next, and
    the reader compares its copy with library.db whenever it starts.
    """

    def __init__(
        self, reader: Worker, lost: tuple[type[Exception], ...], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._reader = reader
        self._expected: tuple[type[Exception], ...] = (RagError, *lost)
        self._clock = clock
        self._sent = clock()
        self._added: set[DocumentId] = set()
        self._removed: set[DocumentId] = set()

    def change(self, *, added: Iterable[DocumentId] = (), removed: Iterable[DocumentId] = ()) -> None:
        removed = set(removed)
        self._removed |= removed
        self._added = (self._added - removed) | set(added)

    def send_if_due(self) -> None:
        if self._clock() - self._sent >= EVERY_S:
            self.send()

    def send(self) -> None:
        self._sent = self._clock()
        if not self._added and not self._removed:
            return
        self._tell()

    def send_all_is_embedded(self) -> None:
        """Tell the reader to look, though no document changed: an embedder's vectors are complete now."""
        self._tell()

    def _tell(self) -> None:
        message = Sync(tuple(sorted(self._added)), tuple(sorted(self._removed)))
        try:
            for _ in self._reader.call(message, timeout_s=TIMEOUT_S):
                pass
        except self._expected as error:
            log.warning("the vector index will follow later: %s", error)
            return
        self._added.clear()
        self._removed.clear()
