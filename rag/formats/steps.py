"""Progress of a reader that goes through pages, and can report from deep inside one."""

from __future__ import annotations

from rag.formats.registry import Progress


class Steps:
    """Counts pages read. `pulse` says again where the reader is: there it may be stopped."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._done = 0
        self._total: int | None = None
        self.pulse()

    def expect(self, total: int) -> None:
        self._total = total
        self.pulse()

    def step(self) -> None:
        self._done += 1
        self.pulse()

    def pulse(self) -> None:
        self._progress(self._done, self._total)
