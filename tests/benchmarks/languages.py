"""How often the right passage comes first in German, French, Spanish, Chinese, Japanese and Thai.

    python -m tests.benchmarks.languages EMBEDDER

For each language of languages.toml: its own questions by words alone, by meaning alone and as the
application ranks them, then English questions on the same texts. Among the twelve texts of the language.
"""

from __future__ import annotations

import sys
import tempfile
import tomllib
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from rag.embedders import open_embedder
from rag.ports import Embedder
from rag.ranking import Weights
from rag.retrieval import Retrieval
from rag.settings import RetrievalSettings
from rag.store import Store
from rag.values import DocumentId
from tests.benchmarks.retrieval import InProcessReader, fill

WAYS = {"words": Weights(1, 0, 0), "meaning": Weights(0, 1, 0), "ranked": Weights()}
Asked = Iterable[tuple[str, str]]  # question, path of the passage that answers it


def main(embedder_path: Path) -> None:
    data = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    embedder = open_embedder(embedder_path)
    with tempfile.TemporaryDirectory() as folder, closing(Store(Path(folder) / "library.db")) as store:
        fill(store, [row for language in data["language"] for row in paragraphs(language)], embedder)
        print("language  " + "  ".join(f"{way:>7}" for way in WAYS) + "  English questions")
        for language in data["language"]:
            print(f"{language['name']:8}  " + measured(store, embedder, language, data["english"]))


def paragraphs(language: dict[str, Any]) -> list[dict[str, str]]:
    return [{"id": f"{language['name']}:{n}", "text": text} for n, text in enumerate(language["texts"])]


def measured(store: Store, embedder: Embedder, language: dict[str, Any], english: list[str]) -> str:
    name = language["name"]
    scope = frozenset(row.id for row in store.documents() if row.path.startswith(f"{name}:"))
    reader = InProcessReader(embedder, store.path)
    own = [(text, f"{name}:{n}") for n, group in enumerate(language["questions"]) for text in group]
    shares = []
    for weights in WAYS.values():
        retrieval = Retrieval(store, reader, replace(RetrievalSettings(), weights=weights), lost=())
        shares.append(first_right(retrieval, own, scope))
    foreign = [(text, f"{name}:{n}") for n, text in enumerate(english)]
    return "  ".join(f"{share:7.3f}" for share in [*shares, first_right(retrieval, foreign, scope)])


def first_right(retrieval: Retrieval, asked: Asked, scope: frozenset[DocumentId]) -> float:
    right = []
    for question, gold in asked:
        found = retrieval.find(question, documents=scope, k=1)
        right.append(bool(found) and found[0].passage.path == gold)
    return sum(right) / len(right)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
