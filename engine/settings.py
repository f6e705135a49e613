"""Settings of the model process: given to `engine.process.service.build`, never read by a module itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What the model process is started with. `threads` 0: chosen from the processor."""

    threads: int = 0
    # At most so many tokens are evaluated in one step; how many are: engine/process/step_sizes.py. The
    # buffers take 29 MB more than those for 128.
    chunk_tokens: int = 512
    # Beside the context of a chat: room for the rows of a batch, and for prefixes that they share.
    batch_tokens: int = 4096
    # Requests of one priority that may wait; one more is refused with ModelBusy. With the rows under way
    # they stay below what the host runs at a time: a chat always gets through.
    queue_limit: int = 64
    # Where states of conversations are kept, and how much; None keeps none.
    states: Path | None = None
    states_limit_bytes: int = 2 << 30
    # Unused for so long, the model's memory is given back; None keeps it.
    idle_unload_s: float | None = 900.0
