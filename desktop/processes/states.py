"""What listeners hear of a worker process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from desktop.processes.sandbox import Confinement

State = Literal["stopped", "starting", "ready", "lost"]


@dataclass(frozen=True, slots=True)
class Starting:
    """A process is being started."""


@dataclass(frozen=True, slots=True)
class Running:
    """It takes requests. `start_seconds`: from the decision to start it until now."""

    pid: int
    confinement: Confinement
    start_seconds: float


@dataclass(frozen=True, slots=True)
class Lost:
    """It died, hung or could not be started. `reason` is a sentence for the person, `detail` for the log."""

    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """It was asked to end, and has."""


WorkerEvent = Starting | Running | Lost | Stopped
