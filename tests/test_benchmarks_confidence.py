"""What the benchmark of confidences judges by, and what it computes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.routing import confidence
from engine.values import Confidence, Generated, TokenLogprob
from tests.benchmarks.confidence import Item, items, last_number
from tests.benchmarks.confidence_figures import Kept, area, calibration, fitted, interval
from tests.fakes.answers import ANSWER


def test_an_answer_is_right_that_holds_the_right_one_as_whole_words() -> None:
    item = Item("1", "Who?", ("The Normans", "Normandy"))
    said = {"It was Normans, in 911.": True, "It was normandy.": True, "The Normanside.": False}
    for text, right in said.items():
        assert item.is_right(replace(ANSWER, text=text)) is right
    assert not item.is_right(replace(ANSWER, text="Normandy", abstained=True))


def test_what_cannot_be_answered_is_right_when_it_is_declined() -> None:
    item = Item("1", "Who?", ())
    assert item.is_right(replace(ANSWER, abstained=True))
    assert not item.is_right(ANSWER)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3 * 4 = 12, so 1,200.50 dollars.", 1200.5),
        (r"So \(\boxed{36}\) of the 4 are left.", 36),
        ("It is -5.", -5),
        ("None.", None),
    ],
)
def test_a_reckoned_answer_is_its_last_number(text: str, number: float | None) -> None:
    assert last_number(text) == number
    item = Item("1", "How many?", ("36",), number=True)
    assert item.is_right(replace(ANSWER, text=text)) is (number == 36)


def test_the_general_questions_are_drawn_for_one_part_or_the_other() -> None:
    parts = [{item.question for item in items(Path(), "general", part)} for part in ("tuning", "test")]
    assert not parts[0] & parts[1]
    assert len(parts[0]) == len(parts[1]) == 30


def test_the_area_is_how_often_a_right_answer_is_surer_than_a_wrong_one() -> None:
    right = np.array([1.0, 0.0, 1.0, 0.0])
    assert area(np.array([0.9, 0.1, 0.8, 0.2]), right) == 1
    assert area(np.array([0.9, 0.1, 0.2, 0.2]), right) == 0.875
    low, high = interval(np.array([0.9, 0.1, 0.3, 0.4]), right)
    assert low <= area(np.array([0.9, 0.1, 0.3, 0.4]), right) <= high


def kept(own_word: float, right: bool) -> Kept:
    tokens = (TokenLogprob(" Lyon", own_word),)
    done = Generated("stop", 9, 0, 1, 0.0, 0.0, Confidence(-9.0, own_word), tokens)
    return Kept("squad-test", "Where?", replace(ANSWER, sentences=()), done, right)


def test_every_answer_is_in_one_line_of_the_calibration() -> None:
    answers = [kept(-number / 20, number < 15) for number in range(30)]
    lines = calibration(answers).splitlines()[1:]
    assert sum(int(line.split()[1]) for line in lines) == 30


def test_weights_are_fitted_for_every_sign() -> None:
    answers = [kept(-number / 20, number < 15) for number in range(30)]
    told = fitted("FROM_DOCUMENTS", answers)
    assert all(f'"{name}":' in told for name in confidence.FROM_DOCUMENTS)
    assert fitted("DECLINING", answers) == "DECLINING: too few"
