"""Chroma, embedded: a disposable copy of the vectors, opened and used as if it might break any moment.

It does break when the process is killed while it writes: “Failed to apply logs to the hnsw segment writer”
for ever, or a segmentation fault at every count, with a sparse file of 727 GB (chromadb 1.5.9). What would
take the process down therefore must be known before Chroma opens its files: their sizes, and a marker that
lies in the folder whenever Chroma is at work, and that only an ended process leaves behind.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.errors import VectorIndexBroken
from rag.ports import Vectors
from rag.values import DocumentId, PassageId
from rag.vectors.exact import check_added

MARKER = "at-work"
WRITE_BATCH = 500  # a quarter of a second on two cores; a close waits for one
_COLLECTION = "passages"
_EMBEDDER = "embedder"
_DOCUMENT = "document"

PROBED = 5
_NEAR = 0.999
_BASE_BYTES = 256 << 20


class ChromaIndex:
    """Implements `rag.ports.VectorIndex`. Not for several threads at once.

    After VectorIndexBroken it is of no more use: close it, delete the folder, make another in a new folder
    (in one process Chroma keeps a failed folder's state).
    """

    def __init__(self, folder: Path, embedder: str, dimensions: int, *, limit_bytes: int) -> None:
        """Opens or makes the copy and looks whether it works. Imports chromadb: about a second.

        `limit_bytes` is the most that one of its files may have; see `size_limit`.

        Raises:
            VectorIndexBroken: it holds vectors of another embedder, the process ended while it was at work,
                a file is too large, or Chroma cannot open it.
        """
        self._folder = folder
        self._dimensions = dimensions
        self._client: Any = None
        _check_folder(folder, limit_bytes)
        import_chroma()
        try:
            with self._at_work(durable=True):
                self._client = _client(folder)
                self._collection = self._client.get_or_create_collection(
                    _COLLECTION,
                    embedding_function=None,  # its default one would download weights
                    configuration={"hnsw": {"space": "cosine"}},
                    metadata={_EMBEDDER: embedder},
                )
                self._check_embedder(embedder)
                self._collection.count()
        except VectorIndexBroken:
            self.close()
            raise

    def add(self, ids: Sequence[PassageId], documents: Sequence[DocumentId], vectors: Vectors) -> None:
        """Raises: VectorIndexBroken; ValueError as `ExactIndex.add`."""
        check_added(ids, documents, vectors, self._dimensions)
        for start in range(0, len(ids), WRITE_BATCH):
            part = slice(start, start + WRITE_BATCH)
            with self._at_work(durable=True):
                self._collection.upsert(
                    ids=[str(id_) for id_ in ids[part]],
                    embeddings=vectors[part],
                    metadatas=[{_DOCUMENT: document} for document in documents[part]],
                )

    def remove(self, ids: Sequence[PassageId]) -> None:
        """Raises: VectorIndexBroken."""
        for start in range(0, len(ids), WRITE_BATCH):
            with self._at_work(durable=True):
                self._collection.delete(ids=[str(id_) for id_ in ids[start : start + WRITE_BATCH]])

    def remove_documents(self, documents: Collection[DocumentId]) -> None:
        """Raises: VectorIndexBroken."""
        if documents:
            with self._at_work(durable=True):
                self._collection.delete(where={_DOCUMENT: {"$in": list(documents)}})

    def search(
        self, vector: Vectors, k: int, documents: frozenset[DocumentId] | None = None
    ) -> list[tuple[PassageId, float]]:
        """Up to `k` (passage, cosine), best first, equal ones by id; approximate: one may be missed.

        Raises:
            VectorIndexBroken
        """
        if k <= 0 or documents == frozenset():
            return []
        where = None if documents is None else {_DOCUMENT: {"$in": sorted(documents)}}
        with self._at_work():
            found = self._collection.query(
                query_embeddings=[vector], n_results=k, where=where, include=["distances"]
            )
        distances = zip(found["ids"][0], found["distances"][0], strict=True)
        scored = [(int(id_), 1.0 - float(distance)) for id_, distance in distances]
        return sorted(scored, key=lambda item: (-item[1], item[0]))

    def count(self) -> int:
        """Raises: VectorIndexBroken."""
        with self._at_work():
            return int(self._collection.count())

    def ids(self) -> NDArray[np.int64]:
        """All passages, ascending. Raises: VectorIndexBroken."""
        with self._at_work():
            found = self._collection.get(include=[])["ids"]
        return np.sort(np.array(found, dtype=np.int64))

    def probe(self, vectors: Vectors) -> None:
        """Look for a few stored vectors. Most must be found: the search is approximate, 197 of 200 are.

        Raises:
            VectorIndexBroken
        """
        # Not by id: the same text may stand in two documents.
        found = sum(any(cosine > _NEAR for _, cosine in self.search(vector, 1)) for vector in vectors)
        if found * 2 <= len(vectors) and len(vectors):
            raise VectorIndexBroken(f"only {found} of {len(vectors)} stored vectors are found")

    def close(self) -> None:
        """Let go of the files; a second call does nothing."""
        client, self._client = self._client, None
        if client is not None:
            try:
                client.close()
            except BaseException as error:
                _raise_unless_chroma_s(error)

    def _check_embedder(self, embedder: str) -> None:
        stored = (self._collection.metadata or {}).get(_EMBEDDER)
        if stored != embedder:
            raise VectorIndexBroken(f"its vectors are by “{stored}”, not “{embedder}”")

    @contextmanager
    def _at_work(self, *, durable: bool = False) -> Iterator[None]:
        """Around every call into Chroma: the marker lies there, and whatever fails is VectorIndexBroken.

        A `durable` marker survives a power cut too.
        """
        marker = self._folder / MARKER
        try:
            _touch(marker, durable=durable)
            yield
            marker.unlink()
        except VectorIndexBroken:
            raise
        except BaseException as error:
            _raise_unless_chroma_s(error)
            raise VectorIndexBroken(f"{type(error).__name__}: {error}") from error


def size_limit(vectors: int, dimensions: int) -> int:
    """The most bytes that a sound file may have: twenty times what the vectors take, and a base.

    Source: 20,000 vectors of 384 dimensions (31 MB) make files of 34, 8, 0.6 and 0.2 MB; a broken one had
    727 GB. Deleted vectors stay in the file, so much change reaches the limit too; made anew it is small.
    """
    return _BASE_BYTES + 20 * vectors * dimensions * 4


def _check_folder(folder: Path, limit_bytes: int) -> None:
    """Everything that can be known without opening. Raises: VectorIndexBroken."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / MARKER).exists():
            raise VectorIndexBroken("the process ended while Chroma was at work")
        for path in folder.rglob("*"):
            if path.lstat().st_size > limit_bytes:
                raise VectorIndexBroken(f"{path.name} has {path.lstat().st_size} bytes")
    except OSError as error:
        raise VectorIndexBroken(str(error)) from error


def import_chroma() -> Any:
    """The library, silent; the first time takes about a second."""
    # Read when it is imported; the setting that each client gets does not silence all of it.
    os.environ["ANONYMIZED_TELEMETRY"] = "False"
    import chromadb

    return chromadb


def _client(folder: Path) -> Any:
    chromadb = import_chroma()
    settings = chromadb.config.Settings(anonymized_telemetry=False)
    return chromadb.PersistentClient(path=str(folder), settings=settings)


def _touch(marker: Path, *, durable: bool) -> None:
    with marker.open("wb") as file:
        if durable:
            os.fsync(file.fileno())


def _raise_unless_chroma_s(error: BaseException) -> None:
    """Chroma's own failures have no common class: its errors, SQLite's, ValueError, a panic in Rust.

    WORKAROUND: a panic (pyo3's PanicException) is no Exception, so all but the process's own is Chroma's.
    """
    if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError)):
        raise error
