from __future__ import annotations

from pathlib import Path

import pytest

from rag.process import ranking_texts
from rag.process.messages import RankTexts, Reading, TextsRanked
from rag.process.ranking_texts import TextRanking
from tests.fakes.embedder import FakeEmbedder

AMONG = ("my card has not come", "the app does not open", "what does a transfer cost")


def never() -> bool:
    return False


@pytest.fixture
def ranking(embedder: FakeEmbedder) -> TextRanking:
    return TextRanking(lambda: embedder)


def ask(ranking: TextRanking, request: RankTexts) -> TextsRanked:
    *_, last = ranking.rank(request, never)
    assert isinstance(last, TextsRanked)
    return last


def best(found: TextsRanked) -> list[int]:
    assert found.ranked is not None
    return [nearest[0][0] for nearest in found.ranked]


def test_the_nearest_text_comes_first_and_a_text_is_nearest_to_itself(ranking: TextRanking) -> None:
    found = ask(ranking, RankTexts(("why has my card not come", AMONG[1]), 2, "key", AMONG))
    assert best(found) == [0, 1]
    assert found.ranked is not None
    assert [len(nearest) for nearest in found.ranked] == [2, 2]
    assert found.ranked[1][0][1] == pytest.approx(1.0)
    assert found.embedder == "fake-words:1"


def test_known_texts_are_not_sent_or_embedded_again(ranking: TextRanking, embedder: FakeEmbedder) -> None:
    assert ask(ranking, RankTexts(("card",), 1, "key")).ranked is None
    ask(ranking, RankTexts(("card",), 1, "key", AMONG))
    embedder.batches.clear()
    assert best(ask(ranking, RankTexts(("transfer",), 1, "key"))) == [2]
    assert embedder.batches == [["transfer"]]


def test_of_a_list_with_one_more_text_only_that_is_embedded(
    ranking: TextRanking, embedder: FakeEmbedder
) -> None:
    ask(ranking, RankTexts((), 1, "one", AMONG))
    embedder.batches.clear()
    ask(ranking, RankTexts((), 1, "other", (*AMONG, "my pin is blocked")))
    assert embedder.batches == [["my pin is blocked"]]


def test_lists_and_vectors_that_are_kept_have_a_bound(
    ranking: TextRanking, monkeypatch: pytest.MonkeyPatch, embedder: FakeEmbedder
) -> None:
    monkeypatch.setattr(ranking_texts, "LISTS", 2)
    monkeypatch.setattr(ranking_texts, "VECTORS", 2)
    for key in "abc":
        ask(ranking, RankTexts((), 1, key, AMONG))
    assert ask(ranking, RankTexts(("card",), 1, "a")).ranked is None
    assert ask(ranking, RankTexts(("card",), 1, "c")).ranked is not None
    embedder.batches.clear()
    ask(ranking, RankTexts((), 1, "a", AMONG[-2:]))
    assert embedder.batches == []


def test_a_text_that_is_compared_twice_is_embedded_once(ranking: TextRanking, embedder: FakeEmbedder) -> None:
    ask(ranking, RankTexts(("my card",), 1, "one", AMONG))
    embedder.batches.clear()
    ask(ranking, RankTexts(("my card",), 1, "other", AMONG[:2]))
    assert embedder.batches == []


def test_new_texts_can_be_cancelled_and_what_was_done_is_not_done_again(
    ranking: TextRanking, embedder: FakeEmbedder
) -> None:
    among = tuple(f"text number {number}" for number in range(40))
    calls = iter(range(1000))
    events = list(ranking.rank(RankTexts(("text",), 1, "key", among), lambda: next(calls) >= 20))
    assert events == [Reading("embedding", 0, 40), Reading("embedding", 16, 40)]
    embedder.batches.clear()
    ask(ranking, RankTexts((), 1, "key", among))
    assert len(embedder.batches) == 20


def test_a_text_beyond_the_window_is_ranked_too(ranking: TextRanking) -> None:
    long = "transfer cost " * 40
    assert best(ask(ranking, RankTexts((long,), 1, "key", (*AMONG, long)))) == [3]


def test_centred_what_all_have_in_common_counts_nothing(ranking: TextRanking) -> None:
    among = ("the same long beginning of every line: red", "the same long beginning of every line: blue")
    asked = ("red", among[0], "the same long beginning of every line")
    plain = ask(ranking, RankTexts(asked, 2, "key", among)).ranked
    centred = ask(ranking, RankTexts(asked, 2, "key", among, centred=True)).ranked
    assert plain is not None
    assert centred is not None
    assert plain[1][1][1] > 0.7
    assert centred[1] == ((0, pytest.approx(1.0, abs=1e-5)), (1, pytest.approx(-1.0, abs=1e-5)))
    assert centred[0][0][1] > 0 > centred[0][1][1]
    assert abs(centred[2][0][1]) < 0.5


def test_texts_without_a_difference_are_centred_to_nothing(ranking: TextRanking) -> None:
    found = ask(ranking, RankTexts(("a", "b"), 2, "key", ("a", "a"), centred=True)).ranked
    assert found is not None
    assert [cosine for nearest in found for _, cosine in nearest] == pytest.approx([0] * 4, abs=1e-2)


@pytest.mark.model
def test_the_embedder_finds_what_means_the_same_in_other_words(weights: Path) -> None:
    from rag.embedders import open_embedder

    embedder = open_embedder(weights / "multilingual-e5-small.onnx")
    ranking = TextRanking(lambda: embedder)
    asked = ("Where is the card that you sent me?", "Die App startet nicht mehr.", "How high are the fees?")
    found = ask(ranking, RankTexts(asked, 3, "key", AMONG))
    assert best(found) == [0, 1, 2]


COLOURS = ("red car", "blue car", "green car", "red boat", "blue boat", "green boat")


def closeness(found: TextsRanked) -> dict[int, float]:
    assert found.ranked is not None
    return dict(found.ranked[0])


def test_with_kinds_what_differs_within_a_kind_counts_less(ranking: TextRanking) -> None:
    kinds = ("car",) * 3 + ("boat",) * 3
    centred = closeness(ask(ranking, RankTexts(("red car",), 6, "plain", COLOURS, centred=True)))
    apart = closeness(ask(ranking, RankTexts(("red car",), 6, "kinds", COLOURS, kinds=kinds)))
    assert apart[0] == pytest.approx(1.0, abs=1e-5)
    assert apart[1] > centred[1]  # another colour, the same kind
    assert apart[3] < centred[3]  # the same colour, another kind


def test_kinds_of_one_example_each_are_compared_as_centred(ranking: TextRanking) -> None:
    centred = ask(ranking, RankTexts(("red car",), 6, "plain", COLOURS, centred=True))
    alone = ask(ranking, RankTexts(("red car",), 6, "kinds", COLOURS, kinds=tuple("abcdef")))
    assert alone.ranked == centred.ranked


def test_a_kind_of_the_same_text_again_and_again_sets_nothing_apart(ranking: TextRanking) -> None:
    found = ask(ranking, RankTexts(("a",), 3, "key", ("a", "a", "b"), kinds=("x", "x", "y")))
    assert closeness(found)[0] == pytest.approx(1.0, abs=1e-5)
