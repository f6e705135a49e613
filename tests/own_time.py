"""A clock for what a thread takes, whatever else the machine is at."""

from __future__ import annotations

import time
from pathlib import Path

_SCHEDULED = Path("/proc/thread-self/schedstat")


def own_time() -> float:
    """Seconds that stand still while this thread is ready to run and another has the processor.

    Waiting for a lock, a file or another process counts. Where the system does not say how long a thread was
    kept waiting (only Linux does), the time of day goes on. Source: proc(5), Documentation/scheduler.
    """
    try:
        _, kept_waiting_ns, _ = _SCHEDULED.read_text().split()
    except OSError:
        return time.monotonic()
    return time.monotonic() - int(kept_waiting_ns) / 1e9
