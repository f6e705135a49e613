"""The pipeline's first thread: looks at files, has the changed ones read, finds those that can be copied."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from rag.errors import DocumentUnreadable
from rag.files import content_hash, file_now, is_away
from rag.pipeline.belt import Belt, Waiting
from rag.pipeline.outcomes import Away, Copied, Failed, Progress, Same, Started, WasRead
from rag.process.messages import FileRead, ReadFile, Reading
from rag.store import Store
from rag.stores.rows import KnownDocument
from rag.values import FileState

if TYPE_CHECKING:  # rag.ports brings numpy, which the app process does without
    from rag.ports import Worker

# The reader keeps its own limit on parsing; cutting a long book takes some minutes more.
READ_TIMEOUT_S = 3600.0
QUICKLY_S = 60.0


class ReadingThread:
    """Puts what was read on the belt, in the order of the documents."""

    def __init__(self, belt: Belt, store: Store, reader: Worker, lost: tuple[type[Exception], ...]) -> None:
        self._belt = belt
        self._store = store
        self._reader = reader
        self._lost = lost

    def run(self, documents: Sequence[KnownDocument]) -> None:
        belt = self._belt
        try:
            for document in documents:
                belt.wait_for_room()
                if belt.stop.is_set():
                    return
                belt.outcomes.put(Started(document))
                self._one(document)
        finally:
            with belt.changed:
                belt.all_read = True
                belt.changed.notify_all()

    def _one(self, document: KnownDocument) -> None:
        file: FileState | None = None
        outcomes = self._belt.outcomes
        try:
            file = file_now(document.file.path)
            if self._holds_the_same(file, document):
                outcomes.put(Same(document, file))
            elif (copied := self._copied(file, document)) is not None:
                outcomes.put(Copied(document, copied))
            elif (read := self._read(document)) is not None:
                self._pass_on(document, file, read)
        except DocumentUnreadable as error:
            if is_away(document.file.path):
                outcomes.put(Away(document))
            else:
                outcomes.put(Failed(document, file, error.reason))

    def _holds_the_same(self, file: FileState, document: KnownDocument) -> bool:
        """Whether the file still holds what its passages were made of: size first, then the hash."""
        before = document.file
        if not before.content_hash or before.size_bytes != file.size_bytes:
            return False
        return before.content_hash == self._hash(file)

    def _copied(self, file: FileState, document: KnownDocument) -> int | None:
        """Copy what a document of the same content holds: how many passages, None where there is none.

        A file is hashed only where one of its size and kind has been read.
        """
        if not self._looks_like_one_unkept(file) and not self._store.size_is_known(file):
            return None
        file = replace(file, content_hash=self._hash(file))
        self._wait_until_kept(file)
        if self._belt.stop.is_set():
            return None
        # It holds something, but lost its hash: it is being read anew (`Documents.wait_anew`).
        anew = bool(document.passages) and not document.file.content_hash
        return self._store.share(document.id, file, anew=anew)

    def _looks_like_one_unkept(self, file: FileState) -> bool:
        with self._belt.changed:
            return any(
                (held.size_bytes, held.kind) == (file.size_bytes, file.kind)
                for held in self._belt.unkept.values()
            )

    def _wait_until_kept(self, file: FileState) -> None:
        """Until no document of this content is on its way to the store."""
        belt = self._belt

        def is_free() -> bool:
            return not any(
                (held.content_hash, held.kind) == (file.content_hash, file.kind)
                for held in belt.unkept.values()
            )

        with belt.changed:
            belt.changed.wait_for(lambda: belt.stop.is_set() or is_free())

    def _read(self, document: KnownDocument) -> FileRead | None:
        """The file as read; None where the pipeline ends.

        A reader that dies may have died of what it embeds meanwhile, or was killed for its memory. So a
        file is read once more, with nothing else to do, before it is blamed; unless it took long by itself.

        Raises:
            DocumentUnreadable; one of `lost` where the reader dies of every file.
        """
        belt = self._belt
        with belt.changed:
            alone = belt.idle
        began = time.monotonic()
        try:
            return self._ask(document)
        except self._lost as error:
            if belt.stop.is_set():
                return None
            if alone and time.monotonic() - began > QUICKLY_S:
                belt.blame(document.file.path, error)
        belt.wait_until_idle()
        try:
            return self._ask(document)
        except self._lost as error:
            if belt.stop.is_set():
                return None
            belt.blame(document.file.path, error)

    def _ask(self, document: KnownDocument) -> FileRead | None:
        belt, path = self._belt, document.file.path
        read = None
        replies = self._reader.call(ReadFile(path), timeout_s=READ_TIMEOUT_S, cancelled=belt.stop.is_set)
        with belt.at_reading(), closing(replies):  # type: ignore[type-var]  # the worker's are generators
            for reply in replies:
                match reply:
                    case Reading(what=what, done=done, total=total):
                        belt.outcomes.put(Progress(document, what, done, total))
                    case FileRead():
                        read = reply
        if belt.stop.is_set():
            return None
        if read is None:
            raise RuntimeError(f"the reader ended without an answer for {path}")
        belt.answered()
        return read

    def _pass_on(self, document: KnownDocument, file: FileState, read: FileRead) -> None:
        belt = self._belt
        belt.outcomes.put(WasRead(document, len(read.passages)))
        with belt.changed:
            belt.unkept[document.id] = replace(file, content_hash=read.content_hash)
            belt.waiting.append(Waiting(document, file, read))
            belt.changed.notify_all()

    def _hash(self, file: FileState) -> str:
        return content_hash(file.path, self._belt.stop.is_set)
