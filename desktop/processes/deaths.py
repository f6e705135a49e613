"""Why a worker process died, in a sentence for the person."""

from __future__ import annotations

import signal

from desktop.processes.host import EXIT_NOT_BUILT, EXIT_OUT_OF_MEMORY, EXIT_STUCK


def sentence(worker: str, exit_code: int | None) -> str:
    """For a process that nobody here stopped. A negative `exit_code` is a signal, as in multiprocessing."""
    if exit_code == EXIT_OUT_OF_MEMORY:
        return f"The {worker} ran out of memory and was stopped."
    if exit_code == EXIT_NOT_BUILT:
        return f"The {worker} could not be started."
    if exit_code == EXIT_STUCK:
        return f"The {worker} did not get on any more and was stopped."
    if exit_code == -getattr(signal, "SIGKILL", 9):  # Linux's out-of-memory killer uses this one
        return f"The {worker} was stopped by the system, probably because memory ran out."
    return f"The {worker} stopped unexpectedly."


def detail(exit_code: int | None) -> str:
    """The signal's name or the exit code."""
    if exit_code is None:
        return "exit code unknown"
    if exit_code >= 0:
        return f"exit code {exit_code}"
    try:
        return signal.Signals(-exit_code).name
    except ValueError:
        return f"signal {-exit_code}"
