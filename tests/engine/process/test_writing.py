"""engine/process/writing.py: what is told of each token, on log-probabilities written by hand."""

from __future__ import annotations

import numpy as np
import pytest

from engine.process.doubts import log_softmax
from engine.process.writing import likeliest

VOCABULARY = 20_000


def flat(draw: np.random.Generator) -> np.ndarray:
    return draw.normal(0, 0.01, VOCABULARY)


def peaked(draw: np.random.Generator) -> np.ndarray:
    """One far ahead of all others, which are close together."""
    return np.where(np.arange(VOCABULARY) == 7, 60.0, draw.normal(0, 1, VOCABULARY))


def usual(draw: np.random.Generator) -> np.ndarray:
    return draw.normal(0, 3, VOCABULARY)


def masked(draw: np.random.Generator) -> np.ndarray:
    """As a schema leaves them: all but three impossible."""
    return np.where(np.isin(np.arange(VOCABULARY), (3, 5, 9)), draw.normal(0, 1, VOCABULARY), -np.inf)


@pytest.mark.parametrize("logits", [flat, peaked, usual, masked])
@pytest.mark.parametrize("count", [1, 3])
def test_the_likeliest_are_those_that_sorting_all_of_them_finds(logits: object, count: int) -> None:
    assert callable(logits)
    for seed in range(5):
        logprobs = log_softmax(logits(np.random.default_rng(seed)).astype(np.float32))
        assert likeliest(logprobs, count) == [int(token) for token in np.argsort(-logprobs)[:count]]


def test_none_are_told_where_none_are_asked_for() -> None:
    assert likeliest(np.zeros(5, dtype=np.float32), 0) == []
