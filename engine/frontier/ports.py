"""What the frontier asks of its surroundings, and what each wire format is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from engine.errors import FrontierError
from engine.frontier.values import (
    CloudQuestion,
    Connecting,
    Provider,
    ReplyEvent,
    ResponseEvent,
    WireRequest,
)


class Carrier(Protocol):
    """Carries one request out of this computer and its reply back (`desktop/egress/`)."""

    def carry(
        self,
        provider: Provider,
        request: WireRequest,
        connecting: Connecting,
        *,
        cancelled: Callable[[], bool] = ...,
    ) -> Iterator[ResponseEvent]:
        """ResponseStarted, ResponseData*, ResponseEnded. No redirect is followed.

        When `cancelled` says so, or the iterator is closed, the connection is closed and the events end.
        Called from any thread, many at once.

        Raises:
            Offline: Carrel is offline; nothing was tried.
            KeyMissing: the request wants a key and none is kept for this provider's host.
            ProviderUnreachable: no connection, or it broke; `sent` says whether the request had gone out.
        """
        ...


class ReplyReader(Protocol):
    """Reads one reply as it comes, split anywhere."""

    def feed(self, data: bytes) -> Sequence[ReplyEvent]:
        """Raises ReplyBroken (not what the format says), or the FrontierError that the stream reports."""
        ...

    def finish(self) -> Sequence[ReplyEvent]:
        """Called once at the end of the data. Raises ReplyBroken where the reply is not whole."""
        ...


class Format(Protocol):
    """One wire format: a module of `engine/frontier/formats/` each. Holds no state."""

    def chat(self, question: CloudQuestion) -> WireRequest: ...

    def reader(self, question: CloudQuestion) -> ReplyReader: ...

    def models(self, provider: Provider) -> WireRequest:
        """What lists the provider's models. Also the cheapest call that proves a key."""
        ...

    def read_models(self, body: bytes) -> Sequence[str]:
        """Raises ReplyBroken."""
        ...

    def failure(
        self, provider: Provider, status: int, headers: Sequence[tuple[str, str]], body: bytes
    ) -> FrontierError:
        """What an answer with this status means: KeyRefused, CreditExhausted, RateLimited …"""
        ...
