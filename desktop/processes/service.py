"""What a worker process runs: a service, described without running any of it.

A *service* (the model, the reader) answers typed requests with a stream of typed replies. It knows
nothing of pipes or processes; `host.py` runs it in a child, `supervisor.py` keeps the child alive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable


class Service(Protocol):
    """The object that a service's factory builds inside the child process."""

    def lane(self, request: Any) -> str | None:
        """Requests of one lane run one after the other, in order; each lane is a thread.

        None: the request runs at once, on a thread of its own, beside any others. That is for a service
        with a scheduler of its own, where `handle` mostly waits. Asked on the thread that takes the
        requests, in their order: it must not block.
        """
        ...

    def handle(self, request: Any, cancelled: Callable[[], bool]) -> Iterator[Any]:
        """Yield the replies. `cancelled` is cheap; look at it often and return early when it is true."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class Stepping(Protocol):
    """A service that says whether it gets on: beside `Service`, for whoever computes in native code.

    Such code lets Python go on, and with it the heartbeat, even where it never returns.
    """

    def step(self) -> int | None:
        """The number of the piece of work under way, another for each; None while there is none.

        Asked every second, on a thread of its own. One that stays the same for the description's
        `step_limit_s` is taken for a hang, and the process ends.
        """
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What the child may use; None leaves the system's own limit. Applied where the system can.

    `sacrificed`: where memory runs out all the same, Linux shall end this process before any other of the
    person's. Not by RLIMIT_DATA for the model: what is free is checked before each load, and a fixed limit
    would refuse the larger model that the person has bought memory for.
    """

    memory_bytes: int | None = None
    sacrificed: bool = False
    file_bytes: int | None = None
    open_files: int | None = None
    network: bool = False


@dataclass(frozen=True, slots=True)
class ServiceDescription:
    """Everything the host must know to start a service and to talk to it.

    `factory` is “package.module:function”, called in the child with `settings`; `requests` and `replies`
    are the dataclasses that may cross the pipe, `errors` the root of the expected errors that may.
    `concurrent` requests without a lane run at a time, further ones wait in order. `step_limit_s`: see
    `Stepping`.
    """

    name: str
    factory: str
    settings: Any
    requests: tuple[type, ...]
    replies: tuple[type, ...]
    errors: type[Exception]
    limits: Limits = Limits()
    concurrent: int = 128
    step_limit_s: float = 120.0
