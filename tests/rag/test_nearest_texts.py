from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import pytest

from rag.nearest_texts import KEYS, RANKED_CHARACTERS, NearestTexts
from rag.process.messages import RankTexts
from rag.process.ranking_texts import TextRanking
from tests.fakes.embedder import FakeEmbedder

AMONG = ["my card has not come", "the app does not open", "what does a transfer cost"]


def never() -> bool:
    return False


class Reader:
    """A Worker that ranks for real; `requests` remembers what it was asked."""

    def __init__(self, embedder: FakeEmbedder) -> None:
        self._embedder = embedder
        self.requests: list[RankTexts] = []
        self._lane = Lock()
        self.restart()

    def restart(self) -> None:
        self._ranking = TextRanking(lambda: self._embedder)

    def call(
        self, request: Any, *, timeout_s: float | None = None, cancelled: Callable[[], bool] = never
    ) -> Iterator[Any]:
        self.requests.append(request)
        with self._lane:
            replies = list(self._ranking.rank(request, cancelled))
        return iter(replies)


def test_texts_go_to_the_reader_once_and_again_after_it_was_restarted() -> None:
    reader = Reader(FakeEmbedder())
    nearest = NearestTexts(reader)
    first = nearest(["is my card here"], AMONG, 2)
    assert first[0][0][0] == 0
    assert nearest(["is my card here"], list(AMONG), 2) == first
    assert [request.among is not None for request in reader.requests] == [False, False, True, False]
    reader.restart()
    assert nearest(["is my card here"], AMONG, 2) == first
    assert [request.among is not None for request in reader.requests[4:]] == [False, False, True]


def test_many_threads_at_the_same_moment_send_the_texts_once() -> None:
    reader = Reader(FakeEmbedder())
    nearest = NearestTexts(reader)
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: nearest(["is my card here"], AMONG, 1), range(16)))
    assert found == [found[0]] * 16
    assert sum(request.among is not None for request in reader.requests) == 1


def test_similarities_are_on_the_scale_of_closeness() -> None:
    nearest = NearestTexts(Reader(FakeEmbedder(identity="multilingual-e5-small:fake")))
    plain = NearestTexts(Reader(FakeEmbedder()))
    (close,) = nearest(["the card"], AMONG, 1)
    (cosine,) = plain(["the card"], AMONG, 1)
    assert close[0][1] < cosine[0][1] < 1
    assert nearest([AMONG[0]], AMONG, 1)[0][0][1] > 0.999


def test_centred_similarities_are_as_they_are() -> None:
    nearest = NearestTexts(Reader(FakeEmbedder(identity="multilingual-e5-small:fake")))
    (found,) = nearest([AMONG[0]], AMONG, 3, centred=True)
    assert found[0] == (0, pytest.approx(1.0, abs=1e-5))
    assert found[1][1] < 0


def test_the_same_texts_of_other_kinds_are_another_list() -> None:
    reader = Reader(FakeEmbedder())
    nearest = NearestTexts(reader)
    texts = ["red car", "blue car", "red boat", "blue boat"]
    by_vehicle = nearest(["red car"], texts, 4, kinds=["car", "car", "boat", "boat"])
    by_colour = nearest(["red car"], texts, 4, kinds=["red", "blue", "red", "blue"])
    assert [index for index, _ in by_vehicle[0]][:2] == [0, 1]
    assert [index for index, _ in by_colour[0]][:2] == [0, 2]
    assert nearest(["red car"], texts, 4, kinds=["car", "car", "boat", "boat"]) == by_vehicle
    assert sum(request.among is not None for request in reader.requests) == 2


def test_nothing_to_compare_asks_nobody() -> None:
    reader = Reader(FakeEmbedder())
    nearest = NearestTexts(reader)
    assert nearest([], AMONG, 2) == []
    assert nearest(["a"], [], 2) == [[]]
    assert nearest(["a"], AMONG, 0) == [[]]
    assert reader.requests == []


def test_of_long_texts_the_beginning_is_compared() -> None:
    reader = Reader(FakeEmbedder())
    book = "card " * RANKED_CHARACTERS
    NearestTexts(reader)([book], [book], 1)
    assert max(len(text) for text in reader.requests[-1].texts) == RANKED_CHARACTERS
    assert max(len(text) for text in reader.requests[-1].among or ()) == RANKED_CHARACTERS


def test_lists_that_differ_are_told_apart_and_forgotten_ones_come_again() -> None:
    reader = Reader(FakeEmbedder())
    nearest = NearestTexts(reader)
    assert nearest(["b"], ["ab", "b"], 1)[0][0][0] == 1
    assert nearest(["b"], ["a", "bb", "b"], 1)[0][0][0] == 2
    for number in range(KEYS + 1):
        nearest(["x"], [f"x {number}"], 1)
    assert nearest(["b"], ["ab", "b"], 1)[0][0][0] == 1
