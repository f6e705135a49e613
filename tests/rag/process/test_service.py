from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.errors import EmbedderMissing
from rag.process.messages import (
    REPLIES,
    REQUESTS,
    DrawPage,
    EmbedPassages,
    FileRead,
    FindPeople,
    PassagesEmbedded,
    RankTexts,
    ReadFile,
    ReadTable,
    Rebuild,
    SearchVectors,
    Sync,
    Synced,
    TextsRanked,
    TitledPassage,
    VectorsFound,
    Warm,
    Warmed,
)
from rag.process.service import ReaderService, build
from rag.settings import ReaderSettings
from tests.fakes.embedder import FakeEmbedder
from tests.rag.vectors.library import FilledLibrary

ROOT = Path(__file__).parents[3]


def never() -> bool:
    return False


def ask(service: ReaderService, request: Any) -> Any:
    """The last reply."""
    replies = list(service.handle(request, never))
    assert all(isinstance(reply, REPLIES) for reply in replies)
    return replies[-1]


@pytest.fixture
def library(settings: ReaderSettings) -> Iterator[FilledLibrary]:
    filled = FilledLibrary(settings.library_path)
    yield filled
    filled.close()


def put(library: FilledLibrary, embedder: FakeEmbedder, name: str, *texts: str) -> int:
    return library.put(name, embedder.embed(texts), embedder.identity)


def test_every_request_has_a_lane(service: ReaderService) -> None:
    requests = [
        Warm(),
        ReadFile(""),
        ReadTable(""),
        EmbedPassages(()),
        DrawPage("", 1, 1),
        SearchVectors("", 1),
        RankTexts((), 1, ""),
        FindPeople(()),
        Sync(),
        Rebuild(),
    ]
    assert {type(request) for request in requests} == set(REQUESTS)
    lanes = {type(request): service.lane(request) for request in requests}
    assert lanes[ReadFile] != lanes[SearchVectors] != lanes[Sync] != lanes[ReadFile]
    assert lanes[EmbedPassages] not in (lanes[ReadFile], lanes[SearchVectors], lanes[Sync])
    assert lanes[Warm] == lanes[SearchVectors]
    assert lanes[Rebuild] == lanes[Sync]
    assert list(lanes.values()).count(lanes[RankTexts]) == 1  # thousands of texts hold nobody up
    assert lanes[DrawPage] not in (lanes[ReadFile], lanes[SearchVectors], lanes[Sync])


def test_nothing_is_loaded_before_it_is_needed(settings: ReaderSettings) -> None:
    def fail() -> FakeEmbedder:
        pytest.fail("the embedder was loaded")

    ReaderService(settings, fail).close()


def test_the_embedder_is_loaded_once(settings: ReaderSettings, embedder: FakeEmbedder) -> None:
    loads = []
    service = ReaderService(settings, lambda: loads.append(1) or embedder)
    ask(service, Warm())
    ask(service, SearchVectors("rent", 3))
    ask(service, Sync())
    service.close()
    assert loads == [1]


def test_warming_up_says_what_is_there(
    service: ReaderService, library: FilledLibrary, embedder: FakeEmbedder
) -> None:
    put(library, embedder, "a", "the rent is due", "cats purr")
    assert ask(service, Warm()) == Warmed(
        embedder.identity, embedder.dimensions, "exact", 2, "Chroma is switched off."
    )


def test_a_search_finds_the_nearest_passage_and_gives_the_text_s_vector(
    service: ReaderService, library: FilledLibrary, embedder: FakeEmbedder
) -> None:
    put(library, embedder, "a", "the rent is due", "cats purr", "dogs bark")
    found = ask(service, SearchVectors("when is the rent due", 2))
    assert isinstance(found, VectorsFound)
    assert len(found.ids) == len(found.similarities) == 2
    vector = np.frombuffer(found.vector, "<f4")
    np.testing.assert_allclose(vector, embedder.embed(["when is the rent due"])[0], atol=1e-6)
    assert found.similarities[0] == pytest.approx(
        float(vector @ embedder.embed(["the rent is due"])[0]), abs=1e-5
    )
    assert found.embedder == embedder.identity
    assert found.index == "exact"


def test_a_search_within_documents_finds_only_theirs(
    service: ReaderService, library: FilledLibrary, embedder: FakeEmbedder
) -> None:
    put(library, embedder, "a", "the rent is due")
    other = put(library, embedder, "b", "cats purr")
    everywhere = ask(service, SearchVectors("rent", 5))
    within = ask(service, SearchVectors("rent", 5, (other,)))
    assert len(everywhere.ids) == 2
    assert within.ids == everywhere.ids[1:]
    assert ask(service, SearchVectors("rent", 5, ())).ids == ()


def test_a_question_longer_than_the_window_is_answered(
    service: ReaderService, library: FilledLibrary, embedder: FakeEmbedder
) -> None:
    put(library, embedder, "a", "the rent is due")
    found = ask(service, SearchVectors("rent due " * embedder.window_tokens, 1))
    assert found.similarities[0] > 0.5


def test_a_search_in_a_profile_without_a_library_finds_nothing(service: ReaderService) -> None:
    assert ask(service, SearchVectors("rent", 5)).ids == ()


def test_what_is_added_and_removed_is_followed(
    service: ReaderService, library: FilledLibrary, embedder: FakeEmbedder
) -> None:
    first = put(library, embedder, "a", "the rent is due")
    assert ask(service, Warm()).vectors == 1
    second = put(library, embedder, "b", "cats purr", "dogs bark")
    assert len(ask(service, SearchVectors("cats", 9)).ids) == 1
    assert ask(service, Sync(added=(second,))) == Synced(3)
    assert ask(service, SearchVectors("cats purr", 1)).similarities[0] == pytest.approx(1, abs=1e-4)
    library.remove(first)
    assert ask(service, Sync(removed=(first,))) == Synced(2)


def test_a_document_read_again_is_replaced(
    service: ReaderService, library: FilledLibrary, embedder: FakeEmbedder
) -> None:
    document = put(library, embedder, "a", "the rent is due", "cats purr")
    assert ask(service, Warm()).vectors == 2
    put(library, embedder, "a", "dogs bark")
    assert ask(service, Sync(added=(document,), removed=(document,))) == Synced(1)
    assert ask(service, SearchVectors("dogs bark", 1)).similarities[0] == pytest.approx(1, abs=1e-4)


def test_a_rebuild_takes_over_what_nobody_told(
    service: ReaderService, library: FilledLibrary, embedder: FakeEmbedder
) -> None:
    assert ask(service, Warm()).vectors == 0
    put(library, embedder, "a", "the rent is due")
    assert ask(service, Rebuild()) == Synced(1)


def test_a_missing_embedder_is_told_every_time_and_found_when_it_comes(
    settings: ReaderSettings, embedder: FakeEmbedder
) -> None:
    present: list[FakeEmbedder] = []

    def load() -> FakeEmbedder:
        if not present:
            raise EmbedderMissing("absent.gguf")
        return present[0]

    service = ReaderService(settings, load)
    for _ in range(2):
        with pytest.raises(EmbedderMissing):
            ask(service, Warm())
    present.append(embedder)
    assert ask(service, Warm()).embedder == embedder.identity


def test_chroma_answers_once_it_is_there(
    settings: ReaderSettings, library: FilledLibrary, embedder: FakeEmbedder
) -> None:
    put(library, embedder, "a", "the rent is due", "cats purr")
    service = ReaderService(replace(settings, use_chroma=True), lambda: embedder)
    try:
        before = ask(service, SearchVectors("cats", 2))
        assert service._answering.get().index.wait_for_chroma(60)
        after = ask(service, SearchVectors("cats", 2))
        assert ask(service, Warm()).index == after.index == "chroma"
        assert after.ids == before.ids
        assert after.similarities == pytest.approx(before.similarities, abs=1e-5)
    finally:
        service.close()


IMPORTS = """
import json, sys
import {module}
print(json.dumps([name for name in {unwanted} if name in sys.modules]))
"""
NATIVE = ["llama_cpp", "chromadb", "onnxruntime", "tokenizers", "torch", "sentence_transformers", "pypdfium2"]


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("rag.process.service", [*NATIVE, "lxml"]),
        ("rag.process.messages", [*NATIVE, "lxml", "numpy"]),
        ("rag.library", [*NATIVE, "lxml", "numpy"]),
        ("desktop.compose", [*NATIVE, "lxml", "numpy"]),
    ],
)
def test_importing_loads_no_native_library(module: str, unwanted: list[str]) -> None:
    code = IMPORTS.format(module=module, unwanted=unwanted)
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == []


@pytest.mark.model
def test_a_real_file_is_read_kept_and_found(weights: Path, tmp_path: Path, settings: ReaderSettings) -> None:
    from rag.embedders.export import export

    export(weights / "all-minilm-l6-v2", tmp_path / "embedder.gguf")
    (tmp_path / "lease.md").write_text(
        "# Lease\n\n## Notice\n\nThe notice period is three months to the end of a quarter.\n\n"
        "## Pets\n\nThe tenant may keep a cat.\n",
        "utf-8",
    )
    service = ReaderService(replace(settings, embedder_path=tmp_path / "embedder.gguf", threads=1))
    read = ask(service, ReadFile(str(tmp_path / "lease.md")))
    assert isinstance(read, FileRead)
    library = FilledLibrary(settings.library_path)
    embedded = ask(service, EmbedPassages(tuple(TitledPassage(read.title, item) for item in read.passages)))
    assert isinstance(embedded, PassagesEmbedded)
    vectors = np.array([np.frombuffer(vector, "<f4") for vector in embedded.vectors])
    library.put("lease.md", vectors, embedded.embedder)
    found = ask(service, SearchVectors("How long before I move out must I tell the landlord?", 1))
    library.close()
    service.close()
    best = next(
        passage
        for passage, vector in zip(read.passages, vectors, strict=True)
        if np.allclose(vector @ np.frombuffer(found.vector, "<f4"), found.similarities[0], atol=1e-5)
    )
    assert "three months" in best.text


def test_building_sets_what_native_libraries_read_once(
    settings: ReaderSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment: dict[str, str] = {}
    monkeypatch.setattr("os.environ", environment)
    build(settings).close()
    assert environment["OMP_WAIT_POLICY"] == "PASSIVE"
    assert environment["ANONYMIZED_TELEMETRY"] == "False"


def test_what_a_killed_reader_left_of_attachments_is_removed(
    tmp_path: Path, settings: ReaderSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr("rag.process.service._prepare_environment", lambda: None)
    scratch = tmp_path / "profile" / "scratch"
    (scratch / "carrel-killed").mkdir(parents=True)
    (scratch / "carrel-killed" / "1.pdf").write_bytes(b"%PDF")
    build(replace(settings, scratch_path=scratch)).close()
    assert list(scratch.iterdir()) == []
    with tempfile.TemporaryDirectory() as folder:
        assert Path(folder).parent == scratch


def test_scratch_that_cannot_be_made_leaves_the_system_s_own_place(
    tmp_path: Path, settings: ReaderSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr("rag.process.service._prepare_environment", lambda: None)
    (tmp_path / "file").write_text("in the way")
    build(replace(settings, scratch_path=tmp_path / "file" / "scratch")).close()
    assert tempfile.tempdir is None


def test_texts_are_ranked_without_a_library(settings: ReaderSettings, embedder: FakeEmbedder) -> None:
    service = ReaderService(settings, lambda: embedder)
    found = ask(service, RankTexts(("the rent is due",), 1, "key", ("cats purr", "rent is due")))
    assert isinstance(found, TextsRanked)
    assert found.ranked is not None
    assert found.ranked[0][0][0] == 1
    service.close()
