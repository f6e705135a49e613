"""What the reader process does: reads files, embeds, searches by meaning.

It has the shape of `desktop.processes.service.Service`, without knowing it: `lane`, `handle`, `close`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, TypeVar, assert_never

from rag import formats
from rag.embedders import open_embedder
from rag.embedders.long_texts import embed_question
from rag.embedders.turns import TakingTurns
from rag.people.finder import PeopleFinder
from rag.ports import Embedder
from rag.process.answering import UNFINISHED, Answering
from rag.process.embedding import embed_passages
from rag.process.messages import (
    DrawPage,
    EmbedPassages,
    FindPeople,
    RankTexts,
    ReadFile,
    ReadTable,
    Rebuild,
    SearchVectors,
    Sync,
    Synced,
    VectorsFound,
    Warm,
    Warmed,
)
from rag.process.ranking_texts import TextRanking
from rag.process.reading import Cancelled, FileReader
from rag.settings import ReaderSettings
from rag.tables import read_table

Request = (
    Warm
    | ReadFile
    | ReadTable
    | EmbedPassages
    | DrawPage
    | SearchVectors
    | RankTexts
    | FindPeople
    | Sync
    | Rebuild
)

_LANES: dict[type, str] = {
    ReadFile: "read",
    ReadTable: "table",  # a preview does not wait for a long scan
    EmbedPassages: "embed",  # while the next file is read
    DrawPage: "draw",  # not behind a long scan: PDFium's lock is held for a page (rag/formats/pdf_file.py)
    Warm: "search",
    SearchVectors: "search",
    RankTexts: "rank",  # thousands of examples may be new to it
    FindPeople: "people",  # somebody waits to see what would be sent
    Sync: "sync",
    Rebuild: "sync",
}
_T = TypeVar("_T")


def build(settings: ReaderSettings) -> ReaderService:
    """The service, with nothing loaded yet. For a process of its own: it sets that process's environment."""
    _prepare_environment()
    if settings.scratch_path is not None:
        _prepare_scratch(settings.scratch_path)
    return ReaderService(settings)


def _prepare_environment() -> None:
    """What native libraries read once, when they are loaded."""
    # Threads that wait actively fight with the model's for the cores; see embedders/gguf.py for figures.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ["ANONYMIZED_TELEMETRY"] = "False"
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # heeded by the versions of ONNX Runtime that would report
    os.environ["TOKENIZERS_PARALLELISM"] = "false"


def _prepare_scratch(path: Path) -> None:
    """Let temporary files lie in the profile, and remove what a reader that was killed left of them.

    They hold what was attached to the person's mail: elsewhere it would lie about for other programs.
    """
    shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):  # a full disk: the system's own place it is
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.tempdir = str(path)


class ReaderService:
    """Loads the embedder and the vectors when they are first needed; lanes may call it at the same time."""

    def __init__(self, settings: ReaderSettings, load_embedder: Callable[[], Embedder] | None = None) -> None:
        """`load_embedder` takes the place of the embedder that the settings name."""
        self._settings = settings
        self._load_embedder = load_embedder or self._open_embedder
        self._embedder = _Lazy(lambda: TakingTurns(self._load_embedder()))
        self._answering = Answering(
            settings, self._embedder.get, lambda path: open_embedder(path, settings.threads)
        )
        self._files = FileReader(settings, self._embedder.get)
        self._ranking = TextRanking(self._embedder.get)
        self._people = PeopleFinder(self._embedder.get, settings.names_path)

    def lane(self, request: Request) -> str:
        return _LANES[type(request)]

    def handle(self, request: Request, cancelled: Cancelled) -> Iterator[Any]:
        """The replies of `rag.process.messages`; ends early, without the last of them, when cancelled.

        Raises:
            RagError: the documents', the library's or the embedder's.
        """
        match request:
            case ReadFile():
                yield from self._files.read(request, cancelled)
            case ReadTable(path=path, sheet=sheet):
                yield from read_table(Path(path), sheet, self._settings.limits, cancelled)
            case EmbedPassages():
                yield from embed_passages(self._embedder.get(), request.passages, cancelled)
            case DrawPage():
                yield formats.draw(Path(request.path), request.page, request.width_px)
            case Warm():
                yield self._warm()
            case SearchVectors():
                yield self._search(request)
            case RankTexts():
                yield from self._ranking.rank(request, cancelled)
            case FindPeople():
                yield from self._people.find(request, cancelled)
            case Sync():
                index = self._answering.reconsider().index
                index.follow(request.added, request.removed)
                yield Synced(index.count())
            case Rebuild():
                index = self._answering.reconsider().index
                index.rebuild()
                yield Synced(index.count())
            case _:
                assert_never(request)

    def close(self) -> None:
        """Ends the thread that keeps Chroma; what else is loaded goes with the process."""
        self._answering.close()

    def _warm(self) -> Warmed:
        embedder = self._embedder.get()
        state = self._answering.get().index.state()
        detail = state.detail if self._answering.finished else UNFINISHED
        return Warmed(embedder.identity, embedder.dimensions, state.index, state.vectors, detail)

    def _search(self, request: SearchVectors) -> VectorsFound:
        answering = self._answering.require()
        embedder = answering.embedder
        vector = embed_question(embedder, request.text)
        documents = None if request.documents is None else frozenset(request.documents)
        found = answering.index.nearest(vector, request.k, documents)
        return VectorsFound(
            ids=tuple(passage for passage, _ in found.passages),
            similarities=tuple(cosine for _, cosine in found.passages),
            index=found.index,
            vector=vector.astype("<f4").tobytes(),
            embedder=embedder.identity,
        )

    def _open_embedder(self) -> Embedder:
        return open_embedder(self._settings.embedder_path, self._settings.threads)


class _Lazy(Generic[_T]):
    """Made by the first thread that asks, while the others wait; asked again after a failure, tried again."""

    def __init__(self, make: Callable[[], _T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self.made: _T | None = None

    def get(self) -> _T:
        with self._lock:
            if self.made is None:
                self.made = self._make()
            return self.made
