"""The person's library: everything the application does with documents, in one place."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import DocumentVanished
from rag.evidence import CANDIDATES, choose
from rag.files import file_now
from rag.indexing import Cancelled, IndexEvent, Indexing, never
from rag.nearest_texts import NearestTexts
from rag.people_in_texts import PeopleInTexts
from rag.process.messages import (
    DrawPage,
    FileRead,
    PageDrawn,
    ReadFile,
    Reading,
    ReadTable,
    Rebuild,
    Synced,
    TableEnd,
    TableHeader,
    TableRows,
    Warm,
    Warmed,
)
from rag.questions import standalone
from rag.retrieval import Retrieval
from rag.scan import absolute, lies_in
from rag.settings import RetrievalSettings
from rag.store import Store
from rag.values import CollectionStatus, DocumentId, DocumentRow, FoundPassage, Named, Page, ReadDocument
from rag.watching import Watch

if TYPE_CHECKING:  # rag.ports brings numpy, which the app process does without
    from rag.ports import Worker

WARM_TIMEOUT_S = 60.0
DRAW_TIMEOUT_S = 30.0


class Library:
    """Indexes, finds and forgets documents. Usable from any thread; one indexing job at a time."""

    def __init__(
        self,
        path: Path,
        reader: Worker,
        settings: RetrievalSettings,
        lost: tuple[type[Exception], ...],
    ) -> None:
        """Open library.db, or make it. `lost` are the host's errors for a reader that died or hung.

        Raises:
            LibraryTooNew, LibraryDamaged, LibraryFull, LibraryUnavailable: so may every method.
        """
        self._store = Store(path)
        self._reader = reader
        self._settings = settings
        self._indexing = Indexing(self._store, reader, lost)
        self._retrieval = Retrieval(self._store, reader, settings, lost)
        self._nearest = NearestTexts(reader)
        self._people = PeopleInTexts(reader)

    def close(self) -> None:
        self._store.close()

    # Indexing

    def index(
        self, paths: Iterable[Path | str], collection: str, *, cancelled: Cancelled = never
    ) -> Iterator[IndexEvent]:
        """Bring a collection up to date with files and folders; see `Indexing.index`."""
        return self._indexing.index(paths, collection, cancelled=cancelled)

    def resume(self, collection: str | None = None, *, cancelled: Cancelled = never) -> Iterator[IndexEvent]:
        """Go on with the files that wait. Raises CollectionUnknown."""
        return self._indexing.resume(self._collection_id(collection), cancelled=cancelled)

    def retry(self, paths: Iterable[Path | str], *, cancelled: Cancelled = never) -> Iterator[IndexEvent]:
        """Try the failed ones among these files again."""
        return self._indexing.retry(sorted(self.document_ids(paths=paths)), cancelled=cancelled)

    def refresh(self, collection: str, *, cancelled: Cancelled = never) -> Iterator[IndexEvent]:
        """Look again at the folders of a collection; see `Indexing.refresh`. Raises CollectionUnknown."""
        return self._indexing.refresh(self._store.collection_id(collection), cancelled=cancelled)

    def rebuild_collection(self, name: str, *, cancelled: Cancelled = never) -> Iterator[IndexEvent]:
        """Read every file of a collection anew; see `Indexing.rebuild`. Raises CollectionUnknown."""
        return self._indexing.rebuild(self._store.collection_id(name), cancelled=cancelled)

    def set_watched(self, collection: str, watched: bool) -> None:
        """Whether the folders of a collection are followed. Raises CollectionUnknown."""
        self._store.set_watched(collection, watched)

    def watched(self) -> dict[str, tuple[str, ...]]:
        """The folders of each watched collection, by its name."""
        return self._store.watched()

    def is_to_be_embedded(self) -> bool:
        """Whether passages lack a vector by the present embedder; asks the reader which that is, so it may
        have to start. Raises EmbedderMissing."""
        embedder = self.warm().embedder
        return bool(self._store.documents_without(embedder) or self._store.embedders().keys() - {embedder})

    def embed_anew(self, *, cancelled: Cancelled = never) -> Iterator[IndexEvent]:
        """Embed what the present embedder has not; see `Indexing.embed_anew`. Raises EmbedderMissing."""
        return self._indexing.embed_anew(self.warm().embedder, cancelled=cancelled)

    def watch(self, due: Callable[[str], None]) -> Watch:
        """Follow the folders of watched collections: `due(name)` says, on a thread of its own, which to
        refresh. At the start that is each; after that about once a second at most."""
        return Watch(self._store.watched, due)

    def remove(self, *, paths: Iterable[Path | str] | None = None, collection: str | None = None) -> int:
        """Forget documents: those at or below `paths`, a whole collection, or those paths of it; how many.

        The files themselves stay as they are. What is removed from a folder by its path does not come back
        when the folder is looked at again, only when it is named itself.

        Raises:
            CollectionUnknown
        """
        if paths is None and collection is not None:
            removed = self._store.remove_collection(collection)
        else:
            roots = [absolute(path) for path in paths or ()]
            removed = self._store.remove_below(roots, self._collection_id(collection))
        self._indexing.forget(removed)
        return len(removed)

    def rebuild(self) -> int:
        """Build the vector index anew from library.db; the number of its vectors."""
        synced: Synced = self._last(Rebuild())
        return synced.vectors

    # What there is

    def status(self) -> list[CollectionStatus]:
        return self._store.status()

    def documents(self, collection: str | None = None) -> list[DocumentRow]:
        """The documents of a collection, or all. Raises CollectionUnknown."""
        return self._store.documents(self._collection_id(collection))

    def document_ids(
        self,
        *,
        collection: str | None = None,
        paths: Iterable[Path | str] | None = None,
        kinds: Collection[str] | None = None,
        modified_from_ns: int | None = None,
        modified_before_ns: int | None = None,
    ) -> frozenset[DocumentId]:
        """Ids of the documents of a collection (or all) that are `paths` or lie below them (or all).

        `kinds` are endings of files (“pdf”); the times are those at which files were last changed.
        """
        known = self._store.paths(
            self._collection_id(collection),
            kinds=kinds,
            modified_from_ns=modified_from_ns,
            modified_before_ns=modified_before_ns,
        )
        if paths is None:
            return frozenset(known)
        roots = [absolute(path) for path in paths]
        return frozenset(id_ for id_, path in known.items() if lies_in(path, roots))

    def collections_of(self, paths: Sequence[Path | str]) -> list[frozenset[str]]:
        """For each document the collections that hold it, or a copy of it under whatever name."""
        return self._store.holding([str(absolute(path)) for path in paths])

    def page(self, path: Path | str, page: int | None) -> Page:
        """A page as it was read; None is the first. Raises DocumentVanished where it is not kept."""
        found = self._store.page(str(path), page)
        if found is None:
            raise DocumentVanished(str(path), "It is no longer in the library.")
        return found

    def content(self, path: Path | str) -> ReadDocument:
        """All that is in a file: as it was read, or read anew where the library does not have it as it is.

        Raises:
            DocumentUnreadable
        """
        kept = self._store.content_of(file_now(str(absolute(path))))
        if kept is not None:
            return kept
        read = self.read_text(path)
        return ReadDocument(read.title, read.pages, read.warnings)

    def page_of(self, document_id: DocumentId, page: int | None) -> Page:
        """As `page`, for a document of a known id."""
        found = self._store.page_of(document_id, page)
        if found is None:
            raise DocumentVanished(str(document_id), "It is no longer in the library.")
        return found

    def draw_page(self, path: Path | str, page: int, width_px: int) -> PageDrawn:
        """A page of a file as a picture. Raises DocumentUnreadable where there is none to draw."""
        drawn: PageDrawn = self._last(DrawPage(str(absolute(path)), page, width_px), timeout_s=DRAW_TIMEOUT_S)
        return drawn

    # Finding

    def search(
        self,
        query: str,
        collection: str | None = None,
        documents: frozenset[DocumentId] | None = None,
        k: int = 10,
    ) -> tuple[list[FoundPassage], float]:
        """Up to `k` passages, best first, and the seconds it took; of `documents` alone, if given.

        `document_ids` gives those of a kind, a folder or a time. Raises CollectionUnknown.
        """
        began = time.perf_counter()
        scope = documents if collection is None else self._within(collection, documents)
        found = self._retrieval.find(query, documents=scope, k=k)
        return found, time.perf_counter() - began

    def evidence(
        self,
        question: str,
        earlier: Sequence[str] = (),
        collection: str | None = None,
        paths: Iterable[Path | str] | None = None,
        documents: frozenset[DocumentId] | None = None,
    ) -> list[FoundPassage]:
        """The few passages to answer from, best first; empty where nothing is relevant.

        `earlier` are the former questions of the conversation, oldest first; `documents` narrow as in
        `search`. Raises CollectionUnknown.
        """
        scope = documents
        if collection is not None or paths is not None:
            named = self.document_ids(collection=collection, paths=paths)
            scope = named if documents is None else named & documents
        query = standalone(question, earlier)
        found = self._retrieval.find(query, documents=scope, k=CANDIDATES)
        return choose(query, found, self._settings)

    # The reader

    def read_text(self, path: Path | str) -> FileRead:
        """What the reader makes of a file, without keeping it. Raises DocumentUnreadable."""
        read: FileRead = self._last(ReadFile(str(absolute(path)), cut=False))
        return read

    def read_table(
        self, path: Path | str, sheet: str = "", *, cancelled: Cancelled = never
    ) -> Iterator[Reading | TableHeader | TableRows | TableEnd]:
        """The rows of a table, a portion at a time, below the names of its columns: `rag/tables.py`.

        Raises:
            DocumentUnreadable
        """
        return self._reader.call(ReadTable(str(absolute(path)), sheet), cancelled=cancelled)

    def warm(self) -> Warmed:
        """Load the embedder and open the vector index, so that the first question need not wait."""
        warmed: Warmed = self._last(Warm(), timeout_s=WARM_TIMEOUT_S)
        return warmed

    def nearest(
        self,
        texts: Sequence[str],
        among: Sequence[str],
        k: int,
        *,
        centred: bool = False,
        kinds: Sequence[str] = (),
    ) -> Sequence[Sequence[tuple[int, float]]]:
        """For each of `texts` the `k` of `among` that mean about the same; see `NearestTexts`.

        Raises EmbedderMissing.
        """
        return self._nearest(texts, among, k, centred=centred, kinds=kinds)

    def people(self, texts: Sequence[str]) -> list[list[Named]]:
        """Persons and postal addresses in each of `texts`; see `PeopleInTexts`.

        Raises EmbedderMissing.
        """
        return self._people(texts)

    def _last(self, request: Any, *, timeout_s: float | None = None) -> Any:
        """The last reply to a request; those before it are progress."""
        *_, last = self._reader.call(request, timeout_s=timeout_s)
        return last

    def _within(self, collection: str, documents: frozenset[DocumentId] | None) -> frozenset[DocumentId]:
        ids = self.document_ids(collection=collection)
        return ids if documents is None else ids & documents

    def _collection_id(self, name: str | None) -> int | None:
        return None if name is None else self._store.collection_id(name)
