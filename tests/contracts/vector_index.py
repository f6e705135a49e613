"""What every `rag.ports.VectorIndex` does. A subclass gives the fixture `index`, of `DIMENSIONS`."""

from __future__ import annotations

import numpy as np
import pytest

from rag.ports import VectorIndex, Vectors

DIMENSIONS = 8


def unit(*components: float) -> Vectors:
    """A unit vector that begins with these components."""
    vector = np.zeros(DIMENSIONS, np.float32)
    vector[: len(components)] = components
    return vector / np.linalg.norm(vector)


def rows(*vectors: Vectors) -> Vectors:
    return np.array(vectors, np.float32).reshape(len(vectors), DIMENSIONS)


def axes(count: int) -> Vectors:
    return np.eye(count, DIMENSIONS, dtype=np.float32)


class VectorIndexContract:
    def settle(self, index: VectorIndex) -> None:
        """Wait until everything added is what searches see; called before each search."""

    def found(
        self, index: VectorIndex, vector: Vectors, k: int, documents: frozenset[int] | None = None
    ) -> list[int]:
        self.settle(index)
        return [passage for passage, _ in index.search(vector, k, documents)]

    def test_an_empty_index_finds_nothing(self, index: VectorIndex) -> None:
        assert self.found(index, unit(1), 3) == []
        assert index.count() == 0

    def test_best_comes_first_with_its_cosine(self, index: VectorIndex) -> None:
        index.add([1, 2, 3], [1, 1, 2], rows(unit(0, 1), unit(1, 1), unit(1, 0)))
        self.settle(index)
        found = index.search(unit(1, 0), 3)
        assert [passage for passage, _ in found] == [3, 2, 1]
        assert [cosine for _, cosine in found] == pytest.approx([1, 0.5**0.5, 0], abs=1e-5)
        assert index.count() == 3

    def test_opposite_vectors_have_cosine_minus_one(self, index: VectorIndex) -> None:
        index.add([1], [1], rows(unit(-1)))
        self.settle(index)
        assert index.search(unit(1), 1) == [(1, pytest.approx(-1, abs=1e-5))]

    def test_no_more_than_k_are_found(self, index: VectorIndex) -> None:
        index.add([1, 2, 3], [1, 1, 1], axes(3))
        assert len(self.found(index, unit(1), 2)) == 2
        assert len(self.found(index, unit(1), 99)) == 3
        assert self.found(index, unit(1), 0) == []

    def test_equal_ones_come_in_order_of_id(self, index: VectorIndex) -> None:
        index.add([9, 4, 7], [1, 1, 1], rows(unit(1), unit(1), unit(1)))
        assert self.found(index, unit(1), 3) == [4, 7, 9]

    def test_a_search_stays_within_the_documents(self, index: VectorIndex) -> None:
        index.add([1, 2, 3, 4], [10, 20, 10, 30], axes(4))
        assert self.found(index, unit(0, 1), 4, frozenset({10, 30})) == [1, 3, 4]
        assert self.found(index, unit(0, 1), 1, frozenset({20})) == [2]
        assert self.found(index, unit(0, 1), 4, frozenset({99})) == []
        assert self.found(index, unit(0, 1), 4, frozenset()) == []

    def test_an_id_added_again_is_replaced(self, index: VectorIndex) -> None:
        index.add([1, 2], [1, 1], rows(unit(1), unit(0, 1)))
        self.settle(index)
        index.add([1], [2], rows(unit(0, 0, 1)))
        assert self.found(index, unit(0, 0, 1), 1) == [1]
        assert self.found(index, unit(1), 2, frozenset({1})) == [2]
        assert index.count() == 2

    def test_removed_documents_are_gone_and_the_others_stay(self, index: VectorIndex) -> None:
        index.add([1, 2, 3, 4], [1, 2, 1, 3], axes(4))
        self.settle(index)
        index.remove_documents([1, 3])
        assert self.found(index, unit(1), 4) == [2]
        assert index.count() == 1

    def test_removing_what_is_not_there_changes_nothing(self, index: VectorIndex) -> None:
        index.add([1], [1], axes(1))
        index.remove_documents([99])
        index.remove_documents([])
        assert self.found(index, unit(1), 1) == [1]

    def test_what_was_removed_can_be_added_again(self, index: VectorIndex) -> None:
        index.add([1, 2], [1, 2], axes(2))
        self.settle(index)
        index.remove_documents([1, 2])
        index.add([3], [1], axes(1))
        assert self.found(index, unit(1), 3) == [3]

    def test_adding_nothing_is_allowed(self, index: VectorIndex) -> None:
        index.add([], [], axes(0))
        assert index.count() == 0

    def test_vectors_of_other_dimensions_are_refused(self, index: VectorIndex) -> None:
        with pytest.raises(ValueError, match="vectors"):
            index.add([1], [1], np.ones((1, DIMENSIONS + 1), np.float32))

    def test_an_id_given_twice_is_refused(self, index: VectorIndex) -> None:
        with pytest.raises(ValueError, match="twice"):
            index.add([1, 1], [1, 1], axes(2))

    def test_many_are_found_as_by_comparing_each(self, index: VectorIndex) -> None:
        random = np.random.default_rng(7)
        vectors = random.normal(size=(300, DIMENSIONS)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        for start in range(0, 300, 100):
            ids = list(range(start, start + 100))
            index.add(ids, [id_ % 7 for id_ in ids], vectors[start : start + 100])
        index.remove_documents([3])
        left = np.array([id_ for id_ in range(300) if id_ % 7 != 3])
        expected = left[np.argsort(-(vectors[left] @ vectors[0]), kind="stable")][:10]
        assert self.found(index, vectors[0], 10) == expected.tolist()
