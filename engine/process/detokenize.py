"""Tokens become text while they arrive: whole characters only, and nothing of a stop string."""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class StreamedText:
    """Text out of the bytes of one token after the other.

    A token may end inside a character or inside what could become a stop string; that much is held
    back until it is decided. `stopped` is True once a stop string has come; nothing follows it.
    """

    def __init__(self, stop: Sequence[str] = ()) -> None:
        self.stopped = False
        self._stop = tuple(text for text in stop if text)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""

    def push(self, piece: bytes) -> str:
        """The text that is certain now; empty while it is not."""
        if self.stopped:
            return ""
        text = self._held + self._decoder.decode(piece)
        ends = [at for stop in self._stop if (at := text.find(stop)) >= 0]
        if ends:
            self.stopped = True
            self._held = ""
            return text[: min(ends)]
        safe = len(text) - self._undecided(text)
        self._held = text[safe:]
        return text[:safe]

    def finish(self) -> str:
        """What was held back for a stop string that did not come. Half a character is dropped."""
        held, self._held = self._held, ""
        return held

    def _undecided(self, text: str) -> int:
        """The length of the longest end of `text` that begins a stop string."""
        longest = max((len(stop) for stop in self._stop), default=1) - 1
        for length in range(min(longest, len(text)), 0, -1):
            if any(stop.startswith(text[-length:]) for stop in self._stop):
                return length
        return 0
