"""A library.db with vectors, made by the library's own store."""

from __future__ import annotations

from pathlib import Path

from rag.ports import Vectors
from rag.process.messages import FileRead
from rag.store import Store
from rag.values import DocumentId, FileState, Page, Passage

EMBEDDER = "fake:1"


class FilledLibrary:
    """Puts documents into library.db as the indexing job does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._store = Store(path)
        self._collection = self._store.make_collection("Documents")

    def put(self, name: str, vectors: Vectors, embedder: str = EMBEDDER) -> DocumentId:
        """A document with one passage for each row; one of the same name is replaced."""
        file = FileState(f"/documents/{name}", 1, 1)
        self._store.register(self._collection, [file])
        document = self._store.known(self._collection)[file.path].id
        passages = tuple(Passage(row, 1, row, row + 1, "x") for row in range(len(vectors)))
        read = FileRead(name, "hash", (Page(1, "x" * len(passages)),), passages)
        stored = [vector.astype("<f4").tobytes() for vector in vectors]
        self._store.keep(document, file, read, stored, embedder)
        return document

    def remove(self, document: DocumentId) -> None:
        self._store.remove([document])

    def close(self) -> None:
        self._store.close()
