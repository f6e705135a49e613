"""The workshop: a process for one piece of work on model files, ended when the work is done or cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from desktop.processes.service import Limits, ServiceDescription
from desktop.processes.supervisor import Supervisor
from engine.errors import EngineError
from engine.ports import Worker
from engine.process.messages import WORKSHOP_REPLIES, WORKSHOP_REQUESTS

# Whole models are written here; the free space is checked before.
LIMITS = Limits(file_bytes=1 << 40, open_files=256)
# llama.cpp does not hear that a conversion was cancelled: waiting for it only keeps the person waiting.
CANCEL_GRACE_S = 0.1
STOP_GRACE_S = 0.1


def description() -> ServiceDescription:
    return ServiceDescription(
        name="workshop",
        factory="engine.process.workshop:build",  # by name: it imports numpy, which the app does without
        settings=None,
        requests=WORKSHOP_REQUESTS,
        replies=WORKSHOP_REPLIES,
        errors=EngineError,
        limits=LIMITS,
    )


@contextmanager
def opened(log_path: Path) -> Iterator[Worker]:
    """A workshop process, started with the first request; gone, with its memory, at the end."""
    supervisor = Supervisor(description(), log_path, cancel_grace_s=CANCEL_GRACE_S)
    try:
        yield supervisor
    finally:
        supervisor.stop(STOP_GRACE_S)
