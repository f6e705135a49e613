"""How fast a download goes and how long it still takes, steady enough to be read."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import cast

from engine.models.values import Downloading, Phase

TELL_S = 0.2
SMOOTH_S = 4.0
"""What lies longer back than this counts for less than a third."""


class Meter:
    """Tells of progress at most every 0.2 s. The speed is an average over the last seconds, not of all."""

    def __init__(self, total_bytes: int) -> None:
        self._total = total_bytes
        self._rate: float | None = None
        self._at = self._told_at = -math.inf
        self._done = 0

    def begin(self, done_bytes: int) -> None:
        """A connection begins to give: the time before it is not to count."""
        self._at, self._done = time.monotonic(), done_bytes

    def tell(self, done_bytes: int, *, phase: Phase, words: str = "") -> Iterator[Downloading]:
        now = time.monotonic()
        if now - self._told_at < TELL_S:
            return
        self._told_at = now
        if phase == "fetching":
            self._measure(now, done_bytes)
        yield self.now(done_bytes, phase, words)

    def now(self, done_bytes: int, phase: str, words: str = "") -> Downloading:
        rate = self._rate if phase == "fetching" else None
        left = (self._total - done_bytes) / rate if rate else None
        return Downloading(cast("Phase", phase), done_bytes, self._total, rate, left, words)

    def _measure(self, now: float, done_bytes: int) -> None:
        elapsed = now - self._at
        if elapsed < TELL_S / 2:  # too short to say anything
            return
        current = (done_bytes - self._done) / elapsed
        weight = 1.0 if self._rate is None else 1 - math.exp(-elapsed / SMOOTH_S)
        self._rate = current if self._rate is None else self._rate + weight * (current - self._rate)
        self._at, self._done = now, done_bytes
