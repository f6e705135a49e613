"""What an indexing job says while it runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FilesFound:
    """First event of a job: so many files will be looked at."""

    total: int


@dataclass(frozen=True, slots=True)
class FileStarted:
    path: str
    name: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class FileProgress:
    """Progress inside a file: `what` is “reading” (pages) or “embedding” (passages).

    While one file is embedded the next is read, so two files can be under way.
    """

    path: str
    what: str
    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class JobProgress:
    """How far the whole job is, at most twice a second.

    `passages` were embedded so far; `seconds_left` is None until a rate can be told. Bytes are those of
    the files; where none are read, there are none.
    """

    done_bytes: int
    total_bytes: int
    passages: int
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class FileDone:
    """The file can be asked about. `unchanged`: it holds what it held before and was not read again."""

    path: str
    passages: int
    unchanged: bool
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class FileFailed:
    path: str
    reason: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class IndexDone:
    """Last event of a job. `ready` counts the files read now, or copied from one of the same content,
    `removed` those deleted since last time; moved ones are `unchanged`.

    When it was `stopped` before the end, the rest stays waiting.
    """

    ready: int
    failed: int
    unchanged: int
    removed: int = 0
    stopped: bool = False


IndexEvent = FilesFound | FileStarted | FileProgress | JobProgress | FileDone | FileFailed | IndexDone


@dataclass(slots=True)
class Tally:
    """What became of the files so far; makes the events that say so."""

    total: int
    ready: int = 0
    failures: int = 0
    unchanged: int = 0
    unchanged_unsaid: int = 0
    removed: int = 0

    @property
    def count(self) -> int:
        return self.ready + self.failures + self.unchanged

    def done(self, path: str, passages: int, *, unchanged: bool = False) -> FileDone:
        if unchanged:
            self.unchanged += 1
        else:
            self.ready += 1
        return FileDone(path, passages, unchanged, self.count, self.total)

    def failed(self, path: str, reason: str) -> FileFailed:
        self.failures += 1
        return FileFailed(path, reason, self.count, self.total)

    def end(self, *, stopped: bool) -> IndexDone:
        unchanged = self.unchanged + self.unchanged_unsaid
        return IndexDone(self.ready, self.failures, unchanged, self.removed, stopped)
