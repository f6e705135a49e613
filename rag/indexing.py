"""The indexing job: files and folders in, a library that answers out. It can be killed at any moment.

Files are first listed as waiting, then each is read by the reader process and kept in one transaction.
What was killed goes on with `resume`; what is unchanged since is not read again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from rag.errors import DocumentUnreadable, DocumentVanished
from rag.process.messages import FileRead, ReadFile, Reading
from rag.scan import absolute, lies_in, scan
from rag.store import KnownDocument, Store
from rag.values import CollectionId, DocumentId, FileState, Problem
from rag.vector_copy import VectorCopy

if TYPE_CHECKING:  # rag.ports brings numpy, which the app process does without
    from rag.ports import Worker

Cancelled = Callable[[], bool]

READER_LOST = "Reading this file took the reader down."
# After so many files in a row the reader is at fault, not the files.
LOST_IN_A_ROW = 5
# The reader keeps its own limit on parsing; embedding the longest book allowed fits into this.
READ_TIMEOUT_S = 4 * 3600.0
HASH_CHUNK_BYTES = 1 << 20


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
    """Progress inside a file: `what` is “reading” (pages) or “embedding” (passages)."""

    path: str
    what: str
    done: int
    total: int | None


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
    """Last event of a job. `ready` counts the files read now, `removed` those deleted since last time.

    When it was `stopped` before the end, the rest stays waiting.
    """

    ready: int
    failed: int
    unchanged: int
    removed: int = 0
    stopped: bool = False


IndexEvent = FilesFound | FileStarted | FileProgress | FileDone | FileFailed | IndexDone


def never() -> bool:
    return False


class Indexing:
    """Runs indexing jobs; one at a time, on any thread but the screen's."""

    def __init__(self, store: Store, reader: Worker, lost: tuple[type[Exception], ...]) -> None:
        """`lost` are the host's errors for a reader that died or hung."""
        self._store = store
        self._reader = reader
        self._lost = lost
        self._vectors = VectorCopy(reader, lost)

    def index(
        self, paths: Iterable[Path | str], collection: str, *, cancelled: Cancelled = never
    ) -> Iterator[IndexEvent]:
        """Bring the collection up to date with these files and folders.

        Failed files are tried again. Documents below a named folder whose files are gone are forgotten.

        Raises:
            LibraryFull, LibraryUnavailable, LibraryDamaged: the job ends; finished files stay.
            EmbedderMissing, or one of `lost` after several files in a row: the rest stays waiting.
        """
        named = [absolute(path) for path in paths]
        found = list(scan(named, cancelled=cancelled))
        if cancelled():
            yield IndexDone(0, 0, 0, stopped=True)
            return
        folders = [path for path in named if path.is_dir()]
        yield from self._bring_up_to_date(collection, folders, found, cancelled)

    def resume(
        self, collection_id: CollectionId | None = None, *, cancelled: Cancelled = never
    ) -> Iterator[IndexEvent]:
        """Go on with the files that wait: after a kill, a stop or a full disk. Raises as `index`."""
        waiting = self._store.waiting(collection_id)
        yield FilesFound(len(waiting))
        yield from self._work(waiting, _Tally(len(waiting)), cancelled)

    def retry(
        self, document_ids: Sequence[DocumentId], *, cancelled: Cancelled = never
    ) -> Iterator[IndexEvent]:
        """Try failed documents again. Raises as `index`."""
        self._store.wait_again(document_ids)
        chosen = set(document_ids)
        waiting = [document for document in self._store.waiting() if document.id in chosen]
        yield FilesFound(len(waiting))
        yield from self._work(waiting, _Tally(len(waiting)), cancelled)

    def forget(self, document_ids: Sequence[DocumentId]) -> None:
        """Take documents that the library has forgotten out of the vector index too."""
        self._vectors.change(removed=document_ids)
        self._vectors.send()

    def _bring_up_to_date(
        self,
        collection: str,
        folders: Sequence[Path],
        found: Sequence[FileState | Problem],
        cancelled: Cancelled,
    ) -> Iterator[IndexEvent]:
        collection_id = self._store.make_collection(collection, map(str, folders))
        files = [item for item in found if isinstance(item, FileState)]
        problems = [item for item in found if isinstance(item, Problem)]
        tally = _Tally(len(found))
        tally.removed = self._forget_deleted(collection_id, folders, files)
        before = self._store.known(collection_id)
        changed = [file for file in files if not _is_unchanged(file, before.get(file.path))]
        self._store.register(collection_id, changed)
        yield FilesFound(len(found))
        yield from self._report_problems(collection_id, problems, tally)
        changed_paths = {file.path for file in changed}
        for file in files:
            if file.path not in changed_paths:
                yield tally.done(file.path, before[file.path].passages, unchanged=True)
        now = self._store.known(collection_id)
        yield from self._work([now[file.path] for file in changed], tally, cancelled)

    def _forget_deleted(
        self, collection_id: CollectionId, folders: Sequence[Path], files: Sequence[FileState]
    ) -> int:
        """A folder that is gone as a whole (an unplugged disk) is no folder here, so nothing is forgotten."""
        present = {file.path for file in files}
        deleted = [
            document.id
            for path, document in self._store.known(collection_id).items()
            if path not in present and lies_in(path, folders) and not os.path.lexists(path)
        ]
        if deleted:
            self._store.remove(deleted)
            self._vectors.change(removed=deleted)
        return len(deleted)

    def _report_problems(
        self, collection_id: CollectionId, problems: Sequence[Problem], tally: _Tally
    ) -> Iterator[IndexEvent]:
        for problem in problems:
            if Path(problem.path).is_file():  # a mistyped path is told once, but not listed
                self._store.register_problem(collection_id, problem)
            yield tally.failed(problem.path, problem.reason)

    def _work(
        self, documents: Sequence[KnownDocument], tally: _Tally, cancelled: Cancelled
    ) -> Iterator[IndexEvent]:
        for document in documents:
            if cancelled():
                break
            yield FileStarted(document.file.path, PurePath(document.file.path).name, tally.count, tally.total)
            yield from self._document(document, tally, cancelled)
            self._vectors.send_if_due()
        self._vectors.send()
        yield tally.end(stopped=cancelled() and tally.count < tally.total)

    def _document(self, document: KnownDocument, tally: _Tally, cancelled: Cancelled) -> Iterator[IndexEvent]:
        """Bring one document up to date. Cancelled, it ends without a last event: the document waits on."""
        try:
            file = _file_now(document.file.path)
            if _holds_the_same(file, document, cancelled):
                self._store.confirm(document.id, file)
                yield tally.done(file.path, document.passages, unchanged=True)
                return
            read = yield from self._read(file.path, cancelled)
        except DocumentUnreadable as error:
            yield self._fail(document, error.reason, tally)
        except self._lost:
            if cancelled():
                return
            tally.lost_in_a_row += 1
            if tally.lost_in_a_row >= LOST_IN_A_ROW:
                raise
            yield self._fail(document, READER_LOST, tally)
        else:
            if read is not None:
                yield self._keep(document, file, read, tally)

    def _read(self, path: str, cancelled: Cancelled) -> Generator[IndexEvent, None, FileRead | None]:
        """Have the file read and pass its progress on; None where it was cancelled."""
        replies = self._reader.call(ReadFile(path), timeout_s=READ_TIMEOUT_S, cancelled=cancelled)
        read = None
        with closing(replies):  # type: ignore[type-var]  # the worker's iterators are generators
            for reply in replies:
                if cancelled():
                    return None
                match reply:
                    case Reading(what=what, done=done, total=total):
                        yield FileProgress(path, what, done, total)
                    case FileRead():
                        read = reply
        if read is None and not cancelled():
            raise RuntimeError(f"the reader ended without an answer for {path}")
        return read

    def _keep(self, document: KnownDocument, file: FileState, read: FileRead, tally: _Tally) -> IndexEvent:
        tally.lost_in_a_row = 0
        # Removing first: its former passages have other ids than its present ones.
        self._vectors.change(removed=[document.id] if document.passages else [])
        if self._store.keep(document.id, file, read):
            self._vectors.change(added=[document.id])
        return tally.done(file.path, len(read.passages))

    def _fail(self, document: KnownDocument, reason: str, tally: _Tally) -> IndexEvent:
        self._store.fail(document.id, reason)
        if document.passages:
            self._vectors.change(removed=[document.id])
        return tally.failed(document.file.path, reason)


@dataclass(slots=True)
class _Tally:
    """What became of the files so far; makes the events that say so."""

    total: int
    ready: int = 0
    failures: int = 0
    unchanged: int = 0
    removed: int = 0
    lost_in_a_row: int = 0

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
        return IndexDone(self.ready, self.failures, self.unchanged, self.removed, stopped)


def _is_unchanged(file: FileState, known: KnownDocument | None) -> bool:
    return (
        known is not None
        and known.state == "ready"
        and known.file.size_bytes == file.size_bytes
        and known.file.mtime_ns == file.mtime_ns
    )


def _file_now(path: str) -> FileState:
    """Raises: DocumentVanished, DocumentUnreadable."""
    try:
        status = Path(path).stat()
    except FileNotFoundError as error:
        raise DocumentVanished(path) from error
    except OSError as error:
        raise DocumentUnreadable(
            path, f"The computer could not read it: {error.strerror or error}."
        ) from error
    return FileState(path, status.st_size, status.st_mtime_ns)


def _holds_the_same(file: FileState, document: KnownDocument, cancelled: Cancelled) -> bool:
    """Whether the file still holds what its passages were made of: size first, then the hash."""
    before = document.file
    if not before.content_hash or before.size_bytes != file.size_bytes:
        return False
    return before.content_hash == _content_hash(file.path, cancelled)


def _content_hash(path: str, cancelled: Cancelled) -> str:
    """SHA-256 of the file's bytes; something else when it was cancelled on the way."""
    digest = hashlib.sha256()
    try:
        with Path(path).open("rb") as file:
            while (chunk := file.read(HASH_CHUNK_BYTES)) and not cancelled():
                digest.update(chunk)
    except OSError as error:
        raise DocumentUnreadable(
            path, f"The computer could not read it: {error.strerror or error}."
        ) from error
    return digest.hexdigest()
