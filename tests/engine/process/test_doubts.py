"""engine/process/doubts.py on logits written by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.process.doubts import Doubts, Weighing


def logits(*probabilities: float) -> np.ndarray:
    return np.log(np.array(probabilities, dtype=np.float32)) + 3  # any constant: only differences count


def test_it_reports_the_alternative_at_the_beginning_and_the_least_likely_word() -> None:
    doubts = Doubts(alternative=1)
    for probabilities, token in [((0.7, 0.2, 0.1), 0), ((0.1, 0.8, 0.1), 2), ((0.5, 0.3, 0.2), 0)]:
        doubts.before(logits(*probabilities))
        doubts.drawn(token)
    doubts.before(logits(0.5, 0.3, 0.2))
    doubts.drawn(2, ends=True)
    assert doubts.confidence is not None
    mean = (math.log(0.7) + math.log(0.1) + math.log(0.5)) / 3
    assert doubts.confidence.mean == pytest.approx(mean, abs=1e-5)
    assert doubts.confidence.alternative == pytest.approx(math.log(0.2), abs=1e-5)
    assert doubts.confidence.lowest == pytest.approx(math.log(0.1), abs=1e-5)


def test_huge_logits_do_not_overflow() -> None:
    doubts = Doubts(alternative=0)
    doubts.before(np.array([1e4, -1e4], dtype=np.float32))
    assert doubts.confidence is not None
    assert doubts.confidence.alternative == pytest.approx(0.0)


def test_before_anything_was_to_be_drawn_there_is_nothing_to_report() -> None:
    assert Doubts(alternative=0).confidence is None


def test_a_stretch_is_weighed_when_all_of_it_is_known() -> None:
    weighing = Weighing(range(3, 5))
    assert [weighing.wants(position) for position in range(5)] == [False, False, True, True, False]
    weighing.took(4, 1, logits(0.5, 0.25, 0.25))
    assert weighing.mean is None
    weighing.took(3, 0, logits(0.5, 0.25, 0.25))
    assert weighing.mean == pytest.approx((math.log(0.5) + math.log(0.25)) / 2, abs=1e-5)
    assert Weighing(range(0)).mean is None
