"""A scripted `Carrier`: each request is kept, and gets the next of the replies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from engine.errors import FrontierError, Offline
from engine.frontier.values import (
    Connecting,
    Provider,
    ResponseData,
    ResponseEnded,
    ResponseEvent,
    ResponseStarted,
    WireRequest,
)


@dataclass(frozen=True)
class Reply:
    """A response in pieces; `fails` after them where it is given."""

    pieces: Sequence[bytes] = (b"",)
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    fails: FrontierError | None = None


@dataclass
class FakeCarrier:
    """`replies` in their order, then `otherwise`. A FrontierError in their place is raised at once."""

    replies: list[Reply | FrontierError] = field(default_factory=list)
    otherwise: Reply | FrontierError = Reply()
    online: bool = True
    requests: list[tuple[Provider, WireRequest, Connecting]] = field(default_factory=list)
    closed: int = 0
    """Iterators that were not read to their end."""

    def carry(
        self,
        provider: Provider,
        request: WireRequest,
        connecting: Connecting,
        *,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Iterator[ResponseEvent]:
        if not self.online:
            raise Offline(provider.authority)
        self.requests.append((provider, request, connecting))
        reply = self.replies.pop(0) if self.replies else self.otherwise
        if isinstance(reply, FrontierError):
            raise reply
        ended = False
        try:
            yield ResponseStarted(reply.status, reply.headers)
            for piece in reply.pieces:
                if cancelled():
                    return
                yield ResponseData(piece)
            ended = True
            if reply.fails is not None:
                raise reply.fails
            yield ResponseEnded(len(request.body), sum(len(piece) for piece in reply.pieces))
        finally:
            self.closed += not ended
