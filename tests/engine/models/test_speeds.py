from __future__ import annotations

import json
from typing import Any

import pytest

from engine.models.speeds import MeasuredSpeed, from_setting, nearest, observed, to_setting
from engine.models.values import Speed
from engine.values import Generated


def generated(prompt: int = 300, cached: int = 100, completion: int = 50) -> Generated:
    return Generated("stop", prompt, cached, completion, prompt_seconds=4.0, completion_seconds=2.5)


def test_only_tokens_that_were_evaluated_count() -> None:
    assert observed(generated()) == Speed(reads_per_second=50.0, writes_per_second=20.0)


@pytest.mark.parametrize(
    "short", [generated(cached=290), generated(completion=3)], ids=["nothing to read", "one word"]
)
def test_a_short_generation_tells_no_speed(short: Generated) -> None:
    assert observed(short) is None


def test_a_generation_without_times_tells_no_speed() -> None:
    assert observed(Generated("stop", 300, 0, 50, 0.0, 0.0)) is None


def test_one_odd_answer_does_not_overturn_what_many_said() -> None:
    steady = MeasuredSpeed(Speed(100, 20), 10, 10)
    assert steady.updated(Speed(50, 10)).speed == Speed(85, 17)
    settled = steady
    for _ in range(8):
        settled = settled.updated(Speed(50, 10))
    assert settled.speed.reads_per_second == pytest.approx(50, rel=0.1)


def test_the_model_closest_in_size_says_most() -> None:
    small, large = (MeasuredSpeed(Speed(1, 1), size, 1) for size in (100, 4000))
    assert nearest([small, large], 300) is small
    assert nearest([small, large], 1500) is large
    assert nearest([], 300) is None


def test_a_measured_speed_survives_the_settings() -> None:
    measured = MeasuredSpeed(Speed(81.25, 23.5), 1_117_320_768, 1_543_714_304)
    assert from_setting(json.loads(json.dumps(to_setting(measured)))) == measured


@pytest.mark.parametrize(
    "value",
    [
        None,
        "fast",
        {},
        {"reads_per_second": "?", "writes_per_second": 1, "size_bytes": 1, "parameters": 1},
        {"reads_per_second": 0, "writes_per_second": 1, "size_bytes": 1, "parameters": 1},
    ],
)
def test_a_setting_that_says_nothing_is_no_speed(value: Any) -> None:
    assert from_setting(value) is None
