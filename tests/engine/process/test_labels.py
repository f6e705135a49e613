"""Labels as a tree: probabilities against the plain way of multiplying softmaxes along each label."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import LabelsUnfit
from engine.process.labels import LABEL_LIMIT, LabelTree, Node

END = 0


def logits_after(way: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(abs(hash(way)) % 2**32).normal(size=32).astype(np.float32) * 3


def scored(labels: list[list[int]]) -> list[float]:
    tree = LabelTree(labels, [END])
    if tree.root.is_choice:
        tree.choose(tree.root, logits_after(()))
    for node in tree.choices():
        tree.choose(node, logits_after(tuple(step.token for step in node.way())))
    return tree.probabilities()


def plainly(labels: list[list[int]]) -> list[float]:
    """Walk each label alone, at each step a softmax over what any label allows there."""
    probabilities = []
    for label in labels:
        probability = 1.0
        for depth in range(len(label) + 1):
            way = tuple(label[:depth])
            allowed = {tuple(other[: depth + 1]) for other in labels if tuple(other[:depth]) == way}
            tokens = [step[depth] if len(step) > depth else END for step in sorted(allowed)]
            weights = np.exp(logits_after(way)[tokens].astype(float))
            mine = label[depth] if depth < len(label) else END
            probability *= float(weights[tokens.index(mine)] / weights.sum())
        probabilities.append(probability)
    return probabilities


@pytest.mark.parametrize(
    "labels",
    [
        [[1], [2], [3]],
        [[1, 2, 3], [1, 2, 4], [5]],
        [[1], [1, 2], [1, 2, 3], [4, 5, 6]],
        [[7, 8]],
        [[1, 2], [1, 3], [1, 2, 9, 4], [1, 2, 9, 5], [6]],
    ],
)
def test_probabilities_are_those_of_the_plain_way(labels: list[list[int]]) -> None:
    assert scored(labels) == pytest.approx(plainly(labels))
    assert sum(scored(labels)) == pytest.approx(1.0)


def test_what_is_no_choice_is_not_evaluated() -> None:
    tree = LabelTree([[1, 2, 3, 4], [5, 6, 7]], [END])
    assert tree.choices() == []


def test_choices_beyond_the_first_token_are_found_with_their_way() -> None:
    tree = LabelTree([[1, 2, 3], [1, 2, 4], [1, 5]], [END])

    def tokens(node: Node) -> list[int]:
        return [step.token for step in node.way()]

    assert [tokens(node) for node in tree.choices()] == [[1], [1, 2]]


def test_covered_is_the_share_of_the_labels_among_all_tokens() -> None:
    tree = LabelTree([[1], [2, 3]], [END])
    logits = np.log(np.array([0.1, 0.2, 0.3, 0.4], np.float32))
    assert tree.covered(logits) == pytest.approx(0.5)


@pytest.mark.parametrize(
    "labels", [[], [[]], [[1], [1]], [[1] * 100], [[number] for number in range(LABEL_LIMIT + 1)]]
)
def test_labels_that_do_not_work_are_refused(labels: list[list[int]]) -> None:
    with pytest.raises(LabelsUnfit):
        LabelTree(labels, [END])
