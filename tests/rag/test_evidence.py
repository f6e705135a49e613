from __future__ import annotations

from dataclasses import replace

from rag.evidence import choose, is_relevant
from rag.settings import RetrievalSettings
from rag.values import FoundPassage, StoredPassage

SETTINGS = RetrievalSettings()
PAGE = "The rent is due monthly. It is EUR 1,200. Late rent bears interest. The term ends in June."


def _found(
    text: str,
    *,
    id_: int = 1,
    score: float = 2.0,
    similarity: float = 0.6,
    document: int = 1,
    start: int = 0,
    page: int = 1,
    words_only: bool = False,
) -> FoundPassage:
    passage = StoredPassage(
        id_, document, f"{document}.txt", f"/{document}.txt", page, start, start + len(text), text, ""
    )
    return FoundPassage(passage, score, similarity, 1.0, words_only)


def _cut(start: int, end: int, **details: float) -> FoundPassage:
    return _found(PAGE[start:end], start=start, **details)  # type: ignore[arg-type]


def _texts(found: list[FoundPassage]) -> list[str]:
    return [item.passage.text for item in found]


def test_nothing_found_or_nothing_relevant_gives_no_evidence() -> None:
    assert choose("When is the rent due?", [], SETTINGS) == []
    assert choose("How do bees dance?", [_found(PAGE, similarity=0.15)], SETTINGS) == []


def test_passage_is_relevant_by_its_meaning_or_by_its_words_with_some_meaning() -> None:
    other_words = "How long does the contract run?"
    assert is_relevant(other_words, [_found(PAGE, similarity=0.41)], SETTINGS)
    assert not is_relevant("When is the dance due?", [_found(PAGE, similarity=0.15)], SETTINGS)
    assert is_relevant("invoice 4711", [_found("Invoice 4711 of May", similarity=0.1)], SETTINGS)
    assert not is_relevant("hello", [_found(PAGE, similarity=0.15)], SETTINGS)


def test_question_in_another_language_needs_no_word_of_the_passage() -> None:
    assert is_relevant("Wann ist Zahltag?", [_found(PAGE, similarity=0.2)], SETTINGS)
    beside = _found("Zahltag und Feiertag im Juni", id_=2, similarity=0.0)
    assert not is_relevant(
        "Wann hat der Schauspieler Zahltag?", [_found(PAGE, similarity=0.2), beside], SETTINGS
    )


def test_chinese_words_are_looked_for_in_the_passage() -> None:
    assert is_relevant("租金是多少", [_found("每月租金是二千四百", similarity=0.2)], SETTINGS)


def test_without_vectors_half_of_the_words_must_be_there() -> None:
    assert is_relevant("rent due", [_found(PAGE, similarity=0, words_only=True)], SETTINGS)
    assert not is_relevant("rent of bees and flies", [_found(PAGE, similarity=0, words_only=True)], SETTINGS)


def test_words_of_the_name_of_the_document_count() -> None:
    found = replace(_found("Either party may leave.", similarity=0.15))
    named = replace(found, passage=replace(found.passage, document="Office lease.pdf"))
    assert not is_relevant("office lease", [found], SETTINGS)
    assert is_relevant("office lease", [named], SETTINGS)


def test_passages_far_behind_the_best_are_left_out() -> None:
    near = _found("Rent is due on Monday.", id_=2, score=0.6)
    far = _found("Rent has a long history.", id_=3, score=0.4)
    assert _texts(choose("rent due", [_found("Rent is due.", score=2.0), near, far], SETTINGS)) == [
        "Rent is due.",
        "Rent is due on Monday.",
    ]


def test_same_text_comes_once() -> None:
    copies = [_found("Rent is due.", id_=1), _found("RENT  is due", id_=2, document=2, score=1.9)]
    assert [item.passage.id for item in choose("rent due", copies, SETTINGS)] == [1]


def test_neighbours_on_a_page_are_joined_in_their_order() -> None:
    second, first = _cut(25, 66, id_=2, score=2.0), _cut(0, 41, id_=1, score=1.5)
    (joined,) = choose("rent due", [second, first], SETTINGS)
    assert joined.passage.text == PAGE[0:66]
    assert (joined.passage.start, joined.passage.end, joined.score, joined.passage.id) == (0, 66, 2.0, 2)


def test_touching_passages_keep_the_blank_between_them() -> None:
    (joined,) = choose("rent due", [_cut(0, 24, id_=1), _cut(25, 41, id_=2, score=1.5)], SETTINGS)
    assert len(joined.passage.text) == joined.passage.end - joined.passage.start == 41
    assert joined.passage.text.split() == PAGE[0:41].split()


def test_passages_of_other_pages_or_documents_are_not_joined() -> None:
    found = [_cut(0, 24, id_=1), _cut(25, 41, id_=2, page=2), _cut(42, 67, id_=3, document=2)]
    assert len(choose("rent due", found, SETTINGS)) == 3


def test_evidence_fits_its_budget_but_the_best_always_comes() -> None:
    long = [_found(f"rent {n} " * 400, id_=n, score=2.0 - n / 10, document=n) for n in range(5)]
    assert [item.passage.id for item in choose("rent", long, SETTINGS)] == [0]
    assert len(choose("rent", long, replace(SETTINGS, evidence_tokens=1400))) == 2
    assert len(choose("rent", long, replace(SETTINGS, evidence_tokens=10))) == 1
    short = [_found(f"rent {n}", id_=n, document=n) for n in range(9)]
    assert len(choose("rent", short, SETTINGS)) == SETTINGS.passages
