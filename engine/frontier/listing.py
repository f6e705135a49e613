"""Which models a provider has: also the cheapest call that proves a key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine.errors import ReplyBroken
from engine.frontier import formats
from engine.frontier.ports import Carrier
from engine.frontier.values import (
    Connecting,
    Provider,
    ResponseData,
    ResponseEnded,
    ResponseStarted,
    Timeouts,
    WireRequest,
)

MOST_BYTES = 8 << 20  # OpenRouter's list of 400 models takes half a megabyte
TIMEOUTS = Timeouts(connect=15.0, silence=20.0)

# Lists its models to anybody, so that a list proves no key; this address tells of the key itself.
_PROOF = {"openrouter.ai": "/key"}


def _never() -> bool:
    return False


def models(
    carrier: Carrier, provider: Provider, *, cancelled: Callable[[], bool] = _never
) -> tuple[str, ...] | None:
    """The provider's models, in its order; None when cancelled. Costs nothing.

    Raises:
        FrontierError: offline, no key, a wrong one, not reached …
    """
    form = formats.of(provider.format)
    listing = form.models(provider)
    if provider.authority in _PROOF:
        proof = replace(listing, url=f"{provider.base_url}{_PROOF[provider.authority]}")
        if _body(carrier, provider, proof, "Test of a key", cancelled) is None:
            return None
    body = _body(carrier, provider, listing, "List of models", cancelled)
    if body is None:
        return None
    try:
        return tuple(form.read_models(body))
    except ReplyBroken as error:
        raise ReplyBroken(provider.name, error.detail) from None


def _body(
    carrier: Carrier, provider: Provider, request: WireRequest, purpose: str, cancelled: Callable[[], bool]
) -> bytes | None:
    started, body, ended = ResponseStarted(0), bytearray(), False
    for event in carrier.carry(provider, request, Connecting(purpose, TIMEOUTS), cancelled=cancelled):
        if isinstance(event, ResponseStarted):
            started = event
        elif isinstance(event, ResponseData):
            body += event.data
            if len(body) > MOST_BYTES:
                raise ReplyBroken(provider.name, "it does not end")
        else:
            ended = isinstance(event, ResponseEnded)
    if not ended:
        if cancelled():
            return None
        raise ReplyBroken(provider.name, "it was cut off")
    if started.status != 200:
        form = formats.of(provider.format)
        raise form.failure(provider, started.status, started.headers, bytes(body))
    return bytes(body)
