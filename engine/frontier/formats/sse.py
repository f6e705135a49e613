"""Server-sent events out of bytes that come in pieces split anywhere.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream; `id` and
`retry`, which are for connecting again, are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass

MOST_BYTES = 1 << 20
"""Of one line, and of one event. Replies come in events of some hundred bytes; a provider may be hostile."""

_BOM = b"\xef\xbb\xbf"


class TooLong(Exception):
    """More than MOST_BYTES without an end; whoever reads a reply turns it into ReplyBroken."""


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """`name` is what `event:` says; empty where nothing does."""

    name: str
    data: str


class ServerEvents:
    """The state between two pieces: a line that has not ended, an event that has not ended."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._begun = False  # whether the first line was seen: only there a BOM may stand
        self._after_return = False  # a line feed now belongs to the carriage return before it
        self._name = ""
        self._data: list[str] = []
        self._size = 0

    def feed(self, data: bytes) -> list[ServerEvent]:
        """The events that end in `data`.

        Raises:
            TooLong: a line or an event does not end.
        """
        events: list[ServerEvent] = []
        for line in self._lines(data):
            if (event := self._take(line)) is not None:
                events.append(event)
        return events

    def finish(self) -> list[ServerEvent]:
        """The event that the end of the data ends, where it stands whole.

        The specification drops it; servers that leave out the last empty line would lose their last words.
        """
        rest = [bytes(self._line), b""] if self._line else [b""]
        self._line.clear()
        return [event for line in rest if (event := self._take(line)) is not None]

    def _lines(self, data: bytes) -> list[bytes]:
        lines: list[bytes] = []
        if self._after_return and data:
            data = data.removeprefix(b"\n")
            self._after_return = False
        for piece in data.splitlines(keepends=True):  # of bytes: at \n, \r and \r\n only
            ended = piece.endswith((b"\n", b"\r"))
            self._line += piece.rstrip(b"\r\n") if ended else piece
            if len(self._line) > MOST_BYTES:
                raise TooLong
            if ended:
                lines.append(bytes(self._line))
                self._line.clear()
        self._after_return = data.endswith(b"\r") if data else self._after_return
        return lines

    def _take(self, line: bytes) -> ServerEvent | None:
        if not self._begun:
            self._begun = True
            line = line.removeprefix(_BOM)
        if not line:
            return self._end()
        field, _, value = line.partition(b":")
        text = value.removeprefix(b" ").decode("utf-8", "replace")
        if field == b"event":
            self._name = text
        elif field == b"data":
            self._size += len(value)
            if self._size > MOST_BYTES:
                raise TooLong
            self._data.append(text)
        return None

    def _end(self) -> ServerEvent | None:
        event = ServerEvent(self._name, "\n".join(self._data)) if self._data else None
        self._name, self._data, self._size = "", [], 0
        return event
