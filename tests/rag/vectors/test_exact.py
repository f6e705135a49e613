from __future__ import annotations

import numpy as np
import pytest

from rag.ports import VectorIndex
from rag.vectors.exact import ExactIndex
from tests.contracts.vector_index import DIMENSIONS, VectorIndexContract, axes, rows, unit


class TestExactIndex(VectorIndexContract):
    @pytest.fixture
    def index(self) -> VectorIndex:
        return ExactIndex(DIMENSIONS)


def test_equal_scores_at_the_edge_are_chosen_by_id_whatever_the_order_of_adding() -> None:
    for order in ([5, 1, 3, 2, 4], [1, 2, 3, 4, 5], [5, 4, 3, 2, 1]):
        index = ExactIndex(DIMENSIONS)
        index.add(order, [1] * 5, rows(*[unit(1)] * 5))
        assert [passage for passage, _ in index.search(unit(1), 2)] == [1, 2]


def test_it_grows_and_shrinks_without_losing_a_row() -> None:
    index = ExactIndex(DIMENSIONS)
    random = np.random.default_rng(3)
    vectors = random.normal(size=(2000, DIMENSIONS)).astype(np.float32)
    for start in range(0, 2000, 50):
        index.add(list(range(start, start + 50)), [start] * 50, vectors[start : start + 50])
    index.remove_documents(list(range(0, 2000, 100)))
    left = [id_ for id_ in range(2000) if id_ // 50 % 2]
    assert index.ids().tolist() == left
    ids, documents, taken = index.take(np.array(left))
    assert documents == [id_ // 50 * 50 for id_ in ids]
    np.testing.assert_array_equal(taken, vectors[ids])


def test_few_documents_and_many_documents_give_the_same_cosines() -> None:
    index = ExactIndex(DIMENSIONS)
    index.add(list(range(8)), list(range(8)), axes(8))
    few, many = frozenset({0}), frozenset(range(7))
    assert index.search(unit(1, 2), 1, few) == [
        item for item in index.search(unit(1, 2), 8, many) if item[0] == 0
    ]


def test_what_was_taken_does_not_change_with_the_index() -> None:
    index = ExactIndex(DIMENSIONS)
    index.add([1, 2], [1, 2], axes(2))
    _, _, vectors = index.take(np.array([1]))
    index.remove_documents([1])
    np.testing.assert_array_equal(vectors, axes(1))
