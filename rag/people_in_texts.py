"""The app's side of finding persons and addresses: asks the reader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.process.messages import FindPeople, PeopleFound
from rag.values import Named

if TYPE_CHECKING:  # rag.ports brings numpy, which the app process does without
    from rag.ports import Worker


class PeopleInTexts:
    """Usable from any thread."""

    def __init__(self, reader: Worker) -> None:
        self._reader = reader

    def __call__(self, texts: Sequence[str]) -> list[list[Named]]:
        """For each text persons and postal addresses, in order, not overlapping.

        Raises:
            EmbedderMissing; or the host's error for a reader that died or hung.
        """
        if not any(texts):
            return [[] for _ in texts]
        *_, last = self._reader.call(FindPeople(tuple(texts)))
        assert isinstance(last, PeopleFound)
        return [list(of_text) for of_text in last.found]
