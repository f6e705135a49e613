"""Whether a failed question is asked again, and when: exponential back-off with full jitter.

Only what cannot have been answered is sent again: a provider that says no, and a connection that was never
made. A request that went out and met silence may have been billed, and is not.

Source: “Exponential Backoff And Jitter”, AWS Architecture Blog 2015 (full jitter spreads many rows best).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from engine.errors import FrontierError, ProviderBusy, ProviderUnreachable, RateLimited

_WORTH_ANOTHER = (500, 502, 503, 529)  # a 504 has perhaps been answered behind the gateway
_LOOK_S = 0.05  # between two looks at `cancelled`; cancelling is promised within 0.1 s


@dataclass(frozen=True, slots=True)
class Patience:
    """`tries` includes the first. What a provider asks to wait is honoured up to `longest_asked_pause_s`;
    more is told to the person instead."""

    tries: int = 4
    first_pause_s: float = 1.0
    longest_pause_s: float = 20.0
    longest_asked_pause_s: float = 60.0

    def pause_s(
        self, error: FrontierError, tried: int, draw: Callable[[], float] = random.random
    ) -> float | None:
        """Seconds until the next try after `tried` of them; None: none is made. `draw` gives 0..1."""
        if tried >= self.tries or not _is_worth_another(error):
            return None
        asked = error.retry_after_s if isinstance(error, (RateLimited, ProviderBusy)) else None
        drawn = draw() * min(self.longest_pause_s, self.first_pause_s * 2.0 ** (tried - 1))
        if asked is None:
            return drawn
        # Never before the time; a little after it, so that many rows do not all come back at once.
        return None if asked > self.longest_asked_pause_s else asked + drawn


def _is_worth_another(error: FrontierError) -> bool:
    if isinstance(error, ProviderBusy):
        return error.status in _WORTH_ANOTHER
    if isinstance(error, ProviderUnreachable):
        return not error.sent
    return isinstance(error, RateLimited)


def wait(seconds: float, cancelled: Callable[[], bool]) -> bool:
    """Wait; False when cancelled meanwhile."""
    end = time.monotonic() + seconds
    while not cancelled():
        left = end - time.monotonic()
        if left <= 0:
            return True
        time.sleep(min(left, _LOOK_S))
    return False
