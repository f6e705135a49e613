"""A library of 100,000 passages: how long a search takes, and what the reader process costs.

    python -m tests.benchmarks.scale SQUAD_DEV_FOLDER [--passages 100000] [--chroma]

Each passage is five sentences drawn from the paragraphs, so words are as frequent as they are; its vector
is random, because making real ones takes hours, and a search costs the same. All else is the application:
store, reader process, embedder, fusion. `--profile` keeps the library for next time.

November 2026, 100,000 passages: the check of the index alone (how many vectors are lacking, all of them read
from library.db) takes 0.8 to 2.1 s while other work keeps both cores busy.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from desktop import compose
from desktop.errors import WorkerLost
from desktop.places import Profile
from desktop.processes.supervisor import Supervisor
from rag.library import Library
from rag.sentences import sentences
from rag.settings import RetrievalSettings
from rag.store import Store
from rag.values import FileState, Page, Passage
from rag.vectors.resilient import ResilientIndex
from rag.vectors.source import LibraryVectors, vectors_of_each
from tests.benchmarks.retrieval import SEED, keep, read

PASSAGES_PER_DOCUMENT = 50
SENTENCES = 5


def texts(paragraphs: Sequence[dict[str, Any]], count: int) -> Iterator[str]:
    pool = [row["text"][a:b] for row in paragraphs for a, b in sentences(row["text"])]
    chance = random.Random(SEED)
    for number in range(count):
        yield f"{' '.join(chance.choices(pool, k=SENTENCES))} ({number})"


def fill(
    store: Store, paragraphs: Sequence[dict[str, Any]], count: int, embedder: str, dimensions: int
) -> None:
    """Documents of fifty passages, one transaction each."""
    collection = store.make_collection("scale")
    names = [f"/scale/{number}.txt" for number in range(count // PASSAGES_PER_DOCUMENT)]
    store.register(collection, [FileState(name, 0, 0) for name in names])
    chance = np.random.default_rng(SEED)
    source = texts(paragraphs, count)
    for document in store.waiting(collection):
        cut = []
        for ordinal in range(PASSAGES_PER_DOCUMENT):
            text = next(source)
            cut.append(Passage(ordinal, 1, 0, len(text), text))
        vectors = chance.normal(size=(len(cut), dimensions)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        keep(store, document, Page(1, cut[0].text), cut, vectors, embedder)


def start_up(profile: Profile, embedder: str, dimensions: int) -> str:
    """What the check of the index takes at every start, without the process and its embedder."""
    began = time.perf_counter()
    lacking = vectors_of_each(profile.library).lacking(embedder)
    source = LibraryVectors(profile.library, embedder, dimensions)
    index = ResilientIndex(source, profile.vectors, embedder, dimensions, use_chroma=False)
    seconds = time.perf_counter() - began
    count = index.count()
    index.close()
    return f"check of the index alone: {seconds:.2f} s, {count} vectors, {lacking} lacking"


def measure(profile: Profile, questions: Sequence[str], *, chroma: bool) -> None:
    description = compose.reader_description(profile, use_chroma=chroma)
    reader = Supervisor(description, log_path=profile.folder / "reader.log")
    began = time.perf_counter()
    library = Library(profile.library, reader, RetrievalSettings(), lost=(WorkerLost,))
    try:
        warmed = library.warm()
        print(f"from nothing to ready: {time.perf_counter() - began:.2f} s, {warmed.vectors} vectors")
        times = []
        for question in questions:
            found, seconds = library.search(question)
            assert found and not found[0].words_only
            times.append(seconds * 1000)
        print(f"first {times[0]:.0f} ms, then " + ", ".join(_percentiles(times[1:])))
        print(start_up(profile, warmed.embedder, warmed.dimensions))
        print(f"reader process {(reader.memory_bytes() or 0) / 1e6:.0f} MB, index {library.warm().index}")
    finally:
        library.close()
        reader.stop()


def _percentiles(milliseconds: Sequence[float]) -> list[str]:
    return [f"p{share} {np.percentile(milliseconds, share):.0f} ms" for share in (50, 95, 99)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--chroma", action="store_true")
    parser.add_argument("--profile", type=Path)
    arguments = parser.parse_args()
    rows = [row["question"] for row in read(arguments.data / "questions.jsonl")]
    questions = random.Random(SEED).sample(rows, arguments.questions)
    with tempfile.TemporaryDirectory() as folder:
        profile = Profile(arguments.profile or Path(folder))
        profile.folder.mkdir(parents=True, exist_ok=True)
        if not profile.library.exists():
            began = time.perf_counter()
            _make(profile, read(arguments.data / "paragraphs.jsonl"), arguments.passages)
            print(f"made in {time.perf_counter() - began:.0f} s")
        measure(profile, questions, chroma=arguments.chroma)


def _make(profile: Profile, paragraphs: Sequence[dict[str, Any]], count: int) -> None:
    from rag.embedders import open_embedder

    embedder = open_embedder(compose.embedder_path())
    store = Store(profile.library)
    try:
        fill(store, paragraphs, count, embedder.identity, embedder.dimensions)
    finally:
        store.close()


if __name__ == "__main__":
    main()
