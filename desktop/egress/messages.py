"""What the app says at the door, and what it and the courier say to each other.

At the door: one message, one packet (`Vocabulary` of `desktop/processes/codec.py`), with what belongs to it
in its baggage. Through the courier's pipe: MessagePack, checked, each request under a number of its own.
A key is in no message: it follows the `HoldKey` that announces it, so that nothing here copies it.
"""

from __future__ import annotations

from dataclasses import dataclass

from desktop.downloads.messages import Fetch
from desktop.network import Attempt
from desktop.processes.codec import Codec, Vocabulary
from desktop.processes.service import ServiceDescription
from engine.errors import EngineError
from engine.frontier.values import (
    Connecting,
    Provider,
    Proxy,
    ResponseData,
    ResponseEnded,
    ResponseStarted,
    WireRequest,
)

KEY_BYTES = 1 << 16
"""No key is longer."""

MESSAGE_BYTES = 64 << 20
"""No request with its body, and no piece of a reply, is longer."""


@dataclass(frozen=True, slots=True)
class Carry:
    """Start a courier that goes out by this way."""

    proxy: Proxy


@dataclass(frozen=True, slots=True)
class Listen:
    """Answer what the kernel refuses, and tell of it; the kernel's end comes in the baggage."""


@dataclass(frozen=True, slots=True)
class HoldKey:
    """Keep a key for this session; it follows. `authority`: the one host that it may be sent to."""

    provider_id: str
    authority: str


@dataclass(frozen=True, slots=True)
class DropKey:
    """Forget a key that was kept for this session."""

    provider_id: str
    authority: str


@dataclass(frozen=True, slots=True)
class Send:
    """Send this, and give back what comes."""

    provider: Provider
    request: WireRequest
    connecting: Connecting


@dataclass(frozen=True, slots=True)
class Leave:
    """Finish what is under way, then end."""


@dataclass(frozen=True, slots=True)
class Here:
    """To the app: the courier takes requests."""

    pid: int


@dataclass(frozen=True, slots=True)
class Leaving:
    """To the app: from here on the request may have reached its host."""


AT_THE_DOOR = Vocabulary((Fetch, Carry, Listen, HoldKey, DropKey))
FROM_THE_DOOR = Vocabulary((Attempt,))


def codec() -> Codec:
    """Of the courier's pipe."""
    return Codec(
        ServiceDescription(
            name="courier",
            factory="",
            settings=None,
            requests=(Send, HoldKey, DropKey, Leave),
            replies=(Here, Leaving, ResponseStarted, ResponseData, ResponseEnded, Attempt),
            errors=EngineError,
        )
    )
