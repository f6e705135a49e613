from __future__ import annotations

from array import array
from pathlib import Path

import pytest

from rag.library import Library
from rag.process.messages import SearchVectors, VectorsFound
from rag.retrieval import Retrieval
from rag.settings import RetrievalSettings
from rag.store import Store
from tests.fakes.reader import EMBEDDER, FakeReader, ReaderLostError, vector


def _index(library: Library, tmp_path: Path, **texts: str) -> dict[str, int]:
    for name, text in texts.items():
        (tmp_path / f"{name}.txt").write_text(text)
    paths = [tmp_path / f"{name}.txt" for name in texts]
    list(library.index(paths, "Documents"))
    return {Path(row.path).stem: row.id for row in library.documents()}


def _documents(library: Library, query: str, **scope: object) -> list[str]:
    found, _ = library.search(query, **scope)  # type: ignore[arg-type]
    return [item.passage.document for item in found]


def test_best_passage_comes_first_and_says_why(library: Library, tmp_path: Path) -> None:
    _index(
        library,
        tmp_path,
        rent="The rent is due monthly.",
        cake="Bake the cake.",
        term="The term ends in June.",
    )
    (first, *_), seconds = library.search("When is the rent due?")
    assert first.passage.document == "rent.txt"
    assert first.similarity == pytest.approx(0.816, abs=0.01)
    assert first.words > 0 and not first.words_only
    assert seconds > 0


def test_no_passage_comes_twice_and_ties_come_in_order_of_id(library: Library, tmp_path: Path) -> None:
    _index(library, tmp_path, a="The rent is due.", b="The rent is due.", c="Cake.", d="Apples.", e="Pears.")
    found, _ = library.search("rent due")
    assert [item.passage.document for item in found[:2]] == ["a.txt", "b.txt"]
    assert len({item.passage.id for item in found}) == len(found) == 5
    assert library.search("rent due")[0] == found


def test_at_most_k_passages_are_found(library: Library, tmp_path: Path) -> None:
    _index(library, tmp_path, many="\n\n".join(f"Rent number {n} of the year." for n in range(100)))
    assert len(library.search("rent", k=7)[0]) == 7


def test_search_stays_within_its_documents(library: Library, tmp_path: Path) -> None:
    ids = _index(library, tmp_path, a="The rent is due.", b="The rent is high.", c="No rent.")
    assert _documents(library, "rent", documents=frozenset({ids["b"]})) == ["b.txt"]
    assert _documents(library, "rent", documents=frozenset()) == []
    (tmp_path / "other.txt").write_text("Another rent.")
    list(library.index([tmp_path / "other.txt"], "Others"))
    assert _documents(library, "rent", collection="Others") == ["other.txt"]
    assert _documents(library, "rent", collection="Others", documents=frozenset({ids["b"]})) == []


def test_empty_query_and_empty_library_find_nothing(library: Library, tmp_path: Path) -> None:
    assert library.search("rent")[0] == []
    _index(library, tmp_path, a="The rent is due.")
    assert library.search(" \n")[0] == []


def test_lost_reader_leaves_the_words_and_the_passages_say_so(
    library: Library, tmp_path: Path, reader: FakeReader
) -> None:
    _index(library, tmp_path, a="The rent is due.", b="Bake the cake.")
    reader.away = True
    (found,), _ = library.search("rent")
    assert (found.passage.document, found.words_only, found.similarity) == ("a.txt", True, 0.0)
    assert found.score == found.words > 0
    assert library.evidence("When is the rent due?")[0].words_only


class _StaleReader(FakeReader):
    """Its vector index knows one passage only, and one that the library has forgotten."""

    def _search(self, text: str, k: int, documents: tuple[int, ...] | None) -> VectorsFound:
        found = super()._search(text, k, documents)
        return VectorsFound(
            (*found.ids[:1], 999), (*found.similarities[:1], 0.0), "exact", found.vector, EMBEDDER
        )


def test_passages_that_only_words_found_have_their_exact_similarity(tmp_path: Path) -> None:
    reader = _StaleReader(tmp_path / "library.db")
    library = Library(reader.library, reader, RetrievalSettings(), lost=(ReaderLostError,))
    texts = {"a": "The rent is due.", "b": "Rent and cake and more cake.", "c": "Apples."}
    _index(library, tmp_path, **texts)
    found, _ = library.search("rent due")
    assert [item.passage.document for item in found] == ["a.txt", "b.txt"]
    query = array("f", vector("rent due"))
    exact = sum(x * y for x, y in zip(query, array("f", vector(texts["b"])), strict=True))
    assert found[1].similarity == pytest.approx(exact)
    library.close()


def test_pasted_page_is_cut_before_it_is_embedded(store: Store, reader: FakeReader) -> None:
    retrieval = Retrieval(store, reader, RetrievalSettings(), lost=(ReaderLostError,))
    assert retrieval.find("rent " * 5000) == []
    (request,) = reader.requests
    assert isinstance(request, SearchVectors) and len(request.text) == 1000
