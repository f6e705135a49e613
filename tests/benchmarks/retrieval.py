"""How often the right paragraph is found: by words, by vectors, fused; and when evidence is refused.

    python -m tests.benchmarks.retrieval SQUAD_DEV_FOLDER EMBEDDER [--library FILE] [--questions 1500]

The folder holds paragraphs.jsonl and questions.jsonl. Everything runs in this process, through the same
store, passages and retrieval as in the application; `--library` keeps the embedded library for next time.
For the refusals every second subject is taken out of scope: then questions on it should find no evidence.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from rag.embedders import open_embedder
from rag.embedders.long_texts import embed_question
from rag.evidence import CANDIDATES, choose
from rag.passages import embedding_text, split
from rag.ports import Embedder, Vectors
from rag.process.messages import FileRead, SearchVectors, VectorsFound
from rag.ranking import Weights
from rag.retrieval import Retrieval
from rag.settings import PassageSettings, RetrievalSettings
from rag.store import KnownDocument, Store
from rag.values import FileState, FoundPassage, Page, Passage
from rag.vectors.exact import ExactIndex
from rag.vectors.source import LibraryVectors

SEED = 0  # of the questions that figures are given for; what was tuned was tuned on the others


class InProcessReader:
    """A Worker that searches in this process; remembers the vectors of questions asked before."""

    def __init__(self, embedder: Embedder, library: Path) -> None:
        self._embedder = embedder
        self._index = ExactIndex(embedder.dimensions)
        self._known: dict[str, Any] = {}
        for stored in LibraryVectors(library, embedder.identity, embedder.dimensions).all():
            self._index.add(stored.ids, stored.documents, stored.vectors)

    def call(
        self, request: Any, *, timeout_s: float | None = None, cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[VectorsFound]:
        assert isinstance(request, SearchVectors)
        if request.text not in self._known:
            self._known[request.text] = embed_question(self._embedder, request.text)
        vector = self._known[request.text]
        scope = None if request.documents is None else frozenset(request.documents)
        ids, similarities = zip(*self._index.search(vector, request.k, scope), strict=True)
        found = vector.astype("<f4").tobytes()
        yield VectorsFound(ids, similarities, "exact", found, self._embedder.identity)


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def fill(store: Store, paragraphs: Sequence[dict[str, Any]], embedder: Embedder) -> None:
    """Every paragraph as a document of its own; what a former run has embedded stays."""
    collection = store.make_collection("squad_dev")
    known = store.known(collection)
    store.register(collection, [FileState(row["id"], 0, 0) for row in paragraphs if row["id"] not in known])
    texts = {row["id"]: row["text"] for row in paragraphs}
    for document in store.waiting():
        page = Page(1, texts[document.file.path])
        passages = split([page], embedder.count_tokens, PassageSettings())
        vectors = embedder.embed([embedding_text("", passage) for passage in passages])
        keep(store, document, page, passages, vectors, embedder.identity)


def keep(
    store: Store,
    document: KnownDocument,
    page: Page,
    passages: Sequence[Passage],
    vectors: Vectors,
    embedder: str,
) -> None:
    stored = [np.asarray(vector, "<f4").tobytes() for vector in vectors]
    store.keep(document.id, document.file, FileRead("", "", (page,), tuple(passages)), stored, embedder)


def recall(questions: Sequence[dict[str, Any]], find: Callable[[str], list[FoundPassage]]) -> str:
    """Recall@1 and @5 of the paragraph, and the milliseconds of a search."""
    began = time.perf_counter()
    ranks = []
    for question in questions:
        paths = list(dict.fromkeys(item.passage.path for item in find(question["question"])))
        gold = question["paragraph_id"]
        ranks.append(paths.index(gold) if gold in paths else len(paths) + 99)
    milliseconds = (time.perf_counter() - began) / len(questions) * 1000
    first, five = (sum(rank < k for rank in ranks) / len(ranks) for k in (1, 5))
    return f"recall@1 {first:.3f}  recall@5 {five:.3f}  {milliseconds:.1f} ms a question"


def refusals(
    questions: Sequence[dict[str, Any]], store: Store, retrieval: Retrieval, settings: RetrievalSettings
) -> str:
    subjects = sorted({question["paragraph_id"].rpartition(":")[0] for question in questions})
    random.Random(SEED).shuffle(subjects)
    inside = set(subjects[::2])
    scope = frozenset(row.id for row in store.documents() if row.path.rpartition(":")[0] in inside)
    answered: dict[bool, list[bool]] = {True: [], False: []}
    held, passages, characters = [], [], []
    for question in questions:
        gold = question["paragraph_id"]
        on_subject = gold.rpartition(":")[0] in inside
        found = retrieval.find(question["question"], documents=scope, k=CANDIDATES)
        chosen = choose(question["question"], found, settings)
        answered[on_subject].append(bool(chosen))
        if on_subject:
            held.append(any(item.passage.path == gold for item in chosen))
            passages.append(len(chosen))
            characters.append(sum(len(item.passage.text) for item in chosen))
    return (
        f"evidence for {np.mean(answered[True]):.3f} of {len(answered[True])} questions on the library, "
        f"holding the right paragraph for {np.mean(held):.3f}, {np.mean(passages):.2f} passages and "
        f"{np.mean(characters):.0f} characters each; for {np.mean(answered[False]):.3f} of "
        f"{len(answered[False])} questions on other things"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("data", type=Path)
    parser.add_argument("embedder", type=Path)
    parser.add_argument("--library", type=Path)
    parser.add_argument("--questions", type=int, default=1500)
    arguments = parser.parse_args()
    answerable = [row for row in read(arguments.data / "questions.jsonl") if not row["is_impossible"]]
    questions = random.Random(SEED).sample(answerable, min(arguments.questions, len(answerable)))
    with tempfile.TemporaryDirectory() as folder:
        library = arguments.library or Path(folder) / "library.db"
        embedder = open_embedder(arguments.embedder)
        with closing(Store(library)) as store:
            fill(store, read(arguments.data / "paragraphs.jsonl"), embedder)
            measure(store, InProcessReader(embedder, library), questions)


def measure(store: Store, reader: InProcessReader, questions: Sequence[dict[str, Any]]) -> None:
    settings = RetrievalSettings()
    ways = {
        "words": Weights(1, 0, 0),
        "vectors": Weights(0, 1, 0),
        "both": Weights(0.4, 0.6, 0),
        "fused": settings.weights,
    }
    for name, weights in ways.items():
        retrieval = Retrieval(store, reader, replace(settings, weights=weights), lost=())
        print(f"{name:8}", recall(questions, lambda query: retrieval.find(query, k=30)))  # noqa: B023
    print(refusals(questions, store, Retrieval(store, reader, settings, lost=()), settings))


if __name__ == "__main__":
    main()
