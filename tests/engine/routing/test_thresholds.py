from __future__ import annotations

import pytest

from engine.routing.thresholds import FEWEST, effects
from engine.routing.values import PastAnswer, ThresholdEffects


def past(*confidences: float, amount: int | None = 2_000) -> list[PastAnswer]:
    return [PastAnswer(confidence, amount) for confidence in confidences]


def test_too_few_answers_say_nothing() -> None:
    assert effects(past(*[0.3] * (FEWEST - 1))) == ThresholdEffects()
    assert effects(past(*[0.3] * FEWEST)).steps


def test_there_is_a_step_for_every_twentieth() -> None:
    steps = effects(past(*[0.3] * 10)).steps
    assert [step.threshold for step in steps] == pytest.approx([number / 20 for number in range(21)])


def test_what_is_below_a_threshold_would_have_gone_and_cost() -> None:
    steps = effects(past(*(number / 10 for number in range(10)))).steps
    by_threshold = {round(step.threshold, 2): step for step in steps}
    assert [by_threshold[at].asked for at in (0.0, 0.05, 0.5, 1.0)] == [0, 1, 5, 10]
    assert [by_threshold[at].amount for at in (0.0, 0.05, 0.5, 1.0)] == [0, 2_000, 10_000, 20_000]
    assert {step.total for step in steps} == {10}


def test_an_amount_is_unknown_from_the_first_answer_without_a_price() -> None:
    steps = effects([*past(*[0.1] * 9), *past(0.62, amount=None)]).steps
    assert [step.amount for step in steps if step.threshold in (0.6, 0.65)] == [18_000, None]


def test_of_those_known_to_be_wrong_it_says_how_many_would_have_gone() -> None:
    wrong = [PastAnswer(confidence, 0, wrong=True) for confidence in (0.1, 0.2, 0.9)]
    said_right = [PastAnswer(0.1, 0, wrong=False)]
    steps = effects([*wrong, *said_right, *past(*[0.5] * 6)]).steps
    (half,) = [step for step in steps if step.threshold == 0.5]
    assert (half.wrong_asked, half.wrong_total, half.asked) == (2, 3, 3)
