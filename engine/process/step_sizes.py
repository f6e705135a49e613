"""How many tokens of prompts a step evaluates.

Larger steps read quicker, up to a point: against 512 tokens a small model's 128 read at .95 and 256 at .97
(the plain loop); rows of the default model went 1.05 times as fast by 256 as by 128, and no faster by 512
(tests/benchmarks/decode.py and classify.py). But nothing is told of a prompt between steps, and what a
step that is broken off has evaluated is lost.

The model's size decides and not the clock: logits differ in their last digits with the size of a step, and
an answer shall depend on its messages and the model alone.
"""

from __future__ import annotations

from dataclasses import dataclass

CHAT = 128
"""Of a chat: about a second of the default model on two cores; its progress is told after each step."""
ROWS = 256
"""Of rows and of what is read ahead: nobody watches them, but a chat that comes breaks the step off."""
SMALL = 512
SMALL_BYTES = 400_000_000
"""A model of at most so many bytes reads SMALL tokens in about a second."""


@dataclass(frozen=True, slots=True)
class StepSizes:
    chat: int
    rows: int


def step_sizes(model_bytes: int, most: int) -> StepSizes:
    """For a model of that size, in a context that takes `most` tokens at once."""
    small = SMALL if model_bytes <= SMALL_BYTES else 0
    return StepSizes(min(max(small, CHAT), most), min(max(small, ROWS), most))
