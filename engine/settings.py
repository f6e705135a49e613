"""Settings of the model process: given to `engine.process.service.build`, never read by a module itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What the model process is started with. `threads` 0: chosen from the processor."""

    threads: int = 0
    chunk_tokens: int = 128
