from __future__ import annotations

from engine.process.step_sizes import SMALL, SMALL_BYTES, StepSizes, step_sizes


def test_rows_are_read_in_larger_steps_than_a_chat_that_somebody_watches() -> None:
    sizes = step_sizes(1_100_000_000, 512)
    assert sizes.chat < sizes.rows < 512


def test_a_small_model_reads_much_at_once() -> None:
    assert step_sizes(SMALL_BYTES, 512) == StepSizes(SMALL, SMALL)


def test_no_step_is_larger_than_the_context_takes() -> None:
    assert step_sizes(100, 32) == step_sizes(10**10, 32) == StepSizes(32, 32)
