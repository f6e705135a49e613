"""Settings of the model process: given to `engine.process.service.build`, never read by a module itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What the model process is started with. `threads` 0: chosen from the processor."""

    threads: int = 0
    # What the prompt is evaluated by: progress comes as often. Against 512 it cost about 3 % (ten paired
    # rounds on the default model, which differed by more than that among themselves); 256 costs the same.
    chunk_tokens: int = 128
    # Beside the context of a chat: room for the rows of a batch, and for prefixes that they share.
    batch_tokens: int = 4096
    # Requests that may wait; one more is refused with ModelBusy.
    queue_limit: int = 256
    # Where states of conversations are kept, and how much; None keeps none.
    states: Path | None = None
    states_limit_bytes: int = 2 << 30
