from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop import compose, places
from rag.embedders.onnx import OnnxEmbedder
from rag.embedders.turns import TakingTurns
from rag.errors import EmbedderMissing, EmbedderUnusable
from rag.people.finder import PeopleFinder
from rag.process.messages import FindPeople, PeopleFound
from tests.fakes.embedder import FakeEmbedder


@pytest.fixture(scope="module")
def finder() -> Iterator[PeopleFinder]:
    embedder = OnnxEmbedder(compose.embedder_path())
    yield PeopleFinder(lambda: TakingTurns(embedder), places.name_weights())
    embedder.close()


def told(finder: PeopleFinder, *texts: str) -> list[list[tuple[str, str]]]:
    *_, last = finder.find(FindPeople(texts), lambda: False)
    assert isinstance(last, PeopleFound)
    return [
        [(each.kind, text[each.start : each.end]) for each in found]
        for text, found in zip(texts, last.found, strict=True)
    ]


@pytest.mark.model
@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Gestern hat Katarzyna Nowak den Vertrag unterschrieben.", ["Katarzyna Nowak"]),
        ("On Tuesday Priya Raman signed the lease.", ["Priya Raman"]),
        ("La voisine Solange Belmondo a appelé.", ["Solange Belmondo"]),
        ("Según Íñigo Urrutia, la factura está pagada.", ["Íñigo Urrutia"]),
        ("Der Vertrag endet am 3. Mai; die Rechnung ist bezahlt.", []),
        ("The invoice was paid on Monday by bank transfer.", []),
    ],
)
def test_persons_are_found_in_running_text(finder: PeopleFinder, text: str, names: list[str]) -> None:
    assert told(finder, text) == [[("PERSON", name) for name in names]]


@pytest.mark.model
def test_places_in_a_long_text_are_those_of_the_whole(finder: PeopleFinder) -> None:
    text = "The lease was paid on time and in full. " * 40 + "On Tuesday Priya Raman signed it."
    assert ("PERSON", "Priya Raman") in told(finder, text, "")[0]
    assert told(finder, "", "\n ") == [[], []]


@pytest.mark.model
def test_finding_can_be_cancelled(finder: PeopleFinder) -> None:
    calls = iter(range(100))
    replies = list(finder.find(FindPeople(("A sentence. " * 400,)), lambda: next(calls) > 1))
    assert len(replies) == 2 and not any(isinstance(reply, PeopleFound) for reply in replies)


def test_who_cannot_look_says_so(tmp_path: Path) -> None:
    request = FindPeople(("Priya Raman",))
    with pytest.raises(EmbedderMissing):
        list(PeopleFinder(FakeEmbedder, None).find(request, lambda: False))
    with pytest.raises(EmbedderMissing):
        list(PeopleFinder(FakeEmbedder, tmp_path / "none.npz").find(request, lambda: False))
    (tmp_path / "broken.npz").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(EmbedderMissing):
        list(PeopleFinder(FakeEmbedder, tmp_path / "broken.npz").find(request, lambda: False))


def test_another_embedder_than_the_weights_were_made_for_is_refused() -> None:
    with pytest.raises(EmbedderUnusable):
        list(PeopleFinder(FakeEmbedder, places.name_weights()).find(FindPeople(("a",)), lambda: False))
    with pytest.raises(EmbedderUnusable):
        TakingTurns(FakeEmbedder()).token_vectors("a")
