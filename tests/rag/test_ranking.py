from __future__ import annotations

import pytest

from rag.ranking import Weights, closeness, fuse, sentence_shares

WORDS = {1: 9.0, 2: 1.0}
SIMILARITIES = {1: 0.3, 2: 0.5, 3: 0.4}
SHARES = {2: 1.0, 3: 0.5}


def _order(weights: Weights) -> list[int]:
    scores = fuse(WORDS, SIMILARITIES, SHARES, weights)
    return sorted(scores, key=lambda id_: -scores[id_])


def test_fusion_weighs_how_far_a_passage_stands_out_in_each_list() -> None:
    assert _order(Weights(1, 0, 0)) == [1, 2, 3]
    assert _order(Weights(0, 1, 0)) == [2, 3, 1]
    assert _order(Weights(0, 0, 1)) == [2, 3, 1]
    single = [
        fuse(WORDS, SIMILARITIES, SHARES, one)
        for one in (Weights(1, 0, 0), Weights(0, 1, 0), Weights(0, 0, 1))
    ]
    mixed = fuse(WORDS, SIMILARITIES, SHARES, Weights(0.2, 0.6, 0.2))
    for id_ in SIMILARITIES:
        assert mixed[id_] == pytest.approx(
            sum(w * s[id_] for w, s in zip((0.2, 0.6, 0.2), single, strict=True))
        )


def test_fusion_of_equal_scores_is_neutral() -> None:
    assert fuse({}, {1: 0.5, 2: 0.5}, {}, Weights()) == {1: 0.0, 2: 0.0}
    assert fuse({}, {}, {}, Weights()) == {}


def test_of_a_handful_that_are_all_as_close_the_words_decide() -> None:
    """As found in a library of three passages, of which one answers the question."""
    scores = fuse({1: 1.245}, {1: 0.301, 2: 0.289, 3: 0.324}, {1: 0.191}, Weights())
    assert max(scores, key=scores.__getitem__) == 1


def test_words_of_one_sentence_count_more_than_words_all_over() -> None:
    texts = {
        1: "The rent is high. The deposit is low. Both are due in May.",
        2: "The deposit is due with the first rent. The house is old.",
        3: "Cats purr.",
    }
    shares = sentence_shares("When are deposit and rent due?", texts)
    assert shares[2] == pytest.approx(1)
    assert 0 < shares[1] < 0.7
    assert shares[3] == 0


def test_rare_word_counts_more_than_one_that_all_hold() -> None:
    texts = {1: "The rent of Lyon.", 2: "The rent is due.", 3: "The rent is high.", 4: "The deposit is due."}
    shares = sentence_shares("rent deposit", texts)
    assert shares[4] > shares[1]


def test_chinese_sentences_are_compared_by_their_characters() -> None:
    shares = sentence_shares("租金什么时候付？", {1: "租金每月支付。", 2: "押金不退。"})
    assert shares[1] > shares[2]


@pytest.mark.parametrize("query", ["", "?!"])
def test_query_without_words_says_nothing(query: str) -> None:
    assert sentence_shares(query, {1: "The rent."}) == {1: 0.0}


def test_closeness_is_zero_for_unrelated_and_one_for_equal_texts_whatever_the_embedder() -> None:
    assert closeness(1.0, "multilingual-e5-small:12ab:mean") == closeness(1.0, "another:1") == 1
    assert closeness(0.75, "multilingual-e5-small:12ab:mean") == closeness(0.0, "another:1") == 0
