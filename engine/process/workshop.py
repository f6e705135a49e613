"""What the workshop process runs: work on model files that would hold up whoever asks the model.

Apart from the model process, because llama.cpp cannot be interrupted while it converts: a cancelled
conversion ends with its process, and nobody's answer with it. One process for each piece of work.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from engine.process.measuring import compare
from engine.process.messages import Compare, Requantize
from engine.process.requantize import requantize

LANE = "workshop"
# Others come first while a model is converted. Not while it is measured: that would measure them.
NICENESS = 10


def build(_settings: None) -> Workshop:
    return Workshop()


class Workshop:
    """Answers Requantize and Compare, one after the other."""

    def lane(self, _request: Any) -> str:
        return LANE

    def handle(self, request: Any, cancelled: Callable[[], bool]) -> Iterator[Any]:
        """
        Raises:
            ModelError: a model cannot be loaded.
            ModelFileError: one cannot be converted.
        """
        match request:
            case Requantize():
                _give_way()
                yield from requantize(request)
            case Compare():
                yield from compare(request, cancelled)
            case _:
                raise TypeError(f"no request for the workshop: {request!r}")

    def close(self) -> None:
        """Nothing is kept between requests."""


def _give_way() -> None:
    """For good: a process may not take its priority back."""
    if hasattr(os, "nice"):
        with suppress(OSError):
            os.nice(NICENESS)
