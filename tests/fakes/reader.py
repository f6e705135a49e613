"""A reader without a process: reads tiny text files, and its vectors are hashed bags of words."""

from __future__ import annotations

import hashlib
import math
import time
import zlib
from array import array
from collections.abc import Callable, Iterator, Sequence
from operator import mul
from pathlib import Path
from typing import Any

from rag.database import Database
from rag.errors import DocumentEmpty, DocumentVanished, RagError
from rag.process.messages import (
    EmbedPassages,
    FileRead,
    PassagesEmbedded,
    ReadFile,
    Reading,
    ReadTable,
    Rebuild,
    SearchVectors,
    Sync,
    Synced,
    TitledPassage,
    VectorsFound,
    Warm,
    Warmed,
)
from rag.settings import ReadLimits
from rag.tables import read_table
from rag.values import Block, Page, Passage
from rag.words import content_words, stem

EMBEDDER = "bag-of-words"
DIMENSIONS = 64


class ReaderLostError(Exception):
    """Stands for the host's error."""


def never() -> bool:
    return False


class FakeReader:
    """A Worker. Pages are separated by form feeds, passages by blank lines, “# …” lines are headings.

    Scripted by name of file: `crashes` take it down, `errors` are raised, `held` are read until it is
    cancelled. Passages with a word of `crashes_embedding` take it down, with `dies_once_embedding` any do,
    once. With `away` it is lost for every request; with `sync_error` it cannot follow. `embedder` is the
    identity of its vectors. `requests` remembers what it was asked.
    """

    def __init__(self, library: Path) -> None:
        self.library = library
        self.requests: list[Any] = []
        self.crashes: set[str] = set()
        self.held: set[str] = set()
        self.crashes_embedding: set[str] = set()
        self.dies_once_embedding = False
        self.errors: dict[str, RagError] = {}
        self.away = False
        self.sync_error: Exception | None = None
        self.embedder = EMBEDDER

    def call(
        self, request: Any, *, timeout_s: float | None = None, cancelled: Callable[[], bool] = never
    ) -> Iterator[Any]:
        self.requests.append(request)
        if self.away:
            raise ReaderLostError("the reader is away")
        match request:
            case ReadFile(path=path, cut=cut):
                yield from self._read(Path(path), cut, cancelled)
            case ReadTable(path=path, sheet=sheet):
                if Path(path).name in self.crashes:
                    raise ReaderLostError(f"the reader died of {path}")
                yield from read_table(Path(path), sheet, ReadLimits(), cancelled)
            case EmbedPassages(passages=passages):
                yield from self._embed(passages, cancelled)
            case SearchVectors(text=text, k=k, documents=documents):
                yield self._search(text, k, documents)
            case Sync() | Rebuild():
                if self.sync_error is not None:
                    raise self.sync_error
                yield Synced(vectors=len(self._stored()))
            case Warm():
                yield Warmed(self.embedder, DIMENSIONS, "exact", len(self._stored()))

    def read_paths(self) -> list[str]:
        """Names of the files that it was asked to read, in order."""
        return [Path(item.path).name for item in self.requests if isinstance(item, ReadFile)]

    def _read(self, path: Path, cut: bool, cancelled: Callable[[], bool]) -> Iterator[Reading | FileRead]:
        while path.name in self.held:
            if cancelled():
                if path.name in self.crashes:
                    break
                return
            time.sleep(0.002)
        if path.name in self.crashes:
            raise ReaderLostError(f"the reader died of {path.name}")
        if path.name in self.errors:
            raise self.errors[path.name]
        if not path.exists():
            raise DocumentVanished(str(path))
        content = path.read_text(encoding="utf-8")
        if not content.strip():
            raise DocumentEmpty(str(path))
        pages = [_page(number, text) for number, text in enumerate(content.split("\f"), start=1)]
        yield Reading("reading", len(pages), len(pages))
        passages: list[Passage] = []
        for page in pages if cut else []:
            passages += [_passage(len(passages) + n, page, block) for n, block in enumerate(page.blocks)]
        content_hash = hashlib.sha256(path.read_bytes()).hexdigest()
        yield FileRead(path.stem, content_hash, tuple(pages), tuple(passages))

    def _embed(
        self, passages: Sequence[TitledPassage], cancelled: Callable[[], bool]
    ) -> Iterator[Reading | PassagesEmbedded]:
        words = " ".join(titled.passage.text for titled in passages)
        if self.dies_once_embedding or any(word in words for word in self.crashes_embedding):
            self.dies_once_embedding = False
            raise ReaderLostError("the reader died of some passages")
        for done in range(len(passages)):
            if cancelled():
                return
            yield Reading("embedding", done + 1, len(passages))
        yield PassagesEmbedded(tuple(vector(titled.passage.text) for titled in passages), self.embedder)

    def _search(self, text: str, k: int, documents: tuple[int, ...] | None) -> VectorsFound:
        query = vector(text)
        scored = sorted(
            (-_cosine(query, blob), id_)
            for id_, document, blob in self._stored()
            if documents is None or document in documents
        )[:k]
        ids = tuple(id_ for _, id_ in scored)
        return VectorsFound(ids, tuple(-score for score, _ in scored), "exact", query, EMBEDDER)

    def _stored(self) -> list[tuple[int, int, bytes]]:
        database = Database(self.library)
        try:
            with database.read() as connection:
                return connection.execute(
                    "SELECT id, document_id, vector FROM vectors JOIN passages ON id = passage_id"
                ).fetchall()
        finally:
            database.close()


def vector(text: str) -> bytes:
    """A unit vector with one direction per stem (collisions included)."""
    values = [0.0] * DIMENSIONS
    for word in content_words(text):
        values[zlib.crc32(stem(word).encode()) % DIMENSIONS] += 1.0
    length = math.sqrt(sum(value * value for value in values)) or 1.0
    return array("f", (value / length for value in values)).tobytes()


def _page(number: int, text: str) -> Page:
    blocks = []
    start = 0
    for part in text.split("\n\n"):
        if part.strip():
            kind, level = ("heading", 1) if part.startswith("# ") else ("paragraph", 0)
            blocks.append(Block(kind, start, start + len(part), level))  # type: ignore[arg-type]
        start += len(part) + 2
    return Page(number, text, tuple(blocks))


def _passage(ordinal: int, page: Page, block: Block) -> Passage:
    return Passage(ordinal, page.number, block.start, block.end, page.text[block.start : block.end])


def _cosine(one: bytes, other: bytes) -> float:
    return sum(map(mul, array("f", one), array("f", other)))
