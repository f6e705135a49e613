"""The indexing job: files and folders in, a library that answers out. It can be killed at any moment.

Files are first listed as waiting, then each is read by the reader process and kept in one transaction.
What was killed goes on with `resume`; what is unchanged since is not read again.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from rag.changes import Changes
from rag.errors import EmbedderMissing
from rag.events import (
    FileDone,
    FileFailed,
    FileProgress,
    FilesFound,
    FileStarted,
    IndexDone,
    IndexEvent,
    JobProgress,
    Tally,
)
from rag.files import is_gone
from rag.look import NOT_THERE, Look
from rag.pipeline.belt import LOST_IN_A_ROW, READER_LOST
from rag.pipeline.embedding import PASSAGES_TOGETHER, embed
from rag.pipeline.outcomes import Away, Copied, Embedded, Failed, Outcome, Progress, Same, Started, WasRead
from rag.pipeline.run import Pipeline
from rag.scan import absolute, lies_in, scan
from rag.store import KnownDocument, Store
from rag.time_left import TimeLeft
from rag.values import CollectionId, DocumentId, PassageId
from rag.vector_copy import VectorCopy

if TYPE_CHECKING:  # rag.ports brings numpy, which the app process does without
    from rag.ports import Worker

__all__ = [
    "AWAY",
    "LOST_IN_A_ROW",
    "NOT_THERE",
    "READER_LOST",
    "Cancelled",
    "FileDone",
    "FileFailed",
    "FileProgress",
    "FileStarted",
    "FilesFound",
    "IndexDone",
    "IndexEvent",
    "Indexing",
    "JobProgress",
    "never",
]

Cancelled = Callable[[], bool]

AWAY = "Its folder is not there now. What was read from it stays."


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

        Failed files are tried again, and what the person had taken out is taken in again where they name
        it. Documents below a named folder whose files are gone are forgotten.

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
        collection_id = self._store.make_collection(collection, map(str, folders))
        self._store.take_in_again(collection_id, named)
        look = Look(self._store, collection_id, named, found, cancelled)
        yield from self._bring_up_to_date(look, look.changes(retry_failed=True), cancelled)

    def refresh(self, collection_id: CollectionId, *, cancelled: Cancelled = never) -> Iterator[IndexEvent]:
        """Look again at the folders and files of a collection. Only what changed is told. Raises as `index`.

        Failed files are tried again only where they changed, and what the person took out stays out.
        """
        folders = [Path(folder) for folder in self._store.folders(collection_id)]
        single = [Path(path) for path in self._store.known(collection_id) if not lies_in(path, folders)]
        named = [*folders, *single]
        present = (path for path in named if path in folders or not is_gone(str(path)))
        found = list(scan(present, cancelled=cancelled))
        if cancelled():
            yield IndexDone(0, 0, 0, stopped=True)
            return
        look = Look(self._store, collection_id, named, found, cancelled)
        yield from self._bring_up_to_date(look, look.changes(retry_failed=False), cancelled, quiet=True)

    def rebuild(self, collection_id: CollectionId, *, cancelled: Cancelled = never) -> Iterator[IndexEvent]:
        """Read every file of a collection anew; what each held answers until it is replaced.

        Killed or stopped, it goes on with `resume`. Raises as `index`.
        """
        self._store.wait_anew(collection_id)
        yield from self.resume(collection_id, cancelled=cancelled)

    def resume(
        self, collection_id: CollectionId | None = None, *, cancelled: Cancelled = never
    ) -> Iterator[IndexEvent]:
        """Go on with the files that wait: after a kill, a stop or a full disk. Raises as `index`."""
        waiting = self._store.waiting(collection_id)
        yield FilesFound(len(waiting))
        yield from self._work(waiting, Tally(len(waiting)), cancelled)

    def retry(
        self, document_ids: Sequence[DocumentId], *, cancelled: Cancelled = never
    ) -> Iterator[IndexEvent]:
        """Try failed documents again. Raises as `index`."""
        self._store.wait_again(document_ids)
        chosen = set(document_ids)
        waiting = [document for document in self._store.waiting() if document.id in chosen]
        yield FilesFound(len(waiting))
        yield from self._work(waiting, Tally(len(waiting)), cancelled)

    def embed_anew(self, embedder: str, *, cancelled: Cancelled = never) -> Iterator[IndexEvent]:
        """Give every passage a vector by this embedder, from the stored text; no file is read.

        One transaction a document, so a kill or a stop loses one at most. The vectors of other embedders
        answer until all is done, and are forgotten then. Raises as `index`.
        """
        waiting = self._store.documents_without(embedder)
        tally = Tally(len(waiting))
        time_left = TimeLeft.of_passages(self._store.passages_without(embedder))
        yield FilesFound(tally.total)
        for document_id, path in waiting.items():
            if cancelled():
                break
            yield FileStarted(path, PurePath(path).name, tally.count, tally.total)
            passages = yield from self._embed_document(document_id, path, embedder, time_left, cancelled)
            if passages is not None:
                yield tally.done(path, passages, unchanged=True)
        if not cancelled() and not self._store.documents_without(embedder):
            self._vectors.send_all_is_embedded()
            self._store.drop_vectors([other for other in self._store.embedders() if other != embedder])
        yield tally.end(stopped=cancelled() and tally.count < tally.total)

    def _embed_document(
        self,
        document_id: DocumentId,
        path: str,
        embedder: str,
        time_left: TimeLeft,
        cancelled: Cancelled,
    ) -> Generator[IndexEvent, None, int | None]:
        """How many passages got their vectors; None where it was cancelled before."""
        titled = self._store.titled(document_id)
        ids = list(titled)
        vectors: dict[PassageId, bytes] = {}
        for start in range(0, len(ids), PASSAGES_TOGETHER):
            part = ids[start : start + PASSAGES_TOGETHER]
            yield FileProgress(path, "embedding", start, len(ids))
            answer = embed(self._reader, [titled[id_] for id_ in part], cancelled)
            if answer is None or cancelled():
                return None
            if answer.embedder != embedder:
                raise EmbedderMissing(embedder)  # another one was chosen meanwhile; the next run takes that
            vectors.update(zip(part, answer.vectors, strict=True))
            time_left.embedded(len(part))
            if (progress := time_left.due()) is not None:
                yield progress
        self._store.add_vectors(embedder, vectors)
        return len(vectors)

    def forget(self, document_ids: Sequence[DocumentId]) -> None:
        """Take documents that the library has forgotten out of the vector index too."""
        self._vectors.change(removed=document_ids)
        self._vectors.send()

    def _bring_up_to_date(
        self, look: Look, found: Changes, cancelled: Cancelled, *, quiet: bool = False
    ) -> Iterator[IndexEvent]:
        """`quiet`: files that are as they were are counted, but not told one by one."""
        if cancelled():  # while files were hashed, so what was found says nothing
            yield IndexDone(0, 0, 0, stopped=True)
            return
        unchanged = [*found.unchanged, *(file for _, file in found.moved)]
        told = 0 if quiet else len(unchanged)
        tally = Tally(told + len(found.to_read) + len(look.problems))
        tally.unchanged_unsaid = len(unchanged) - told
        tally.removed = self._forget_deleted(found)
        for document, file in found.moved:
            self._store.move(document.id, file)
        self._store.register(look.collection_id, found.to_read)
        yield FilesFound(tally.total)
        yield from self._report_problems(look, tally)
        now = self._store.known(look.collection_id)
        for file in unchanged if told else ():
            yield tally.done(file.path, now[file.path].passages, unchanged=True)
        yield from self._work([now[file.path] for file in found.to_read], tally, cancelled)

    def _forget_deleted(self, found: Changes) -> int:
        deleted = [document.id for document in found.deleted]
        if deleted:
            self._store.remove(deleted)
            self._vectors.change(removed=deleted)
        return len(deleted)

    def _report_problems(self, look: Look, tally: Tally) -> Iterator[IndexEvent]:
        for problem in look.problems:
            if Path(problem.path).is_file():  # a mistyped path is told once, but not listed
                self._store.register_problem(look.collection_id, problem)
            yield tally.failed(problem.path, problem.reason)

    def _work(
        self, documents: Sequence[KnownDocument], tally: Tally, cancelled: Cancelled
    ) -> Iterator[IndexEvent]:
        if documents and not cancelled():
            time_left = TimeLeft((document.file for document in documents), self._store.passages_per_byte())
            yield from self._run(documents, tally, time_left, cancelled)
        self._vectors.send()
        yield tally.end(stopped=cancelled() and tally.count < tally.total)

    def _run(
        self, documents: Sequence[KnownDocument], tally: Tally, time_left: TimeLeft, cancelled: Cancelled
    ) -> Iterator[IndexEvent]:
        pipeline = Pipeline(self._store, self._reader, self._lost)
        outcomes = pipeline.run(documents, cancelled)
        try:
            for outcome in outcomes:
                _reckon(time_left, outcome)
                if (event := self._event(outcome, tally)) is not None:
                    yield event
                if isinstance(outcome, Embedded):
                    pipeline.kept(outcome.document.id)
                if (progress := time_left.due()) is not None:
                    yield progress
                self._vectors.send_if_due()
        finally:
            outcomes.close()  # type: ignore[attr-defined]  # a generator: its threads end before the job does

    def _event(self, outcome: Outcome, tally: Tally) -> IndexEvent | None:
        """Put down what became of a document; the event that says so."""
        document = outcome.document
        path = document.file.path
        match outcome:
            case Started():
                return FileStarted(path, PurePath(path).name, tally.count, tally.total)
            case Progress(what=what, done=done, total=total):
                return FileProgress(path, what, done, total)
            case WasRead():
                return None
            case Same(file=file):
                self._store.confirm(document.id, file)
                return tally.done(path, document.passages, unchanged=True)
            case Copied(passages=passages):
                self._replaced(document)
                self._vectors.change(added=[document.id])
                return tally.done(path, passages)
            case Embedded(file=file, read=read, vectors=vectors, embedder=embedder):
                self._replaced(document)
                if self._store.keep(document.id, file, read, vectors, embedder):
                    self._vectors.change(added=[document.id])
                return tally.done(path, len(read.passages))
            case Away():
                return tally.failed(path, AWAY)
            case Failed(file=tried, reason=reason):
                self._store.fail(document.id, reason, tried)
                self._replaced(document)
                return tally.failed(path, reason)

    def _replaced(self, document: KnownDocument) -> None:
        """Its former passages have other ids than its present ones."""
        self._vectors.change(removed=[document.id] if document.passages else [])


def _reckon(time_left: TimeLeft, outcome: Outcome) -> None:
    match outcome:
        case WasRead(document=document, passages=passages):
            time_left.read(document.file, passages)
        case Same() | Copied() | Failed() | Away():
            time_left.skip(outcome.document.file)
        case Progress(embedded=embedded):
            time_left.embedded(embedded)
        case _:
            pass
