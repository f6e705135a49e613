from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag.errors import EmbedderMissing, VectorIndexBroken
from rag.process.answering import Answering
from rag.settings import ReaderSettings
from rag.store import Store
from tests.fakes.embedder import FakeEmbedder
from tests.rag.vectors.library import FilledLibrary

NEW = FakeEmbedder(dimensions=32, identity="new:1")
OLD = FakeEmbedder(identity="old:1")
TEXTS = ("the rent is due", "cats purr", "dogs bark")


@pytest.fixture
def library(settings: ReaderSettings) -> Iterator[FilledLibrary]:
    filled = FilledLibrary(settings.library_path)
    filled.put("a", OLD.embed(TEXTS), OLD.identity)
    yield filled
    filled.close()


def answering(settings: ReaderSettings, *, weights_are_there: bool = True) -> Answering:
    def open_former(path: Path) -> FakeEmbedder:
        if not weights_are_there:
            raise EmbedderMissing(str(path))
        return OLD

    settings = replace(settings, former_embedders=(Path("old.gguf"),))
    return Answering(settings, lambda: NEW, open_former)


def embed_anew(library: FilledLibrary) -> None:
    store = Store(library.path)
    for document in store.documents_without(NEW.identity):
        titled = store.titled(document)
        rows = NEW.embed([item.passage.text for item in titled.values()])
        vectors = [row.astype("<f4").tobytes() for row in rows]
        store.add_vectors(NEW.identity, dict(zip(titled, vectors, strict=True)))
    store.close()


def test_former_embedder_answers_until_everything_is_embedded_anew(
    settings: ReaderSettings, library: FilledLibrary
) -> None:
    chosen = answering(settings)
    pair = chosen.require()
    assert (pair.embedder.identity, pair.index.count()) == (OLD.identity, 3)
    library.put("b", NEW.embed(["the rent is due"]), NEW.identity)
    assert chosen.reconsider().embedder.identity == OLD.identity
    assert chosen.require().embedder.identity == OLD.identity
    embed_anew(library)
    pair = chosen.reconsider()
    assert (pair.embedder.identity, pair.index.count()) == (NEW.identity, 4)
    chosen.close()


def test_present_embedder_answers_at_once_where_all_vectors_are_its_own(
    settings: ReaderSettings, library: FilledLibrary
) -> None:
    embed_anew(library)
    chosen = answering(settings)
    assert chosen.require().embedder.identity == NEW.identity
    chosen.close()


def test_without_the_former_weights_nothing_is_compared_until_all_is_embedded(
    settings: ReaderSettings, library: FilledLibrary
) -> None:
    chosen = answering(settings, weights_are_there=False)
    with pytest.raises(VectorIndexBroken, match="only words are compared"):
        chosen.require()
    assert not chosen.finished
    embed_anew(library)
    chosen.reconsider()
    assert chosen.finished
    assert chosen.require().index.count() == 3
    chosen.close()


def test_an_empty_library_is_answered_by_the_present_embedder(settings: ReaderSettings) -> None:
    chosen = answering(settings)
    assert chosen.require().embedder.identity == NEW.identity
    chosen.close()
