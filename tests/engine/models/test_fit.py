"""What a person is told about a model before it is loaded."""

from __future__ import annotations

import pytest

from engine.models.fit import Memory, judge, memory_now
from engine.models.speeds import MeasuredSpeed
from engine.models.values import Fit, Speed

GB = 1_000_000_000
ROOMY = Memory(available_bytes=10 * GB, total_bytes=16 * GB)


def fit(
    size_bytes: int = 1_100_000_000,
    *,
    memory: Memory = ROOMY,
    parameters: int = 1_540_000_000,
    reference: MeasuredSpeed | None = None,
) -> Fit:
    return judge(
        size_bytes=size_bytes,
        kv_bytes=230_000_000,
        parameters=parameters,
        there_is=memory,
        reference=reference,
    )


def measured(reads: float, writes: float) -> MeasuredSpeed:
    return MeasuredSpeed(Speed(reads, writes), 1_100_000_000, 1_540_000_000)


def test_a_model_with_room_to_spare_fits_and_says_how_much() -> None:
    found = fit()
    assert found.verdict == "fits"
    assert found.words == "Needs 1.5 GB of memory; 10.0 GB are free."
    assert (found.reads_per_second, found.writes_per_second) == (None, None)


def test_weights_context_and_workspace_are_all_counted() -> None:
    assert fit().needed_bytes > 1_100_000_000 + 230_000_000


def test_a_model_larger_than_the_computer_cannot_be_used_whatever_is_closed() -> None:
    found = fit(15 * GB)
    assert found.verdict == "too_large"
    assert "this computer has 16.0 GB" in found.words


def test_the_system_needs_memory_too() -> None:
    assert fit(14 * GB, memory=Memory(16 * GB, 16 * GB)).verdict == "fits"
    assert fit(14_100_000_000, memory=Memory(16 * GB, 16 * GB)).verdict == "too_large"


def test_memory_that_others_hold_now_can_be_had_by_closing_them() -> None:
    found = fit(memory=Memory(1 * GB, 16 * GB))
    assert found.verdict == "slow"
    assert "1.0 GB are free now. Close other programs first." in found.words


def test_where_the_system_tells_nothing_only_the_need_is_said() -> None:
    found = fit(memory=Memory(None, None))
    assert (found.verdict, found.words) == ("fits", "Needs 1.5 GB of memory.")


def test_a_measured_speed_is_said_in_words() -> None:
    found = fit(reference=measured(reads=30, writes=12))
    assert found.verdict == "fits"
    assert "Writes about 9 words a second" in found.words
    assert "after about 20 seconds" in found.words


def test_a_model_twice_the_size_is_expected_to_take_twice_as_long() -> None:
    found = fit(2_200_000_000, parameters=3_080_000_000, reference=measured(reads=80, writes=20))
    assert (found.reads_per_second, found.writes_per_second) == (40, 10)


@pytest.mark.parametrize(
    ("reads", "writes"), [(80, 5.0), (12, 20)], ids=["writes slower than people read", "reads for minutes"]
)
def test_a_model_that_keeps_people_waiting_may_be_slow(reads: float, writes: float) -> None:
    assert fit(reference=measured(reads, writes)).verdict == "slow"


@pytest.mark.parametrize(
    ("reads", "writes", "words"),
    [
        (5000, 1.4, "about one word a second, and begins an answer from documents after about a second"),
        (120, 0.2, "less than a word a second, and begins an answer from documents after about 5 seconds"),
        (5, 8, "about 6 words a second, and begins an answer from documents after about 2 minutes"),
    ],
)
def test_figures_are_rounded_as_people_say_them(reads: float, writes: float, words: str) -> None:
    assert words in fit(reference=measured(reads, writes)).words


def test_what_the_loaded_model_holds_counts_as_free_for_another_but_never_beyond_the_computer() -> None:
    now, later = memory_now(), memory_now(given_back_bytes=1 << 60)
    assert now.available_bytes is not None
    assert now.total_bytes is not None
    assert 0 < now.available_bytes < now.total_bytes == later.available_bytes
