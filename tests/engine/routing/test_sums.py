from __future__ import annotations

import pytest

from engine.routing.sums import sums, value, wrong_sum
from tests.own_time import own_time


@pytest.mark.parametrize(
    "text",
    [
        "3 * 4 = 12",
        "She pays $5 x 3 = $15, and 15 + 2 = 17.",
        r"\[ 60 \div 5 = 12 \]",
        r"\( 200 \text{ ounces} + 200 \text{ ounces} = 400 \text{ ounces} \)",
        r"\frac{1}{2} \times 10 = 5",
        "12 cookies + 4 cookies = 16 cookies",
        "2 hours * 60 minutes/hour = 120 minutes",
        "20% of 50 = 10",
        "100% - 20% = 80%",
        "1,200 * 2 = 2,400",
        "**36 / 2 = 18**",
        "3 × (4 + 5) = 27",
        "The total = 3 * 4 = 12",
        "10/3 = 3.33",
        "-4 + 10 = 6",
    ],
)
def test_what_adds_up_is_seen_and_let_be(text: str) -> None:
    assert [holds for _, _, holds in sums(text)] and not wrong_sum(text)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("3*4=13", "3*4 = 13"),
        ("First 2 + 2 = 4. Then 4 × 25 = 90 euros.", "4 * 25 = 90"),
        (r"\[ 450 \text{ miles} - 220 \text{ miles} = 240 \text{ miles} \]", "450 - 220 = 240"),
        ("10/3 = 3.6", "10/3 = 3.6"),
        ("50 - 20% of 50 = 30", "50 - 20% * 50 = 30"),
    ],
)
def test_the_first_that_is_wrong_is_told(text: str, wrong: str) -> None:
    assert wrong_sum(text) == wrong


@pytest.mark.parametrize(
    "text",
    [
        "2x + 5 = 15",
        "2x + 5 - 3 = 15",
        "5 - 3 = 2x",
        "2^2 + 3 = 7",
        "1/0 = 3",
        "x = 12",
        "24 = 24",
        "",
        "7 + = 3",
    ],
)
def test_what_is_no_sum_of_numbers_is_left_alone(text: str) -> None:
    assert not list(sums(text))


def test_multiplication_comes_before_addition() -> None:
    assert value("2 + 3 * (4 - 1) / 2") == 6.5
    assert value("50%") == 0.5
    assert value("2 +") is None
    assert value("(2") is None


@pytest.mark.parametrize(
    "text",
    [
        "(" * 50_000 + "1+1=2",
        "1+" * 50_000 + "=2",
        "1 " * 50_000 + "=",
        "=" * 50_000,
        "(" * 50_000,
        "1 a" * 30_000,
        "1+1=2 " * 10_000,
    ],
)
def test_a_hostile_text_is_read_in_a_moment(text: str) -> None:
    began = own_time()
    list(sums(text))
    assert own_time() - began < 1
