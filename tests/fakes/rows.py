"""A worker service that answers rows, and dies at the rows that say so."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop.processes.host import EXIT_OUT_OF_MEMORY
from desktop.processes.service import ServiceDescription
from engine.errors import EngineError, ModelBusy, ModelMissing, PromptTooLong
from engine.values import Generated, TextDelta


@dataclass(frozen=True, slots=True)
class Row:
    """`trouble`: kill, memory, hang, busy, long (too long), missing (the model), bug; or none.

    The first `times` that the row is taken up, in whichever process, it meets its trouble. `folder` keeps
    count of that, in a file for each row.
    """

    number: int
    folder: str
    trouble: str = ""
    times: int = 1
    pause_s: float = 0.0


def describe() -> ServiceDescription:
    return ServiceDescription(
        name="model",
        factory="tests.fakes.rows:build",
        settings=None,
        requests=(Row,),
        replies=(TextDelta, Generated),
        errors=EngineError,
    )


def build(_settings: Any) -> Rows:
    return Rows()


def taken_up(folder: Path, number: int) -> int:
    """How often the row has been taken up."""
    counter = folder / f"row{number}"
    return counter.stat().st_size if counter.exists() else 0


class Rows:
    def lane(self, _request: Any) -> None:
        return None

    def handle(self, row: Row, cancelled: Callable[[], bool]) -> Iterator[Any]:
        with Path(row.folder, f"row{row.number}").open("ab") as counter:
            counter.write(b"x")
        yield TextDelta("row ")
        until = time.monotonic() + row.pause_s
        while time.monotonic() < until:
            if cancelled():
                yield Generated("cancelled", 1, 0, 0, 0.0, 0.0)
                return
            time.sleep(0.002)
        if row.trouble and taken_up(Path(row.folder), row.number) <= row.times:
            _TROUBLES[row.trouble]()
        yield TextDelta(str(row.number))
        yield Generated("stop", 1, 0, 2, 0.0, 0.0)

    def close(self) -> None:
        pass


def _raise(error: Exception) -> Callable[[], None]:
    def meet() -> None:
        raise error

    return meet


_TROUBLES: dict[str, Callable[[], Any]] = {
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "memory": lambda: os._exit(EXIT_OUT_OF_MEMORY),
    "hang": lambda: (os.kill(os.getpid(), signal.SIGSTOP), time.sleep(60)),
    "busy": _raise(ModelBusy(256)),
    "long": _raise(PromptTooLong(5000, 4096)),
    "missing": _raise(ModelMissing("/weights/none.gguf")),
    "bug": _raise(ValueError("a bug")),
}
