"""Reading a streamed reply: what is common to all formats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from engine.errors import FrontierError, ReplyBroken, ReplyRefused
from engine.frontier.formats import failures, json_bytes
from engine.frontier.formats.sse import ServerEvent, ServerEvents, TooLong
from engine.frontier.values import Provider, ReplyEnd, ReplyEvent, ReplyUsage
from engine.values import FinishReason, TextDelta

MOST_CHARACTERS = 4_000_000
"""Of one reply: ten times what any model writes. A provider that goes on for ever is stopped there."""
MOST_BYTES = 64 << 20
"""Of one stream; the words take about a hundredth of it."""


class Chunks(Protocol):
    """What a format makes of the values in its events. `reason` None: the reply has not ended yet."""

    usage: ReplyUsage | None
    """The latest word on it; what counts is what was said when the reply was whole."""
    reason: FinishReason | None
    refused: bool
    """The provider declined to answer."""
    over: bool
    """Nothing comes after this."""

    def text(self, name: str, value: Any) -> str:
        """The text that this event adds; keeps what else it says."""
        ...


class StreamReader:
    """A `ReplyReader` over server-sent events of JSON.

    An error of the stream is raised only when all that came before it has been given: nothing is lost to it.
    """

    def __init__(self, provider: Provider, chunks: Chunks) -> None:
        self._provider = provider
        self._chunks = chunks
        self._events = ServerEvents()
        self._failure: FrontierError | None = None
        self._ended = False
        self._bytes = 0
        self._characters = 0

    def feed(self, data: bytes) -> Sequence[ReplyEvent]:
        if self._failure is not None:
            raise self._failure
        if self._ended:
            return []
        self._bytes += len(data)
        if self._bytes > MOST_BYTES:
            raise self._broken("it does not end")
        try:
            events = self._events.feed(data)
        except TooLong:
            raise self._broken("a line of it does not end") from None
        return self._read(events)

    def finish(self) -> Sequence[ReplyEvent]:
        if self._failure is not None:
            raise self._failure
        if self._ended:
            return []
        found = list(self._read(self._events.finish()))
        if self._failure is not None:
            raise self._failure
        if not self._ended:
            if self._chunks.reason is None:
                raise self._broken("it was cut off")
            found += self._end()
        return found

    def _read(self, events: Sequence[ServerEvent]) -> Sequence[ReplyEvent]:
        found: list[ReplyEvent] = []
        try:
            for event in events:
                found += self._one(event)
        except FrontierError as error:
            if not found:
                raise
            self._failure = error
        return found

    def _one(self, event: ServerEvent) -> list[ReplyEvent]:
        if self._ended:
            return []
        if event.data.strip() == "[DONE]":
            if self._chunks.reason is None and not self._characters:
                raise self._broken("nothing is in it")
            return self._end()
        before = self._chunks.usage
        text = self._chunks.text(event.name, self._value(event))
        self._characters += len(text)
        if self._characters > MOST_CHARACTERS:
            raise self._broken("it does not end")
        found: list[ReplyEvent] = [TextDelta(text)] if text else []
        if self._chunks.usage is not None and self._chunks.usage != before:
            found.append(self._chunks.usage)
        if self._chunks.over:
            found += self._end()
        return found

    def _value(self, event: ServerEvent) -> Any:
        try:
            value = json_bytes.value(event.data)
        except ValueError:
            raise self._broken("a part of it is not JSON") from None
        said = failures.said(value)
        if said is not None:
            raise failures.in_stream(self._provider.name, said)
        return value

    def _end(self) -> list[ReplyEvent]:
        self._ended = True
        if self._chunks.refused:
            raise ReplyRefused(self._provider.name)
        return [ReplyEnd(self._chunks.reason or "stop")]

    def _broken(self, detail: str) -> ReplyBroken:
        return ReplyBroken(self._provider.name, detail)
