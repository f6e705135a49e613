"""What can go wrong in the application itself, and is expected to.

DesktopError
├── WorkerLost           a worker process died or hung while it worked for this request
├── ProfileInUse         another Carrel holds this profile's lock
├── ProfileUnwritable    the profile folder cannot be written (permission, full disk)
├── NoWayOut             nothing can go out: its process could not be started
├── UsageError           the command line was used wrongly (exit status 2)
└── Cancelled            the person stopped it

`WorkerBug` stands outside the tree: like every bug it is not expected, has no words of its own and
travels up untouched. It has a class so that the traceback made in the other process travels with it.
"""

from __future__ import annotations

from dataclasses import dataclass


class DesktopError(Exception):
    """Root of the application's expected failures."""


@dataclass(eq=False)
class WorkerLost(DesktopError):
    """`worker` is “model” or “reader”; `reason` is a sentence for the person, `detail` for the log."""

    worker: str
    reason: str
    detail: str = ""

    def __str__(self) -> str:
        return self.reason


@dataclass(eq=False)
class ProfileInUse(DesktopError):
    path: str

    def __str__(self) -> str:
        return f"Another Carrel is open with the profile {self.path}."


@dataclass(eq=False)
class ProfileUnwritable(DesktopError):
    path: str
    detail: str

    def __str__(self) -> str:
        return f"Carrel cannot write to its folder {self.path}: {self.detail}"


@dataclass(eq=False)
class NoWayOut(DesktopError):
    detail: str = ""

    def __str__(self) -> str:
        return f"Carrel cannot go online: {self.detail}"


@dataclass(eq=False)
class UsageError(DesktopError):
    message: str

    def __str__(self) -> str:
        return self.message


class Cancelled(DesktopError):
    """The person stopped it."""

    def __str__(self) -> str:
        return "Stopped."


class WorkerBug(RuntimeError):
    """An exception in a worker process that nobody expected; `detail` is its traceback there."""

    def __init__(self, worker: str, detail: str) -> None:
        super().__init__(f"unexpected exception in the {worker} process\n{detail}")
        self.worker = worker
        self.detail = detail
