from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rag.errors import CollectionUnknown, DocumentVanished
from rag.library import Library
from rag.process.messages import Sync
from tests.fakes.reader import EMBEDDER, FakeReader


@pytest.fixture
def indexed(library: Library, folder: Path) -> Library:
    list(library.index([folder], "Contracts"))
    return library


def test_app_process_loads_neither_numpy_nor_anything_heavier() -> None:
    program = "import sys, rag.library, rag.grounding; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert not {"numpy", "torch", "llama_cpp", "chromadb", "lxml", "pypdfium2"} & set(loaded.split())


def test_question_is_answered_with_the_passage_its_page_and_its_place(indexed: Library, folder: Path) -> None:
    first = indexed.evidence("What is the monthly rent?")[0].passage
    assert (first.path, first.page, first.text) == (
        str(folder / "lease.txt"),
        2,
        "The monthly rent is EUR 1,200.",
    )
    page = indexed.page(first.path, first.page)
    assert page.text[first.start : first.end] == first.text
    assert indexed.page_of(first.document_id, first.page) == page


def test_follow_up_is_understood_from_the_question_before(indexed: Library) -> None:
    assert indexed.evidence("And how long?", ["How is the cake baked?"])[0].passage.document == "recipe.txt"


def test_question_about_something_else_has_no_evidence(indexed: Library) -> None:
    assert indexed.evidence("Which planets have rings?") == []


def test_scope_of_paths_and_collections_narrows_the_evidence(indexed: Library, folder: Path) -> None:
    question = "What is the monthly rent?"
    assert indexed.evidence(question, paths=[folder / "lease.txt"])
    assert indexed.evidence(question, paths=[folder])
    assert indexed.evidence(question, paths=[folder / "nda.txt"]) == []
    assert indexed.evidence(question, collection="Contracts")
    with pytest.raises(CollectionUnknown):
        indexed.evidence(question, collection="Recipes")
    with pytest.raises(CollectionUnknown):
        indexed.search(question, collection="Recipes")


def test_a_document_is_known_by_every_collection_that_holds_it_or_a_copy(
    indexed: Library, folder: Path
) -> None:
    lease, copy = folder / "lease.txt", folder.parent / "kept" / "other name.txt"
    copy.parent.mkdir()
    copy.write_bytes(lease.read_bytes())
    list(indexed.index([copy], "Payroll"))
    list(indexed.index([folder / "nda.txt"], "Work"))
    asked = [lease, copy, folder / "nda.txt", folder / "nowhere.txt"]
    assert indexed.collections_of(asked) == [
        {"Contracts", "Payroll"},
        {"Contracts", "Payroll"},
        {"Contracts", "Work"},
        frozenset(),
    ]


def test_removed_documents_are_forgotten_by_the_reader_too(
    indexed: Library, folder: Path, reader: FakeReader
) -> None:
    (lease,) = indexed.document_ids(paths=[folder / "lease.txt"])
    assert indexed.remove(paths=[folder / "lease.txt"]) == 1
    assert reader.requests[-1] == Sync(removed=(lease,))
    assert indexed.evidence("What is the monthly rent?") == []
    assert indexed.remove(collection="Contracts") == 2
    assert indexed.status() == []
    assert (folder / "lease.txt").exists()


def test_removing_nothing_in_particular_removes_nothing(indexed: Library) -> None:
    assert indexed.remove() == 0
    assert indexed.remove(paths=["/nowhere"]) == 0


def test_paths_of_one_collection_can_be_removed_from_it_alone(indexed: Library, folder: Path) -> None:
    list(indexed.index([folder / "lease.txt"], "Other"))
    assert indexed.remove(paths=[folder], collection="Other") == 1
    assert [status.documents for status in indexed.status()] == [3, 0]


def test_page_that_is_not_kept_has_vanished(indexed: Library, folder: Path) -> None:
    with pytest.raises(DocumentVanished):
        indexed.page(folder / "lease.txt", 9)
    with pytest.raises(DocumentVanished):
        indexed.page_of(999, None)


def test_text_can_be_read_without_keeping_it(library: Library, folder: Path, reader: FakeReader) -> None:
    read = library.read_text(folder / "lease.txt")
    assert [page.number for page in read.pages] == [1, 2]
    assert read.passages == ()
    assert library.status() == []


def test_warming_and_rebuilding_answer_with_the_state_of_the_index(indexed: Library) -> None:
    warmed = indexed.warm()
    assert (warmed.embedder, warmed.vectors) == (EMBEDDER, 6)
    assert indexed.rebuild() == 6


def test_documents_are_narrowed_by_kind_and_by_when_their_files_changed(
    library: Library, tmp_path: Path
) -> None:
    (tmp_path / "old.TXT").write_text("The rent is due in May.")
    (tmp_path / "new.md").write_text("The rent is due in June.")
    os.utime(tmp_path / "old.TXT", (100, 100))
    os.utime(tmp_path / "new.md", (200, 200))
    list(library.index([tmp_path / "old.TXT", tmp_path / "new.md"], "Documents"))

    def found(**scope: Any) -> list[str]:
        documents = library.document_ids(**scope)
        evidence = library.evidence("When is the rent due?", documents=documents)
        searched, _ = library.search("rent", documents=documents)
        assert {item.passage.document for item in evidence} == {item.passage.document for item in searched}
        return [item.passage.document for item in searched]

    assert found(kinds=["txt"]) == ["old.TXT"]
    assert found(modified_from_ns=200 * 10**9) == ["new.md"]
    assert found(modified_before_ns=200 * 10**9) == ["old.TXT"]
    assert found(kinds=["pdf"]) == []
    assert library.evidence("When is the rent due?", paths=[tmp_path / "new.md"], documents=frozenset()) == []
