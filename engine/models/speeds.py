"""How fast models were seen to be on this computer, and what that says of others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from engine.models.values import Speed
from engine.values import Generated

# Shorter than these, the clock mostly measures what comes with every request.
OBSERVED_PROMPT_TOKENS = 64
OBSERVED_COMPLETION_TOKENS = 16
# What other programs do makes single answers differ by half; about four answers settle the figure.
LATEST_WEIGHT = 0.3


@dataclass(frozen=True, slots=True)
class MeasuredSpeed:
    """The speed of one model on this computer, and what it depends on."""

    speed: Speed
    size_bytes: int
    parameters: int

    def scaled(self, size_bytes: int, parameters: int) -> Speed:
        """What a model of another size can be expected to do.

        Writing reads all weights once for each token, so it goes with their bytes; reading a prompt
        computes with each parameter, so it goes with their number. A quicker or slower number format
        makes this wrong by up to two times (FACTS: Q4_0 against Q4_1).
        """
        return Speed(
            self.speed.reads_per_second * self.parameters / max(parameters, 1),
            self.speed.writes_per_second * self.size_bytes / max(size_bytes, 1),
        )

    def updated(self, speed: Speed) -> MeasuredSpeed:
        """With one more observation, the latest weighing most."""
        return MeasuredSpeed(_blend(self.speed, speed), self.size_bytes, self.parameters)


def _blend(before: Speed, latest: Speed) -> Speed:
    return Speed(
        before.reads_per_second + LATEST_WEIGHT * (latest.reads_per_second - before.reads_per_second),
        before.writes_per_second + LATEST_WEIGHT * (latest.writes_per_second - before.writes_per_second),
    )


def observed(generated: Generated) -> Speed | None:
    """The speed of a generation; None where it was too short to tell."""
    evaluated = generated.prompt_tokens - generated.cached_tokens
    long_enough = (
        evaluated >= OBSERVED_PROMPT_TOKENS and generated.completion_tokens >= OBSERVED_COMPLETION_TOKENS
    )
    if not long_enough or generated.prompt_seconds <= 0 or generated.completion_seconds <= 0:
        return None
    return Speed(
        evaluated / generated.prompt_seconds, generated.completion_tokens / generated.completion_seconds
    )


def nearest(measured: Iterable[MeasuredSpeed], size_bytes: int) -> MeasuredSpeed | None:
    """The measured model closest in size: the one that says most about a model of that size."""
    return min(measured, key=lambda known: _ratio(known.size_bytes, size_bytes), default=None)


def _ratio(one: int, other: int) -> float:
    return max(one, other) / max(min(one, other), 1)


def to_setting(measured: MeasuredSpeed) -> dict[str, float]:
    """As JSON, for the profile's settings (key “speed:” and the model's id)."""
    return {
        "reads_per_second": round(measured.speed.reads_per_second, 2),
        "writes_per_second": round(measured.speed.writes_per_second, 2),
        "size_bytes": measured.size_bytes,
        "parameters": measured.parameters,
    }


def from_setting(value: Any) -> MeasuredSpeed | None:
    """What `to_setting` made; None for anything else: a setting that cannot be read is only measured anew."""
    try:
        speed = Speed(float(value["reads_per_second"]), float(value["writes_per_second"]))
        measured = MeasuredSpeed(speed, int(value["size_bytes"]), int(value["parameters"]))
    except (KeyError, TypeError, ValueError):
        return None
    plausible = min(speed.reads_per_second, speed.writes_per_second, measured.size_bytes, measured.parameters)
    return measured if plausible > 0 else None
