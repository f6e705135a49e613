"""The one way to a provider: reserve, carry, read, put the originals back, settle.

Every call is in the ledger before it leaves and is settled however it ends, also when whoever reads it stops
reading. Nothing here makes or changes what is sent: that is the draft's request, as it was shown.
"""

from __future__ import annotations

import hashlib
import itertools
import random
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Protocol

from engine.errors import (
    FrontierError,
    Offline,
    ProviderFailed,
    ProviderUnreachable,
    ReplyBroken,
    ReplyRefused,
)
from engine.frontier import formats
from engine.frontier.drafts import MakesRestorer, Restores
from engine.frontier.echoes import without_echoes
from engine.frontier.ports import Carrier
from engine.frontier.retrying import Patience, wait
from engine.frontier.values import (
    Connecting,
    Draft,
    ReplyEnd,
    ReplyEvent,
    ReplyUsage,
    ResponseData,
    ResponseEnded,
    ResponseEvent,
    ResponseStarted,
    Timeouts,
    WireRequest,
)
from engine.usage.values import CallState, Estimate, Origin, Receipt
from engine.values import FinishReason, TextDelta

MOST_ERROR_BYTES = 64 << 10
"""Of the page that a provider answers with instead of a reply."""

Cancelled = Callable[[], bool]


class Ledger(Protocol):
    """Keeps every call and what it cost (`engine/usage/ledger.py`). Called from any thread."""

    def reserve(
        self, origin: Origin, provider_id: str, model: str, estimate: Estimate, *, automatic: bool
    ) -> int:
        """The call's number. Raises BudgetReached or PriceUnknown, and then nothing may be sent."""
        ...

    def settle(
        self,
        call_id: int,
        state: CallState,
        *,
        usage: ReplyUsage | None,
        seconds: float,
        reason: str = ...,
        url: str = ...,
        request: bytes = ...,
        response: str = ...,
        restored: str = ...,
        placeholders: tuple[tuple[str, str], ...] = ...,
        billed: bool | None = ...,
    ) -> object:
        """`usage` None: the provider did not say; then `billed` tells whether the estimate counts."""
        ...

    def kept(self, origin: Origin, request_digest: str) -> Receipt | None:
        """The reply to the same request for the same row of a run, where one was paid already."""
        ...


@dataclass(frozen=True, slots=True)
class Waiting:
    """The provider said no; it is asked again in so many seconds."""

    seconds: float
    error: FrontierError


@dataclass(frozen=True, slots=True)
class Called:
    """The end of a call. `text` is what the person sees, `usage` None where the provider did not say.

    `kept`: nothing was sent; this row's reply had been paid for before.
    """

    call_id: int
    text: str
    reason: FinishReason
    usage: ReplyUsage | None
    seconds: float
    first_s: float = 0.0
    kept: bool = False


CallEvent = Waiting | TextDelta | Called


def request_digest(request: WireRequest) -> str:
    """What tells requests apart: SHA-256 of the body, in hexadecimal digits."""
    return hashlib.sha256(request.body).hexdigest()


def _never() -> bool:
    return False


class _Closable:
    """An iterator that may be a generator: closing it closes the connection."""

    def __init__(self, events: Iterator[ResponseEvent]) -> None:
        self._events = events

    def close(self) -> None:
        if isinstance(self._events, Generator):
            self._events.close()


@dataclass(frozen=True, slots=True)
class Calls:
    """Sends drafts. Called from any thread, many at once. `draw` gives numbers 0..1 for the pauses."""

    carrier: Carrier
    ledger: Ledger
    restorer: MakesRestorer
    patience: Patience = field(default_factory=Patience)
    timeouts: Timeouts = field(default_factory=Timeouts)
    draw: Callable[[], float] = random.random

    def send(
        self,
        draft: Draft,
        origin: Origin,
        *,
        automatic: bool,
        cancelled: Cancelled = _never,
        reserved: Callable[[int], None] = lambda call_id: None,
    ) -> Iterator[CallEvent]:
        """Waiting*, TextDelta* with the originals in place, then one Called.

        `automatic`: the person is not looking, so that an unknown price stops it. When `cancelled`, the
        connection is closed, what came is kept, and Called says so; when closed, the same without Called.
        `reserved` hears the call's number before anything goes out: a call that fails has one as well.

        Raises:
            BudgetError: nothing was sent.
            FrontierError: no reply, or one that was cut: the deltas were all that came. It is in the ledger.
        """
        if (receipt := self._kept(draft, origin)) is not None:
            yield from _again(receipt)
            return
        call_id = self.ledger.reserve(
            origin, draft.question.provider.id, draft.question.model, draft.estimate, automatic=automatic
        )
        reserved(call_id)
        yield from _Call(self, draft, origin, call_id, cancelled).run()

    def _kept(self, draft: Draft, origin: Origin) -> Receipt | None:
        if origin.kind != "task" or origin.row is None:
            return None
        receipt = self.ledger.kept(origin, request_digest(draft.request))
        return receipt if receipt is not None and receipt.call.state == "done" else None


def _again(receipt: Receipt) -> Iterator[CallEvent]:
    call = receipt.call
    usage = ReplyUsage(call.prompt_tokens, call.completion_tokens, call.cached_tokens)
    if receipt.restored:
        yield TextDelta(receipt.restored)
    yield Called(call.id, receipt.restored, "stop", usage, 0.0, kept=True)


class _Call:
    """One call on its way; made for it and used once."""

    def __init__(
        self, calls: Calls, draft: Draft, origin: Origin, call_id: int, cancelled: Cancelled
    ) -> None:
        self._calls = calls
        self._draft = draft
        self._id = call_id
        self._cancelled = cancelled
        self._provider = draft.question.provider
        self._format = formats.of(self._provider.format)
        self._connecting = Connecting(_purpose(origin), calls.timeouts)
        self._text = _Text(calls.restorer, draft)
        self._began = time.monotonic()
        self._first_s = 0.0
        self._has_started = False
        self._usage: ReplyUsage | None = None
        self._reason: FinishReason | None = None
        self._may_bill = False  # whether the provider may have begun to work

    def run(self) -> Iterator[CallEvent]:
        try:
            yield from self._ask()
        except GeneratorExit:  # whoever reads it has stopped
            self._settle(self._ended())
            raise
        except FrontierError as error:
            shown = without_echoes(self._named(error), [message.text for message in self._draft.sent])
            self._settle("failed", str(shown), refused=isinstance(error, ReplyRefused))
            raise shown from None
        except BaseException:  # a bug: it travels on, but the ledger must not hold the money for ever
            self._settle("failed", "Carrel failed")
            raise
        yield self._end()

    def _named(self, error: FrontierError) -> FrontierError:
        """Who was not asked, by name: the person did not choose a host."""
        return Offline(self._provider.name, error.sent) if isinstance(error, Offline) else error

    def _end(self) -> Called:
        self._settle(self._ended())
        usage = self._usage if self._reason else None
        reason = self._reason or "cancelled"
        return Called(self._id, self._text.restored, reason, usage, self._seconds(), self._first_s)

    def _ended(self) -> CallState:
        return "cancelled" if self._reason is None else "done"

    def _ask(self) -> Iterator[CallEvent]:
        """Until there is a reply, or no more patience."""
        for tried in itertools.count(1):
            try:
                yield from self._try()
                return
            except FrontierError as error:
                if isinstance(error, ProviderUnreachable) and self._cancelled():
                    return  # we closed the connection ourselves
                patience = self._calls.patience
                pause = None if self._text.raw else patience.pause_s(error, tried, self._calls.draw)
                if pause is None:
                    yield from self._show(self._text.finish())
                    raise
                self._may_bill, self._usage = False, None
                yield Waiting(pause, error)
                if not wait(pause, self._cancelled):
                    return

    def _try(self) -> Iterator[TextDelta]:
        if self._cancelled():
            return
        self._may_bill, self._has_started = True, False
        try:
            yield from self._carry()
        except (Offline, ProviderUnreachable) as error:
            self._may_bill = error.sent or self._has_started
            raise
        except ProviderFailed:
            raise
        except FrontierError:  # no key, a locked keyring: nothing went out
            self._may_bill = False
            raise

    def _carry(self) -> Iterator[TextDelta]:
        reader = self._format.reader(self._draft.question)
        events = self._calls.carrier.carry(
            self._provider, self._draft.request, self._connecting, cancelled=self._cancelled
        )
        with closing(_Closable(events)):
            for event in events:
                if isinstance(event, ResponseStarted):
                    self._has_started = True
                    if event.status != 200:
                        raise self._failure(event, events)
                elif isinstance(event, ResponseData):
                    yield from self._take(reader.feed(event.data))
                else:
                    yield from self._take(reader.finish())
                if self._reason is not None:
                    return
                if self._cancelled():
                    break
        yield from self._show(self._text.finish())
        if not self._cancelled():
            raise ReplyBroken(self._provider.name, "it was cut off")

    def _take(self, events: Sequence[ReplyEvent]) -> Iterator[TextDelta]:
        for event in events:
            if isinstance(event, TextDelta):
                yield from self._show(self._text.push(event.text))
            elif isinstance(event, ReplyUsage):
                self._usage = event
            elif isinstance(event, ReplyEnd):
                self._reason = event.reason
                yield from self._show(self._text.finish())

    def _show(self, text: str) -> Iterator[TextDelta]:
        if text:
            self._first_s = self._first_s or self._seconds()
            yield TextDelta(text)

    def _failure(self, started: ResponseStarted, rest: Iterator[ResponseEvent]) -> FrontierError:
        """What the provider answered with instead of a reply, for which it bills nothing."""
        self._may_bill = self._has_started = False
        body = bytearray()
        try:
            for event in rest:
                if isinstance(event, ResponseEnded) or len(body) > MOST_ERROR_BYTES:
                    break
                if isinstance(event, ResponseData):
                    body += event.data
        except ProviderUnreachable:
            pass  # the status says enough
        return self._format.failure(
            self._provider, started.status, started.headers, bytes(body[:MOST_ERROR_BYTES])
        )

    def _settle(self, state: CallState, reason: str = "", *, refused: bool = False) -> None:
        """What the provider said of its tokens counts once the reply is whole, or declined: not before."""
        self._text.finish()
        is_whole = self._reason is not None or refused
        self._calls.ledger.settle(
            self._id,
            state,
            usage=self._usage if is_whole else None,
            billed=self._may_bill,
            seconds=self._seconds(),
            reason=reason,
            url=self._draft.request.url,
            request=self._draft.request.body,
            response=self._text.raw,
            restored=self._text.restored,
            placeholders=_used(self._draft),
        )

    def _seconds(self) -> float:
        return time.monotonic() - self._began


class _Text:
    """A reply as it comes, and as the person sees it."""

    def __init__(self, restorer: MakesRestorer, draft: Draft) -> None:
        masks = [mask for mask in draft.masks if mask.on]
        self._restorer: Restores | None = restorer(masks, in_json=bool(draft.question.schema))
        self.raw = ""
        self.restored = ""

    def push(self, text: str) -> str:
        """What can be shown by now."""
        self.raw += text
        return self._add(self._restorer.push(text)) if self._restorer is not None else ""

    def finish(self) -> str:
        """The rest. Once; after that nothing."""
        if self._restorer is None:
            return ""
        restorer, self._restorer = self._restorer, None
        return self._add(restorer.finish())

    def _add(self, text: str) -> str:
        self.restored += text
        return text


def _used(draft: Draft) -> tuple[tuple[str, str], ...]:
    sent = draft.request.body.decode("utf-8")
    return tuple(
        (mask.placeholder, mask.original) for mask in draft.masks if mask.on and mask.placeholder in sent
    )


_PURPOSES = {
    "chat": "Question from a chat",
    "task": "Row of a task",
    "question": "Question about documents",
    "test": "Test of a key",
}


def _purpose(origin: Origin) -> str:
    """For the log of connections, which may be given away: what for, never whose name."""
    return _PURPOSES[origin.kind]
