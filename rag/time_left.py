"""How far a job is, and how long it will still take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

from rag.events import JobProgress
from rag.values import FileState

EVERY_S = 0.5
# A rate needs some seconds, and some passages, before it means anything.
SOON_S = 5.0
FEW_PASSAGES = 20
# Bytes of a file for each passage that it gives, where nothing else is known: roughly what most of 75 files
# of many kinds gave. A photograph has a hundred times as many as plain text.
PLAIN_TEXT_BYTES = 600
USUAL_BYTES = {
    **dict.fromkeys(("docx", "odt", "epub"), 1_000),
    **dict.fromkeys(("eml", "htm", "html", "msg", "ods", "pdf", "xlsx", "zip"), 4_000),
    **dict.fromkeys(("bmp", "jpeg", "jpg", "odp", "png", "pptx", "tif", "tiff", "webp"), 25_000),
}
# So much of a kind counts as read beforehand, with what it usually gives: else the first file, a dense book
# or a picture on a single page, would speak for all that come.
BEFOREHAND_BYTES = 1_000_000


class TimeLeft:
    """Reckons in passages, because embedding is what takes the time: so many a second, so many to come.

    How many a file will give is told by what others of its kind gave for their size: in this job, and
    before it or usually.
    """

    def __init__(
        self,
        files: Iterable[FileState],
        passages_per_byte: Mapping[str, float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`passages_per_byte` by kind, from files read before this job."""
        self._known = dict(passages_per_byte)
        self._clock = clock
        self._began = clock()
        self._last = self._began
        self._waiting_bytes: dict[str, int] = {}
        for file in files:
            self._waiting_bytes[file.kind] = self._waiting_bytes.get(file.kind, 0) + file.size_bytes
        self._total_bytes = sum(self._waiting_bytes.values())
        self._read: dict[str, tuple[int, int]] = {}  # kind → passages, bytes
        self._passages = 0
        self._embedded = 0

    @classmethod
    def of_passages(cls, passages: int) -> TimeLeft:
        """Of a job that reads nothing and embeds what is stored."""
        time_left = cls((), {})
        time_left._passages = passages
        return time_left

    def read(self, file: FileState, passages: int) -> None:
        """A file has been read and gave so many passages, which are yet to be embedded."""
        self._done_with(file)
        before = self._read.get(file.kind, (0, 0))
        self._read[file.kind] = (before[0] + passages, before[1] + file.size_bytes)
        self._passages += passages

    def skip(self, file: FileState) -> None:
        """A file needs no embedding: it failed, or was not read."""
        self._done_with(file)

    def embedded(self, passages: int) -> None:
        self._embedded += passages

    def due(self) -> JobProgress | None:
        """The progress, where it is time to tell it again."""
        now = self._clock()
        if now - self._last < EVERY_S:
            return None
        self._last = now
        done_bytes = self._total_bytes - sum(self._waiting_bytes.values())
        return JobProgress(done_bytes, self._total_bytes, self._embedded, self._seconds_left(now))

    def _done_with(self, file: FileState) -> None:
        waiting = self._waiting_bytes.get(file.kind, 0)
        self._waiting_bytes[file.kind] = max(0, waiting - file.size_bytes)

    def _seconds_left(self, now: float) -> float | None:
        passed = now - self._began
        if passed < SOON_S or self._embedded < FEW_PASSAGES:
            return None
        to_come = sum(self._ratio(kind) * size for kind, size in self._waiting_bytes.items())
        return (self._passages - self._embedded + to_come) * passed / self._embedded

    def _ratio(self, kind: str) -> float:
        passages, size_bytes = self._read.get(kind, (0, 0))
        before = self._known.get(kind, 1 / USUAL_BYTES.get(kind, PLAIN_TEXT_BYTES))
        return (passages + before * BEFOREHAND_BYTES) / (size_bytes + BEFOREHAND_BYTES)
