"""The whole rate of indexing, from files to a library that answers, against one plain call to embed.

    python -m tests.benchmarks.indexing FOLDER [--embedder e5|minilm] [--every 1] [--rounds 1]

Indexes FOLDER in a reader process as the application does (models loaded, Chroma on), then gives the same
passages, with the text that is embedded for each, to one `SentenceTransformer.encode` with the same
embedder: the folder that comes with MiniLM, or one made of the values that Carrel has of e5
(tests/benchmarks/e5_folder.py). Both take all cores. Says as well how alike the vectors are, what the parts
of indexing took (they overlap: a file is read while another is embedded), and how far off the time left was
that it told on the way. With `--every 3` the plain call is given every third passage, and its time counts
three times: it is the longer part of a run.

November 2026, two quiet cores, multilingual-e5-small, 75 files of many kinds, 7,099 passages, `--every
3`: indexed in 134.9 s (52.6 a second), embedded plainly in 373.7 s (19.0), so 2.77 times as fast.
Processors computed 252 and 733 s. Embedding is under way all the time, reading for 48 s. The cosine of
both vectors is .997 as a rule, .988 at least. The whole as told on the way: 182, 168, 187 and 193 s at
10, 25, 50 and 75 %.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import psutil

from desktop.compose import reader_description
from desktop.errors import WorkerLost
from desktop.places import Profile, weights
from desktop.processes.supervisor import Supervisor
from rag.embedders import open_embedder
from rag.events import FileFailed, IndexDone, JobProgress
from rag.library import Library
from rag.passages import embedding_text, split
from rag.ports import Vectors, Worker
from rag.settings import PassageSettings, RetrievalSettings
from rag.store import Store
from tests.benchmarks.e5_folder import write_folder

PLAIN = """
import sys, time
import msgspec, numpy
from sentence_transformers import SentenceTransformer
texts = msgspec.json.decode(open(sys.argv[2], "rb").read())
model = SentenceTransformer(sys.argv[1], device="cpu")
model.encode(texts[:8])
began, worked = time.perf_counter(), time.process_time()
vectors = model.encode(texts)
print(time.perf_counter() - began, time.process_time() - worked)
numpy.save(sys.argv[3], vectors)
"""
# What the worker is asked, and what the parts are called in the figures.
PARTS = {"ReadFile": "reading and cutting", "EmbedPassages": "embedding", "Sync": "following the vectors"}
OF_THE_WAY = (0.1, 0.25, 0.5, 0.75)


@dataclass(frozen=True, slots=True)
class Embedders:
    """One embedder in two forms: as Carrel runs it, and as sentence-transformers does."""

    own: Path
    plain: Path


@dataclass(frozen=True, slots=True)
class Indexed:
    seconds: float
    processor_s: float  # of this process and the reader's
    parts: Counter[str]
    estimates: list[tuple[float, float]]  # when it was told, and how long the whole would take by it


class Watched:
    """A worker that keeps how long each kind of request was under way."""

    def __init__(self, worker: Worker, parts: Counter[str]) -> None:
        self._worker = worker
        self._parts = parts

    def call(self, request: Any, **arguments: Any) -> Iterator[Any]:
        with timed(self._parts, PARTS.get(type(request).__name__, "the rest")):
            yield from self._worker.call(request, **arguments)


@contextmanager
def timed(parts: Counter[str], part: str) -> Iterator[None]:
    began = time.perf_counter()
    try:
        yield
    finally:
        parts[part] += time.perf_counter() - began


def index(folder: Path, home: Path, embedder: Path) -> Indexed:
    """Everything in the folder, until it is in the library."""
    profile = Profile(home)
    profile.logs.mkdir(parents=True, exist_ok=True)
    description = reader_description(profile)
    description = replace(description, settings=replace(description.settings, embedder_path=embedder))
    reader = Supervisor(description, log_path=profile.logs / "reader.log")
    parts: Counter[str] = Counter()
    library = Library(profile.library, Watched(reader, parts), RetrievalSettings(), lost=(WorkerLost,))
    library._store.keep = _kept(library._store.keep, parts)
    estimates = []
    try:
        library.warm()
        parts.clear()
        began, worked = time.perf_counter(), processor_s()
        for event in library.index([folder], "Benchmark"):
            passed = time.perf_counter() - began
            match event:
                case JobProgress(seconds_left=left) if left is not None:
                    estimates.append((passed, passed + left))
                case FileFailed(path=path, reason=reason):
                    print(f"{path}: {reason}", file=sys.stderr)
                case IndexDone():
                    print(event, flush=True)
        return Indexed(passed, processor_s() - worked, parts, estimates)
    finally:
        reader.stop()
        library.close()


def processor_s() -> float:
    """Seconds that this process and those below it have computed; they count the same on a busy computer."""
    here = psutil.Process()
    return sum(sum(process.cpu_times()[:2]) for process in (here, *here.children(recursive=True)))


def _kept(keep: Callable[..., bool], parts: Counter[str]) -> Callable[..., bool]:
    def watched(*arguments: Any) -> bool:
        with timed(parts, "storing"):
            return keep(*arguments)

    return watched


def stored(library: Path) -> tuple[list[str], Vectors]:
    """The texts that were embedded, and their vectors in the same order."""
    texts, vectors = [], []
    with closing(Store(library)) as store:
        (embedder,) = store.embedders()
        for row in store.documents():
            titled = store.titled(row.id)
            texts += [embedding_text(each.title, each.passage) for each in titled.values()]
            found = store.vectors(titled, embedder)
            vectors += [np.frombuffer(found[id_], "<f4") for id_ in titled]
    return texts, np.array(vectors)


def cutting(library: Path, embedder: Path) -> float:
    """Seconds to cut all stored text into passages, with nothing else under way: a part of the reading."""
    count_tokens = open_embedder(embedder).count_tokens
    seconds = 0.0
    with closing(Store(library)) as store:
        for document in store.known(store.collection_id("Benchmark")).values():
            if (content := store.content_of(document.file)) is not None:
                began = time.perf_counter()
                split(content.pages, count_tokens, PassageSettings(), content.title)
                seconds += time.perf_counter() - began
    return seconds


def plain(given: Sequence[str], folder: Path, home: Path) -> tuple[float, float, Vectors]:
    """Seconds of one call, those that processors computed, and its vectors."""
    texts, vectors = home / "texts.json", home / "vectors.npy"
    texts.write_bytes(msgspec.json.encode(given))
    command = [sys.executable, "-c", PLAIN, str(folder), str(texts), str(vectors)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    seconds, worked = map(float, done.stdout.split()[-2:])
    return seconds, worked, np.load(vectors)


def embedders(name: str, home: Path) -> Embedders:
    """Makes what there is not."""
    if name == "minilm":
        return Embedders(weights() / "all-minilm-l6-v2.gguf", weights() / "all-minilm-l6-v2")
    folder = home / "multilingual-e5-small"
    write_folder(weights() / "multilingual-e5-small", folder)
    return Embedders(weights() / "multilingual-e5-small.onnx", folder)


def report(
    indexed: Indexed, cut_s: float, count: int, seconds: float, processor_s: float, alike: Vectors
) -> None:
    """`seconds` and `processor_s` are those of the plain call, `alike` the cosines to its vectors."""
    print(
        f"{count} passages: indexed in {indexed.seconds:.1f} s ({count / indexed.seconds:.1f} a second), "
        f"embedded plainly in {seconds:.1f} s ({count / seconds:.1f} a second): "
        f"{seconds / indexed.seconds:.2f} times as fast"
    )
    print(f"processors computed {indexed.processor_s:.1f} s for it, plainly {processor_s:.1f} s")
    took = ", ".join(f"{part} {part_s:.1f} s" for part, part_s in indexed.parts.most_common())
    print(f"under way at the same time: {took}; cutting alone takes {cut_s:.1f} s")
    print(f"cosine of both vectors: {np.median(alike):.4f} as a rule, {alike.min():.4f} at least")
    told = (f"{_told(indexed, at):.0f} s at {at:.0%}" for at in OF_THE_WAY)
    print(f"the whole as told on the way: {', '.join(told)}", flush=True)


def _told(indexed: Indexed, at: float) -> float:
    """What was last told until then."""
    before = [whole for passed, whole in indexed.estimates if passed <= at * indexed.seconds]
    return before[-1] if before else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--embedder", choices=("e5", "minilm"), default="e5")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        forms = embedders(arguments.embedder, Path(made))
        for _ in range(arguments.rounds):
            with tempfile.TemporaryDirectory() as home:
                one_round(arguments.folder, Path(home), forms, arguments.every)


def one_round(folder: Path, home: Path, forms: Embedders, every: int) -> None:
    indexed = index(folder, home, forms.own)
    library = Profile(home).library
    texts, own = stored(library)
    seconds, worked, theirs = plain(texts[::every], forms.plain, home)
    share = len(texts) / len(theirs)
    alike = (own[::every] * theirs).sum(axis=1)
    report(indexed, cutting(library, forms.own), len(texts), seconds * share, worked * share, alike)


if __name__ == "__main__":
    main()
